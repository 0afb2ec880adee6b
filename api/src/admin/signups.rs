//! `GET /admin/analytics/signups`: how many accounts were made, in any zone.

use axum::extract::State;
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_service::reply::Reply;

use super::calendar::Length;
use crate::analytics::context::refused;
use crate::analytics::csv::{Answer, Cell, Format, Table, Tabular};
use crate::error::Result;
use crate::extract::Query;
use crate::time::edges::Edges;
use crate::time::range::{Asked, Bucket, Range};
use crate::timestamptz::Timestamptz;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// Start, included: a date in `tz`, or RFC 3339. Rounded down to the quarter hour. 28 days before `to` unless given.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// End, excluded. The end of today unless given.
    #[param(example = "2026-04-01")]
    to: Option<String>,
    /// IANA zone of dates and buckets; `UTC` unless given.
    #[param(example = "Europe/Paris")]
    tz: Option<String>,
    /// `day` unless given.
    #[serde(default)]
    #[param(inline, value_type = Option<Length>)]
    bucket: Length,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SignUps {
    /// Null: the range has not begun.
    #[schema(required)]
    pub total: Option<u64>,
    pub buckets: Vec<SignUpBucket>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SignUpBucket {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Excluded.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// It has ended.
    pub complete: bool,
    /// Cut by the range's ends: shorter than its day, week or month.
    pub partial: bool,
    /// Null: it has not begun.
    #[schema(required)]
    pub signups: Option<u64>,
}

/// `meta` of a report over times in any zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct RangeMeta {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Excluded.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    pub tz: String,
    pub bucket: Bucket,
}

impl RangeMeta {
    pub fn new(range: &Range) -> Self {
        Self {
            from: range.from,
            to: range.to,
            tz: range.zone.name().to_owned(),
            bucket: range.bucket,
        }
    }
}

/// New accounts
#[utoipa::path(get, path = "/admin/analytics/signups", operation_id = "signups", tag = "admin", params(Parameters),
    responses((status = 200, description = "Accounts made in each day, week or month",
               content((Reply<SignUps, RangeMeta> = "application/json"), (String = "text/csv")))))]
pub async fn signups(
    State(db): State<PgPool>,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let now = Timestamp::now();
    let range = Asked {
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
        tz: asked.tz.as_deref(),
        bucket: Some(asked.bucket.into()),
    };
    let range = Range::resolve(&range, now).map_err(|error| refused(&error, error.field()))?;
    let edges = Edges::of(&range);
    let counts = count(&db, &edges).await?;
    let buckets: Vec<SignUpBucket> = edges
        .spans()
        .zip(counts)
        .map(|(span, count)| SignUpBucket {
            start: span.start,
            end: span.end,
            complete: span.end <= now,
            partial: span.partial,
            signups: (span.start < now).then_some(count),
        })
        .collect();
    let data = SignUps {
        total: (range.from < now).then(|| buckets.iter().filter_map(|b| b.signups).sum()),
        buckets,
    };
    Ok(Answer::new(format, "signups", data, RangeMeta::new(&range)))
}

/// Of each bucket, by the index on `created_at`.
async fn count(db: &PgPool, edges: &Edges) -> Result<Vec<u64>> {
    let (starts, ends): (Vec<Timestamptz>, Vec<Timestamptz>) = edges
        .spans()
        .map(|span| (Timestamptz(span.start), Timestamptz(span.end)))
        .unzip();
    let counts = sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM users WHERE created_at >= bucket.since AND created_at < bucket.until) AS "count!"
           FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS bucket (since, until, n) ORDER BY n"#,
        &starts as &[Timestamptz],
        &ends as &[Timestamptz]
    )
    .fetch_all(db)
    .await?;
    Ok(counts.into_iter().map(i64::unsigned_abs).collect())
}

impl Tabular for SignUps {
    fn table(&self) -> Table {
        let mut table = Table::new(&["start", "end", "complete", "partial", "signups"]);
        for bucket in &self.buckets {
            table.push(vec![
                Cell::from(bucket.start),
                bucket.end.into(),
                bucket.complete.into(),
                bucket.partial.into(),
                bucket.signups.into(),
            ]);
        }
        table
    }
}
