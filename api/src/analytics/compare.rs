//! `GET /analytics/compare`: two periods side by side, in total, per day, and day by day.

use std::collections::HashMap;

use axum::response::IntoResponse;
use futures::try_join;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use veza_schemas::problem::{Code, Problem};
use veza_service::reply::Reply;

use super::catalog_scope::{CatalogScope, NotFiltered};
use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::earned::{self, Earned, Earnings};
use super::followers::Followed;
use super::meta::ScopeMeta;
use super::parameters::parameters;
use super::query::{Measured, Selection};
use super::series::{is_complete, is_known};
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::time::alignment::{Period, elapsed_days_until, length_in_days, same_elapsed};
use crate::time::range::{Asked, Bucket, Range};
use crate::time::slot_seconds;
use crate::time::zone::Zone;

parameters! {
    /// Periods are half-open, of dates in `tz` or RFC 3339, rounded down to the quarter hour; each at most 20 years.
    Parameters: filters {
        #[param(required = true, example = "2026-03-01")]
        period1_start: Option<String>,
        #[param(required = true, example = "2026-04-01")]
        period1_end: Option<String>,
        #[param(required = true, example = "2026-04-01")]
        period2_start: Option<String>,
        #[param(required = true, example = "2026-05-01")]
        period2_end: Option<String>,
        /// IANA zone of dates and days; `UTC` unless given.
        #[param(example = "Europe/Paris")]
        tz: Option<String>,
        /// Of revenue, ISO 4217. Unless given the creator's, and of all creators the one with the most orders.
        #[param(example = "EUR")]
        currency: Option<String>,
    }
}

/// Two periods, and how the second differs from the first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// Of revenue, ISO 4217; null: nothing was ever sold, or not known under these filters.
    #[schema(required)]
    pub currency: Option<String>,
    pub period1: PeriodFigures,
    pub period2: PeriodFigures,
    pub change: Change,
}

/// What is compared. Null: not known yet, or not known under these filters (`meta.not_filtered_by`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    #[schema(required)]
    pub plays: Option<i64>,
    /// Distinct in the time that is told of.
    #[schema(required)]
    pub listeners: Option<i64>,
    /// Sold less refunded, without tax; null also where nothing was ever sold.
    #[schema(required)]
    pub revenue_minor: Option<i64>,
    /// Gained: new less lost.
    #[schema(required)]
    pub followers: Option<i64>,
}

/// Figures per day, or their change. Null as there, and where there is nothing to divide by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Fractions {
    #[schema(required)]
    pub plays: Option<f64>,
    #[schema(required)]
    pub listeners: Option<f64>,
    #[schema(required)]
    pub revenue_minor: Option<f64>,
    #[schema(required)]
    pub followers: Option<f64>,
}

/// One period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PeriodFigures {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Excluded. Of a period that still runs, and of the one that it is compared with: what has elapsed.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// Local days, the last one maybe in part.
    pub days: f64,
    /// It ended before `as_of`.
    pub complete: bool,
    #[serde(flatten)]
    pub total: Figures,
    /// The total ÷ `days`.
    pub per_day: Fractions,
    /// By elapsed day.
    pub series: Vec<ElapsedDay>,
}

/// One day of a period.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ElapsedDay {
    /// From 0.
    pub day: usize,
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// It ended before `as_of`.
    pub complete: bool,
    #[serde(flatten)]
    pub figures: Figures,
}

/// (second − first) ÷ first; null where the first is unknown or not above 0.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Change {
    #[serde(flatten)]
    pub total: Fractions,
    pub per_day: Fractions,
}

/// `meta` of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonMeta {
    /// IANA zone of dates and days.
    pub tz: String,
    /// What is null because it knows nothing of the filters in force.
    pub not_filtered_by: Vec<NotFiltered>,
    #[serde(flatten)]
    pub scope: ScopeMeta,
}

/// Two periods side by side
#[utoipa::path(get, path = "/analytics/compare", operation_id = "compare", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Both periods, and the change",
               content((Reply<Comparison, ComparisonMeta> = "application/json"), (String = "text/csv")))))]
