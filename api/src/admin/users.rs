//! `GET /admin/analytics/users`: how many people are active, by day, and how many listen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_service::reply::Reply;

use super::calendar::Dates;
use super::days::{self, Day};
use super::part::{Part, PartSource, PartStatus};
use crate::analytics::context::Context;
use crate::analytics::csv::{Answer, Cell, Format, Table, Tabular};
use crate::analytics::filter::Asked;
use crate::analytics::series::{buckets, ratio};
use crate::civil_date::CivilDate;
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::settings::Settings;
use crate::time::edges::Edges;
use crate::time::floor_to_slot;
use crate::time::range::{Bucket, Range};
use crate::time::zone::Zone;

const DEFAULT_DAYS: i64 = 28;
/// How long the warehouse may take; then the users are answered without listeners.
const LISTENERS_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// First day, a date of the reporting zone. 28 days before `to` unless given.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// The day after the last. Tomorrow unless given.
    #[param(example = "2026-04-01")]
    to: Option<String>,
}

/// People with an account who were active: they made a signed-in request on that day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Users {
    /// The last day of the range that has begun; null: none has.
    #[schema(required)]
    pub latest: Option<UserDay>,
    pub days: Vec<UserDay>,
    /// Whether the days' `listeners` could be had.
    pub listeners: ListenersStatus,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ListenersStatus {
    pub status: PartStatus,
    /// What does not answer; null: all does.
    #[schema(required)]
    pub missing: Option<PartSource>,
    /// Why they are unavailable; null: they are not.
    #[schema(required)]
    pub why: Option<String>,
}

/// One day of the reporting zone. Null: it has not begun.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UserDay {
    pub date: CivilDate,
    /// It has ended.
    pub complete: bool,
    /// Active on it.
    #[schema(required)]
    pub dau: Option<u64>,
    /// Active in the 7 days that end with it.
    #[schema(required)]
    pub wau: Option<u64>,
    /// Active in the 30 days that end with it.
    #[schema(required)]
    pub mau: Option<u64>,
    /// DAU ÷ MAU, 0 … 1; null also without anyone.
    #[schema(required)]
    pub stickiness: Option<f64>,
    /// Distinct listeners of counted plays begun on it, with and without an account; null also where they are not known.
    #[schema(required)]
    pub listeners: Option<u64>,
}

/// `meta` of what is told by the days of the reporting zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct DaysMeta {
    /// First day.
    pub from: CivilDate,
    /// The day after the last.
    pub to: CivilDate,
    /// The reporting zone.
    pub tz: String,
}

impl DaysMeta {
    pub fn new(from: Date, to: Date, zone: &Zone) -> Self {
        Self {
            from: CivilDate(from),
            to: CivilDate(to),
            tz: zone.name().to_owned(),
        }
    }
}

/// Active users by day
#[utoipa::path(get, path = "/admin/analytics/users", operation_id = "users", tag = "admin", params(Parameters),
    responses((status = 200, description = "DAU, WAU, MAU, stickiness and listeners of each day",
               content((Reply<Users, DaysMeta> = "application/json"), (String = "text/csv")))))]
pub async fn users(
    State(db): State<PgPool>,
    State(settings): State<Arc<Settings>>,
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let zone = &settings.reporting_tz;
    let today = zone.date_of(context.now);
    let dates = Dates::resolve(
        asked.from.as_deref(),
        asked.to.as_deref(),
        today,
        DEFAULT_DAYS,
    )?;
    let (active, listeners) = tokio::join!(
        days::read(&db, zone, dates.from, dates.to, context.now),
        listeners(&context, zone, dates),
    );
    let active = active?;
    let listeners = Part::from(listeners);
    let of_day = |date: Date| {
        let day = active.get(&date).copied().unwrap_or_default();
        let listeners = listeners.value.get();
        let listeners = listeners.and_then(|of| of.get(&date).copied());
        UserDay::of(
            date,
            (date <= today).then_some(day),
            date < today,
            listeners,
        )
    };
    let all = dates.from.series(jiff::Span::new().days(1));
    let days: Vec<UserDay> = all
        .take_while(|date| *date < dates.to)
        .map(of_day)
        .collect();
    let data = Users {
        latest: days.iter().rev().find(|day| day.date.0 <= today).cloned(),
        days,
        listeners: ListenersStatus {
            status: listeners.status,
            missing: listeners.missing,
            why: listeners.why,
        },
    };
    let meta = DaysMeta::new(dates.from, dates.to, zone);
    Ok(Answer::new(format, "users", data, meta))
}

/// Everyone's listeners by day.
async fn listeners(context: &Context, zone: &Zone, dates: Dates) -> Result<BTreeMap<Date, u64>> {
    let out_of_bounds = || ApiError::invalid("to", "beyond the years that can be told");
    let start = |date| zone.start_of(date).ok_or_else(out_of_bounds);
    let range = Range {
        from: floor_to_slot(start(dates.from)?),
        to: floor_to_slot(start(dates.to)?),
        zone: zone.clone(),
        bucket: Bucket::Day,
    };
    let counted = async {
        let (selection, completeness) = context
            .select(&Asked::default(), range.from, range.to)
            .await?;
        let edges = Edges::of(&range);
        let measured = context
            .warehouse
            .measured(&selection, &edges.starts_in_seconds())
            .await?;
        let known = buckets(&edges, &measured.buckets, completeness.as_of)
            .into_iter()
            .filter_map(|bucket| Some((zone.date_of(bucket.start), bucket.measures.listeners?)));
        Ok(known.collect())
    };
    match tokio::time::timeout(LISTENERS_TIMEOUT, counted).await {
        Ok(counted) => counted,
        Err(_) => Err(ApiError::ClickHouse(clickhouse::error::Error::TimedOut)),
    }
}

impl UserDay {
    fn of(date: Date, day: Option<Day>, complete: bool, listeners: Option<u64>) -> Self {
        Self {
            date: CivilDate(date),
            complete,
            dau: day.map(|day| day.dau),
            wau: day.map(|day| day.wau),
            mau: day.map(|day| day.mau),
            stickiness: day.and_then(|day| ratio(day.dau, day.mau)),
            listeners,
        }
    }
}

impl Tabular for Users {
    fn table(&self) -> Table {
        let columns = [
            "date",
            "complete",
            "dau",
            "wau",
            "mau",
            "stickiness",
            "listeners",
        ];
        let mut table = Table::new(&columns);
        for day in &self.days {
            table.push(vec![
                Cell::from(day.date.0),
                day.complete.into(),
                day.dau.into(),
                day.wau.into(),
                day.mau.into(),
                day.stickiness.into(),
                day.listeners.into(),
            ]);
        }
        table
    }
}
