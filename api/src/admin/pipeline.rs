//! `GET /admin/analytics/pipeline`: is every report accounted for, and how far is the pipeline?
//!
//! Each part has its own source, and is there while the others are away.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use futures::join;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_schemas::row::Reason;
use veza_service::reply::Reply;

use super::part::Part;
use crate::analytics::as_of::{self, HeldBack};
use crate::analytics::context::refused;
use crate::analytics::outcome::Outcome;
use crate::analytics::query::{OffsetRange, Warehouse};
use crate::analytics::series::ratio;
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::prometheus::Prometheus;
use crate::settings::Settings;
use crate::time::range::{Asked, Range};
use crate::timestamptz::Timestamptz;

/// A partition of which nothing was heard for so long is silent.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// How long a part may take.
const PART_TIMEOUT: Duration = Duration::from_secs(5);
/// Over how long rates are taken, and over how little at least.
const RATE_OVER: SignedDuration = SignedDuration::from_mins(5);
const RATE_AT_LEAST_S: f64 = 30.0;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// Start, included: a date in `tz`, or RFC 3339. Rounded down to the quarter hour. 28 days before `to` unless given.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// End, excluded; up to now if it is later. The end of today unless given.
    #[param(example = "2026-04-01")]
    to: Option<String>,
    /// IANA zone of dates; `UTC` unless given.
    #[param(example = "Europe/Paris")]
    tz: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Pipeline {
    /// How far each partition is; from what the aggregators write down.
    pub partitions: Part<Partitions>,
    /// What became of what was received; from the positions in the log, and the rows that are stored.
    pub balance: Part<Balance>,
    /// What isn't known of counted plays; from the rows that are stored.
    pub unknown: Part<UnknownShares>,
    /// What ingest refused at the door; from its metrics.
    pub refused: Part<RefusedAtTheDoor>,
    /// How old the data are that rows are enriched with; from the aggregators' metrics.
    pub data: Part<EnrichmentData>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Partitions {
    /// Everything received before is counted; null: unknown.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Partitions that hold `as_of` back by more than 10 s.
    pub held_back_by: Vec<HeldBack>,
    /// Records that wait in all partitions.
    pub lag: u64,
    /// Into the log; null: not known for half a minute yet.
    #[schema(required)]
    pub received_per_second: Option<f64>,
    /// Out of the log; null likewise.
    #[schema(required)]
    pub stored_per_second: Option<f64>,
    pub partitions: Vec<PartitionState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PartitionState {
    pub partition: i32,
    /// Everything below is stored.
    pub next_offset: i64,
    /// Of the log.
    pub log_end: i64,
    /// Records that wait.
    pub lag: u64,
    /// When the oldest record that is fetched and not stored was received; null: none is.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub oldest_unstored_at: Option<Timestamp>,
    /// When the aggregator wrote this down.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
    /// Nothing was heard of it for 10 s.
    pub silent: bool,
    #[schema(required)]
    pub received_per_second: Option<f64>,
    #[schema(required)]
    pub stored_per_second: Option<f64>,
}

/// *received = counted + continued + excluded + duplicate + rejected*, of the records whose offsets were passed in the time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Balance {
    /// From when on positions in the log are known; null: none is.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Offsets passed.
    pub received: u64,
    pub counted: u64,
    pub continued: u64,
    pub excluded: u64,
    pub duplicate: u64,
    pub rejected: u64,
    /// Received less the five; 0: every report is accounted for.
    pub difference: i64,
    /// Why reports are excluded, the most frequent first.
    pub excluded_by_reason: Vec<CountOf>,
    /// Why records are rejected, the most frequent first.
    pub rejected_by_code: Vec<CountOf>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CountOf {
    /// The reason, or code.
    pub key: String,
    pub count: u64,
}

/// Shares of the counted plays that began in the time, 0 … 1; null: there were none.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UnknownShares {
    pub plays: u64,
    #[schema(required)]
    pub country: Option<f64>,
    #[schema(required)]
    pub city: Option<f64>,
    #[schema(required)]
    pub device: Option<f64>,
    #[schema(required)]
    pub source: Option<f64>,
    #[schema(required)]
    pub listener: Option<f64>,
}

/// In the time, as Prometheus extrapolates from its scrapes, rounded; the most frequent first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RefusedAtTheDoor {
    pub accepted: u64,
    /// Reports, by the code that their players were told, or why Kafka did not take them.
    pub reports: Vec<CountOf>,
    /// Whole requests, by the code.
    pub requests: Vec<CountOf>,
}

