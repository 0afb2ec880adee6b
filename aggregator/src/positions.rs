//! Each minute, where every partition's log begins and ends and how far it is stored, kept in Postgres: what was received between
//! two moments is the offsets between their rows, whoever counts them later.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::PgPool;

use crate::progress::{LogBounds, Progress, ProgressError, WRITE_TIMEOUT};

const INTERVAL_MS: i64 = 60_000;

/// Which partitions were written in which minute, since this process began.
#[derive(Debug, Default)]
pub struct Positions(BTreeMap<i32, Written>);

#[derive(Debug, PartialEq, Eq)]
struct Written {
    topic_id: Arc<str>,
    minute: i64,
}

impl Positions {
    /// Writes the partitions that have no row of this minute yet. What could not be written is due again.
    pub async fn write(
        &mut self,
        pool: &PgPool,
        board: &BTreeMap<i32, Progress>,
        logs: &BTreeMap<i32, LogBounds>,
    ) -> Result<(), ProgressError> {
        let due = self.due(board, logs);
        if due.is_empty() {
            return Ok(());
        }
        tokio::time::timeout(WRITE_TIMEOUT, insert(pool, board, logs, &due))
            .await
            .map_err(|_| ProgressError::Silent)??;
        self.0.extend(due);
        Ok(())
    }

    fn due(
        &mut self,
        board: &BTreeMap<i32, Progress>,
        logs: &BTreeMap<i32, LogBounds>,
    ) -> BTreeMap<i32, Written> {
        self.0.retain(|partition, _| board.contains_key(partition));
        board
            .iter()
            // Of one that is stopped it may be unknown how far it is stored, and it does not move.
            .filter(|(_, progress)| progress.stopped.is_none())
            .filter_map(|(partition, progress)| {
                let seen_ms = logs.get(partition)?.seen_at.as_millisecond();
                let written = Written {
                    topic_id: progress.topic_id.clone(),
                    minute: seen_ms.div_euclid(INTERVAL_MS),
                };
                (self.0.get(partition) != Some(&written)).then_some((*partition, written))
            })
            .collect()
    }
}

async fn insert(
    pool: &PgPool,
    board: &BTreeMap<i32, Progress>,
    logs: &BTreeMap<i32, LogBounds>,
    due: &BTreeMap<i32, Written>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<(&i32, &Progress, &LogBounds)> = due
        .keys()
        .filter_map(|partition| Some((partition, board.get(partition)?, logs.get(partition)?)))
        .collect();
    let topic_ids: Vec<String> = rows.iter().map(|row| row.1.topic_id.to_string()).collect();
    let partitions: Vec<i32> = rows.iter().map(|row| *row.0).collect();
    let seen_ms: Vec<i64> = rows
        .iter()
        .map(|row| row.2.seen_at.as_millisecond())
        .collect();
    let starts: Vec<i64> = rows.iter().map(|row| row.2.start).collect();
    let ends: Vec<i64> = rows.iter().map(|row| row.2.end).collect();
    let next_offsets: Vec<i64> = rows.iter().map(|row| row.1.next_offset_i64()).collect();
    sqlx::query!(
        r#"INSERT INTO log_positions (topic_id, kafka_partition, at, log_start, log_end, next_offset)
           SELECT topic_id, kafka_partition, to_timestamp(seen_ms / 1000.0), log_start, log_end, next_offset
           FROM UNNEST($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
             AS row (topic_id, kafka_partition, seen_ms, log_start, log_end, next_offset)
           ON CONFLICT DO NOTHING"#,
        &topic_ids,
        &partitions,
        &seen_ms,
        &starts,
        &ends,
        &next_offsets,
    )
    .execute(pool)
    .await?;
    sqlx::query!("DELETE FROM log_positions WHERE at < now() - interval '400 days'")
        .execute(pool)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn board(topic_id: &str) -> BTreeMap<i32, Progress> {
        let progress = Progress {
            topic_id: topic_id.into(),
            partitions: 6,
            next_offset: 7,
            oldest_unstored_ms: None,
            last_stored_ms: None,
            pending: false,
            stopped: None,
        };
        [(3, progress)].into()
    }

    fn logs(second: i64) -> BTreeMap<i32, LogBounds> {
        let seen_at = Timestamp::from_second(second).unwrap();
        let bounds = LogBounds {
            start: 2,
            end: 9,
            seen_at,
        };
        [(3, bounds)].into()
    }

    #[test]
    fn each_partition_is_written_once_a_minute_and_again_when_it_is_another_topics() {
        let mut positions = Positions::default();
        let mut is_due = |topic_id: &str, second: i64| {
            let due = positions.due(&board(topic_id), &logs(second));
            let any = !due.is_empty();
            positions.0.extend(due);
            any
        };
        assert!(is_due("T", 0));
        assert!(!is_due("T", 59));
        assert!(is_due("T", 60));
        assert!(is_due("U", 61));
        let mut stopped = board("U");
        stopped
            .values_mut()
            .for_each(|it| it.stopped = Some("why".into()));
        assert!(positions.due(&stopped, &logs(600)).is_empty());
        assert!(positions.due(&BTreeMap::new(), &logs(62)).is_empty());
        assert!(
            !positions.due(&board("U"), &logs(63)).is_empty(),
            "it was given back"
        );
    }
}
