//! What was seen before of a play, within the partition's last offsets: its reports, and whether it was counted, a bot's,
//! complete, a skip. What is remembered depends on the records alone, never on time.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use uuid::Uuid;
use veza_enrich::verdict::Seen;
use veza_schemas::row::{Play, Reason};

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
    pub fn remember(&mut self, row: &Play) {
        let marks = [
            Some(Mark::Play),
            Some(Mark::Report { seq: row.seq }),
            (row.reason == Reason::Counted).then_some(Mark::Counted),
            (row.reason == Reason::Bot).then_some(Mark::Bot),
            row.completed.then_some(Mark::Completed),
            row.skipped.then_some(Mark::Skipped),
        ];
        let hashes = marks.map(|mark| mark.map(|mark| self.hash(row.play_id, mark)));
        self.block(row.kafka_offset)
            .marks
            .extend(hashes.into_iter().flatten());
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
    use crate::testing::row;
    use proptest::prelude::*;

    fn counted(play: u128, seq: u32, offset: u64) -> Play {
        Play {
            play_id: Uuid::from_u128(play),
            seq,
            kafka_offset: offset,
            reason: Reason::Counted,
            counted: true,
            ..row()
        }
    }

    #[test]
    fn what_was_remembered_is_seen_and_nothing_else() {
        let mut window = Window::new(100);
        window.remember(&Play {
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
        window.remember(&Play {
            play_id: Uuid::from_u128(1),
            reason: Reason::TooShort,
            skipped: true,
            ..row()
        });
        window.remember(&Play {
            play_id: Uuid::from_u128(2),
            reason: Reason::Bot,
            ..row()
        });
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
