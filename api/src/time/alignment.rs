//! Times that are compared by how long ago something began: days since a release, and two periods by elapsed day.

use jiff::{Timestamp, ToSpan};

use super::floor_to_slot;
use super::zone::Zone;

/// The edges of the first `days` local days from `start`: `days + 1` instants at the same clock time, strictly increasing,
/// rounded down to the quarter hour. Day 0 is `[edges[0], edges[1])`. Fewer where the zone skipped a day.
pub fn elapsed_days(zone: &Zone, start: Timestamp, days: u16) -> Vec<Timestamp> {
    let mut edges: Vec<Timestamp> = Vec::with_capacity(usize::from(days) + 1);
    for edge in days_from(zone, start).take(usize::from(days) + 1) {
        if edges.last().is_none_or(|last| *last < edge) {
            edges.push(edge);
        }
    }
    edges
}

/// The edges of the local days from `start` that end with `end`; the last one may be cut. Strictly increasing.
pub fn elapsed_days_until(zone: &Zone, start: Timestamp, end: Timestamp) -> Vec<Timestamp> {
    let mut edges = vec![start];
    edges.extend(
        days_from(zone, start)
            .take_while(|edge| *edge < end)
            .filter(|edge| *edge > start),
    );
    edges.dedup();
    edges.push(end);
    edges
}

/// `start`, and the same clock time of the days after it, on quarter hours.
fn days_from(zone: &Zone, start: Timestamp) -> impl Iterator<Item = Timestamp> {
    let local = zone.local(start);
    let edges = (0i64..).map_while(move |day| local.checked_add(day.days()).ok());
    edges.map(|edge| floor_to_slot(edge.timestamp()))
}

/// How many local days a time is long: whole days by the calendar, the rest by the clock.
pub fn length_in_days(zone: &Zone, start: Timestamp, end: Timestamp) -> f64 {
    let whole = days_from(zone, start).take_while(|edge| *edge <= end);
    let (days, last) = whole.fold((-1.0, start), |(days, _), edge| (days + 1.0, edge));
    let days = f64::max(days, 0.0);
    days + end.duration_since(last).as_secs_f64() / 86_400.0
}

/// The start of the local day on which something was released.
pub fn release_day(zone: &Zone, released_at: Timestamp) -> Timestamp {
    let start = zone.start_of(zone.date_of(released_at));
    floor_to_slot(start.unwrap_or(released_at))
}

/// A half-open period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// Cuts both periods to the time that has elapsed in the one that is still running at `now`, so that like is compared
/// with like. Periods that have ended are compared whole, whatever their lengths. A period that has not begun is left
/// without length.
pub fn same_elapsed(
    zone: &Zone,
    first: Period,
    second: Period,
    now: Timestamp,
) -> (Period, Period) {
    let now = floor_to_slot(now);
    let first_runs = now < first.end;
    let second_runs = now < second.end;
    let cut = |running: Period, other: Period| {
        let running_end = now.clamp(running.start, running.end);
        let other_end = moved_like(zone, running.start, running_end, other.start);
        let other_end = other_end.clamp(other.start, other.end);
        (
            Period {
                end: running_end,
                ..running
            },
            Period {
                end: other_end,
                ..other
            },
        )
    };
    match (first_runs, second_runs) {
        (false, false) => (first, second),
        (false, true) => {
            let (second, first) = cut(second, first);
            (first, second)
        }
        (true, false) => cut(first, second),
        // Both run: the one that began later has the less to show.
        (true, true) if first.start > second.start => cut(first, second),
        (true, true) => {
            let (second, first) = cut(second, first);
            (first, second)
        }
    }
}

