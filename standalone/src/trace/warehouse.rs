//! What the warehouse holds of a play.

use std::collections::BTreeMap;

use clickhouse::{Client, Row};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use veza_schemas::row::{Outcome, Reason};

use super::step::{Fate, Inserted, Step, Visible};
use crate::evidence::Evidence;

pub struct Warehouse(Client);

/// A row of `plays`.
#[derive(Debug, Clone, Row, Deserialize)]
struct Played {
    topic_id: String,
    kafka_partition: u16,
    kafka_offset: u64,
    seq: u32,
    #[serde(with = "clickhouse::serde::uuid")]
    track_id: Uuid,
    heard_ms: u32,
    reason: String,
    rule: u8,
    creator_id: u64,
    received_ms: i64,
    month: u32,
    part: String,
}

/// A row of `rejected`.
#[derive(Debug, Clone, Row, Deserialize)]
struct Rejected {
    topic_id: String,
    kafka_partition: u16,
    kafka_offset: u64,
    code: String,
    reason: String,
    at_ms: i64,
    part: String,
}

/// A part that is as it was inserted.
#[derive(Debug, Clone, Row, Deserialize)]
struct Part {
    name: String,
    first: u64,
    last: u64,
    written: u32,
}

impl Warehouse {
    pub fn new(evidence: &Evidence) -> Self {
        Self(evidence.warehouse())
    }

    /// Its rows, and the rejections whose bytes hold its id.
    pub async fn steps(&self, play_id: Uuid) -> clickhouse::error::Result<Vec<Step>> {
        let played: Vec<Played> = self
            .0
            .query(
                "SELECT toString(topic_id) AS topic_id, kafka_partition, kafka_offset, seq, track_id, heard_ms, \
                 toString(reason) AS reason, rule, creator_id, toUnixTimestamp64Milli(received_at) AS received_ms, \
                 toYYYYMM(slot) AS month, toString(_part) AS part FROM plays WHERE play_id = toUUID(?)",
            )
            .bind(play_id.to_string())
            .fetch_all()
            .await?;
        let rejected: Vec<Rejected> = self
            .0
            .query(
                "SELECT toString(topic_id) AS topic_id, kafka_partition, kafka_offset, toString(code) AS code, reason, \
                 toUnixTimestamp64Milli(at) AS at_ms, toString(_part) AS part FROM rejected WHERE position(raw, unhex(?)) > 0",
            )
            .bind(play_id.simple().to_string())
            .fetch_all()
            .await?;
        let of_plays = self
            .parts("plays", played.iter().map(|row| row.part.as_str()))
            .await?;
        let of_rejected = self
            .parts("rejected", rejected.iter().map(|row| row.part.as_str()))
            .await?;
        let played = played.into_iter().map(|row| row.step(&of_plays));
        let rejected = rejected.into_iter().map(|row| row.step(&of_rejected));
        Ok(played.chain(rejected).collect())
    }

    /// Those of the parts that are as they were inserted: neither merged (level 0) nor changed since (the version of their data is
    /// their own number), with what was inserted into them.
    async fn parts(
        &self,
        table: &str,
        names: impl Iterator<Item = &str>,
    ) -> clickhouse::error::Result<BTreeMap<String, Inserted>> {
        let names: Vec<&str> = names.collect();
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let parts: Vec<Part> = self
            .0
            .query(&format!(
                "SELECT toString(held._part) AS name, min(held.kafka_offset) AS first, max(held.kafka_offset) AS last, \
                 any(toUnixTimestamp(parts.modification_time)) AS written \
                 FROM (SELECT _part, kafka_offset FROM {table} WHERE _part IN ?) AS held \
                 JOIN (SELECT name, modification_time FROM system.parts WHERE database = currentDatabase() AND table = '{table}' \
                       AND active AND level = 0 AND data_version = min_block_number) AS parts ON parts.name = held._part \
                 GROUP BY name"
            ))
            .bind(names)
            .fetch_all()
            .await?;
        let inserted = |part: &Part| {
            let written = Timestamp::from_second(part.written.into()).ok();
            Inserted {
                together: Some((part.first, part.last)),
                visible: Visible {
                    not_before: written,
                    at_latest: written,
                },
            }
        };
        Ok(parts
            .iter()
            .map(|part| (part.name.clone(), inserted(part)))
            .collect())
    }
}

impl Played {
    fn step(self, parts: &BTreeMap<String, Inserted>) -> Step {
        let reason = Reason::parse(&self.reason);
        let outcome = reason.map_or("unknown", |reason| reason.outcome().as_str());
        let excluded = outcome == Outcome::Excluded.as_str() || reason.is_none();
        Step {
            received_at: Timestamp::from_millisecond(self.received_ms).unwrap_or_default(),
            topic_id: Some(self.topic_id),
            partition: self.kafka_partition.into(),
            offset: self.kafka_offset as i64,
            in_log: false,
            seq: Some(self.seq),
            track_id: Some(self.track_id),
            heard_ms: Some(self.heard_ms),
            replay_of: None,
            replayed_as: None,
            month: Some(self.month),
            fate: Fate::Row {
                outcome,
                reason: excluded.then_some(self.reason),
                rule: self.rule,
                creator_id: self.creator_id,
                inserted: parts.get(&self.part).cloned().unwrap_or_default(),
            },
        }
    }
}

impl Rejected {
    fn step(self, parts: &BTreeMap<String, Inserted>) -> Step {
        Step {
            received_at: Timestamp::from_millisecond(self.at_ms).unwrap_or_default(),
            topic_id: Some(self.topic_id),
            partition: self.kafka_partition.into(),
            offset: self.kafka_offset as i64,
            in_log: false,
            seq: None,
            track_id: None,
            heard_ms: None,
            replay_of: None,
            replayed_as: None,
            month: None,
            fate: Fate::Rejected {
                code: self.code,
                reason: self.reason,
                inserted: parts.get(&self.part).cloned().unwrap_or_default(),
            },
        }
    }
}