pub async fn compare(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let [first, second] = asked.periods(context.now)?;
    let currency = earned::currency(asked.currency.as_deref())?;
    let (from, to) = (first.from.min(second.from), first.to.max(second.to));
    let (selection, completeness) = context.select(&asked.filter(), from, to).await?;
    let as_of = completeness.as_of;
    let zone = first.zone.clone();
    let elapsed = as_of.unwrap_or(context.now).min(context.now);
    let (period1, period2) = same_elapsed(&zone, period(&first), period(&second), elapsed);
    let scope = CatalogScope::of(selection.creator(), &selection.filter);
    let earned = match &scope {
        Some(scope) => Some(Earned::of(&context.db, scope, currency).await?),
        None => None,
    };
    let side = Side {
        context: &context,
        selection: &selection,
        scope: scope.as_ref(),
        earned: earned.as_ref(),
        zone: &zone,
        as_of,
    };
    let (period1, period2) = try_join!(side.figures(period1), side.figures(period2))?;
    let meta = ComparisonMeta {
        tz: zone.name().to_owned(),
        not_filtered_by: match scope {
            Some(_) => Vec::new(),
            None => vec![NotFiltered::Followers, NotFiltered::Revenue],
        },
        scope: ScopeMeta::new(&asked.filter(), &selection, completeness),
    };
    let data = Comparison {
        currency: earned.and_then(|earned| earned.currency),
        change: Change {
            total: change(&period1.total.as_fractions(), &period2.total.as_fractions()),
            per_day: change(&period1.per_day, &period2.per_day),
        },
        period1,
        period2,
    };
    Ok(Answer::new(format, "compare", data, meta))
}

impl Parameters {
    /// Both periods; 422 names the parameter that is missing or wrong.
    fn periods(&self, now: Timestamp) -> Result<[Range; 2]> {
        let first = self.period(
            ["period1_start", "period1_end"],
            [&self.period1_start, &self.period1_end],
            now,
        )?;
        let second = self.period(
            ["period2_start", "period2_end"],
            [&self.period2_start, &self.period2_end],
            now,
        )?;
        Ok([first, second])
    }

    fn period(
        &self,
        names: [&'static str; 2],
        [start, end]: [&Option<String>; 2],
        now: Timestamp,
    ) -> Result<Range> {
        let given = |name, value: &Option<String>| match value {
            Some(_) => Ok(()),
            None => Err(ApiError::from(
                Problem::new(Code::MissingField, format!("{name} must be given")).at(name),
            )),
        };
        given(names[0], start)?;
        given(names[1], end)?;
        let asked = Asked {
            from: start.as_deref(),
            to: end.as_deref(),
            tz: self.tz.as_deref(),
            bucket: Some(Bucket::Day),
        };
        Range::resolve(&asked, now).map_err(|error| {
            let field = match error.field() {
                "from" => names[0],
                "to" => names[1],
                other => other,
            };
            super::context::refused(&error, field)
        })
    }
}

fn period(range: &Range) -> Period {
    Period {
        start: range.from,
        end: range.to,
    }
}

/// What both periods are counted with.
struct Side<'a> {
    context: &'a Context,
    /// Of both periods and what lies between them.
    selection: &'a Selection,
    /// None: followers and revenue can't be told.
    scope: Option<&'a CatalogScope>,
    earned: Option<&'a Earned<'a>>,
    zone: &'a Zone,
    as_of: Option<Timestamp>,
}

/// What is not in the warehouse; none: can't be told.
#[derive(Clone, Copy)]
struct OfCatalog {
    gained: Option<i64>,
    earnings: Option<Earnings>,
}

impl Side<'_> {
    async fn figures(&self, period: Period) -> Result<PeriodFigures> {
        let Period { start, end } = period;
        let complete = is_complete(end, self.as_of);
        if start == end {
            // It has not begun.
            return Ok(PeriodFigures {
                start,
                end,
                days: 0.0,
                complete,
                total: Figures::default(),
                per_day: Fractions::default(),
                series: Vec::new(),
            });
        }
        let selection = Selection {
            from: start,
            to: end,
            ..self.selection.clone()
        };
        let edges = elapsed_days_until(self.zone, start, end);
        let starts: Vec<u32> = edges[..edges.len() - 1]
            .iter()
            .copied()
            .map(slot_seconds)
            .collect();
        let warehouse = &self.context.warehouse;
        let (measured, gained, earnings) = try_join!(
            warehouse.measured(&selection, &starts),
            async {
                match self.scope {
                    Some(scope) => Followed(scope)
                        .gained(&self.context.db, &edges)
                        .await
                        .map(Some),
                    None => Ok(None),
                }
            },
            async {
                match self.earned {
                    Some(earned) => earned.by_bucket(&self.context.db, &edges).await.map(Some),
                    None => Ok(None),
                }
            },
        )?;
        let buckets = measured.buckets.into_iter();
        let rows: HashMap<u32, Measured> = buckets.map(|row| (row.start, row)).collect();
        let series = edges.windows(2).enumerate().map(|(day, edges)| {
            let row = rows.get(&slot_seconds(edges[0]));
            let of_catalog = OfCatalog {
                gained: gained.as_ref().map(|gained| gained[day]),
                earnings: earnings.as_ref().map(|earnings| earnings[day]),
            };
            ElapsedDay {
                day,
                start: edges[0],
                complete: is_complete(edges[1], self.as_of),
                figures: self.shown(edges[0], row.copied().unwrap_or_default(), of_catalog),
            }
        });
        let series = series.collect();
        let of_catalog = OfCatalog {
            gained: gained.as_ref().map(|gained| gained.iter().sum()),
            earnings: earnings.map(|earnings| earnings.into_iter().sum()),
        };
        let total = self.shown(start, measured.total, of_catalog);
        let days = length_in_days(self.zone, start, end);
        Ok(PeriodFigures {
            start,
            end,
            days,
            complete,
            per_day: total.as_fractions().map(|value| value / days),
            total,
            series,
        })
    }

    /// Plays are known up to `as_of`, followers and revenue up to now.
    fn shown(&self, start: Timestamp, row: Measured, of_catalog: OfCatalog) -> Figures {
        let is_known = is_known(start, row.plays > 0, self.as_of);
        let count = |value: u64| is_known.then(|| i64::try_from(value).unwrap_or(i64::MAX));
        Figures {
            plays: count(row.plays),
            listeners: count(row.listeners),
            revenue_minor: self
                .earned
                .zip(of_catalog.earnings)
                .and_then(|(earned, earnings)| {
                    earned.shown(start, self.context.now, earnings).net_minor
                }),
            followers: of_catalog.gained.filter(|_| start < self.context.now),
        }
    }
}

