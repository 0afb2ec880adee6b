//! Where the buckets of a range begin and end.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

use super::range::{Bucket, Range};
use super::zone::Zone;
use super::{SLOT_S, floor_to_slot, slot_seconds};

const HOUR_S: i64 = 3_600;

/// The edges of a range's buckets: bucket `i` is `[edges[i], edges[i + 1])`. Strictly increasing, the first is the range's
/// `from`, the last its `to`, and each between them is the first instant of a local hour, day, week or month, rounded down
/// to the quarter hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Edges {
    times: Vec<Timestamp>,
    /// The first bucket began before the range.
    first_is_cut: bool,
    /// The last bucket goes on after the range.
    last_is_cut: bool,
}

/// One bucket, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: Timestamp,
    pub end: Timestamp,
    /// Cut by the range: shorter than its hour, day, week or month.
    pub partial: bool,
}

impl Edges {
    pub fn of(range: &Range) -> Self {
        let starts = match range.bucket {
            Bucket::Hour => hours(&range.zone, range.from, range.to),
            Bucket::Day | Bucket::Week | Bucket::Month => dates(range),
        };
        let inner = starts
            .iter()
            .copied()
            .filter(|start| *start > range.from && *start < range.to);
        let mut times = vec![range.from];
        times.extend(inner);
        times.push(range.to);
        Self {
            times,
            first_is_cut: !starts.contains(&range.from),
            last_is_cut: !starts.contains(&range.to),
        }
    }

    /// All edges in order: one more than buckets.
    pub fn times(&self) -> &[Timestamp] {
        &self.times
    }

    /// The buckets in order.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = Span> + '_ {
        let last = self.times.len() - 2;
        self.times
            .windows(2)
            .enumerate()
            .map(move |(i, pair)| Span {
                start: pair[0],
                end: pair[1],
                partial: (i == 0 && self.first_is_cut) || (i == last && self.last_is_cut),
            })
    }

    /// Each bucket's start in Unix seconds, as the warehouse takes them.
    pub fn starts_in_seconds(&self) -> Vec<u32> {
        let starts = &self.times[..self.times.len() - 1];
        starts.iter().copied().map(slot_seconds).collect()
    }
}

/// The starts of all local days, weeks or months from the one that holds `from` to the first at or after `to`.
fn dates(range: &Range) -> Vec<Timestamp> {
    let zone = &range.zone;
    let mut date = first_date(range.bucket, zone.date_of(range.from));
    let mut starts: Vec<Timestamp> = Vec::new();
    while let Some(start) = zone.start_of(date).map(floor_to_slot) {
        // A day that the zone skipped begins where the next one does.
        if starts.last().is_none_or(|last| *last < start) {
            starts.push(start);
        }
        if start >= range.to {
            break;
        }
        let Some(next) = next_date(range.bucket, date) else {
            break;
        };
        date = next;
    }
    starts
}

/// The first date of the bucket that holds `date`.
pub fn first_date(bucket: Bucket, date: Date) -> Date {
    match bucket {
        Bucket::Hour | Bucket::Day => date,
        Bucket::Week => {
            let past_monday = date.weekday().to_monday_zero_offset();
            date.saturating_sub(i64::from(past_monday).days())
        }
        Bucket::Month => date.first_of_month(),
    }
}

/// The first date of the bucket that follows the one that begins with `date`.
pub fn next_date(bucket: Bucket, date: Date) -> Option<Date> {
    let step = match bucket {
        Bucket::Hour | Bucket::Day => 1.day(),
        Bucket::Week => 1.week(),
        Bucket::Month => 1.month(),
    };
    date.checked_add(step).ok()
}

/// The starts of all local hours from the one that holds `from` to the first at or after `to`.
fn hours(zone: &Zone, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    // An hour has at most two, where clocks go back within it; the day before finds the one that holds `from`.
    let mut at = from - 24.hours();
    let mut starts = Vec::new();
    loop {
        at = next_hour(zone, at);
        let start = floor_to_slot(at);
        if starts.last().is_none_or(|last| *last < start) {
            starts.push(start);
        }
        if start >= to {
            return starts;
        }
    }
}

/// The first instant after `time` at which the zone's clock shows a full hour, or has jumped ahead into another one.
fn next_hour(zone: &Zone, time: Timestamp) -> Timestamp {
    let mut at = time.as_second();
    let mut offset = zone.rules().to_offset(time);
    for change in zone.rules().following(time) {
        let change_at = change.timestamp().as_second();
        if change_at > next_full_hour(at, offset) {
            break;
        }
        let before = local_hour(change_at - 1, offset);
        let after = local_hour(change_at, change.offset());
        let is_full = (change_at + seconds(change.offset())).rem_euclid(HOUR_S) == 0;
        if is_full || after > before {
            return change.timestamp();
        }
        // Back within the hour, or to the middle of an earlier one: no hour begins here.
        at = change_at;
        offset = change.offset();
    }
    Timestamp::from_second(next_full_hour(at, offset)).unwrap_or(Timestamp::MAX)
}

