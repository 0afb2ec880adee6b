//! What only Postgres knows: when an offset was passed, from the positions that the aggregator writes down each minute, for rows whose
//! part was merged since; and which rejected record was sent again as which.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::PgPoolOptions;

use super::step::{Fate, Inserted, Step, Visible};

/// How long Postgres may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Says of each stored report when it became visible, where its part does not say so, and what it was replayed as.
pub async fn complete(postgres: &str, steps: &mut [Step]) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(TIMEOUT)
        .connect(postgres)
        .await?;
    let rebuilt = rebuilt(&pool).await?;
    for step in steps {
        let (Some(topic_id), partition, offset) =
            (step.topic_id.clone(), step.partition, step.offset)
        else {
            continue;
        };
        let replay = replay(&pool, &topic_id, partition, offset).await?;
        (step.replay_of, step.replayed_as) = replay;
        let inserted = match &mut step.fate {
            Fate::Row { inserted, .. } | Fate::Rejected { inserted, .. } => inserted,
            Fate::Waiting { .. } => continue,
        };
        let rebuilt_ms = step.month.and_then(|month| rebuilt.get(&month));
        let written = inserted.visible.at_latest;
        if let (Some(rebuilt_ms), Some(written)) = (rebuilt_ms, written)
            && written.as_millisecond() <= *rebuilt_ms
        {
            *inserted = Inserted::default();
        }
        if inserted.visible == Visible::default() {
            *inserted = Inserted {
                visible: passed(&pool, &topic_id, partition, offset).await?,
                ..inserted.clone()
            };
        }
    }
    Ok(())
}

/// When each month was last written anew, Unix ms: a part of it that is older holds rows of many ranges.
async fn rebuilt(pool: &sqlx::PgPool) -> sqlx::Result<BTreeMap<u32, i64>> {
    let rows: Vec<(i32, i64)> = sqlx::query_as(
        "SELECT month, (extract(epoch FROM max(coalesce(done_at, now()))) * 1000)::bigint FROM rebuilt_months
         WHERE rows_changed > 0 GROUP BY month",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(month, at_ms)| (month.unsigned_abs(), at_ms))
        .collect())
}

/// The record that it is a replay of, and the replay that was made of it: partition and offset in the same topic.
type Replay = (Option<(i32, i64)>, Option<(i32, i64)>);

async fn replay(
    pool: &sqlx::PgPool,
    topic_id: &str,
    partition: i32,
    offset: i64,
) -> sqlx::Result<Replay> {
    let rows: Vec<(i32, i64, i32, i64)> = sqlx::query_as(
        "SELECT kafka_partition, kafka_offset, new_partition, new_offset FROM replays
         WHERE topic_id = $1 AND new_offset IS NOT NULL
           AND ((kafka_partition = $2 AND kafka_offset = $3) OR (new_partition = $2 AND new_offset = $3))",
    )
    .bind(topic_id)
    .bind(partition)
    .bind(offset)
    .fetch_all(pool)
    .await?;
    let mut replay = (None, None);
    for (old_partition, old_offset, new_partition, new_offset) in rows {
        if (old_partition, old_offset) == (partition, offset) {
            replay.1 = Some((new_partition, new_offset));
        } else {
            replay.0 = Some((old_partition, old_offset));
        }
    }
    Ok(replay)
}

async fn passed(
    pool: &sqlx::PgPool,
    topic_id: &str,
    partition: i32,
    offset: i64,
) -> sqlx::Result<Visible> {
    let (before, after): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT (extract(epoch FROM max(at) FILTER (WHERE next_offset <= $3)) * 1000)::bigint,
                (extract(epoch FROM min(at) FILTER (WHERE next_offset > $3)) * 1000)::bigint
         FROM log_positions WHERE topic_id = $1 AND kafka_partition = $2",
    )
    .bind(topic_id)
    .bind(partition)
    .bind(offset)
    .fetch_one(pool)
    .await?;
    let time = |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Ok(Visible {
        not_before: time(before),
        at_latest: time(after),
    })
}
