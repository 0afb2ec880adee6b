//! What happens when the group gives this process partitions, or takes them: runs inside librdkafka's rebalance callback, on
//! the thread that polls, before anything of the new assignment is fetched and before anything of the old one is another's.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc::UnboundedSender;

use super::assignment::Incarnation;
use super::budget::{Account, Flow};
use super::partition::Halt;
use super::range::Fetched;
use super::topic::{self, Topic};
use crate::progress::Board;

/// How long an assignment may wait for the brokers' answers. The group waits for us meanwhile, at most `max.poll.interval.ms`.
const ASSIGN_TIMEOUT: Duration = Duration::from_secs(60);
/// How long one question to the brokers may take.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
const ASK_AGAIN_PAUSE: Duration = Duration::from_millis(200);
/// How long partitions that are taken from us may finish the range in hand. Far below `max.poll.interval.ms`: a callback that
/// exceeds that ends the client for ever.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(25);

/// A partition that the group has given to this process.
pub struct Assigned {
    pub partition: i32,
    pub topic: Topic,
    pub start: Start,
    pub incarnation: u64,
}

/// Where a partition begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    At(u64),
    /// Nothing is read until someone decides; why.
    Nowhere(String),
}

/// A worker, seen from the thread that polls.
pub struct Handle {
    pub incarnation: Arc<Incarnation>,
    pub inbox: UnboundedSender<Fetched>,
    pub account: Account,
    pub flow: Flow,
    /// Hangs up when the worker's thread ends.
    pub done: Receiver<()>,
    /// How the worker ended; nothing, if it panicked.
    pub halted: Arc<OnceLock<Result<(), Halt>>>,
}

/// Takes partitions up and gives them back.
pub struct Rebalancer {
    topic: String,
    board: Board,
    state: Mutex<State>,
}

/// What the callback and the thread that polls share; they are one thread, the lock is never waited for.
#[derive(Default)]
pub struct State {
    /// Given, and not yet taken up.
    pub assigned: Vec<Assigned>,
    pub workers: BTreeMap<i32, Handle>,
    /// Why the process must end.
    pub fatal: Option<String>,
    incarnations: u64,
}

