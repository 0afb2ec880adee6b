//! Up to when counts are complete: from what the aggregators have not stored yet, not from the clock.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::error::Result;
use crate::timestamptz::Timestamptz;

/// A partition that is behind by more than this is named.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// How complete the counts are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Completeness {
    /// Everything received before is counted; none: unknown.
    pub as_of: Option<Timestamp>,
    pub held_back_by: Vec<HeldBack>,
}

impl Completeness {
    /// Of what needs no pipeline: everything before `now`.
    pub fn up_to(now: Timestamp) -> Self {
        Self {
            as_of: Some(now),
            held_back_by: Vec::new(),
        }
    }
}

/// A partition that has not kept up for 10 s.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HeldBack {
    pub partition: i32,
    /// Up to when it is complete; null: nothing is known of it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
}

/// A row of `partition_progress`.
#[derive(Debug, Clone)]
struct Partition {
    number: i32,
    /// How many the topic has.
    of: i32,
    next_offset: i64,
    log_end: i64,
    oldest_unstored_at: Option<Timestamp>,
    last_stored_at: Option<Timestamp>,
    seen_at: Timestamp,
}

/// What the aggregators have written of the newest topic. To be read **before** the counts that it speaks of.
///
/// `delivery_deadline`: how long ingest may take to hand a report to Kafka.
pub async fn read(
    db: &PgPool,
    delivery_deadline: SignedDuration,
    now: Timestamp,
) -> Result<Completeness> {
    let rows = sqlx::query!(
        r#"SELECT kafka_partition, partitions, next_offset, log_end,
                  oldest_unstored_at AS "oldest_unstored_at: Timestamptz",
                  last_stored_at AS "last_stored_at: Timestamptz",
                  seen_at AS "seen_at: Timestamptz"
           FROM partition_progress
           WHERE topic_id = (SELECT topic_id FROM partition_progress ORDER BY seen_at DESC LIMIT 1)
           ORDER BY kafka_partition"#
    )
    .fetch_all(db)
    .await?;
    let partitions: Vec<Partition> = rows
        .into_iter()
        .map(|row| Partition {
            number: row.kafka_partition,
            of: row.partitions,
            next_offset: row.next_offset,
            log_end: row.log_end,
            oldest_unstored_at: row.oldest_unstored_at.map(|time| time.0),
            last_stored_at: row.last_stored_at.map(|time| time.0),
            seen_at: row.seen_at.0,
        })
        .collect();
    Ok(completeness(&partitions, delivery_deadline, now))
}

/// The minimum over all partitions, and which of them are behind.
fn completeness(
    partitions: &[Partition],
    delivery_deadline: SignedDuration,
    now: Timestamp,
) -> Completeness {
    let count = partitions.iter().map(|partition| partition.of).max();
    let each: Vec<(i32, Option<Timestamp>)> = (0..count.unwrap_or(0))
        .map(|number| {
            let known = partitions.iter().find(|known| known.number == number);
            let complete = known.and_then(|known| known.complete_up_to(delivery_deadline));
            (number, complete)
        })
        .collect();
    let times: Option<Vec<Timestamp>> = each.iter().map(|(_, time)| *time).collect();
    let late = |time: Option<Timestamp>| {
        time.is_none_or(|time| now.duration_since(time) > delivery_deadline + PATIENCE)
    };
    Completeness {
        as_of: times.and_then(|times| times.into_iter().min()),
        held_back_by: each
            .into_iter()
            .filter(|(_, time)| late(*time))
            .map(|(partition, since)| HeldBack { partition, since })
            .collect(),
    }
}

impl Partition {
    /// All that ingest received before is stored. Where the log's end, as asked at `seen_at`, is stored, that is all that
    /// had been acknowledged by then; a report received earlier than the deadline before was acknowledged or refused.
    fn complete_up_to(&self, delivery_deadline: SignedDuration) -> Option<Timestamp> {
        if self.next_offset >= self.log_end {
            return self.seen_at.checked_sub(delivery_deadline).ok();
        }
        self.oldest_unstored_at.or(self.last_stored_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: SignedDuration = SignedDuration::from_secs(5);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn stored_to_the_end(number: i32, seen: i64) -> Partition {
        Partition {
            number,
            of: 2,
            next_offset: 7,
            log_end: 7,
            oldest_unstored_at: None,
            last_stored_at: Some(at(0)),
            seen_at: at(seen),
        }
    }

    #[test]
    fn a_silent_log_that_is_stored_to_its_end_goes_on_with_the_clock() {
        let partitions = [stored_to_the_end(0, 100), stored_to_the_end(1, 99)];
        let found = completeness(&partitions, DEADLINE, at(100));
        assert_eq!(found.as_of, Some(at(94)));
        assert_eq!(found.held_back_by, []);
    }

    #[test]
    fn the_oldest_unstored_record_holds_it_back() {
        let behind = Partition {
            log_end: 9,
            oldest_unstored_at: Some(at(40)),
            ..stored_to_the_end(1, 100)
        };
        let found = completeness(
            &[stored_to_the_end(0, 100), behind.clone()],
            DEADLINE,
            at(100),
        );
        assert_eq!(found.as_of, Some(at(40)));
        let held_back = HeldBack {
            partition: 1,
            since: Some(at(40)),
        };
        assert_eq!(found.held_back_by, [held_back]);

        let nothing_fetched = Partition {
            oldest_unstored_at: None,
            ..behind
        };
        let found = completeness(
            &[stored_to_the_end(0, 100), nothing_fetched],
            DEADLINE,
            at(100),
        );
        assert_eq!(found.as_of, Some(at(0)));
    }

    #[test]
    fn a_silent_aggregator_holds_it_back_and_is_named_after_10_s() {
        let partitions = [stored_to_the_end(0, 100), stored_to_the_end(1, 90)];
        let found = completeness(&partitions, DEADLINE, at(100));
        assert_eq!((found.as_of, found.held_back_by.len()), (Some(at(85)), 0));
        let later = completeness(&partitions, DEADLINE, at(101));
        assert_eq!(later.held_back_by[0].partition, 1);
    }

    #[test]
    fn a_partition_without_a_row_makes_it_unknown() {
        let found = completeness(&[stored_to_the_end(0, 100)], DEADLINE, at(100));
        assert_eq!(found.as_of, None);
        assert_eq!(
            found.held_back_by,
            [HeldBack {
                partition: 1,
                since: None
            }]
        );
        assert_eq!(
            completeness(&[], DEADLINE, at(100)),
            Completeness::default()
        );
    }
}