/// As far after `other` as `end` is after `start`: whole days by the calendar, the rest by the clock.
fn moved_like(zone: &Zone, start: Timestamp, end: Timestamp, other: Timestamp) -> Timestamp {
    let elapsed = zone.local(start).until((jiff::Unit::Day, &zone.local(end)));
    let moved = elapsed.and_then(|elapsed| zone.local(other).checked_add(elapsed));
    let moved = moved.map(|time| floor_to_slot(time.timestamp()));
    moved.unwrap_or(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn period(start: &str, end: &str) -> Period {
        Period {
            start: time(start),
            end: time(end),
        }
    }

    #[test]
    fn elapsed_days_keep_the_clock_time_through_a_change() {
        let zone = Zone::named("Europe/Paris").unwrap();
        let edges = elapsed_days(&zone, time("2026-03-27T23:00:00Z"), 3);
        let hours: Vec<i64> = edges
            .windows(2)
            .map(|pair| pair[1].duration_since(pair[0]).as_hours())
            .collect();
        assert_eq!(hours, [24, 23, 24]);
    }

    #[test]
    fn a_release_counts_from_the_start_of_its_local_day() {
        let zone = Zone::named("Asia/Kathmandu").unwrap();
        let start = release_day(&zone, time("2026-05-01T10:00:00Z"));
        assert_eq!(start, time("2026-04-30T18:15:00Z"));
    }

    #[test]
    fn a_running_period_is_compared_with_the_same_elapsed_time() {
        let zone = Zone::utc();
        let last = period("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z");
        let running = period("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
        let now = time("2026-11-23T14:20:08Z");
        let (first, second) = same_elapsed(&zone, last, running, now);
        assert_eq!(first.end, time("2026-10-23T14:15:00Z"));
        assert_eq!(second.end, time("2026-11-23T14:15:00Z"));
        // The order in which they are given does not matter.
        assert_eq!(same_elapsed(&zone, running, last, now), (second, first));
    }

    #[test]
    fn elapsed_time_is_days_by_the_calendar() {
        let zone = Zone::named("America/New_York").unwrap();
        // Eight days that hold a 23-hour day, against eight that don't; both end at 12:00.
        let running = period("2026-03-05T05:00:00Z", "2026-04-01T04:00:00Z");
        let other = period("2026-02-05T05:00:00Z", "2026-03-01T05:00:00Z");
        let (running, other) = same_elapsed(&zone, running, other, time("2026-03-13T16:00:00Z"));
        assert_eq!(running.end, time("2026-03-13T16:00:00Z"));
        assert_eq!(other.end, time("2026-02-13T17:00:00Z"));
    }

    #[test]
    fn periods_that_have_ended_stay_whole() {
        let january = period("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        let february = period("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
        let now = time("2026-11-23T14:20:08Z");
        assert_eq!(
            same_elapsed(&Zone::utc(), january, february, now),
            (january, february)
        );
    }

    #[test]
    fn days_until_an_end_are_cut_by_it_and_counted_by_the_calendar() {
        let zone = Zone::named("Europe/Paris").unwrap();
        // Two days, of which the second has 23 hours, and six hours.
        let (start, end) = (time("2026-03-27T23:00:00Z"), time("2026-03-30T04:00:00Z"));
        let edges = elapsed_days_until(&zone, start, end);
        let expected = [
            "2026-03-27T23:00:00Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T22:00:00Z",
            "2026-03-30T04:00:00Z",
        ];
        assert_eq!(edges, expected.map(time));
        assert_eq!(length_in_days(&zone, start, end), 2.25);
        assert_eq!(length_in_days(&zone, start, start), 0.0);
    }

    proptest! {
        #[test]
        fn cut_periods_stay_inside_their_own(
            a in 0i64..2_000, a_days in 1i64..400, b in 0i64..2_000, b_days in 1i64..400, now in 0i64..3_000,
        ) {
            let day = |n: i64| Timestamp::from_second(n * 86_400).unwrap();
            let first = Period { start: day(a), end: day(a + a_days) };
            let second = Period { start: day(b), end: day(b + b_days) };
            let (x, y) = same_elapsed(&Zone::utc(), first, second, day(now));
            for (cut, whole) in [(x, first), (y, second)] {
                prop_assert_eq!(cut.start, whole.start);
                prop_assert!(cut.start <= cut.end && cut.end <= whole.end);
            }
        }
    }
}
