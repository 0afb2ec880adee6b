//! What was seen before of a play, within the partition's last offsets: its reports, and whether it was counted, a bot's,
//! complete, a skip. What is remembered depends on the records alone, never on time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use uuid::Uuid;
use veza_enrich::verdict::Seen;
use veza_schemas::row::Reason;

use super::earlier::Earlier;
use super::judged::Judged;

/// The window is kept in this many blocks, and forgotten block by block.
const BLOCKS: u64 = 8;

/// What a block remembers of a play, in as little memory as it takes: most plays have one report or two.
#[derive(Debug, Clone, Copy)]
struct Marks {
    /// The report that came first; further ones are in the block's `further`.
    seq: u16,
    flags: u8,
}

/// A play's hash in halves: aligned to 8 bytes, an entry would be a third longer.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PlayHash {
    high: u32,
    low: u32,
}

impl PlayHash {
    fn whole(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

impl From<u64> for PlayHash {
    fn from(hash: u64) -> Self {
        Self {
            high: (hash >> 32) as u32,
            low: hash as u32,
        }
    }
}

impl Hash for PlayHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.whole());
    }
}

/// Flags of [`Marks`].
mod flag {
    pub const COUNTED: u8 = 1;
    pub const BOT: u8 = 1 << 1;
    pub const COMPLETED: u8 = 1 << 2;
    pub const SKIPPED: u8 = 1 << 3;
    /// Further reports came.
    pub const FURTHER: u8 = 1 << 4;
}

/// A partition's window: at least its last `offsets`, rounded up to eight blocks, and at most one block more.
pub struct Window {
    block_offsets: u64,
    /// Ascending by number.
    blocks: VecDeque<Block>,
    /// How many plays the next block will have, probably: as many as the last one. A table that grows is copied again and again.
    expected_plays: usize,
    /// Keyed anew in each process, so that nobody can choose play ids that collide.
    hashes: RandomState,
}

struct Block {
    /// Of the offsets from `number × block_offsets` on.
    number: u64,
    /// When the first of its reports was received, Unix ms.
    oldest_received_ms: i64,
    plays: HashMap<PlayHash, Marks, BuildHasherDefault<Identity>>,
    /// By the report's hash.
    further: HashSet<u64, BuildHasherDefault<Identity>>,
}

/// A report's hashes.
#[derive(Clone, Copy)]
struct Key {
    play: PlayHash,
    seq: u16,
}

impl Key {
    /// Of the report, within its play's: spread by an odd factor, so that no two reports of a play meet.
    fn report(self) -> u64 {
        let step = (u64::from(self.seq) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.play.whole().wrapping_add(step)
    }
}

impl Window {
    /// `offsets`: how far back the window reaches; at least 1.
    pub fn new(offsets: u64) -> Self {
        Self::hashed_by(offsets, RandomState::new(), 0)
    }

    fn hashed_by(offsets: u64, hashes: RandomState, expected_plays: usize) -> Self {
        Self {
            block_offsets: offsets.div_ceil(BLOCKS).max(1),
            blocks: VecDeque::new(),
            expected_plays,
            hashes,
        }
    }

    /// What the window knows of the play `play_id`, and of its report `seq`.
    pub fn seen(&self, play_id: Uuid, seq: u32) -> Seen {
        self.seen_of(self.key(play_id, seq))
    }

    fn seen_of(&self, key: Key) -> Seen {
        let of_blocks = self.blocks.iter().map(|block| block.seen(key));
        of_blocks.fold(Seen::default(), Seen::or)
    }

    /// Takes up a row. Rows come in the order of their offsets.
    pub fn remember(&mut self, row: &Judged) {
        let key = self.key(row.play_id, row.seq);
        let block = self.block(row.offset);
        block.oldest_received_ms = block.oldest_received_ms.min(row.received_at_ms);
        block.remember(key, row);
    }

    /// When the oldest report in it was received, Unix ms; `None`: the window is empty.
    pub fn oldest_received_ms(&self) -> Option<i64> {
        self.blocks.front().map(|block| block.oldest_received_ms)
    }

