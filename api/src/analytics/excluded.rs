//! `GET /analytics/excluded`: what became of all reports, and why some don't count.

use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use veza_schemas::row::Reason;
use veza_service::reply::Reply;

use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::filter::{Asked, Bots};
use super::meta::{ReportMeta, ScopeMeta};
use super::outcome::{Exclusion, Outcome};
use super::parameters::parameters;
use super::query::ReasonCount;
use super::series::is_known;
use crate::error::Result;
use crate::extract::Query;

parameters! {
    /// Here, `bots` is `include` unless given.
    Parameters: range, filters {}
}

/// Reports by outcome: *received = counted + continued + excluded + duplicate*. Null: not known yet.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Excluded {
    #[schema(required)]
    pub received: Option<u64>,
    #[schema(required)]
    pub counted: Option<u64>,
    #[schema(required)]
    pub continued: Option<u64>,
    #[schema(required)]
    pub excluded: Option<u64>,
    #[schema(required)]
    pub duplicate: Option<u64>,
    /// Why reports are excluded, by reports, then reason; reasons without reports are left out.
    pub reasons: Vec<ExcludedReason>,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ExcludedReason {
    pub reason: Exclusion,
    pub reports: u64,
    /// Of the excluded reports, 0 … 1.
    pub share: f64,
}

/// What became of all reports
#[utoipa::path(get, path = "/analytics/excluded", operation_id = "excluded", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Reports by outcome and reason, and their balance",
               content((Reply<Excluded, ReportMeta> = "application/json"), (String = "text/csv")))))]
pub async fn excluded(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let filter = Asked {
        bots: asked.bots.or(Some(Bots::Include)),
        ..asked.filter()
    };
    let range = context.range(&asked.range())?;
    let (selection, completeness) = context.select(&filter, range.from, range.to).await?;
    let rows = context.warehouse.reasons(&selection).await?;
    let data = Excluded::of(&rows, range.from, completeness.as_of);
    let scope = ScopeMeta::new(&filter, &selection, completeness);
    Ok(Answer::new(
        format,
        "excluded",
        data,
        ReportMeta::new(&range, scope),
    ))
}

impl Excluded {
    fn of(rows: &[ReasonCount], from: Timestamp, as_of: Option<Timestamp>) -> Self {
        if !is_known(from, !rows.is_empty(), as_of) {
            return Self::default();
        }
        let of_outcome = |wanted: Outcome| {
            let reports = rows.iter().filter(|row| outcome(row).0 == wanted);
            reports.map(|row| row.reports).sum::<u64>()
        };
        let excluded = of_outcome(Outcome::Excluded);
        let mut reasons: Vec<ExcludedReason> = rows
            .iter()
            .filter_map(|row| {
                Some(ExcludedReason {
                    reason: outcome(row).1?,
                    reports: row.reports,
                    share: row.reports as f64 / excluded.max(1) as f64,
                })
            })
            .collect();
        let order = |a: &ExcludedReason, b: &ExcludedReason| {
            (b.reports, a.reason.as_str()).cmp(&(a.reports, b.reason.as_str()))
        };
        reasons.sort_by(order);
        Self {
            received: Some(rows.iter().map(|row| row.reports).sum()),
            counted: Some(of_outcome(Outcome::Counted)),
            continued: Some(of_outcome(Outcome::Continued)),
            excluded: Some(excluded),
            duplicate: Some(of_outcome(Outcome::Duplicate)),
            reasons,
        }
    }
}

/// A reason that this version doesn't know can only be a new kind of exclusion; the balance holds all the same.
fn outcome(row: &ReasonCount) -> (Outcome, Option<Exclusion>) {
    Reason::parse(&row.reason).map_or((Outcome::Excluded, None), Outcome::of)
}

impl Tabular for Excluded {
    fn table(&self) -> Table {
        let mut table = Table::new(&["outcome", "reason", "reports", "share"]);
        let none = || Cell::from(None::<u64>);
        let outcomes = [
            ("received", self.received),
            ("counted", self.counted),
            ("continued", self.continued),
            ("duplicate", self.duplicate),
            ("excluded", self.excluded),
        ];
        for (outcome, reports) in outcomes {
            table.push(vec![outcome.into(), none(), reports.into(), none()]);
        }
        for row in &self.reasons {
            table.push(vec![
                "excluded".into(),
                row.reason.as_str().into(),
                row.reports.into(),
                row.share.into(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_balance_holds() {
        let rows = [
            ("", 70),
            ("continued", 12),
            ("duplicate", 3),
            ("bot", 5),
            ("too_short", 9),
            ("own_play", 1),
        ];
        let rows = rows.map(|(reason, reports)| ReasonCount {
            reason: reason.to_owned(),
            reports,
        });
        let data = Excluded::of(&rows, Timestamp::UNIX_EPOCH, None);
        assert_eq!(data.received, Some(100));
        let parts = [data.counted, data.continued, data.excluded, data.duplicate];
        assert_eq!(parts, [Some(70), Some(12), Some(15), Some(3)]);
        let reasons: Vec<&str> = data.reasons.iter().map(|row| row.reason.as_str()).collect();
        assert_eq!(reasons, ["too_short", "bot", "own_play"]);
    }

    #[test]
    fn nothing_yet_is_not_zero() {
        assert_eq!(
            Excluded::of(&[], Timestamp::UNIX_EPOCH, None),
            Excluded::default()
        );
    }
}
