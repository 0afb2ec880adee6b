//! `GET /analytics/revenue/projection`: what the next 30, 60 and 90 days may earn.

use axum::response::IntoResponse;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::as_of::Completeness;
use super::catalog_scope::{CatalogScope, NotFiltered};
use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::earned::{self, Earned};
use super::meta::ScopeMeta;
use super::parameters::parameters;
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::statistics::projection::{Estimate, HORIZONS, MAX_DAYS, Projection};
use crate::time::floor_to_slot;
use crate::time::zone::Zone;

parameters! {
    Parameters: filters {
        /// IANA zone of days; `UTC` unless given.
        #[param(example = "Europe/Paris")]
        tz: Option<String>,
        /// ISO 4217. Unless given the creator's, and of all creators the one with the most orders.
        #[param(example = "EUR")]
        currency: Option<String>,
    }
}

/// Whether there is a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionStatus {
    Projected,
    /// Fewer than 14 complete days since the first paid order, or fewer than 5 of them that are not 0.
    InsufficientData,
    /// Revenue knows nothing of the filters in force (`meta.not_filtered_by`).
    NotFiltered,
}

/// A straight line through the last complete days (ordinary least squares), carried on. It knows nothing of releases,
/// promotions and holidays.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueProjection {
    pub status: ProjectionStatus,
    /// ISO 4217; null: nothing was ever sold, or not known under these filters.
    #[schema(required)]
    pub currency: Option<String>,
    /// In which there are paid orders; each can be asked for.
    pub currencies: Vec<String>,
    /// Complete days since the first paid order, that one's included, at most 90: those the line goes through. Null: not
    /// known under these filters.
    #[schema(required)]
    pub n: Option<usize>,
    /// Net revenue of those days; null without any.
    #[schema(required)]
    pub net_minor: Option<i64>,
    /// How much more each day brings, in minor units.
    #[schema(required)]
    pub slope: Option<f64>,
    /// R²: the part of the ups and downs that the line explains, 0 … 1; null also where all days are the same.
    #[schema(required)]
    pub r_squared: Option<f64>,
    /// How far a day typically lies from the line: the residual standard error.
    #[schema(required)]
    pub typical_distance_minor: Option<i64>,
    /// For the next 30, 60 and 90 days, today included.
    pub projections: Vec<ProjectedTotal>,
    /// The days that the line goes through, then, where there is a projection, the 90 to come.
    pub days: Vec<ProjectedDay>,
}

/// A total to come; null without a projection.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectedTotal {
    pub days: usize,
    /// The last of them, in the zone.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
    #[schema(required)]
    pub total_minor: Option<i64>,
    /// The total will lie between these in 95 of 100 cases; narrower, in proportion, than those of single days.
    #[schema(required)]
    pub low_minor: Option<i64>,
    #[schema(required)]
    pub high_minor: Option<i64>,
    /// If every day were an average one of those behind.
    #[schema(required)]
    pub flat_minor: Option<i64>,
    /// Something would be below 0, and is told as 0.
    pub clamped: bool,
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectedDay {
    /// In the zone.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Null: it is to come.
    #[schema(required)]
    pub net_minor: Option<i64>,
    /// The line; null without a projection.
    #[schema(required)]
    pub fitted_minor: Option<i64>,
    /// 95 of 100 single days should lie between these.
    #[schema(required)]
    pub low_minor: Option<i64>,
    #[schema(required)]
    pub high_minor: Option<i64>,
    /// Something would be below 0, and is told as 0.
    pub clamped: bool,
}

/// `meta` of a projection. `as_of` is the time of the answer: orders are known at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectionMeta {
    /// IANA zone of the days.
    pub tz: String,
    /// `revenue`, where it is null because it knows nothing of the filters in force: it knows `track`.
    pub not_filtered_by: Vec<NotFiltered>,
    #[serde(flatten)]
    pub scope: ScopeMeta,
}