    /// The block of `offset`, once those that lie too far behind it are forgotten.
    fn block(&mut self, offset: u64) -> &mut Block {
        let number = offset / self.block_offsets;
        while self
            .blocks
            .front()
            .is_some_and(|oldest| oldest.number + BLOCKS < number)
        {
            self.blocks.pop_front();
        }
        if self
            .blocks
            .back()
            .is_none_or(|newest| newest.number < number)
        {
            if let Some(last) = self.blocks.back() {
                self.expected_plays = last.plays.len();
            }
            self.blocks
                .push_back(Block::new(number, self.expected_plays));
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    /// A record's `seq` is at most 65,535.
    fn key(&self, play_id: Uuid, seq: u32) -> Key {
        Key {
            play: self.hashes.hash_one(play_id.as_u128()).into(),
            seq: seq as u16,
        }
    }
}

impl Block {
    fn new(number: u64, expected_plays: usize) -> Self {
        Self {
            number,
            oldest_received_ms: i64::MAX,
            plays: HashMap::with_capacity_and_hasher(expected_plays, BuildHasherDefault::default()),
            further: HashSet::default(),
        }
    }

    fn seen(&self, key: Key) -> Seen {
        let Some(marks) = self.plays.get(&key.play) else {
            return Seen::default();
        };
        let has = |flag| marks.flags & flag != 0;
        Seen {
            duplicate: marks.seq == key.seq
                || has(flag::FURTHER) && self.further.contains(&key.report()),
            counted: has(flag::COUNTED),
            bot: has(flag::BOT),
            completed: has(flag::COMPLETED),
            skipped: has(flag::SKIPPED),
        }
    }

    fn remember(&mut self, key: Key, row: &Judged) {
        let first = Marks {
            seq: key.seq,
            flags: 0,
        };
        let marks = self.plays.entry(key.play).or_insert(first);
        for (is_so, flag) in [
            (row.reason == Reason::Counted, flag::COUNTED),
            (row.reason == Reason::Bot, flag::BOT),
            (row.completed, flag::COMPLETED),
            (row.skipped, flag::SKIPPED),
            (marks.seq != key.seq, flag::FURTHER),
        ] {
            if is_so {
                marks.flags |= flag;
            }
        }
        if marks.seq != key.seq {
            self.further.insert(key.report());
        }
    }
}

/// What one range is judged by: the window as it was before it, what a look-up of its old reports found, and the range itself
/// as far as it is judged. The window takes the range up once it is stored.
pub struct Past<'a> {
    window: &'a Window,
    earlier: &'a Earlier,
    range: Window,
}

impl<'a> Past<'a> {
    /// `records`: of the range, about.
    pub fn new(window: &'a Window, earlier: &'a Earlier, records: usize) -> Self {
        Self {
            window,
            earlier,
            // One block: within a range nothing is forgotten.
            range: Window::hashed_by(u64::MAX, window.hashes.clone(), records),
        }
    }

    pub fn seen(&self, play_id: Uuid, seq: u32) -> Seen {
        let key = self.window.key(play_id, seq);
        self.window
            .seen_of(key)
            .or(self.earlier.seen(play_id, seq))
            .or(self.range.seen_of(key))
    }

    pub fn remember(&mut self, row: &Judged) {
        self.range.remember(row);
    }
}

/// Takes a hash as it is.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn judged(play: u128, seq: u32, offset: u64, reason: Reason) -> Judged {
        Judged {
            offset,
            play_id: Uuid::from_u128(play),
            seq,
            reason,
            completed: false,
            skipped: false,
            received_at_ms: 1_000 + offset as i64,
        }
    }

    fn counted(play: u128, seq: u32, offset: u64) -> Judged {
        judged(play, seq, offset, Reason::Counted)
    }

