//! `GET /admin/analytics/retention`: do people come back? The definition is in [`crate::statistics::cohorts`].

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_service::reply::Reply;

use super::calendar::{Dates, Length};
use super::days;
use super::users::DaysMeta;
use crate::analytics::csv::{Answer, Cell as Field, Format, Table, Tabular};
use crate::civil_date::CivilDate;
use crate::error::Result;
use crate::extract::Query;
use crate::settings::Settings;
use crate::statistics::cohorts::{Cell, Cohort, DAYS_AFTER, Mean, cohorts};
use crate::time::edges::first_date;
use crate::time::range::Bucket;

/// Days of a report that says nothing else: ten weeks.
const DEFAULT_DAYS: i64 = 70;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// A date of the reporting zone in the first cohort. Ten weeks before `to` unless given.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// The date after the last sign-ups. Tomorrow unless given.
    #[param(example = "2026-04-01")]
    to: Option<String>,
    /// Length of a cohort; `week` unless given.
    #[param(inline)]
    bucket: Option<Length>,
}

/// Whole cohorts, the first first; those that have not begun are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retention {
    pub cohorts: Vec<RetentionCohort>,
    /// Over the cohorts whose cell has elapsed, weighted by their sign-ups.
    pub mean: RetentionMeans,
}

/// People who signed up in one day, week or month of the reporting zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionCohort {
    /// First day.
    pub start: CivilDate,
    /// The day after the last.
    pub end: CivilDate,
    /// All its days have ended.
    pub complete: bool,
    pub signups: u64,
    pub day_1: RetentionCell,
    pub day_7: RetentionCell,
    pub day_30: RetentionCell,
}

/// Who was active on exactly the Nth day after signing up.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionCell {
    /// Null: not yet.
    #[schema(required)]
    pub returned: Option<u64>,
    /// Of those who signed up, 0 … 1; null: not yet, or nobody signed up.
    #[schema(required)]
    pub rate: Option<f64>,
    /// The date from which it is known; null: it is.
    #[schema(required)]
    pub completes_on: Option<CivilDate>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionMeans {
    pub day_1: RetentionMean,
    pub day_7: RetentionMean,
    pub day_30: RetentionMean,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionMean {
    /// 0 … 1; null: no cohort has elapsed, or nobody signed up in them.
    #[schema(required)]
    pub rate: Option<f64>,
    /// Cohorts that have elapsed.
    pub cohorts: u64,
    /// Those who signed up in them.
    pub signups: u64,
    pub returned: u64,
}

/// Do people come back?
///
/// Classic retention: active on exactly the 1st, 7th and 30th date after the one of the sign-up.
#[utoipa::path(get, path = "/admin/analytics/retention", operation_id = "retention", tag = "admin", params(Parameters),
    responses((status = 200, description = "Cohorts by sign-up, and who came back",
               content((Reply<Retention, DaysMeta> = "application/json"), (String = "text/csv")))))]
pub async fn retention(
    State(db): State<PgPool>,
    State(settings): State<Arc<Settings>>,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let now = Timestamp::now();
    let zone = &settings.reporting_tz;
    let today = zone.date_of(now);
    let dates = Dates::resolve(
        asked.from.as_deref(),
        asked.to.as_deref(),
        today,
        DEFAULT_DAYS,
    )?;
    let length: Bucket = asked.bucket.unwrap_or(Length::Week).into();
    let from = first_date(length, dates.from);
    // The last cohort may go on for a month after `to`, and is looked at for a month more.
    let until = dates.to.saturating_add(62.days());
    let known = days::read(&db, zone, from, until, now).await?;
    let known = known
        .into_iter()
        .map(|(date, day)| (date, day.into()))
        .collect();
    let cohorts = cohorts(length, from, dates.to, today, &known);
    let to = cohorts.last().map_or(dates.to, |last| last.end);
    let data = Retention {
        mean: RetentionMeans {
            day_1: Mean::of(&cohorts, 0).into(),
            day_7: Mean::of(&cohorts, 1).into(),
            day_30: Mean::of(&cohorts, 2).into(),
        },
        cohorts: cohorts
            .iter()
            .map(|cohort| RetentionCohort::of(cohort, cohort.end <= today))
            .collect(),
    };
    Ok(Answer::new(
        format,
        "retention",
        data,
        DaysMeta::new(from, to, zone),
    ))
}

impl RetentionCohort {
    fn of(cohort: &Cohort, complete: bool) -> Self {
        let [day_1, day_7, day_30] = cohort.cells.map(|cell| RetentionCell::of(cohort, cell));
        Self {
            start: CivilDate(cohort.start),
            end: CivilDate(cohort.end),
            complete,
            signups: cohort.signups,
            day_1,
            day_7,
            day_30,
        }
    }
}

impl RetentionCell {
    fn of(cohort: &Cohort, cell: Cell) -> Self {
        let (returned, completes_on) = match cell {
            Cell::Elapsed(returned) => (Some(returned), None),
            Cell::NotYet(date) => (None, Some(CivilDate(date))),
        };
        Self {
            returned,
            rate: cohort.rate(cell),
            completes_on,
        }
    }
}

impl From<Mean> for RetentionMean {
    fn from(mean: Mean) -> Self {
        Self {
            rate: mean.rate(),
            cohorts: mean.cohorts,
            signups: mean.signups,
            returned: mean.returned,
        }
    }
}

impl Tabular for Retention {
    fn table(&self) -> Table {
        let columns = [
            "start",
            "end",
            "signups",
            "day",
            "returned",
            "rate",
            "completes_on",
        ];
        let mut table = Table::new(&columns);
        for cohort in &self.cohorts {
            let cells = [&cohort.day_1, &cohort.day_7, &cohort.day_30];
            for (days, cell) in DAYS_AFTER.into_iter().zip(cells) {
                table.push(vec![
                    Field::from(cohort.start.0),
                    cohort.end.0.into(),
                    cohort.signups.into(),
                    days.into(),
                    cell.returned.into(),
                    cell.rate.into(),
                    cell.completes_on.map(|date| date.0).into(),
                ]);
            }
        }
        table
    }
}