/// What the next 30, 60 and 90 days may earn
#[utoipa::path(get, path = "/analytics/revenue/projection", operation_id = "revenue_projection", tag = "analytics",
    params(Parameters),
    responses((status = 200, description = "Totals with their intervals, and the days behind them",
               content((Reply<RevenueProjection, ProjectionMeta> = "application/json"), (String = "text/csv")))))]
pub async fn revenue_projection(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let zone = context.zone(asked.tz.as_deref())?;
    let currency = earned::currency(asked.currency.as_deref())?;
    let now = context.now;
    let selection = context.selection(&asked.filter(), now, now).await?;
    let scope = CatalogScope::of(selection.creator(), &selection.filter);
    let today = zone.date_of(now);
    let data = match &scope {
        Some(scope) => {
            let earned = Earned::of(&context.db, scope, currency).await?;
            let days = complete_days(&zone, earned.first_paid_at, today)?;
            let earnings = earned.by_bucket(&context.db, &days.edges).await?;
            let net: Vec<i64> = earnings.iter().map(|day| day.net_minor()).collect();
            RevenueProjection {
                currency: earned.currency,
                currencies: earned.currencies,
                ..projection(&days.dates, &net, today)?
            }
        }
        None => RevenueProjection {
            status: ProjectionStatus::NotFiltered,
            n: None,
            ..projection(&[], &[], today)?
        },
    };
    let meta = ProjectionMeta {
        tz: zone.name().to_owned(),
        not_filtered_by: match scope {
            Some(_) => Vec::new(),
            None => vec![NotFiltered::Revenue],
        },
        scope: ScopeMeta::new(&asked.filter(), &selection, Completeness::up_to(now)),
    };
    Ok(Answer::new(format, "revenue-projection", data, meta))
}

/// Local days and the edges between which they lie.
struct Days {
    dates: Vec<Date>,
    /// One more than dates.
    edges: Vec<Timestamp>,
}

/// The complete days from the one of the first paid order to yesterday, at most [`MAX_DAYS`].
fn complete_days(zone: &Zone, first_paid_at: Option<Timestamp>, today: Date) -> Result<Days> {
    let mut days = Days {
        dates: Vec::new(),
        edges: Vec::new(),
    };
    let Some(first_paid_at) = first_paid_at else {
        return Ok(days);
    };
    let oldest = today.saturating_sub((MAX_DAYS as i64).days());
    let first = zone.date_of(first_paid_at).max(oldest);
    for date in first.series(1.day()).take_while(|date| *date <= today) {
        let start = zone.start_of(date).map(floor_to_slot);
        let start = start.ok_or_else(|| ApiError::invalid("tz", "its days can't be told"))?;
        // A day that the zone skipped begins where the next one does.
        if days.edges.last() == Some(&start) {
            days.dates.pop();
            days.edges.pop();
        }
        days.dates.push(date);
        days.edges.push(start);
    }
    // Today's start is the last day's end.
    days.dates.pop();
    Ok(days)
}

/// The line through the complete days before `today`, and where it leads.
fn projection(dates: &[Date], net: &[i64], today: Date) -> Result<RevenueProjection> {
    let line = Projection::of(net)?;
    let line = line.as_ref();
    let to_come = line.map_or(0, |_| MAX_DAYS);
    let dates = dates
        .iter()
        .copied()
        .chain(today.series(1.day()).take(to_come));
    Ok(RevenueProjection {
        status: match line {
            Some(_) => ProjectionStatus::Projected,
            None => ProjectionStatus::InsufficientData,
        },
        currency: None,
        currencies: Vec::new(),
        n: Some(net.len()),
        net_minor: (!net.is_empty()).then(|| net.iter().sum()),
        slope: line.map(Projection::slope),
        r_squared: line.and_then(Projection::r_squared),
        typical_distance_minor: line.map(Projection::typical_distance_minor),
        projections: HORIZONS.map(|days| total(line, days, today)).into(),
        days: dates
            .enumerate()
            .map(|(number, date)| day(line, number, date, net.get(number).copied()))
            .collect(),
    })
}