fn next_full_hour(at: i64, offset: Offset) -> i64 {
    (local_hour(at, offset) + 1) * HOUR_S - seconds(offset)
}

fn local_hour(at: i64, offset: Offset) -> i64 {
    (at + seconds(offset)).div_euclid(HOUR_S)
}

fn seconds(offset: Offset) -> i64 {
    i64::from(offset.seconds())
}

const _: () = assert!(HOUR_S % SLOT_S == 0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::range::Asked;
    use proptest::prelude::*;

    fn range(zone: &str, bucket: Bucket, from: &str, to: &str) -> Range {
        let asked = Asked {
            from: Some(from),
            to: Some(to),
            tz: Some(zone),
            bucket: Some(bucket),
        };
        Range::resolve(&asked, Timestamp::UNIX_EPOCH).unwrap()
    }

    /// The buckets' lengths in minutes.
    fn minutes(zone: &str, bucket: Bucket, from: &str, to: &str) -> Vec<i64> {
        let edges = Edges::of(&range(zone, bucket, from, to));
        edges
            .spans()
            .map(|span| span.end.duration_since(span.start).as_mins())
            .collect()
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        let spring = minutes("America/New_York", Bucket::Day, "2026-03-07", "2026-03-10");
        assert_eq!(spring, [24 * 60, 23 * 60, 24 * 60]);
        let autumn = minutes("America/New_York", Bucket::Day, "2026-10-31", "2026-11-03");
        assert_eq!(autumn, [24 * 60, 25 * 60, 24 * 60]);
        let half = minutes(
            "Australia/Lord_Howe",
            Bucket::Day,
            "2026-04-04",
            "2026-04-07",
        );
        assert_eq!(half, [24 * 60, 24 * 60 + 30, 24 * 60]);
    }

    #[test]
    fn hours_follow_the_clock_through_its_changes() {
        // 02:00 becomes 03:00; 02:00 comes twice.
        let spring = minutes("Europe/Paris", Bucket::Hour, "2026-03-29", "2026-03-30");
        assert_eq!(spring, [60; 23]);
        let autumn = minutes("Europe/Paris", Bucket::Hour, "2026-10-25", "2026-10-26");
        assert_eq!(autumn, [60; 25]);
        // 02:00 becomes 01:30: the hour that began at 01:00 lasts 90 minutes.
        let longer = minutes(
            "Australia/Lord_Howe",
            Bucket::Hour,
            "2026-04-05",
            "2026-04-06",
        );
        assert_eq!((longer.len(), longer[1]), (24, 90));
        // 03:45 becomes 02:45: the hour that began at 03:00 lasts until the clock shows 03:00 again.
        let back = minutes("Pacific/Chatham", Bucket::Hour, "2026-04-05", "2026-04-06");
        assert_eq!((back.len(), back[3]), (25, 60));
        // 02:45 becomes 03:45.
        let ahead = minutes("Pacific/Chatham", Bucket::Hour, "2026-09-27", "2026-09-28");
        assert_eq!((ahead.len(), ahead[2], ahead[3]), (24, 45, 15));
        // 02:00 becomes 02:30.
        let shorter = minutes(
            "Australia/Lord_Howe",
            Bucket::Hour,
            "2026-10-04",
            "2026-10-05",
        );
        assert_eq!((shorter.len(), shorter[2]), (24, 30));
    }

    #[test]
    fn hours_of_a_quarter_hour_zone_begin_on_its_own_hours() {
        let edges = Edges::of(&range(
            "Asia/Kathmandu",
            Bucket::Hour,
            "2026-05-01T00:00:00Z",
            "2026-05-01T02:00:00Z",
        ));
        let times: Vec<String> = edges.times().iter().map(|time| time.to_string()).collect();
        assert_eq!(
            times,
            [
                "2026-05-01T00:00:00Z",
                "2026-05-01T00:15:00Z",
                "2026-05-01T01:15:00Z",
                "2026-05-01T02:00:00Z"
            ]
        );
    }

    #[test]
    fn a_skipped_day_has_no_bucket() {
        let days = minutes("Pacific/Apia", Bucket::Day, "2011-12-29", "2012-01-01");
        assert_eq!(days, [24 * 60, 24 * 60]);
        let hours = minutes("Pacific/Apia", Bucket::Hour, "2011-12-29", "2012-01-01");
        assert_eq!(hours, [60; 48]);
    }

    #[test]
    fn edges_of_an_offset_between_quarters_are_rounded_down() {
        // Liberia's clocks were 44 min 30 s behind until 1972.
        let edges = Edges::of(&range(
            "Africa/Monrovia",
            Bucket::Day,
            "1971-01-01",
            "1971-01-04",
        ));
        assert_eq!(edges.times()[1].to_string(), "1971-01-02T00:30:00Z");
    }

    #[test]
    fn weeks_begin_on_monday_and_the_ends_are_cut() {
        let edges = Edges::of(&range("UTC", Bucket::Week, "2026-07-01", "2026-07-20"));
        let spans: Vec<(String, bool)> = edges
            .spans()
            .map(|span| (span.start.to_string(), span.partial))
            .collect();
        let expected = [
            ("2026-07-01T00:00:00Z", true),
            ("2026-07-06T00:00:00Z", false),
            ("2026-07-13T00:00:00Z", false),
        ];
        assert_eq!(spans, expected.map(|(start, cut)| (start.to_owned(), cut)));
    }

    #[test]
    fn months_of_twenty_years() {
        let edges = Edges::of(&range(
            "Asia/Tehran",
            Bucket::Month,
            "2006-01-01",
            "2026-01-01",
        ));
        assert_eq!(edges.spans().len(), 240);
        assert!(edges.spans().all(|span| !span.partial));
    }

    fn any_zone() -> impl Strategy<Value = String> {
        let all: Vec<String> = jiff::tz::TimeZoneDatabase::bundled()
            .available()
            .map(|name| name.to_string())
            .filter(|name| Zone::named(name).is_some())
            .collect();
        proptest::sample::select(all)
    }

    fn any_bucket() -> impl Strategy<Value = Bucket> {
        proptest::sample::select(vec![Bucket::Hour, Bucket::Day, Bucket::Week, Bucket::Month])
    }

    /// Whether a bucket begins at `time`, found by looking at the clock just before and at it.
    fn begins_a_bucket(zone: &Zone, bucket: Bucket, time: Timestamp) -> bool {
        let before = zone.local(time - 1.second()).datetime();
        let at = zone.local(time).datetime();
        let name = |clock: jiff::civil::DateTime| match bucket {
            Bucket::Hour => (clock.date(), clock.hour()),
            _ => (first_date(bucket, clock.date()), 0),
        };
        let is_full_hour = bucket == Bucket::Hour && at.minute() == 0 && at.second() == 0;
        name(before) < name(at) || is_full_hour
    }

    proptest! {
        #[test]
        fn edges_cover_the_range_and_are_local_starts(
            zone in any_zone(),
            bucket in any_bucket(),
            // From 1972 on, when the last zone took an offset that divides by 15 min.
            start_s in 64_000_000i64..2_000_000_000,
            length_s in 900i64..90 * 86_400,
        ) {
            let from = Timestamp::from_second(start_s).unwrap();
            let to = Timestamp::from_second(start_s + length_s).unwrap();
            let range = range(&zone, bucket, &from.to_string(), &to.to_string());
            let edges = Edges::of(&range);
            let times = edges.times();

            prop_assert_eq!(times[0], range.from);
            prop_assert_eq!(times[times.len() - 1], range.to);
            prop_assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
            for time in &times[1..times.len() - 1] {
                prop_assert_eq!(time.as_second() % SLOT_S, 0);
                let within = (0..SLOT_S).map(|s| *time + s.seconds());
                prop_assert!(
                    within.into_iter().any(|t| begins_a_bucket(&range.zone, bucket, t)),
                    "{} is no start in {}", time, zone
                );
            }
        }

        #[test]
        fn no_start_is_missing(
            zone in any_zone(),
            bucket in any_bucket(),
            start_s in 64_000_000i64..2_000_000_000,
        ) {
            let from = Timestamp::from_second(start_s).unwrap();
            let to = from + (3 * 24).hours();
            let range = range(&zone, bucket, &from.to_string(), &to.to_string());
            let edges = Edges::of(&range);
            let mut slot = range.from + SLOT_S.seconds();
            while slot < range.to {
                if begins_a_bucket(&range.zone, bucket, slot) {
                    // A day that begins twice, because clocks went back over midnight, has one start: the first.
                    let twice = bucket != Bucket::Hour
                        && range.zone.start_of(range.zone.date_of(slot)).is_some_and(|first| first < slot);
                    prop_assert!(edges.times().contains(&slot) || twice, "{} in {}", slot, zone);
                }
                slot += SLOT_S.seconds();
            }
        }
    }
}
