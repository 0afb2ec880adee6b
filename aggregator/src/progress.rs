//! How far each partition is stored, written to Postgres every second: `as_of` of every report comes from here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::PgPool;

/// How long Postgres may take to answer.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// How far one partition is. Times in Unix ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Kafka's UUID of the topic.
    pub topic_id: Arc<str>,
    /// Partitions that the topic has.
    pub partitions: i32,
    /// Everything below is stored.
    pub next_offset: u64,
    /// Received time of the oldest record that was fetched and is not stored.
    pub oldest_unstored_ms: Option<i64>,
    /// Received time of the newest record stored.
    pub last_stored_ms: Option<i64>,
    /// A range is journaled and not stored.
    pub pending: bool,
    /// Why the partition does not go on until someone acts.
    pub stopped: Option<String>,
}

impl Progress {
    /// As Kafka and Postgres hold offsets.
    pub fn next_offset_i64(&self) -> i64 {
        i64::try_from(self.next_offset).unwrap_or(i64::MAX)
    }
}

/// The partitions of this process, as their workers last said. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<BTreeMap<i32, Progress>>>);

impl Board {
    pub fn put(&self, partition: i32, progress: Progress) {
        self.lock().insert(partition, progress);
    }

    pub fn update(&self, partition: i32, change: impl FnOnce(&mut Progress)) {
        if let Some(progress) = self.lock().get_mut(&partition) {
            change(progress);
        }
    }

    pub fn remove(&self, partition: i32) {
        self.lock().remove(&partition);
    }

    pub fn all(&self) -> BTreeMap<i32, Progress> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i32, Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a partition's log begins and ends, and when that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBounds {
    /// The oldest offset that Kafka still has.
    pub start: i64,
    /// The offset after its newest record.
    pub end: i64,
    /// Taken before asking: everything received earlier, less what ingest may still be sending, lies below `end`.
    pub seen_at: Timestamp,
}

/// Why progress could not be written; the next second brings the next attempt.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    #[error("Postgres does not answer within {WRITE_TIMEOUT:?}")]
    Silent,
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

/// Writes the progress of the partitions whose log's end is known.
pub async fn write(
    pool: &PgPool,
    board: &Board,
    logs: &BTreeMap<i32, LogBounds>,
) -> Result<(), ProgressError> {
    let mut columns = Columns::default();
    for (partition, progress) in board.all() {
        if let Some(log) = logs.get(&partition) {
            columns.push(partition, &progress, *log);
        }
    }
    let query = sqlx::query!(
        r#"INSERT INTO partition_progress
             (topic_id, kafka_partition, partitions, next_offset, log_end, oldest_unstored_at, last_stored_at, seen_at)
           SELECT topic_id, kafka_partition, partitions, next_offset, log_end,
                  to_timestamp(oldest_unstored_ms / 1000.0), to_timestamp(last_stored_ms / 1000.0), to_timestamp(seen_ms / 1000.0)
           FROM UNNEST($1::text[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
             AS row (topic_id, kafka_partition, partitions, next_offset, log_end, oldest_unstored_ms, last_stored_ms, seen_ms)
           ON CONFLICT (topic_id, kafka_partition) DO UPDATE SET
             partitions = excluded.partitions, next_offset = excluded.next_offset, log_end = excluded.log_end,
             oldest_unstored_at = excluded.oldest_unstored_at,
             last_stored_at = COALESCE(excluded.last_stored_at, partition_progress.last_stored_at),
             seen_at = excluded.seen_at
           WHERE excluded.seen_at > partition_progress.seen_at"#,
        &columns.topic_id,
        &columns.partition,
        &columns.partitions,
        &columns.next_offset,
        &columns.log_end,
        &columns.oldest_unstored_ms as &[Option<i64>],
        &columns.last_stored_ms as &[Option<i64>],
        &columns.seen_ms,
    );
    tokio::time::timeout(WRITE_TIMEOUT, query.execute(pool))
        .await
        .map_err(|_| ProgressError::Silent)??;
    Ok(())
}

#[derive(Default)]
struct Columns {
    topic_id: Vec<String>,
    partition: Vec<i32>,
    partitions: Vec<i32>,
    next_offset: Vec<i64>,
    log_end: Vec<i64>,
    oldest_unstored_ms: Vec<Option<i64>>,
    last_stored_ms: Vec<Option<i64>>,
    seen_ms: Vec<i64>,
}

impl Columns {
    fn push(&mut self, partition: i32, progress: &Progress, log: LogBounds) {
        self.topic_id.push(progress.topic_id.to_string());
        self.partition.push(partition);
        self.partitions.push(progress.partitions);
        self.next_offset.push(progress.next_offset_i64());
        self.log_end.push(log.end);
        self.oldest_unstored_ms.push(progress.oldest_unstored_ms);
        self.last_stored_ms.push(progress.last_stored_ms);
        self.seen_ms.push(log.seen_at.as_millisecond());
    }
}