fn total(line: Option<&Projection>, days: usize, today: Date) -> ProjectedTotal {
    let estimate = line.map(|line| line.total(days));
    ProjectedTotal {
        days,
        until: today.saturating_add((days as i64 - 1).days()),
        total_minor: value(estimate),
        low_minor: estimate.map(|estimate| estimate.low_minor),
        high_minor: estimate.map(|estimate| estimate.high_minor),
        flat_minor: line.map(|line| line.flat_total_minor(days)),
        clamped: estimate.is_some_and(|estimate| estimate.clamped),
    }
}

fn day(line: Option<&Projection>, number: usize, date: Date, net: Option<i64>) -> ProjectedDay {
    let estimate = line.map(|line| line.day(number));
    ProjectedDay {
        date,
        net_minor: net,
        fitted_minor: value(estimate),
        low_minor: estimate.map(|estimate| estimate.low_minor),
        high_minor: estimate.map(|estimate| estimate.high_minor),
        clamped: estimate.is_some_and(|estimate| estimate.clamped),
    }
}

fn value(estimate: Option<Estimate>) -> Option<i64> {
    estimate.map(|estimate| estimate.value_minor)
}

impl Tabular for RevenueProjection {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "kind",
            "days",
            "date",
            "currency",
            "net_minor",
            "projected_minor",
            "low_minor",
            "high_minor",
            "flat_minor",
            "clamped",
        ]);
        let nothing = || Cell::from(None::<u64>);
        for day in &self.days {
            table.push(vec![
                "day".into(),
                1u64.into(),
                day.date.into(),
                self.currency.as_ref().into(),
                day.net_minor.into(),
                day.fitted_minor.into(),
                day.low_minor.into(),
                day.high_minor.into(),
                nothing(),
                day.clamped.into(),
            ]);
        }
        for total in &self.projections {
            table.push(vec![
                "total".into(),
                (total.days as u64).into(),
                total.until.into(),
                self.currency.as_ref().into(),
                nothing(),
                total.total_minor.into(),
                total.low_minor.into(),
                total.high_minor.into(),
                total.flat_minor.into(),
                total.clamped.into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days_of(zone: &str, first_paid_at: &str, today: Date) -> Days {
        let zone = Zone::named(zone).unwrap();
        complete_days(&zone, Some(first_paid_at.parse().unwrap()), today).unwrap()
    }

    #[test]
    fn days_are_those_of_the_zone_from_the_first_order_to_yesterday() {
        let days = days_of("Asia/Kathmandu", "2026-05-01T18:14:59Z", date(2026, 5, 4));
        assert_eq!(
            days.dates,
            [date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)]
        );
        assert_eq!(days.edges[0].to_string(), "2026-04-30T18:15:00Z");
        assert_eq!(days.edges[3].to_string(), "2026-05-03T18:15:00Z");
        let later = days_of("Asia/Kathmandu", "2026-05-01T18:15:00Z", date(2026, 5, 4));
        assert_eq!(later.dates[0], date(2026, 5, 2));
    }

    #[test]
    fn at_most_ninety_days_count_and_today_does_not() {
        let days = days_of("UTC", "2020-01-01T00:00:00Z", date(2026, 11, 23));
        assert_eq!(days.dates.len(), 90);
        assert_eq!(days.edges.len(), 91);
        assert_eq!(days.dates[0], date(2026, 8, 25));
        assert_eq!(days.dates[89], date(2026, 11, 22));
        let none = days_of("UTC", "2026-11-23T08:00:00Z", date(2026, 11, 23));
        assert!(none.dates.is_empty());
    }

    #[test]
    fn a_day_that_the_zone_skipped_is_none() {
        let days = days_of("Pacific/Apia", "2011-12-29T12:00:00Z", date(2012, 1, 2));
        assert_eq!(days.dates.len() + 1, days.edges.len());
        assert!(days.edges.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(!days.dates.contains(&date(2011, 12, 30)));
    }
}
