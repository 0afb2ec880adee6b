//! Series of buckets, and what may be said of a time: 0 is said only where it has passed and is stored.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::Measured;
use crate::time::edges::{Edges, Span};

/// Whether counts of a time that begins at `start` are known.
///
/// With `as_of`: once it has begun to be complete. Without: only where there is something to count, as nothing may be
/// nothing yet.
pub fn is_known(start: Timestamp, has_rows: bool, as_of: Option<Timestamp>) -> bool {
    as_of.map_or(has_rows, |as_of| start < as_of)
}

/// What is measured of a time. Null: not known yet; ratios also where there is nothing to divide by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Measures {
    #[schema(required)]
    pub plays: Option<u64>,
    /// Distinct listeners of the plays: exact below 2,000, within 1 % above.
    #[schema(required)]
    pub listeners: Option<u64>,
    /// Audio heard, in ms, skips and what was heard beyond the play's count included.
    #[schema(required)]
    pub heard_ms: Option<u64>,
    /// Completed ÷ counted plays, 0 … 1.
    #[schema(required)]
    pub completion: Option<f64>,
    /// Skipped ÷ (counted + skipped), 0 … 1.
    #[schema(required)]
    pub skip_rate: Option<f64>,
}

/// One bucket of a series.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MeasuredBucket {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Excluded.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// It ended before `as_of`.
    pub complete: bool,
    /// Cut by the range's ends: shorter than its hour, day, week or month.
    pub partial: bool,
    #[serde(flatten)]
    pub measures: Measures,
}

impl From<&Measured> for Measures {
    fn from(measured: &Measured) -> Self {
        Self {
            plays: Some(measured.plays),
            listeners: Some(measured.listeners),
            heard_ms: Some(measured.heard_ms),
            completion: ratio(measured.completed, measured.judged),
            skip_rate: ratio(measured.skipped, measured.judged + measured.skipped),
        }
    }
}

/// Null where there is nothing to divide by.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A bucket for each span of the range; those without rows are 0 or null.
pub fn buckets(edges: &Edges, rows: &[Measured], as_of: Option<Timestamp>) -> Vec<MeasuredBucket> {
    let by_start: HashMap<i64, &Measured> =
        rows.iter().map(|row| (row.start.into(), row)).collect();
    let bucket = |span: Span| {
        let row = by_start.get(&span.start.as_second()).copied();
        MeasuredBucket {
            start: span.start,
            end: span.end,
            complete: is_complete(span.end, as_of),
            partial: span.partial,
            measures: shown(span.start, row, as_of),
        }
    };
    edges.spans().map(bucket).collect()
}

pub fn is_complete(end: Timestamp, as_of: Option<Timestamp>) -> bool {
    as_of.is_some_and(|as_of| end <= as_of)
}

/// The measures of a time that begins at `start`, as far as they may be said.
pub fn shown(start: Timestamp, row: Option<&Measured>, as_of: Option<Timestamp>) -> Measures {
    let nothing = Measured::default();
    let has_rows = row.is_some_and(|row| {
        *row != Measured {
            start: row.start,
            ..nothing
        }
    });
    match is_known(start, has_rows, as_of) {
        true => row.unwrap_or(&nothing).into(),
        false => Measures::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::range::{Asked, Bucket, Range};

    fn three_days() -> Edges {
        let asked = Asked {
            from: Some("2026-05-01"),
            to: Some("2026-05-04"),
            bucket: Some(Bucket::Day),
            tz: None,
        };
        Edges::of(&Range::resolve(&asked, Timestamp::UNIX_EPOCH).unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn second_day() -> Measured {
        Measured {
            start: at("2026-05-02T00:00:00Z").as_second() as u32,
            plays: 4,
            judged: 4,
            completed: 1,
            skipped: 1,
            ..Measured::default()
        }
    }

    fn plays(as_of: Option<Timestamp>) -> Vec<Option<u64>> {
        let buckets = buckets(&three_days(), &[second_day()], as_of);
        buckets.iter().map(|bucket| bucket.measures.plays).collect()
    }

    #[test]
    fn gaps_are_zero_before_as_of_and_null_from_it_on() {
        assert_eq!(
            plays(Some(at("2026-06-01T00:00:00Z"))),
            [Some(0), Some(4), Some(0)]
        );
        assert_eq!(
            plays(Some(at("2026-05-03T00:00:00Z"))),
            [Some(0), Some(4), None]
        );
        assert_eq!(
            plays(Some(at("2026-05-02T12:00:00Z"))),
            [Some(0), Some(4), None]
        );
        assert_eq!(plays(Some(at("2026-05-01T00:00:00Z"))), [None, None, None]);
        assert_eq!(plays(None), [None, Some(4), None]);
    }

    #[test]
    fn a_bucket_is_complete_when_it_ended_before_as_of() {
        let buckets = buckets(&three_days(), &[], Some(at("2026-05-03T00:00:00Z")));
        let complete: Vec<bool> = buckets.iter().map(|bucket| bucket.complete).collect();
        assert_eq!(complete, [true, true, false]);
    }

    #[test]
    fn ratios_without_a_base_are_null() {
        let measures = Measures::from(&second_day());
        assert_eq!(
            (measures.completion, measures.skip_rate),
            (Some(0.25), Some(0.2))
        );
        let nothing = Measures::from(&Measured::default());
        assert_eq!(
            (nothing.plays, nothing.completion, nothing.skip_rate),
            (Some(0), None, None)
        );
    }
}
