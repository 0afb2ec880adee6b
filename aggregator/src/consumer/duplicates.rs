//! What was seen before of a play, within the partition's last offsets: its reports, and whether it was counted, a bot's,
//! complete, a skip. What is remembered depends on the records alone, never on time.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use uuid::Uuid;
use veza_enrich::verdict::Seen;
use veza_schemas::row::Reason;

use super::earlier::Earlier;
use super::judged::Judged;

/// The window is kept in this many blocks, and forgotten block by block.
const BLOCKS: u64 = 8;

/// What is remembered of a play.
#[derive(Hash, Clone, Copy)]
enum Mark {
    /// The play has other marks; most plays have none, and are told so by one look.
    Play,
    Report {
        seq: u32,
    },
    Counted,
    Bot,
    Completed,
    Skipped,
}

/// A partition's window: at least its last `offsets`, rounded up to eight blocks, and at most one block more.
pub struct Window {
    block_offsets: u64,
    /// Ascending by number.
    blocks: VecDeque<Block>,
    /// Keyed anew in each process, so that nobody can choose play ids that collide.
    hashes: RandomState,
}

struct Block {
    /// Of the offsets from `number × block_offsets` on.
    number: u64,
    /// When the first of its reports was received, Unix ms.
    oldest_received_ms: i64,
    marks: HashSet<u64, BuildHasherDefault<Identity>>,
}

impl Window {
    /// `offsets`: how far back the window reaches; at least 1.
    pub fn new(offsets: u64) -> Self {
        Self {
            block_offsets: offsets.div_ceil(BLOCKS).max(1),
            blocks: VecDeque::new(),
            hashes: RandomState::new(),
        }
    }

    /// What the window knows of the play `play_id`, and of its report `seq`.
    pub fn seen(&self, play_id: Uuid, seq: u32) -> Seen {
        if !self.has(play_id, Mark::Play) {
            return Seen::default();
        }
        Seen {
            duplicate: self.has(play_id, Mark::Report { seq }),
            counted: self.has(play_id, Mark::Counted),
            bot: self.has(play_id, Mark::Bot),
            completed: self.has(play_id, Mark::Completed),
            skipped: self.has(play_id, Mark::Skipped),
        }
    }

    /// Takes up a row. Rows come in the order of their offsets.
    pub fn remember(&mut self, row: &Judged) {
        let marks = [
            Some(Mark::Play),
            Some(Mark::Report { seq: row.seq }),
            (row.reason == Reason::Counted).then_some(Mark::Counted),
            (row.reason == Reason::Bot).then_some(Mark::Bot),
            row.completed.then_some(Mark::Completed),
            row.skipped.then_some(Mark::Skipped),
        ];
        let hashes = marks.map(|mark| mark.map(|mark| self.hash(row.play_id, mark)));
        let block = self.block(row.offset);
        block.oldest_received_ms = block.oldest_received_ms.min(row.received_at_ms);
        block.marks.extend(hashes.into_iter().flatten());
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
            self.blocks.push_back(Block {
                number,
                oldest_received_ms: i64::MAX,
                marks: HashSet::default(),
            });
        }
        let last = self.blocks.len() - 1;
        &mut self.blocks[last]
    }

    fn has(&self, play_id: Uuid, mark: Mark) -> bool {
        let hash = self.hash(play_id, mark);
        self.blocks
            .iter()
            .rev()
            .any(|block| block.marks.contains(&hash))
    }

    fn hash(&self, play_id: Uuid, mark: Mark) -> u64 {
        self.hashes.hash_one((play_id.as_u128(), mark))
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
    pub fn new(window: &'a Window, earlier: &'a Earlier) -> Self {
        Self {
            window,
            earlier,
            // One block: within a range nothing is forgotten.
            range: Window::new(u64::MAX),
        }
    }

    pub fn seen(&self, play_id: Uuid, seq: u32) -> Seen {
        self.window
            .seen(play_id, seq)
            .or(self.earlier.seen(play_id, seq))
            .or(self.range.seen(play_id, seq))
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
        let mut past = Past::new(&window, &earlier);
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
