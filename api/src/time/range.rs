//! The range of a report: `from`, `to`, `tz` and `bucket` as they were asked, made whole or refused with what is allowed.

use jiff::civil::Date;
use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::floor_to_slot;
use super::zone::Zone;

/// Length of a bucket, by the clock of the range's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
}

/// What a client asked for; what it left out is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked<'a> {
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub tz: Option<&'a str>,
    pub bucket: Option<Bucket>,
}

/// A half-open range `[from, to)`, both on a quarter hour, at least one long.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub from: Timestamp,
    pub to: Timestamp,
    pub zone: Zone,
    pub bucket: Bucket,
}

/// Why a range is refused. Each message says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    #[error(
        "`{0}` is not a zone of the IANA database; right is for example `Europe/Paris` or `UTC`"
    )]
    UnknownZone(String),
    #[error(
        "`{value}` is neither a date such as `2026-03-29` nor a time such as `2026-03-29T13:45:00Z`{hint}"
    )]
    Unreadable {
        field: &'static str,
        value: String,
        hint: &'static str,
    },
    #[error("times lie between {OLDEST} and {NEWEST}")]
    OutOfBounds { field: &'static str },
    #[error(
        "`to` must be later than `from`, by a quarter of an hour at least; they are {to} and {from}"
    )]
    Empty { from: Timestamp, to: Timestamp },
    #[error(
        "by the hour a report may cover {MAX_HOUR_DAYS} days; use bucket=day, week or month for more"
    )]
    TooLongForHours,
    #[error("a report may cover {MAX_YEARS} years")]
    TooLong,
}

impl RangeError {
    /// The parameter to mend.
    pub fn field(&self) -> &'static str {
        match self {
            Self::UnknownZone(_) => "tz",
            Self::Unreadable { field, .. } | Self::OutOfBounds { field } => field,
            Self::Empty { .. } | Self::TooLong => "to",
            Self::TooLongForHours => "bucket",
        }
    }
}

/// Days of a report that says nothing else.
const DEFAULT_DAYS: i64 = 28;
/// Up to here the default bucket is an hour, …
const HOURS_UP_TO_DAYS: i64 = 2;
/// … and up to here a day.
const DAYS_UP_TO_DAYS: i64 = 92;
/// Longest range by the hour.
const MAX_HOUR_DAYS: i64 = 92;
/// Longest range.
const MAX_YEARS: i64 = 20;

/// The warehouse keeps times as seconds since 1970 in 32 bits.
const OLDEST: &str = "1970-01-02T00:00:00Z";
const NEWEST: &str = "2105-12-31T00:00:00Z";
const OLDEST_S: i64 = 86_400;
const NEWEST_S: i64 = 4_291_660_800;

impl Range {
    /// The range that was asked for, at the time `now`.
    ///
    /// Without `to` it ends with today, in the zone; without `from` it begins 28 days earlier. Times are rounded down to
    /// the quarter hour.
    pub fn resolve(asked: &Asked<'_>, now: Timestamp) -> Result<Self, RangeError> {
        let zone = match asked.tz {
            None => Zone::utc(),
            Some(name) => Zone::named(name).ok_or_else(|| RangeError::UnknownZone(name.into()))?,
        };
        let to = match asked.to {
            Some(text) => read("to", text, &zone)?,
            None => start_of_tomorrow(&zone, now)?,
        };
        let from = match asked.from {
            Some(text) => read("from", text, &zone)?,
            None => moved(&zone, to, -DEFAULT_DAYS.days(), "to")?,
        };
        if from >= to {
            return Err(RangeError::Empty { from, to });
        }
        let bucket = match asked.bucket {
            Some(bucket) => bucket,
            None => default_bucket(&zone, from, to)?,
        };
        check_length(&zone, from, to, bucket)?;
        Ok(Self {
            from,
            to,
            zone,
            bucket,
        })
    }
}

fn read(field: &'static str, text: &str, zone: &Zone) -> Result<Timestamp, RangeError> {
    let unreadable = |hint| RangeError::Unreadable {
        field,
        value: text.into(),
        hint,
    };
    let time = if text.len() == "2026-03-29".len() {
        let date: Date = text.parse().map_err(|_| unreadable(""))?;
        zone.start_of(date)
            .ok_or(RangeError::OutOfBounds { field })?
    } else {
        // In a query an unescaped `+` is a space.
        let hint = match text.contains(' ') {
            true => "; in a query, write `+` as `%2B`",
            false => "",
        };
        text.parse().map_err(|_| unreadable(hint))?
    };
    bounded(field, time)
}

fn bounded(field: &'static str, time: Timestamp) -> Result<Timestamp, RangeError> {
    match time.as_second() {
        OLDEST_S..=NEWEST_S => Ok(floor_to_slot(time)),
        _ => Err(RangeError::OutOfBounds { field }),
    }
}

fn start_of_tomorrow(zone: &Zone, now: Timestamp) -> Result<Timestamp, RangeError> {
    let out_of_bounds = RangeError::OutOfBounds { field: "to" };
    let start = zone
        .date_of(now)
        .tomorrow()
        .ok()
        .and_then(|date| zone.start_of(date))
        .ok_or(out_of_bounds)?;
    bounded("to", start)
}

/// `time` moved by the zone's calendar, so that a day may have 23 or 25 hours.
fn moved(
    zone: &Zone,
    time: Timestamp,
    by: Span,
    field: &'static str,
) -> Result<Timestamp, RangeError> {
    let local = zone.local(time).checked_add(by);
    let moved = local.map_err(|_| RangeError::OutOfBounds { field })?;
    bounded(field, moved.timestamp())
}

