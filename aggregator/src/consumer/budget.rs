//! Back-pressure: how many bytes of records the process may hold between Kafka and ClickHouse, shared out to its partitions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// What one partition holds. Taken when a record is handed to its worker, given back when its range is stored; dropped with
/// the worker, whatever it held. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Account(Arc<State>);

#[derive(Debug, Default)]
struct State {
    held: AtomicUsize,
    exhausted: Notify,
}

impl Account {
    pub fn take(&self, bytes: usize) {
        self.0.held.fetch_add(bytes, Ordering::Relaxed);
    }

    pub fn give_back(&self, bytes: usize) {
        self.0.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::Relaxed)
    }

    /// Tells the worker that nothing more comes before it gives something back.
    pub fn exhaust(&self) {
        self.0.exhausted.notify_one();
    }

    /// Waits for [`exhaust`](Self::exhaust); also for one that nobody has waited for yet.
    pub async fn exhausted(&self) {
        self.0.exhausted.notified().await;
    }
}

/// The process's budget in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Budget(pub usize);

/// Whether a partition is fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Running,
    Paused,
}

impl Budget {
    /// Whether a partition that holds `held` bytes should be fetched from, when `assigned` partitions share the budget.
    ///
    /// It pauses at its share and goes on at half of it, because fetching anew costs a round trip.
    pub fn flow(self, now: Flow, held: usize, assigned: usize) -> Flow {
        let share = self.0 / assigned.max(1);
        match now {
            Flow::Running if held >= share => Flow::Paused,
            Flow::Paused if held <= share / 2 => Flow::Running,
            same => same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_partition_pauses_at_its_share_and_goes_on_at_half() {
        let budget = Budget(1_000);
        assert_eq!(budget.flow(Flow::Running, 499, 2), Flow::Running);
        assert_eq!(budget.flow(Flow::Running, 500, 2), Flow::Paused);
        assert_eq!(budget.flow(Flow::Paused, 251, 2), Flow::Paused);
        assert_eq!(budget.flow(Flow::Paused, 250, 2), Flow::Running);
    }

    proptest! {
        #[test]
        fn whatever_is_taken_comes_back_and_an_empty_account_runs(costs in proptest::collection::vec(1usize..10_000, 0..100), budget in 0usize..5_000, assigned in 0usize..9) {
            let account = Account::default();
            costs.iter().for_each(|cost| account.take(*cost));
            prop_assert_eq!(account.held(), costs.iter().sum::<usize>());
            costs.iter().for_each(|cost| account.give_back(*cost));
            prop_assert_eq!(account.held(), 0);
            prop_assert_eq!(Budget(budget).flow(Flow::Paused, account.held(), assigned), Flow::Running);
        }
    }
}
