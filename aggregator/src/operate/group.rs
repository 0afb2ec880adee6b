//! The consumer group as it stands while nobody consumes: what is committed, what the logs hold.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use veza_kafka::commits;
use veza_kafka::topic::{self, Topic};

use crate::consumer::journal::Journal;
use crate::consumer::range::Span;
use crate::settings::Settings;

/// How long a broker may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a member that was killed may be remembered by its group.
const FORGET_TIMEOUT: Duration = Duration::from_secs(30);
const ASK_AGAIN_PAUSE: Duration = Duration::from_millis(500);

/// Asks for the group, and commits for it, without joining it. Every call blocks.
pub struct Group {
    consumer: BaseConsumer,
    name: String,
    topic: String,
    pub described: Topic,
}

/// A partition, as its last owner left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub partition: i32,
    /// `None`: nothing was ever committed, or for a topic of the same name that is gone.
    pub committed: Option<u64>,
    /// The range that may be stored, in whole or in part.
    pub pending: Option<Span>,
    /// The retained offsets, the end excluded.
    pub low: u64,
    pub high: u64,
    metadata: String,
}

impl Group {
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &settings.kafka.brokers)
            .set("group.id", &settings.group)
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "earliest")
            .create()?;
        let described = topic::describe(consumer.client(), &settings.kafka.topic, TIMEOUT)?;
        Ok(Self {
            consumer,
            name: settings.group.clone(),
            topic: settings.kafka.topic.clone(),
            described,
        })
    }

    /// Every partition of the topic.
    pub fn positions(&self) -> anyhow::Result<Vec<Position>> {
        let mut list = TopicPartitionList::new();
        for partition in 0..self.described.partitions {
            list.add_partition(&self.topic, partition);
        }
        let committed = commits::committed(&self.consumer, &list, TIMEOUT)?;
        committed
            .elements()
            .iter()
            .map(|element| {
                let partition = element.partition();
                let (low, high) =
                    self.consumer
                        .fetch_watermarks(&self.topic, partition, TIMEOUT)?;
                let journal = Journal::read(element.metadata());
                let is_this_topics = journal
                    .as_ref()
                    .is_none_or(|journal| journal.topic_id == self.described.id);
                let committed = match element.offset() {
                    Offset::Offset(offset) if is_this_topics => Some(offset.max(0) as u64),
                    _ => None,
                };
                Ok(Position {
                    partition,
                    committed,
                    pending: committed.and(journal).and_then(|journal| journal.pending),
                    low: low.max(0) as u64,
                    high: high.max(0) as u64,
                    metadata: element.metadata().to_owned(),
                })
            })
            .collect()
    }

    /// Waits until the group has no member; Kafka takes a commit of ours only then.
    ///
    /// # Errors
    /// If it has one after half a minute: longer than a member that was killed is remembered.
    pub fn until_empty(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + FORGET_TIMEOUT;
        loop {
            let positions = self.positions()?;
            let Some(position) = positions.iter().find(|it| it.committed.is_some()) else {
                return Ok(());
            };
            // What is committed already: where nobody is there, this changes nothing.
            let committed = position.committed.unwrap_or_default();
            match self.try_commit(position.partition, committed, &position.metadata) {
                Ok(()) => return Ok(()),
                Err(error) if is_refusal(&error) && Instant::now() < deadline => {
                    std::thread::sleep(ASK_AGAIN_PAUSE);
                }
                Err(error) if is_refusal(&error) => bail!(
                    "group {} has members; stop every aggregator, run this, and start them again",
                    self.name
                ),
                Err(error) => return Err(error).context("the group's commits"),
            }
        }
    }

    /// Commits `offset` as the next to be read, with nothing on its way.
    pub fn commit(&self, partition: i32, offset: u64) -> anyhow::Result<()> {
        let journal = Journal {
            topic_id: &self.described.id,
            pending: None,
        };
        self.try_commit(partition, offset, &journal.to_string())
            .with_context(|| format!("partition {partition} could not be committed at {offset}"))
    }

    fn try_commit(&self, partition: i32, offset: u64, metadata: &str) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::with_capacity(1);
        let mut element = list.add_partition(&self.topic, partition);
        element.set_offset(Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX)))?;
        element.set_metadata(metadata);
        self.consumer.commit(&list, CommitMode::Sync)
    }

    /// Which offsets of `span` the log holds.
    pub fn held(&self, partition: i32, span: Span) -> anyhow::Result<Vec<u64>> {
        let mut start = TopicPartitionList::new();
        start.add_partition_offset(
            &self.topic,
            partition,
            Offset::Offset(i64::try_from(span.first)?),
        )?;
        self.consumer.assign(&start)?;
        let mut offsets = Vec::new();
        let mut last_heard = Instant::now();
        let held = loop {
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) if message.offset() as u64 > span.last => break offsets,
                Some(Ok(message)) => {
                    last_heard = Instant::now();
                    offsets.push(message.offset() as u64);
                }
                Some(Err(KafkaError::PartitionEOF(_))) => break offsets,
                Some(Err(error)) => return Err(error.into()),
                None if last_heard.elapsed() > TIMEOUT => {
                    bail!("Kafka stopped answering within {span} of partition {partition}")
                }
                None => {}
            }
        };
        self.consumer.unassign()?;
        Ok(held)
    }
}

/// Whether a commit was refused because the group has members.
fn is_refusal(error: &KafkaError) -> bool {
    matches!(
        error,
        KafkaError::ConsumerCommit(
            RDKafkaErrorCode::UnknownMemberId
                | RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::StaleMemberEpoch
        )
    )
}

#[cfg(test)]
impl Position {
    pub fn for_test(committed: u64, pending: Option<Span>, low: u64, high: u64) -> Self {
        Self {
            partition: 0,
            committed: Some(committed),
            pending,
            low,
            high,
            metadata: String::new(),
        }
    }
}