impl Rebalancer {
    pub fn new(topic: String, board: Board) -> Self {
        Self {
            topic,
            board,
            state: Mutex::default(),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn assign(
        &self,
        consumer: &BaseConsumer<Self>,
        given: &TopicPartitionList,
    ) -> Result<(), AssignError> {
        if given.count() == 0 {
            return Ok(consumer.incremental_assign(given)?);
        }
        let deadline = Instant::now() + ASSIGN_TIMEOUT;
        let topic = until_answered(deadline, || {
            topic::describe(consumer.client(), &self.topic, ASK_TIMEOUT)
        })?;
        let committed = until_answered(deadline, || {
            consumer.committed_offsets(given.clone(), ASK_TIMEOUT)
        })?;
        let mut list = TopicPartitionList::with_capacity(given.count());
        let mut waiting = TopicPartitionList::new();
        let mut state = self.state();
        for element in committed.elements() {
            let partition = element.partition();
            let (low, high) = until_answered(deadline, || {
                consumer.fetch_watermarks(&self.topic, partition, ASK_TIMEOUT)
            })?;
            let start = start(&topic.id, element.offset(), element.metadata(), low, high);
            let offset = match &start {
                Start::At(offset) if *offset == low as u64 => Offset::Beginning,
                Start::At(offset) => Offset::Offset(*offset as i64),
                Start::Nowhere(_) => {
                    waiting.add_partition(&self.topic, partition);
                    element.offset()
                }
            };
            list.add_partition_offset(&self.topic, partition, offset)?;
            state.incarnations += 1;
            let incarnation = state.incarnations;
            state.assigned.push(Assigned {
                partition,
                topic: topic.clone(),
                start,
                incarnation,
            });
        }
        drop(state);
        consumer.incremental_assign(&list)?;
        if waiting.count() > 0 {
            consumer.pause(&waiting)?;
        }
        Ok(())
    }

    fn revoke(
        &self,
        consumer: &BaseConsumer<Self>,
        taken: &TopicPartitionList,
    ) -> Result<(), KafkaError> {
        let lost = consumer.assignment_lost();
        let mut workers = Vec::new();
        for element in taken.elements() {
            let partition = element.partition();
            let mut state = self.state();
            state
                .assigned
                .retain(|assigned| assigned.partition != partition);
            workers.extend(state.workers.remove(&partition));
        }
        if !lost {
            drain(&workers);
        }
        for worker in &workers {
            worker.incarnation.end();
        }
        for element in taken.elements() {
            self.board.remove(element.partition());
            metrics::gauge!("veza_aggregator_lag_records", "partition" => element.partition().to_string()).set(0.0);
        }
        tracing::info!(partitions = taken.count(), lost, "partitions given back");
        consumer.incremental_unassign(taken)
    }
}

/// Lets workers finish the range in hand, within the bound.
fn drain(workers: &[Handle]) {
    let deadline = Instant::now() + DRAIN_TIMEOUT;
    for worker in workers {
        worker.incarnation.drain();
    }
    for worker in workers {
        let left = deadline.saturating_duration_since(Instant::now());
        if worker.done.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
            let partition = worker.incarnation.partition;
            tracing::warn!(
                partition,
                "the range in hand was not stored in time; the partition's next owner stores it"
            );
        }
    }
}

/// Where to begin, by what was committed: the offset, if it was committed for this very topic; the log's start, if it was
/// committed for one of the same name that is gone, or not at all.
fn start(topic_id: &str, committed: Offset, metadata: &str, low: i64, high: i64) -> Start {
    let Offset::Offset(offset) = committed else {
        return Start::At(low.max(0) as u64);
    };
    let of_another_topic = !metadata.is_empty() && !metadata.starts_with(topic_id);
    if of_another_topic {
        return Start::At(low.max(0) as u64);
    }
    if !(low..=high).contains(&offset) {
        return Start::Nowhere(format!(
            "offset {offset} was committed, and the log holds {low} to {high}: what lies between is gone, or was never there"
        ));
    }
    Start::At(offset as u64)
}

/// Why partitions could not be taken up.
#[derive(Debug, thiserror::Error)]
enum AssignError {
    #[error(transparent)]
    Topic(#[from] topic::TopicError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}

fn until_answered<T, E: std::fmt::Display>(
    deadline: Instant,
    ask: impl Fn() -> Result<T, E>,
) -> Result<T, E> {
    loop {
        match ask() {
            Err(error) if Instant::now() < deadline => {
                tracing::warn!(%error, "an assignment waits for the brokers");
                std::thread::sleep(ASK_AGAIN_PAUSE);
            }
            answer => return answer,
        }
    }
}

impl ConsumerContext for Rebalancer {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        let result = match event {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self
                .assign(consumer, partitions)
                .map_err(|error| error.to_string()),
            _ => self
                .revoke(consumer, partitions)
                .map_err(|error| error.to_string()),
        };
        if let Err(why) = result {
            self.state().fatal = Some(format!("a rebalance failed: {why}"));
        }
    }
}

impl ClientContext for Rebalancer {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka client");
    }
}

/// librdkafka's own log: what it can do nothing about is a warning, the rest is for those who look for it.
pub fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::warn!(facility, message, "librdkafka")
        }
        _ => tracing::debug!(facility, message, "librdkafka"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_begins_where_it_was_committed_for_this_very_topic() {
        assert_eq!(start("A", Offset::Offset(7), "A", 0, 9), Start::At(7));
        assert_eq!(start("A", Offset::Offset(9), "A", 0, 9), Start::At(9));
        assert_eq!(
            start("A", Offset::Offset(7), "", 0, 9),
            Start::At(7),
            "reset by hand"
        );
        assert_eq!(
            start("A", Offset::Invalid, "", 3, 9),
            Start::At(3),
            "never committed"
        );
        assert_eq!(
            start("A", Offset::Offset(7), "B", 0, 9),
            Start::At(0),
            "of a topic that is gone"
        );
    }

    #[test]
    fn an_offset_outside_the_log_is_never_passed_over() {
        for outside in [2, 10] {
            assert!(
                matches!(
                    start("A", Offset::Offset(outside), "A", 3, 9),
                    Start::Nowhere(_)
                ),
                "{outside}"
            );
        }
    }
}
