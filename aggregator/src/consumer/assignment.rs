//! One assignment of a partition to this process, and what may be done under it.
//!
//! The broker fences members of the group, not owners of partitions: a process that was stopped, lost a partition, and has
//! rejoined may commit that partition, and is told OK. Therefore each assignment is an *incarnation*: the rebalance callback
//! ends it under a lock, and the worker checks it and commits under the same lock. What one incarnation began, no other
//! finishes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;

/// Pause before a commit is repeated.
const COMMIT_RETRY_PAUSE: Duration = Duration::from_millis(100);

/// The assignment is over: nothing may be committed or sent under it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the partition is assigned to this process no longer")]
pub struct Ended;

/// One assignment of one partition to this process.
#[derive(Debug)]
pub struct Incarnation {
    pub partition: i32,
    /// Counts assignments within this process.
    pub number: u64,
    stands: Mutex<bool>,
    /// Finish the range in hand, and seal no other.
    draining: CancellationToken,
    ended: CancellationToken,
}

impl Incarnation {
    pub fn new(partition: i32, number: u64) -> Self {
        Self {
            partition,
            number,
            stands: Mutex::new(true),
            draining: CancellationToken::new(),
            ended: CancellationToken::new(),
        }
    }

    /// Asks the worker to finish the range in hand, and to seal no other.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Ends it; once this returns, nothing is committed under it.
    pub fn end(&self) {
        *self.lock() = false;
        self.draining.cancel();
        self.ended.cancel();
    }

    fn stands(&self) -> bool {
        *self.lock()
    }

    /// Fails once it has ended.
    pub fn check(&self) -> Result<(), Ended> {
        if self.stands() { Ok(()) } else { Err(Ended) }
    }

    /// Runs `work` unless, or until, the incarnation ends.
    pub async fn while_it_stands<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        self.ended.run_until_cancelled(work).await.ok_or(Ended)
    }

    /// Commits `offset` as the next to be read, with `metadata`: synchronously, this partition alone, while the incarnation
    /// stands. Repeats the same commit as long as its outcome is unknown.
    ///
    /// Blocks; librdkafka gives up after its session timeout (45 s) when no broker answers.
    pub fn commit<C: ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        topic: &str,
        offset: u64,
        metadata: &str,
    ) -> Result<(), Ended> {
        loop {
            let stands = self.lock();
            if !*stands {
                return Err(Ended);
            }
            let result = commit_once(consumer, topic, self.partition, offset, metadata);
            drop(stands);
            match result {
                Ok(()) => return Ok(()),
                Err(error) if fences(&error) => {
                    tracing::warn!(partition = self.partition, incarnation = self.number, %error, "commit refused: the partition is another's");
                    self.end();
                    return Err(Ended);
                }
                Err(error) => {
                    tracing::warn!(partition = self.partition, offset, %error, "commit failed; repeating it");
                    metrics::counter!("veza_aggregator_commit_retries_total").increment(1);
                    std::thread::sleep(COMMIT_RETRY_PAUSE);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.stands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn commit_once<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
    offset: u64,
    metadata: &str,
) -> Result<(), KafkaError> {
    let mut list = TopicPartitionList::with_capacity(1);
    let mut element = list.add_partition(topic, partition);
    element.set_offset(Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX)))?;
    element.set_metadata(metadata);
    consumer.commit(&list, CommitMode::Sync)
}

/// Whether a refused commit says that the member is no longer of the group: never repeated.
fn fences(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{Fatal, FencedInstanceId, UnknownMemberId};
    matches!(
        error,
        KafkaError::ConsumerCommit(Fatal | FencedInstanceId | UnknownMemberId)
    )
}
