//! The topic, read by offset, outside every consumer group.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use anyhow::Context;
use prost::Message as _;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::time::Instant;
use uuid::Uuid;
use veza_schemas::record::PlayReport;

/// How long a broker may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// A record, as far as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Logged {
    Report {
        play_id: Uuid,
        seq: u32,
        heard_ms: u32,
    },
    Unreadable,
}

/// The retained offsets of a partition, the end excluded.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub partition: i32,
    pub low: i64,
    pub high: i64,
}

pub struct Log {
    brokers: String,
    topic: String,
    consumer: BaseConsumer,
}

impl Log {
    pub fn open(brokers: &str, topic: &str) -> anyhow::Result<Self> {
        let consumer = consumer(brokers)?;
        Ok(Self {
            brokers: brokers.into(),
            topic: topic.into(),
            consumer,
        })
    }

    /// Kafka's UUID of the topic: rows of another topic of the same name, which is gone, are not its records'.
    pub fn topic_id(&self) -> anyhow::Result<String> {
        let described = veza_kafka::topic::describe(self.consumer.client(), &self.topic, TIMEOUT)?;
        Ok(described.id)
    }

    /// Every partition with what Kafka still has of it.
    pub fn partitions(&self) -> anyhow::Result<Vec<Bounds>> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(&self.topic), TIMEOUT)
            .with_context(|| format!("Kafka at {} does not answer", self.brokers))?;
        let topic = metadata
            .topics()
            .first()
            .context("Kafka answered without the topic")?;
        anyhow::ensure!(
            !topic.partitions().is_empty(),
            "there is no topic {} at {}",
            self.topic,
            self.brokers
        );
        let mut partitions: Vec<i32> = topic.partitions().iter().map(|p| p.id()).collect();
        partitions.sort_unstable();
        partitions
            .into_iter()
            .map(|partition| {
                let (low, high) = self
                    .consumer
                    .fetch_watermarks(&self.topic, partition, TIMEOUT)
                    .with_context(|| format!("the bounds of partition {partition}"))?;
                Ok(Bounds {
                    partition,
                    low,
                    high,
                })
            })
            .collect()
    }

    /// The records of `offsets`, by offset.
    pub async fn read(
        &self,
        partition: i32,
        offsets: Range<i64>,
    ) -> anyhow::Result<BTreeMap<i64, Logged>> {
        let (brokers, topic) = (self.brokers.clone(), self.topic.clone());
        tokio::task::spawn_blocking(move || read(&brokers, &topic, partition, offsets)).await?
    }
}

/// A consumer of no group: it never commits, and disturbs nobody's assignment.
fn consumer(brokers: &str) -> anyhow::Result<BaseConsumer> {
    ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "veza-verify")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "false")
        .set("auto.offset.reset", "earliest")
        .create()
        .context("the Kafka client could not be made")
}

fn read(
    brokers: &str,
    topic: &str,
    partition: i32,
    offsets: Range<i64>,
) -> anyhow::Result<BTreeMap<i64, Logged>> {
    let consumer = consumer(brokers)?;
    let mut start = TopicPartitionList::new();
    start.add_partition_offset(topic, partition, Offset::Offset(offsets.start))?;
    consumer.assign(&start)?;
    let mut records = BTreeMap::new();
    let mut last_heard = Instant::now();
    loop {
        if let Some(message) = consumer.poll(Duration::from_millis(200)) {
            let message = message.with_context(|| format!("reading partition {partition}"))?;
            last_heard = Instant::now();
            if message.offset() >= offsets.end {
                return Ok(records);
            }
            records.insert(message.offset(), logged(message.payload()));
            if message.offset() == offsets.end - 1 {
                return Ok(records);
            }
        }
        anyhow::ensure!(
            last_heard.elapsed() < TIMEOUT,
            "partition {partition}: Kafka stopped answering before offset {}",
            offsets.end
        );
    }
}

fn logged(payload: Option<&[u8]>) -> Logged {
    let report = payload.and_then(|bytes| PlayReport::decode(bytes).ok());
    match report.filter(is_storable) {
        Some(report) => match (report.play_uuid(), report.track_uuid()) {
            (Ok(play_id), Ok(_)) => Logged::Report {
                play_id,
                seq: report.seq,
                heard_ms: report.heard_ms,
            },
            _ => Logged::Unreadable,
        },
        None => Logged::Unreadable,
    }
}

/// Whether a row can hold it: times from 2000 to the end of a 32-bit second, a day of listening at most.
fn is_storable(report: &PlayReport) -> bool {
    let times = 946_684_800_000..=i64::from(u32::MAX) * 1_000;
    let day_ms = 86_400_000;
    report.seq <= u32::from(u16::MAX)
        && report.heard_ms <= day_ms
        && report.heard_before_ms <= day_ms
        && times.contains(&report.received_at_ms)
        && times.contains(&report.times().corrected_started_at_ms())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_row_can_hold_is_unreadable() {
        let report = PlayReport {
            play_id: vec![1; 16].into(),
            track_id: vec![2; 16].into(),
            started_at_ms: 1_700_000_000_000,
            received_at_ms: 1_700_000_060_000,
            heard_ms: 60_000,
            ..PlayReport::default()
        };
        let read = |report: PlayReport| logged(Some(&report.encode_to_vec()));
        assert!(matches!(
            read(report.clone()),
            Logged::Report {
                heard_ms: 60_000,
                ..
            }
        ));
        let unreadable = [
            PlayReport {
                seq: 65_536,
                ..report.clone()
            },
            PlayReport {
                heard_ms: 86_400_001,
                ..report.clone()
            },
            PlayReport {
                received_at_ms: 0,
                ..report.clone()
            },
            PlayReport {
                track_id: vec![2; 15].into(),
                ..report
            },
        ];
        for report in unreadable {
            assert_eq!(read(report.clone()), Logged::Unreadable, "{report:?}");
        }
        assert_eq!(logged(None), Logged::Unreadable);
    }
}