/// Ages of the oldest in use, in seconds; null: no aggregator has any.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EnrichmentData {
    #[schema(required)]
    pub geoip_age_seconds: Option<u64>,
    #[schema(required)]
    pub agents_age_seconds: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineMeta {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

/// Is every report accounted for?
#[utoipa::path(get, path = "/admin/analytics/pipeline", operation_id = "pipeline", tag = "admin", params(Parameters),
    responses((status = 200, description = "Lag, rates and the balance; each part that is away says so",
               body = Reply<Pipeline, PipelineMeta>)))]
pub async fn pipeline(
    State(db): State<PgPool>,
    State(warehouse): State<clickhouse::Client>,
    State(prometheus): State<Prometheus>,
    State(settings): State<Arc<Settings>>,
    Query(asked): Query<Parameters>,
) -> Result<Reply<Pipeline, PipelineMeta>> {
    let now = Timestamp::now();
    let range = Asked {
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
        tz: asked.tz.as_deref(),
        bucket: None,
    };
    let range = Range::resolve(&range, now).map_err(|error| refused(&error, error.field()))?;
    let (from, to) = (range.from, range.to.min(now));
    let warehouse = Warehouse::new(warehouse);
    let deadline = SignedDuration::from_millis(settings.delivery_deadline_ms as i64);
    let (partitions, balance, unknown, refused, data) = join!(
        in_time(partitions(&db, deadline, now), || sqlx::Error::PoolTimedOut
            .into()),
        in_time(balance(&db, &warehouse, from, to, now), || {
            clickhouse::error::Error::TimedOut.into()
        }),
        in_time(unknown(&warehouse, from, to), || {
            clickhouse::error::Error::TimedOut.into()
        }),
        refused_at_the_door(&prometheus, from, to),
        enrichment_data(&prometheus, now),
    );
    let data = Pipeline {
        partitions: partitions.into(),
        balance: balance.into(),
        unknown: unknown.into(),
        refused: refused.into(),
        data: data.into(),
    };
    Ok(Reply::with_meta(data, PipelineMeta { from, to }))
}

/// What a part's source does not give in time is unavailable, so that it holds up none of the others.
async fn in_time<T>(
    part: impl Future<Output = Result<T>>,
    late: impl FnOnce() -> ApiError,
) -> Result<T> {
    match tokio::time::timeout(PART_TIMEOUT, part).await {
        Ok(part) => part,
        Err(_) => Err(late()),
    }
}

async fn partitions(db: &PgPool, deadline: SignedDuration, now: Timestamp) -> Result<Partitions> {
    let complete = as_of::read(db, deadline, now).await?;
    let rows = sqlx::query!(
        r#"SELECT p.kafka_partition, p.next_offset, p.log_end, p.oldest_unstored_at AS "oldest_unstored_at: Timestamptz",
                  p.seen_at AS "seen_at: Timestamptz", before.next_offset AS "next_before?", before.log_end AS "end_before?",
                  extract(epoch FROM p.seen_at - before.at)::float8 AS "seconds?"
           FROM partition_progress p
           LEFT JOIN LATERAL (
             SELECT at, next_offset, log_end FROM log_positions l
             WHERE l.topic_id = p.topic_id AND l.kafka_partition = p.kafka_partition AND l.at >= $1
             ORDER BY l.at LIMIT 1) before ON true
           WHERE p.topic_id = (SELECT topic_id FROM partition_progress ORDER BY seen_at DESC LIMIT 1)
           ORDER BY p.kafka_partition"#,
        Timestamptz(now - RATE_OVER) as Timestamptz
    )
    .fetch_all(db)
    .await?;
    let partitions: Vec<PartitionState> = rows
        .into_iter()
        .map(|row| {
            let per_second = |passed: Option<i64>| {
                let seconds = row.seconds.filter(|seconds| *seconds >= RATE_AT_LEAST_S)?;
                Some(passed?.max(0) as f64 / seconds)
            };
            PartitionState {
                partition: row.kafka_partition,
                next_offset: row.next_offset,
                log_end: row.log_end,
                lag: (row.log_end - row.next_offset).max(0).unsigned_abs(),
                oldest_unstored_at: row.oldest_unstored_at.map(|time| time.0),
                seen_at: row.seen_at.0,
                silent: now.duration_since(row.seen_at.0) > PATIENCE,
                received_per_second: per_second(row.end_before.map(|end| row.log_end - end)),
                stored_per_second: per_second(row.next_before.map(|next| row.next_offset - next)),
            }
        })
        .collect();
    let sum = |of: fn(&PartitionState) -> Option<f64>| partitions.iter().map(of).sum();
    Ok(Partitions {
        as_of: complete.as_of,
        held_back_by: complete.held_back_by,
        lag: partitions.iter().map(|partition| partition.lag).sum(),
        received_per_second: sum(|partition| partition.received_per_second),
        stored_per_second: sum(|partition| partition.stored_per_second),
        partitions,
    })
}

