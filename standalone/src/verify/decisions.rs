//! What operators have decided, as it is written down in Postgres: which offsets may be missing, and which rejected records were sent
//! again.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::finding::Finding;

/// How long Postgres may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Offsets of which an operator decided that their partition goes on without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedLoss {
    pub topic_id: String,
    pub partition: i32,
    /// Both are in it.
    pub first: i64,
    pub last: i64,
    /// The log ended below: Kafka gives these offsets to other records.
    pub beyond_log: bool,
    /// So many of them are stored all the same, and stay.
    pub stored: i64,
    pub why: String,
    pub accepted_at: Timestamp,
}

/// All that was decided of a topic.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    topic_id: String,
    /// Of every topic of the installation.
    pub losses: Vec<AcceptedLoss>,
    /// Partition and offset of rejected records that were sent again.
    replayed: BTreeSet<(i32, i64)>,
}

impl Decisions {
    /// `postgres`: none: nothing is known to have been decided.
    pub async fn read(postgres: Option<&str>, topic_id: &str) -> anyhow::Result<Self> {
        let Some(url) = postgres else {
            return Ok(Self::default());
        };
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(TIMEOUT)
            .connect(url)
            .await
            .context("Postgres, which knows what was accepted to be lost, does not answer")?;
        Ok(Self {
            topic_id: topic_id.into(),
            losses: losses(&pool).await?,
            replayed: replayed(&pool, topic_id).await?,
        })
    }

    /// How many of these offsets need not be stored.
    pub fn lost(&self, partition: i32, offsets: Range<i64>) -> i64 {
        let of_range =
            |loss: &AcceptedLoss| (loss.last + 1).min(offsets.end) - loss.first.max(offsets.start);
        self.missing(partition)
            .map(|loss| of_range(loss).max(0))
            .sum()
    }

    /// Whether a finding is what was decided.
    pub fn settle(&self, finding: &Finding) -> bool {
        match finding {
            Finding::Missing { partition, offset } => self
                .missing(*partition)
                .any(|loss| (loss.first..=loss.last).contains(offset)),
            // A newer version can read it, and it was sent again to it.
            Finding::WronglyFiled {
                partition, offset, ..
            } => self.replayed.contains(&(*partition, *offset)),
            _ => false,
        }
    }

    /// Losses of offsets that the log goes past. What it ended below are other records now, and must be stored.
    fn missing(&self, partition: i32) -> impl Iterator<Item = &AcceptedLoss> {
        self.losses.iter().filter(move |loss| {
            loss.partition == partition && loss.topic_id == self.topic_id && !loss.beyond_log
        })
    }
}

async fn losses(pool: &PgPool) -> anyhow::Result<Vec<AcceptedLoss>> {
    type Row = (String, i32, i64, i64, bool, i64, String, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT topic_id, kafka_partition, first_offset, last_offset, beyond_log, stored, why,
                (extract(epoch FROM accepted_at) * 1000)::bigint
         FROM accepted_losses ORDER BY id",
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(
            |(topic_id, partition, first, last, beyond_log, stored, why, at_ms)| {
                Ok(AcceptedLoss {
                    topic_id,
                    partition,
                    first,
                    last,
                    beyond_log,
                    stored,
                    why,
                    accepted_at: Timestamp::from_millisecond(at_ms)?,
                })
            },
        )
        .collect()
}

async fn replayed(pool: &PgPool, topic_id: &str) -> sqlx::Result<BTreeSet<(i32, i64)>> {
    let rows: Vec<(i32, i64)> = sqlx::query_as(
        "SELECT kafka_partition, kafka_offset FROM replays WHERE topic_id = $1 AND new_offset IS NOT NULL",
    )
    .bind(topic_id)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().collect())
}

impl fmt::Display for AcceptedLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            first,
            last,
            stored,
            why,
            accepted_at,
            ..
        } = self;
        write!(
            f,
            "partition {partition}, offsets {first} to {last}: accepted to be lost {accepted_at:.0} ({why}); {stored} of them are stored"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decisions(beyond_log: bool) -> Decisions {
        let loss = AcceptedLoss {
            topic_id: "T".into(),
            partition: 3,
            first: 10,
            last: 19,
            beyond_log,
            stored: 0,
            why: "gone".into(),
            accepted_at: Timestamp::UNIX_EPOCH,
        };
        Decisions {
            topic_id: "T".into(),
            losses: vec![loss],
            replayed: [(3, 7)].into(),
        }
    }

    #[test]
    fn only_what_was_decided_is_settled() {
        let missing = |partition, offset| Finding::Missing { partition, offset };
        let decided = decisions(false);
        assert!(decided.settle(&missing(3, 10)) && decided.settle(&missing(3, 19)));
        assert!(!decided.settle(&missing(3, 20)) && !decided.settle(&missing(2, 10)));
        assert_eq!((decided.lost(3, 0..100), decided.lost(3, 15..18)), (10, 3));
        assert_eq!((decided.lost(3, 20..30), decided.lost(2, 0..100)), (0, 0));
        assert!(
            !decisions(true).settle(&missing(3, 10)),
            "other records by now"
        );
        assert_eq!(decisions(true).lost(3, 0..100), 0);
        let filed = |offset| Finding::WronglyFiled {
            partition: 3,
            offset,
            why: String::new(),
        };
        assert!(decided.settle(&filed(7)) && !decided.settle(&filed(8)));
    }
}
