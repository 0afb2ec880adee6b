//! Partitions that stand still without having fetched what is to be stored next, as when they stopped or are paused: since when it
//! waits, only the log can tell.

use std::collections::BTreeMap;

use crate::progress::{LogBounds, Progress};

/// What is known of them.
#[derive(Debug, Default)]
pub struct Unread(BTreeMap<i32, First>);

/// The first record that is not stored.
#[derive(Debug, PartialEq, Eq)]
struct First {
    offset: u64,
    /// Kafka's time of it, Unix ms; `None`: not asked yet.
    time_ms: Option<i64>,
}

impl Unread {
    /// The partitions to ask for, with the offset of their first unstored record: those that were as they are now when this was
    /// called last, and were not asked for.
    pub fn due(
        &mut self,
        board: &BTreeMap<i32, Progress>,
        logs: &BTreeMap<i32, LogBounds>,
    ) -> Vec<(i32, u64)> {
        let mut due = Vec::new();
        let mut now = BTreeMap::new();
        for (partition, progress) in board {
            let Some(log) = logs.get(partition) else {
                continue;
            };
            let offset = progress.next_offset.max(log.start.max(0).unsigned_abs());
            if progress.oldest_unstored_ms.is_some() || log.end.max(0).unsigned_abs() <= offset {
                continue;
            }
            let known = self.0.remove(partition);
            let first = match known {
                Some(first) if first.offset == offset => {
                    if first.time_ms.is_none() {
                        due.push((*partition, offset));
                    }
                    first
                }
                _ => First {
                    offset,
                    time_ms: None,
                },
            };
            now.insert(*partition, first);
        }
        self.0 = now;
        due
    }

    pub fn learn(&mut self, partition: i32, time_ms: i64) {
        if let Some(first) = self.0.get_mut(&partition) {
            first.time_ms = Some(time_ms);
        }
    }

    pub fn times(&self) -> BTreeMap<i32, i64> {
        let known = self.0.iter();
        known
            .filter_map(|(partition, first)| Some((*partition, first.time_ms?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn board(next_offset: u64, oldest_unstored_ms: Option<i64>) -> BTreeMap<i32, Progress> {
        let progress = Progress {
            topic_id: "T".into(),
            partitions: 6,
            next_offset,
            oldest_unstored_ms,
            last_stored_ms: None,
            pending: false,
            stopped: None,
        };
        [(3, progress)].into()
    }

    fn logs(end: i64) -> BTreeMap<i32, LogBounds> {
        let seen_at = Timestamp::UNIX_EPOCH;
        let bounds = LogBounds {
            start: 4,
            end,
            seen_at,
        };
        [(3, bounds)].into()
    }

    #[test]
    fn only_a_partition_that_stands_still_is_asked_for_and_once() {
        let mut unread = Unread::default();
        assert_eq!(
            unread.due(&board(7, None), &logs(9)),
            [],
            "it may be moving"
        );
        assert_eq!(unread.due(&board(7, None), &logs(9)), [(3, 7)]);
        unread.learn(3, 1_234);
        assert_eq!(unread.due(&board(7, None), &logs(12)), []);
        assert_eq!(unread.times(), [(3, 1_234)].into());
        assert_eq!(unread.due(&board(8, None), &logs(12)), [], "it moved");
        assert_eq!(unread.times(), BTreeMap::new());
        assert_eq!(
            unread.due(&board(8, Some(5)), &logs(12)),
            [],
            "it has it in hand"
        );
        assert_eq!(
            unread.due(&board(12, None), &logs(12)),
            [],
            "nothing to store"
        );
    }

    #[test]
    fn what_the_log_no_longer_holds_is_not_waited_for() {
        let mut unread = Unread::default();
        unread.due(&board(0, None), &logs(9));
        assert_eq!(unread.due(&board(0, None), &logs(9)), [(3, 4)]);
    }
}