impl Figures {
    fn as_fractions(&self) -> Fractions {
        let fraction = |value: Option<i64>| value.map(|value| value as f64);
        Fractions {
            plays: fraction(self.plays),
            listeners: fraction(self.listeners),
            revenue_minor: fraction(self.revenue_minor),
            followers: fraction(self.followers),
        }
    }
}

impl Fractions {
    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        Self {
            plays: self.plays.map(&change),
            listeners: self.listeners.map(&change),
            revenue_minor: self.revenue_minor.map(&change),
            followers: self.followers.map(&change),
        }
    }
}

/// A change is told of what there was; from nothing, or from less than nothing, no fraction leads anywhere.
fn change(first: &Fractions, second: &Fractions) -> Fractions {
    let of = |first: Option<f64>, second: Option<f64>| match (first, second) {
        (Some(first), Some(second)) if first > 0.0 => Some((second - first) / first),
        _ => None,
    };
    Fractions {
        plays: of(first.plays, second.plays),
        listeners: of(first.listeners, second.listeners),
        revenue_minor: of(first.revenue_minor, second.revenue_minor),
        followers: of(first.followers, second.followers),
    }
}

impl Tabular for Comparison {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "period",
            "kind",
            "day",
            "start",
            "plays",
            "listeners",
            "revenue_minor",
            "followers",
        ]);
        let none = || Cell::from(None::<u64>);
        for (name, period) in [("1", &self.period1), ("2", &self.period2)] {
            for day in &period.series {
                let head: [Cell; 4] = [
                    name.into(),
                    "day".into(),
                    (day.day as u64).into(),
                    day.start.into(),
                ];
                table.push(head.into_iter().chain(day.figures.cells()).collect());
            }
            let head: [Cell; 4] = [name.into(), "total".into(), none(), period.start.into()];
            table.push(head.into_iter().chain(period.total.cells()).collect());
            let head: [Cell; 4] = [name.into(), "per_day".into(), none(), period.start.into()];
            table.push(head.into_iter().chain(period.per_day.cells()).collect());
        }
        for (kind, figures) in [
            ("change", &self.change.total),
            ("change_per_day", &self.change.per_day),
        ] {
            let head: [Cell; 4] = [none(), kind.into(), none(), none()];
            table.push(head.into_iter().chain(figures.cells()).collect());
        }
        table
    }
}

impl Figures {
    fn cells(&self) -> [Cell; 4] {
        let Self {
            plays,
            listeners,
            revenue_minor,
            followers,
        } = *self;
        [plays, listeners, revenue_minor, followers].map(Cell::from)
    }
}

impl Fractions {
    fn cells(&self) -> [Cell; 4] {
        let Self {
            plays,
            listeners,
            revenue_minor,
            followers,
        } = *self;
        [plays, listeners, revenue_minor, followers].map(Cell::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plays(plays: Option<f64>) -> Fractions {
        Fractions {
            plays,
            ..Fractions::default()
        }
    }

    #[test]
    fn change_is_of_the_first_and_null_without_a_base() {
        let of = |first, second| change(&plays(first), &plays(second)).plays;
        assert_eq!(of(Some(8.0), Some(10.0)), Some(0.25));
        assert_eq!(of(Some(8.0), Some(0.0)), Some(-1.0));
        assert_eq!(of(Some(0.0), Some(10.0)), None);
        assert_eq!(of(None, Some(10.0)), None);
        assert_eq!(of(Some(8.0), None), None);
    }
}
