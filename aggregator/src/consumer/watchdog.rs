//! Notices partitions that do not move though there is something to store, whatever the reason: it looks at what is stored and
//! at the log's end, and relies on no worker to tell.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::progress::{LogBounds, Progress};

/// How far each partition was when it last moved.
#[derive(Debug)]
pub struct Watchdog {
    patience: Duration,
    moved: BTreeMap<i32, Moved>,
}

#[derive(Debug)]
struct Moved {
    topic_id: std::sync::Arc<str>,
    next_offset: u64,
    /// When it moved, or had nothing to store.
    at: Instant,
}

impl Watchdog {
    /// `patience`: how long a partition may take to store something.
    pub fn new(patience: Duration) -> Self {
        Self {
            patience,
            moved: BTreeMap::new(),
        }
    }

    /// The partitions that stand still, with how long they have.
    pub fn look(
        &mut self,
        board: &BTreeMap<i32, Progress>,
        logs: &BTreeMap<i32, LogBounds>,
        now: Instant,
    ) -> BTreeMap<i32, Duration> {
        self.moved
            .retain(|partition, _| board.contains_key(partition));
        let mut stalled = BTreeMap::new();
        for (partition, progress) in board {
            let moved = self.moved.entry(*partition).or_insert_with(|| Moved {
                topic_id: progress.topic_id.clone(),
                next_offset: progress.next_offset,
                at: now,
            });
            let log_end = logs.get(partition).map(|log| log.end);
            let is_behind = log_end.is_some_and(|end| end > progress.next_offset as i64);
            let has_moved =
                moved.next_offset != progress.next_offset || moved.topic_id != progress.topic_id;
            if has_moved || !is_behind {
                moved.topic_id = progress.topic_id.clone();
                moved.next_offset = progress.next_offset;
                moved.at = now;
            }
            let still_for = now.duration_since(moved.at);
            // One that is stopped says so itself.
            if still_for >= self.patience && progress.stopped.is_none() {
                stalled.insert(*partition, still_for);
            }
        }
        stalled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn board(next_offset: u64) -> BTreeMap<i32, Progress> {
        let progress = Progress {
            topic_id: "T".into(),
            partitions: 6,
            next_offset,
            oldest_unstored_ms: None,
            last_stored_ms: None,
            pending: false,
            stopped: None,
        };
        [(3, progress)].into()
    }

    fn log(end: i64) -> BTreeMap<i32, LogBounds> {
        let seen_at = Timestamp::UNIX_EPOCH;
        [(
            3,
            LogBounds {
                start: 0,
                end,
                seen_at,
            },
        )]
        .into()
    }

    #[test]
    fn only_a_partition_that_has_something_to_store_and_does_not_is_stalled() {
        let patience = Duration::from_secs(60);
        let mut watchdog = Watchdog::new(patience);
        let start = Instant::now();
        let mut look = |seconds: u64, next_offset: u64, end: i64| {
            let now = start + Duration::from_secs(seconds);
            watchdog.look(&board(next_offset), &log(end), now).len()
        };
        assert_eq!(look(0, 5, 5), 0);
        assert_eq!(look(300, 5, 5), 0, "nothing to store");
        assert_eq!(look(301, 5, 9), 0, "something came");
        assert_eq!(look(359, 5, 9), 0);
        assert_eq!(look(360, 5, 9), 1);
        assert_eq!(look(361, 6, 9), 0, "it moved");
        assert_eq!(look(421, 6, 9), 1);
    }

    #[test]
    fn a_partition_that_was_given_back_begins_anew() {
        let mut watchdog = Watchdog::new(Duration::from_secs(60));
        let start = Instant::now();
        let later = start + Duration::from_secs(90);
        watchdog.look(&board(5), &log(9), start);
        watchdog.look(&BTreeMap::new(), &log(9), start);
        assert!(watchdog.look(&board(5), &log(9), later).is_empty());
    }
}
