//! Ranges of whole days of the reporting zone, as they are asked for.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use veza_schemas::problem::{Code, Problem};

use crate::error::{ApiError, Result};
use crate::time::range::Bucket;

/// Years of a report at most.
const MAX_YEARS: i64 = 20;
const OLDEST: Date = date(1970, 1, 2);
const NEWEST: Date = date(2105, 12, 31);

/// Length of a bucket or cohort; what people do is not told by the hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    #[default]
    Day,
    /// From Monday.
    Week,
    Month,
}

impl From<Length> for Bucket {
    fn from(length: Length) -> Self {
        match length {
            Length::Day => Self::Day,
            Length::Week => Self::Week,
            Length::Month => Self::Month,
        }
    }
}

/// The dates `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    pub from: Date,
    pub to: Date,
}

impl Dates {
    /// Without `to`, up to and with `today`; without `from`, `days` before `to`. 422 names the parameter.
    pub fn resolve(
        from: Option<&str>,
        to: Option<&str>,
        today: Date,
        default_days: i64,
    ) -> Result<Self> {
        let to = match to {
            Some(text) => read("to", text)?,
            None => today.saturating_add(1.day()),
        };
        let from = match from {
            Some(text) => read("from", text)?,
            None => to.saturating_sub(default_days.days()),
        };
        if from >= to {
            let detail = format!("`to` must be later than `from`; they are {to} and {from}");
            return Err(ApiError::invalid("to", detail));
        }
        if from.saturating_add(MAX_YEARS.years()) < to {
            let detail = format!("a report may cover {MAX_YEARS} years");
            return Err(Problem::new(Code::RangeTooLong, detail).at("to").into());
        }
        Ok(Self { from, to })
    }
}

fn read(field: &'static str, text: &str) -> Result<Date> {
    let date = match text.len() {
        10 => text.parse().ok(),
        _ => None,
    };
    match date {
        Some(date) if (OLDEST..=NEWEST).contains(&date) => Ok(date),
        Some(_) => Err(ApiError::invalid(
            field,
            format!("dates lie between {OLDEST} and {NEWEST}"),
        )),
        None => Err(ApiError::invalid(
            field,
            format!(
                "`{text}` is not a date such as `2026-03-29`; days are those of the reporting zone"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date(2026, 11, 25);

    #[test]
    fn the_default_ends_with_today() {
        let dates = Dates::resolve(None, None, TODAY, 28).unwrap();
        assert_eq!(
            (dates.from, dates.to),
            (date(2026, 10, 29), date(2026, 11, 26))
        );
    }

    #[test]
    fn each_refusal_names_its_parameter() {
        let cases = [
            (Some("yesterday"), None, "from"),
            (None, Some("2026-02-30"), "to"),
            (Some("2026-01-01T00:00:00Z"), None, "from"),
            (Some("2026-01-01"), Some("2026-01-01"), "to"),
            (Some("1900-01-01"), None, "from"),
            (Some("2000-01-01"), Some("2026-01-01"), "to"),
        ];
        for (from, to, field) in cases {
            match Dates::resolve(from, to, TODAY, 28) {
                Err(ApiError::Refused { problem, .. }) => {
                    assert_eq!(problem.field.as_deref(), Some(field), "{from:?} {to:?}");
                }
                other => panic!("{from:?} {to:?}: {other:?}"),
            }
        }
    }
}
