//! How many rows each creator has in all, remembered for a while: by it nearly every request is spared a look at how many rows its range
//! has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a number is taken for true; a creator's rows don't multiply in that time.
const REMEMBERED: Duration = Duration::from_secs(600);
/// Most numbers that are kept.
const MOST: usize = 100_000;

/// Rows by creator; none: of all creators. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Volumes(Arc<Mutex<HashMap<Option<u64>, Volume>>>);

#[derive(Debug, Clone, Copy)]
struct Volume {
    rows: u64,
    asked_at: Instant,
}

impl Volumes {
    pub fn recall(&self, creator: Option<u64>, now: Instant) -> Option<u64> {
        let volumes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let volume = volumes.get(&creator)?;
        (now.saturating_duration_since(volume.asked_at) < REMEMBERED).then_some(volume.rows)
    }

    pub fn remember(&self, creator: Option<u64>, rows: u64, now: Instant) {
        let mut volumes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if volumes.len() >= MOST {
            volumes.clear();
        }
        let asked_at = now;
        volumes.insert(creator, Volume { rows, asked_at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_remembered_by_creator_and_for_a_while() {
        let (volumes, now) = (Volumes::default(), Instant::now());
        volumes.remember(Some(1), 7, now);
        volumes.remember(None, 9, now);
        assert_eq!(volumes.recall(Some(1), now), Some(7));
        assert_eq!(volumes.recall(None, now), Some(9));
        assert_eq!(volumes.recall(Some(2), now), None);
        assert_eq!(volumes.recall(Some(1), now + REMEMBERED), None);
    }
}
