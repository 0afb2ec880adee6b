//! The log: what it still holds, how far the aggregators' group has committed, and the records after that.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use prost::Message as _;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset, TopicPartitionList};
use uuid::Uuid;
use veza_kafka::commits;
use veza_schemas::record::PlayReport;

use super::step::{Fate, Step};

/// How long a broker may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What of a play is in the log and not committed.
pub struct Tail {
    partitions: Vec<Partition>,
    pub steps: Vec<Step>,
    /// Records that are not committed, all plays'.
    pub unstored: u64,
}

struct Partition {
    number: i32,
    /// The retained offsets, the end excluded.
    low: i64,
    high: i64,
    /// Everything below is stored.
    committed: i64,
    /// The commit's metadata: the topic's UUID, then the range that may be on its way.
    metadata: String,
}

impl Tail {
    /// Whether Kafka still has the record.
    pub fn holds(&self, partition: i32, offset: i64) -> bool {
        self.partitions
            .iter()
            .any(|it| it.number == partition && (it.low..it.high).contains(&offset))
    }
}

/// Reads everything that is not committed, and keeps what is the play's. Blocks.
pub fn tail(brokers: &str, topic: &str, group: &str, play_id: Uuid) -> anyhow::Result<Tail> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        // To ask for the group's commits; it is never joined.
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "earliest")
        .create()?;
    let partitions = partitions(&consumer, topic)?;
    let mut steps = Vec::new();
    for partition in &partitions {
        read_tail(&consumer, topic, partition, play_id, &mut steps)
            .with_context(|| format!("partition {}", partition.number))?;
    }
    Ok(Tail {
        unstored: partitions
            .iter()
            .map(|it| (it.high - it.committed) as u64)
            .sum(),
        partitions,
        steps,
    })
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> anyhow::Result<Vec<Partition>> {
    let metadata = consumer.fetch_metadata(Some(topic), TIMEOUT)?;
    let described = metadata.topics().first().context("is not described")?;
    ensure!(!described.partitions().is_empty(), "there is no such topic");
    let mut list = TopicPartitionList::new();
    for partition in described.partitions() {
        list.add_partition(topic, partition.id());
    }
    let committed = commits::committed(consumer, &list, TIMEOUT).context("the group's commits")?;
    let mut partitions: Vec<Partition> = committed
        .elements()
        .iter()
        .map(|element| {
            let (low, high) = consumer.fetch_watermarks(topic, element.partition(), TIMEOUT)?;
            let committed = match element.offset() {
                Offset::Offset(offset) => offset.clamp(low, high),
                _ => low,
            };
            Ok(Partition {
                number: element.partition(),
                low,
                high,
                committed,
                metadata: element.metadata().to_owned(),
            })
        })
        .collect::<Result<_, KafkaError>>()?;
    partitions.sort_by_key(|partition| partition.number);
    Ok(partitions)
}

fn read_tail(
    consumer: &BaseConsumer,
    topic: &str,
    partition: &Partition,
    play_id: Uuid,
    steps: &mut Vec<Step>,
) -> anyhow::Result<()> {
    if partition.committed >= partition.high {
        return Ok(());
    }
    let mut start = TopicPartitionList::new();
    start.add_partition_offset(topic, partition.number, Offset::Offset(partition.committed))?;
    consumer.assign(&start)?;
    let mut last_heard = Instant::now();
    loop {
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) if message.offset() >= partition.high => return Ok(()),
            Some(Ok(message)) => {
                last_heard = Instant::now();
                steps.extend(step(&message, partition, play_id));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
            Some(Err(error)) => return Err(error.into()),
            None => ensure!(
                last_heard.elapsed() < TIMEOUT,
                "Kafka stopped answering before offset {}",
                partition.high
            ),
        }
    }
}

fn step(message: &BorrowedMessage<'_>, partition: &Partition, play_id: Uuid) -> Option<Step> {
    let bytes = message.payload()?;
    let report = PlayReport::decode(bytes).ok();
    let is_its = match &report {
        Some(report) => report.play_uuid().is_ok_and(|id| id == play_id),
        None => bytes.windows(16).any(|window| window == play_id.as_bytes()),
    };
    if !is_its {
        return None;
    }
    let kafka_ms = message.timestamp().to_millis().unwrap_or_default();
    let received_ms = report.as_ref().map_or(kafka_ms, |it| it.received_at_ms);
    Some(Step {
        received_at: Timestamp::from_millisecond(received_ms).unwrap_or_default(),
        topic_id: None,
        partition: partition.number,
        offset: message.offset(),
        in_log: true,
        seq: report.as_ref().map(|it| it.seq),
        track_id: report.as_ref().and_then(|it| it.track_uuid().ok()),
        heard_ms: report.as_ref().map(|it| it.heard_ms),
        replay_of: None,
        replayed_as: None,
        month: None,
        fate: Fate::Waiting {
            before_it: (message.offset() - partition.committed) as u64,
            journaled: journaled(&partition.metadata, partition.number, message.offset()),
        },
    })
}

/// The token of the range in the journal (`TOPIC FIRST-LAST`), if `offset` is in it.
fn journaled(metadata: &str, partition: i32, offset: i64) -> Option<String> {
    let (topic_id, range) = metadata.split_once(' ')?;
    let (first, last) = range.split_once('-')?;
    let offsets = first.parse::<i64>().ok()?..=last.parse::<i64>().ok()?;
    offsets
        .contains(&offset)
        .then(|| format!("{topic_id}:{partition}:{range}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_on_its_way_if_the_journal_says_so() {
        assert_eq!(journaled("T 40-57", 3, 57).as_deref(), Some("T:3:40-57"));
        for (metadata, offset) in [("T 40-57", 58), ("T", 41), ("", 41), ("T x-y", 41)] {
            assert_eq!(journaled(metadata, 3, offset), None);
        }
    }
}
