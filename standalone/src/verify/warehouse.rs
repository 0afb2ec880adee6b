//! What the warehouse holds, asked in bounded portions.

use std::ops::{Add, Range};

use clickhouse::query::RowCursor;
use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::plays::Judged;
use crate::evidence::Evidence;

/// A row of `plays`, as far as it is compared with its record.
#[derive(Debug, Clone, Row, Deserialize)]
pub struct StoredRow {
    pub kafka_offset: u64,
    #[serde(with = "clickhouse::serde::uuid")]
    pub play_id: Uuid,
    pub seq: u32,
    pub heard_ms: u32,
}

/// Records by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Row, Deserialize)]
pub struct Balance {
    pub counted: u64,
    pub continued: u64,
    pub excluded: u64,
    pub duplicate: u64,
    pub rejected: u64,
}

impl Balance {
    pub fn sum(&self) -> u64 {
        self.counted + self.continued + self.excluded + self.duplicate + self.rejected
    }
}

impl Add for Balance {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            counted: self.counted + other.counted,
            continued: self.continued + other.continued,
            excluded: self.excluded + other.excluded,
            duplicate: self.duplicate + other.duplicate,
            rejected: self.rejected + other.rejected,
        }
    }
}

pub struct Warehouse(Client);

impl Warehouse {
    pub fn new(evidence: &Evidence) -> Self {
        Self(evidence.warehouse())
    }

    /// Materialised views over `plays`: there must be none.
    pub async fn views(&self) -> clickhouse::error::Result<Vec<String>> {
        self.0
            .query(
                "SELECT concat(database, '.', name) FROM system.tables WHERE engine = 'MaterializedView' \
                 AND position(create_table_query, concat('FROM ', currentDatabase(), '.plays')) > 0",
            )
            .fetch_all()
            .await
    }

    pub async fn row_count(&self) -> clickhouse::error::Result<u64> {
        self.0.query("SELECT count() FROM plays").fetch_one().await
    }

    /// The rows of these offsets.
    pub async fn rows(
        &self,
        topic_id: &str,
        partition: i32,
        offsets: Range<i64>,
    ) -> clickhouse::error::Result<Vec<StoredRow>> {
        self.0
            .query(
                "SELECT kafka_offset, play_id, seq, heard_ms FROM plays WHERE topic_id = ? AND kafka_partition = ? \
                 AND kafka_offset >= ? AND kafka_offset < ?",
            )
            .bind(topic_id)
            .bind(partition)
            .bind(offsets.start)
            .bind(offsets.end)
            .fetch_all()
            .await
    }

    /// The offsets of these that were rejected.
    pub async fn rejected(
        &self,
        topic_id: &str,
        partition: i32,
        offsets: Range<i64>,
    ) -> clickhouse::error::Result<Vec<u64>> {
        self.0
            .query(
                "SELECT kafka_offset FROM rejected WHERE topic_id = ? AND kafka_partition = ? \
                 AND kafka_offset >= ? AND kafka_offset < ?",
            )
            .bind(topic_id)
            .bind(partition)
            .bind(offsets.start)
            .bind(offsets.end)
            .fetch_all()
            .await
    }

    /// How many of these offsets have which outcome.
    pub async fn balance(
        &self,
        topic_id: &str,
        partition: i32,
        offsets: Range<i64>,
    ) -> clickhouse::error::Result<Balance> {
        self.0
            .query(
                "SELECT countIf(reason = '') AS counted, countIf(reason = 'continued') AS continued, \
                 countIf(reason NOT IN ('', 'continued', 'duplicate')) AS excluded, countIf(reason = 'duplicate') AS duplicate, \
                 ifNull((SELECT count() FROM rejected WHERE topic_id = ? AND kafka_partition = ? AND kafka_offset >= ? AND kafka_offset < ?), 0) AS rejected \
                 FROM plays WHERE topic_id = ? AND kafka_partition = ? AND kafka_offset >= ? AND kafka_offset < ?",
            )
            .bind(topic_id)
            .bind(partition)
            .bind(offsets.start)
            .bind(offsets.end)
            .bind(topic_id)
            .bind(partition)
            .bind(offsets.start)
            .bind(offsets.end)
            .fetch_one()
            .await
    }

    /// The rows of one share of all plays, each play's together.
    pub fn rows_by_play(
        &self,
        share: u64,
        shares: u64,
    ) -> clickhouse::error::Result<RowCursor<Judged>> {
        self.0
            .query(
                "SELECT play_id, seq, kafka_partition, kafka_offset, toString(topic_id) AS topic_id, toString(reason) AS reason, \
                 counted, heard_ms, heard_before_ms, duration_ms FROM plays WHERE cityHash64(play_id) % ? = ? \
                 ORDER BY play_id, kafka_partition, kafka_offset",
            )
            .bind(shares)
            .bind(share)
            .fetch()
    }
}