/// Received is told by Postgres and the five outcomes by the warehouse: neither knows of the other.
async fn balance(
    db: &PgPool,
    warehouse: &Warehouse,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Balance> {
    // Of the present, the progress of a second ago; of the past, the positions of each minute.
    let up_to_now = now.duration_since(to) < SignedDuration::from_mins(1);
    let rows = sqlx::query!(
        r#"SELECT p.topic_id, p.kafka_partition, begun.at AS "since!: Timestamptz", begun.next_offset AS "first_offset!",
                  CASE WHEN $3 THEN greatest(p.next_offset, ended.next_offset) ELSE ended.next_offset END AS "last_offset!"
           FROM partition_progress p
           JOIN LATERAL (
             (SELECT at, next_offset FROM log_positions l
              WHERE l.topic_id = p.topic_id AND l.kafka_partition = p.kafka_partition AND l.at <= $1 ORDER BY at DESC LIMIT 1)
             UNION ALL
             (SELECT at, next_offset FROM log_positions l
              WHERE l.topic_id = p.topic_id AND l.kafka_partition = p.kafka_partition AND l.at > $1 ORDER BY at LIMIT 1)
             ORDER BY at LIMIT 1) begun ON true
           JOIN LATERAL (
             SELECT next_offset FROM log_positions l
             WHERE l.topic_id = p.topic_id AND l.kafka_partition = p.kafka_partition AND l.at <= $2
             ORDER BY at DESC LIMIT 1) ended ON true"#,
        Timestamptz(from) as Timestamptz,
        Timestamptz(to) as Timestamptz,
        up_to_now
    )
    .fetch_all(db)
    .await?;
    let ranges: Vec<OffsetRange> = rows
        .iter()
        .map(|row| OffsetRange {
            topic_id: row.topic_id.clone(),
            partition: row.kafka_partition.max(0) as u16,
            first: row.first_offset.max(0).unsigned_abs(),
            end: row.last_offset.max(0).unsigned_abs(),
        })
        .filter(|range| range.first < range.end)
        .collect();
    let since = rows.iter().map(|row| row.since.0).max();
    let (reasons, codes) = futures::try_join!(
        warehouse.reasons_of_offsets(&ranges),
        warehouse.rejections_of_offsets(&ranges)
    )?;
    let received = ranges.iter().map(|range| range.end - range.first).sum();
    Ok(Balance::of(
        since,
        received,
        counts_of(reasons),
        counts_of(codes),
    ))
}

impl Balance {
    fn of(
        since: Option<Timestamp>,
        received: u64,
        reasons: Vec<CountOf>,
        rejected_by_code: Vec<CountOf>,
    ) -> Self {
        let outcome = |count: &CountOf| {
            let known = Reason::parse(&count.key);
            known.map_or(Outcome::Excluded, |reason| Outcome::of(reason).0)
        };
        let of_outcome = |wanted: Outcome| {
            let rows = reasons.iter().filter(|count| outcome(count) == wanted);
            rows.map(|row| row.count).sum::<u64>()
        };
        let stored: u64 = reasons.iter().map(|row| row.count).sum();
        let rejected: u64 = rejected_by_code.iter().map(|row| row.count).sum();
        let accounted = stored + rejected;
        Self {
            since,
            received,
            counted: of_outcome(Outcome::Counted),
            continued: of_outcome(Outcome::Continued),
            excluded: of_outcome(Outcome::Excluded),
            duplicate: of_outcome(Outcome::Duplicate),
            rejected,
            difference: received as i64 - accounted as i64,
            excluded_by_reason: most_frequent_first(
                reasons
                    .into_iter()
                    .filter(|count| outcome(count) == Outcome::Excluded)
                    .collect(),
            ),
            rejected_by_code: most_frequent_first(rejected_by_code),
        }
    }
}

fn counts_of(rows: Vec<(String, u64)>) -> Vec<CountOf> {
    let counts = rows.into_iter();
    counts.map(|(key, count)| CountOf { key, count }).collect()
}

fn most_frequent_first(mut counts: Vec<CountOf>) -> Vec<CountOf> {
    counts.sort_by(|a, b| (b.count, &a.key).cmp(&(a.count, &b.key)));
    counts
}

async fn unknown(warehouse: &Warehouse, from: Timestamp, to: Timestamp) -> Result<UnknownShares> {
    let unknown = warehouse.unknown(from, to).await?;
    let share = |part| ratio(part, unknown.plays);
    Ok(UnknownShares {
        plays: unknown.plays,
        country: share(unknown.country),
        city: share(unknown.city),
        device: share(unknown.device),
        source: share(unknown.source),
        listener: share(unknown.listener),
    })
}

async fn refused_at_the_door(
    prometheus: &Prometheus,
    from: Timestamp,
    to: Timestamp,
) -> Result<RefusedAtTheDoor> {
    let seconds = to.duration_since(from).as_secs().max(1);
    let by_code = |metric: &str| {
        let expression = format!("sum by (code) (increase({metric}[{seconds}s]))");
        prometheus.at(expression, to)
    };
    let (reports, requests) = futures::try_join!(
        by_code("ingest_reports_total"),
        by_code("ingest_requests_refused_total")
    )?;
    let counts = |series: Vec<(crate::prometheus::Labels, Option<f64>)>| -> Vec<CountOf> {
        let counts = series.into_iter().map(|(mut labels, value)| CountOf {
            key: labels.remove("code").unwrap_or_default(),
            count: value.unwrap_or(0.0).round() as u64,
        });
        most_frequent_first(counts.filter(|count| count.count > 0).collect())
    };
    let (accepted, reports) = counts(reports)
        .into_iter()
        .partition::<Vec<_>, _>(|count| count.key == "accepted");
    Ok(RefusedAtTheDoor {
        accepted: accepted.iter().map(|count| count.count).sum(),
        reports,
        requests: counts(requests),
    })
}

async fn enrichment_data(prometheus: &Prometheus, now: Timestamp) -> Result<EnrichmentData> {
    let oldest = async |metric: &str| -> Result<Option<u64>> {
        let series = prometheus.at(format!("max({metric})"), now).await?;
        let age = series.into_iter().find_map(|(_, age)| age);
        Ok(age.map(|age| age.max(0.0) as u64))
    };
    Ok(EnrichmentData {
        geoip_age_seconds: oldest("veza_aggregator_geoip_age_seconds").await?,
        agents_age_seconds: oldest("veza_aggregator_agents_age_seconds").await?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, u64)]) -> Vec<CountOf> {
        let count = |(key, count): &(&str, u64)| CountOf {
            key: (*key).to_owned(),
            count: *count,
        };
        rows.iter().map(count).collect()
    }

    #[test]
    fn the_balance_says_what_is_missing() {
        let reasons = [
            ("", 70),
            ("continued", 12),
            ("duplicate", 3),
            ("bot", 5),
            ("too_short", 9),
        ];
        let balance = Balance::of(None, 101, counts(&reasons), counts(&[("undecodable", 2)]));
        assert_eq!(balance.difference, 0);
        assert_eq!(
            (balance.counted, balance.excluded, balance.rejected),
            (70, 14, 2)
        );
        assert_eq!(balance.excluded_by_reason[0].key, "too_short");
        let short = Balance::of(None, 105, counts(&reasons), Vec::new());
        assert_eq!(short.difference, 6);
    }
}
