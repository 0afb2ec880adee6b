//! `meta` of reports: what was resolved, and how complete the numbers are.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use veza_schemas::row::RULE;

use super::as_of::{Completeness, HeldBack};
use super::filter::{Asked, FilterEcho};
use super::query::{Selection, Total};
use crate::time::range::{Bucket, Range};

/// `meta` of a report over a range.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportMeta {
    /// Start of the range, included, on a quarter hour.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// End of the range, excluded, on a quarter hour.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// IANA zone of dates and buckets.
    pub tz: String,
    /// Unit of series.
    pub bucket: Bucket,
    #[serde(flatten)]
    pub scope: ScopeMeta,
}

/// What `meta` of every report tells.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScopeMeta {
    /// The filters in force.
    pub filters: FilterEcho,
    /// Whose plays; null: everyone's.
    #[schema(required)]
    pub creator: Option<u64>,
    /// The rule by which plays are judged now.
    pub rule: u8,
    /// Everything received before is counted; null: unknown.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Partitions of the pipeline that hold `as_of` back by more than 10 s.
    pub held_back_by: Vec<HeldBack>,
    /// Plays without a listener's id, which `listeners` can't count; null where the report counts no listeners, or where the
    /// range has not begun.
    #[schema(required)]
    pub without_listener: Option<u64>,
}

impl ScopeMeta {
    pub fn new(asked: &Asked<'_>, selection: &Selection, completeness: Completeness) -> Self {
        Self {
            filters: FilterEcho::of(asked, &selection.filter),
            creator: selection.creator,
            rule: RULE,
            as_of: completeness.as_of,
            held_back_by: completeness.held_back_by,
            without_listener: None,
        }
    }
}

impl ReportMeta {
    /// Of a breakdown, whose total says how many plays are without a listener; none: not known yet.
    pub fn of_breakdown(
        range: &Range,
        asked: &Asked<'_>,
        selection: &Selection,
        completeness: Completeness,
        total: Option<&Total>,
    ) -> Self {
        let mut scope = ScopeMeta::new(asked, selection, completeness);
        scope.without_listener = total.map(|total| total.without_listener);
        Self::new(range, scope)
    }

    pub fn new(range: &Range, scope: ScopeMeta) -> Self {
        Self {
            from: range.from,
            to: range.to,
            tz: range.zone.name().to_owned(),
            bucket: range.bucket,
            scope,
        }
    }
}