fn default_bucket(zone: &Zone, from: Timestamp, to: Timestamp) -> Result<Bucket, RangeError> {
    if to <= moved(zone, from, HOURS_UP_TO_DAYS.days(), "from")? {
        Ok(Bucket::Hour)
    } else if to <= moved(zone, from, DAYS_UP_TO_DAYS.days(), "from")? {
        Ok(Bucket::Day)
    } else {
        Ok(Bucket::Month)
    }
}

fn check_length(
    zone: &Zone,
    from: Timestamp,
    to: Timestamp,
    bucket: Bucket,
) -> Result<(), RangeError> {
    let (longest, refusal) = match bucket {
        Bucket::Hour => (MAX_HOUR_DAYS.days(), RangeError::TooLongForHours),
        _ => (MAX_YEARS.years(), RangeError::TooLong),
    };
    // A limit beyond the newest time is no limit.
    match moved(zone, from, longest, "from") {
        Ok(limit) if to > limit => Err(refusal),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2026-11-23T14:20:08Z";

    fn resolve(asked: Asked<'_>) -> Result<Range, RangeError> {
        Range::resolve(&asked, NOW.parse().unwrap())
    }

    fn between(from: &'static str, to: &'static str) -> Asked<'static> {
        Asked {
            from: Some(from),
            to: Some(to),
            ..Asked::default()
        }
    }

    fn shown(range: &Range) -> (String, String) {
        (range.from.to_string(), range.to.to_string())
    }

    #[test]
    fn the_default_is_the_28_days_that_end_with_today_in_the_zone() {
        let range = resolve(Asked::default()).unwrap();
        assert_eq!(
            shown(&range),
            ("2026-10-27T00:00:00Z".into(), "2026-11-24T00:00:00Z".into())
        );
        assert_eq!((range.bucket, range.zone.name()), (Bucket::Day, "UTC"));

        let paris = resolve(Asked {
            tz: Some("Europe/Paris"),
            ..Asked::default()
        })
        .unwrap();
        assert_eq!(
            shown(&paris),
            ("2026-10-26T23:00:00Z".into(), "2026-11-23T23:00:00Z".into())
        );
    }

    #[test]
    fn dates_begin_in_the_zone_and_times_are_rounded_down() {
        let range = resolve(Asked {
            tz: Some("Asia/Kolkata"),
            ..between("2026-03-29", "2026-03-30T13:59:59.999+02:00")
        });
        assert_eq!(
            shown(&range.unwrap()),
            ("2026-03-28T18:30:00Z".into(), "2026-03-30T11:45:00Z".into())
        );
    }

    #[test]
    fn the_default_bucket_follows_the_length() {
        let bucket = |from, to| resolve(between(from, to)).unwrap().bucket;
        assert_eq!(bucket("2026-01-01", "2026-01-03"), Bucket::Hour);
        assert_eq!(bucket("2026-01-01", "2026-01-03T00:15:00Z"), Bucket::Day);
        assert_eq!(bucket("2026-01-01", "2026-04-03"), Bucket::Day);
        assert_eq!(bucket("2026-01-01", "2026-04-04"), Bucket::Month);
        // 49 hours, two days.
        let autumn = Asked {
            tz: Some("Europe/Paris"),
            ..between("2026-10-24", "2026-10-26")
        };
        assert_eq!(resolve(autumn).unwrap().bucket, Bucket::Hour);
    }

    #[test]
    fn each_refusal_names_its_parameter() {
        let hours = |from, to| Asked {
            bucket: Some(Bucket::Hour),
            ..between(from, to)
        };
        let cases = [
            (between("yesterday", "2026-01-01"), "from"),
            (between("2026-01-01", "2026-02-30"), "to"),
            (between("2026-01-01", "2026-01-01T25:00:00Z"), "to"),
            (between("2026-01-01", "2026-01-01"), "to"),
            (between("2026-01-02", "2026-01-01"), "to"),
            (
                between("2026-01-01T00:14:59Z", "2026-01-01T00:00:00Z"),
                "to",
            ),
            (between("1969-12-31", "2026-01-01"), "from"),
            (between("2026-01-01", "2106-01-01"), "to"),
            (between("-009999-01-01T00:00:00Z", "2026-01-01"), "from"),
            (between("2006-01-01", "2026-01-02"), "to"),
            (hours("2026-01-01", "2026-04-03T00:15:00Z"), "bucket"),
            (
                Asked {
                    tz: Some("Mars/Olympus"),
                    ..Asked::default()
                },
                "tz",
            ),
        ];
        for (asked, field) in cases {
            assert_eq!(
                resolve(asked.clone()).unwrap_err().field(),
                field,
                "{asked:?}"
            );
        }
        assert!(resolve(between("2006-01-01", "2026-01-01")).is_ok());
        assert!(resolve(hours("2026-01-01", "2026-04-03")).is_ok());
        assert!(resolve(between("2100-01-01", "2105-01-01")).is_ok());
    }

    #[test]
    fn an_unescaped_plus_is_explained() {
        let asked = between("2026-01-01T00:00:00 02:00", "2026-02-01");
        assert!(resolve(asked).unwrap_err().to_string().contains("%2B"));
    }

    #[test]
    fn the_bounds_in_words_are_the_bounds_in_seconds() {
        assert_eq!(OLDEST.parse::<Timestamp>().unwrap().as_second(), OLDEST_S);
        assert_eq!(NEWEST.parse::<Timestamp>().unwrap().as_second(), NEWEST_S);
        assert!(NEWEST_S < i64::from(u32::MAX));
    }

    proptest! {
        #[test]
        fn no_text_panics(from in ".{0,40}", to in ".{0,40}", tz in ".{0,20}") {
            let asked = Asked { from: Some(&from), to: Some(&to), tz: Some(&tz), bucket: None };
            let _ = resolve(asked);
        }
    }
}
