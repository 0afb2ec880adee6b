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
use veza_kafka::topic::{self, Topic};

use super::assignment::Incarnation;
use super::budget::{Account, Flow};
use super::halt::Halt;
use super::journal::Journal;
use super::range::{Chunk, Fetched, Span};
use crate::figures;
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
    /// Where its log ends.
    pub log_end: u64,
    pub incarnation: u64,
}

/// Where a partition begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    At {
        offset: u64,
        /// The range that its last owner may have sent.
        pending: Option<Span>,
    },
    /// Nothing is read until someone decides.
    Nowhere {
        /// Everything below that the log can hold is stored.
        next_offset: u64,
        why: String,
    },
}

/// A worker, seen from the thread that polls.
pub struct Handle {
    pub incarnation: Arc<Incarnation>,
    pub inbox: UnboundedSender<Fetched>,
    pub account: Account,
    pub chunk: Chunk,
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
                Start::At { offset, .. } if *offset == low as u64 => Offset::Beginning,
                Start::At { offset, .. } => Offset::Offset(*offset as i64),
                Start::Nowhere { .. } => {
                    waiting.add_partition(&self.topic, partition);
                    // Until it is paused it may be fetched from, and what was committed can't be.
                    Offset::End
                }
            };
            list.add_partition_offset(&self.topic, partition, offset)?;
            state.incarnations += 1;
            let incarnation = state.incarnations;
            state.assigned.push(Assigned {
                partition,
                topic: topic.clone(),
                start,
                log_end: high.max(0) as u64,
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
            figures::forget(element.partition());
        }
        tracing::info!(partitions = taken.count(), lost, "partitions given back");
        // librdkafka would remember what is paused until it comes back, and never fetch it.
        consumer.resume(taken)?;
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

/// Where to begin, by what was committed: at the offset, if it was committed for this very topic, or set by hand; at the log's
/// start, if it was committed for a topic of the same name that is gone, or not at all.
fn start(topic_id: &str, committed: Offset, metadata: &str, low: i64, high: i64) -> Start {
    let log_start = Start::At {
        offset: low.max(0) as u64,
        pending: None,
    };
    let Offset::Offset(offset) = committed else {
        return log_start;
    };
    let pending = match Journal::read(metadata) {
        Some(journal) if journal.topic_id != topic_id => return log_start,
        Some(journal) => journal.pending,
        None => None,
    };
    let end = pending.map_or(offset, |span| span.last as i64 + 1);
    if offset < low || end.max(offset) > high {
        let journaled = pending.map(|span| format!(" with {span} on its way"));
        return Start::Nowhere {
            next_offset: offset.min(high).max(0) as u64,
            why: format!(
                "offset {offset} was committed{}, and the log holds {low} to {high}: what lies between is gone, or was never there",
                journaled.unwrap_or_default()
            ),
        };
    }
    Start::At {
        offset: offset as u64,
        pending,
    }
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

    const TOPIC: &str = "q7wTq4DfQeS5Zb-_k1XgHA";
    const GONE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    fn at(offset: u64) -> Start {
        Start::At {
            offset,
            pending: None,
        }
    }

    #[test]
    fn a_partition_begins_where_it_was_committed_for_this_very_topic() {
        assert_eq!(start(TOPIC, Offset::Offset(7), TOPIC, 0, 9), at(7));
        assert_eq!(start(TOPIC, Offset::Offset(9), TOPIC, 0, 9), at(9));
        assert_eq!(
            start(TOPIC, Offset::Offset(7), "", 0, 9),
            at(7),
            "reset by hand"
        );
        assert_eq!(
            start(TOPIC, Offset::Invalid, "", 3, 9),
            at(3),
            "never committed"
        );
        let journal = format!("{GONE} 7-8");
        assert_eq!(
            start(TOPIC, Offset::Offset(7), &journal, 0, 9),
            at(0),
            "of a topic that is gone"
        );
    }

    #[test]
    fn a_partition_begins_with_what_its_last_owner_may_have_sent() {
        let journal = format!("{TOPIC} 7-8");
        let pending = Some(Span { first: 7, last: 8 });
        assert_eq!(
            start(TOPIC, Offset::Offset(7), &journal, 0, 9),
            Start::At { offset: 7, pending }
        );
    }

    #[test]
    fn an_offset_outside_the_log_is_never_passed_over() {
        let beyond = format!("{TOPIC} 7-10");
        for (outside, metadata) in [(2, TOPIC), (10, TOPIC), (2, ""), (7, &beyond)] {
            let start = start(TOPIC, Offset::Offset(outside), metadata, 3, 9);
            assert!(
                matches!(start, Start::Nowhere { .. }),
                "{outside} {metadata}"
            );
        }
    }
}