    #[test]
    fn what_was_remembered_is_seen_and_nothing_else() {
        let mut window = Window::new(100);
        window.remember(&Judged {
            completed: true,
            ..counted(1, 0, 7)
        });
        let seen = Seen {
            duplicate: true,
            counted: true,
            completed: true,
            ..Seen::default()
        };
        assert_eq!(window.seen(Uuid::from_u128(1), 0), seen);
        assert_eq!(
            window.seen(Uuid::from_u128(1), 1),
            Seen {
                duplicate: false,
                ..seen
            }
        );
        assert_eq!(window.seen(Uuid::from_u128(2), 0), Seen::default());
    }

    #[test]
    fn each_mark_comes_from_its_own_row() {
        let mut window = Window::new(100);
        window.remember(&Judged {
            skipped: true,
            ..judged(1, 0, 0, Reason::TooShort)
        });
        window.remember(&judged(2, 0, 1, Reason::Bot));
        assert_eq!(
            window.seen(Uuid::from_u128(1), 9),
            Seen {
                skipped: true,
                ..Seen::default()
            }
        );
        assert_eq!(
            window.seen(Uuid::from_u128(2), 9),
            Seen {
                bot: true,
                ..Seen::default()
            }
        );
    }

    #[test]
    fn each_report_of_a_play_is_known_in_whatever_order_they_came() {
        let mut window = Window::new(100);
        let seqs = [3, 0, 65_535, 1];
        for (offset, seq) in (0..).zip(seqs) {
            assert!(!window.seen(Uuid::from_u128(1), seq).duplicate, "{seq}");
            window.remember(&counted(1, seq, offset));
            assert!(window.seen(Uuid::from_u128(1), seq).duplicate, "{seq}");
        }
        assert!(
            seqs.iter()
                .all(|seq| window.seen(Uuid::from_u128(1), *seq).duplicate)
        );
        assert!(!window.seen(Uuid::from_u128(1), 2).duplicate);
        assert!(!window.seen(Uuid::from_u128(2), 3).duplicate);
    }

    #[test]
    fn a_window_knows_since_when_it_knows() {
        let mut window = Window::new(8);
        assert_eq!(window.oldest_received_ms(), None);
        (0..20).for_each(|offset| window.remember(&counted(offset.into(), 0, offset)));
        assert_eq!(window.oldest_received_ms(), Some(1_011));
    }

    #[test]
    fn a_range_is_judged_by_the_window_the_look_up_and_itself() {
        let mut window = Window::new(100);
        window.remember(&counted(1, 0, 0));
        let earlier = Earlier::from_rows([judged(2, 0, 0, Reason::Bot)]);
        let mut past = Past::new(&window, &earlier, 1);
        past.remember(&judged(1, 1, 7, Reason::AlreadyCounted));
        let seen = past.seen(Uuid::from_u128(1), 1);
        assert!(seen.duplicate && seen.counted && !seen.bot);
        assert!(past.seen(Uuid::from_u128(2), 0).bot);
        assert!(!window.seen(Uuid::from_u128(1), 1).duplicate);
    }

    proptest! {
        #[test]
        fn a_window_holds_its_last_offsets_and_little_more(
            size in 1u64..60,
            steps in proptest::collection::vec((1u64..5, 0u128..20), 1..200),
        ) {
            let mut window = Window::new(size);
            let mut history: Vec<(u64, u128)> = Vec::new();
            let mut offset = 0;
            for (step, play) in steps {
                offset += step;
                let last = history.iter().rev().find(|(_, earlier)| *earlier == play).map(|(at, _)| *at);
                // The window is moved by what is remembered, so before this offset it reaches back from the previous one.
                let newest = history.last().map_or(0, |(at, _)| *at);
                let seen = window.seen(Uuid::from_u128(play), 0);
                prop_assert_eq!(seen.duplicate, seen.counted);
                match last {
                    Some(at) if at + size >= newest => prop_assert!(seen.counted),
                    Some(at) if at + (BLOCKS + 1) * size.div_ceil(BLOCKS) < newest => prop_assert!(!seen.counted),
                    None => prop_assert!(!seen.counted),
                    Some(_) => {}
                }
                window.remember(&counted(play, 0, offset));
                history.push((offset, play));
            }
        }
    }
}
