//! Retention: of those who signed up in a time, how many were active on the 1st, 7th and 30th day after.
//!
//! Classic, or N-day, retention: a person counts for day N when active on exactly the local date *sign-up date + N*. A
//! cohort's cell for day N is known once the date *last sign-up date + N* has ended; until then it is not 0 but not yet.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::time::edges::{first_date, next_date};
use crate::time::range::Bucket;

/// The days after sign-up that are looked at.
pub const DAYS_AFTER: [i64; 3] = [1, 7, 30];

/// What is known of a date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub signups: u64,
    /// Active on it, of those who signed up [`DAYS_AFTER`] earlier.
    pub returned: [u64; 3],
}

/// People who signed up on the dates `[start, end)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    pub start: Date,
    pub end: Date,
    pub signups: u64,
    /// By [`DAYS_AFTER`].
    pub cells: [Cell; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Known from this date on.
    NotYet(Date),
    /// How many came back.
    Elapsed(u64),
}

/// The mean of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mean {
    /// Cohorts whose cell has elapsed.
    pub cohorts: u64,
    /// Those who signed up in them.
    pub signups: u64,
    pub returned: u64,
}

/// The whole cohorts that hold the dates `[from, to)` and have begun by `today`, the first first.
///
/// `days` holds what is known of each date before `today`, and the sign-ups of `today`; a date that is missing had none.
pub fn cohorts(
    length: Bucket,
    from: Date,
    to: Date,
    today: Date,
    days: &BTreeMap<Date, Day>,
) -> Vec<Cohort> {
    let mut cohorts = Vec::new();
    let mut start = first_date(length, from);
    while start < to && start <= today {
        let Some(end) = next_date(length, start) else {
            break;
        };
        cohorts.push(Cohort::of(start, end, today, days));
        start = end;
    }
    cohorts
}

impl Cohort {
    fn of(start: Date, end: Date, today: Date, days: &BTreeMap<Date, Day>) -> Self {
        let signups = days.range(start..end).map(|(_, day)| day.signups).sum();
        let cell = |column: usize| {
            let after = DAYS_AFTER[column].days();
            let shifted = |date: Date| date.saturating_add(after);
            // The last of them signed up the day before `end`, and that day's Nth after must have ended.
            let known_from = shifted(end);
            if known_from > today {
                return Cell::NotYet(known_from);
            }
            let dates = days.range(shifted(start)..shifted(end));
            Cell::Elapsed(dates.map(|(_, day)| day.returned[column]).sum())
        };
        Self {
            start,
            end,
            signups,
            cells: [0, 1, 2].map(cell),
        }
    }

    /// Of a cell, 0 … 1; none: not yet, or nobody signed up.
    pub fn rate(&self, cell: Cell) -> Option<f64> {
        match cell {
            Cell::Elapsed(returned) if self.signups > 0 => {
                Some(returned as f64 / self.signups as f64)
            }
            _ => None,
        }
    }
}

impl Mean {
    /// Weighted by sign-ups, over the cohorts whose cell of this column has elapsed, and no others.
    pub fn of(cohorts: &[Cohort], column: usize) -> Self {
        let elapsed = cohorts
            .iter()
            .filter_map(|cohort| match cohort.cells[column] {
                Cell::Elapsed(returned) => Some((cohort.signups, returned)),
                Cell::NotYet(_) => None,
            });
        elapsed.fold(Self::default(), |mean, (signups, returned)| Self {
            cohorts: mean.cohorts + 1,
            signups: mean.signups + signups,
            returned: mean.returned + returned,
        })
    }

    /// 0 … 1; none: no cohort has elapsed, or nobody signed up in them.
    pub fn rate(&self) -> Option<f64> {
        (self.signups > 0).then(|| self.returned as f64 / self.signups as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn days(rows: &[(Date, u64, [u64; 3])]) -> BTreeMap<Date, Day> {
        let day = |(date, signups, returned): &(Date, u64, [u64; 3])| {
            let (signups, returned) = (*signups, *returned);
            (*date, Day { signups, returned })
        };
        rows.iter().map(day).collect()
    }

    #[test]
    fn a_cohort_of_yesterday_is_not_yet_known() {
        let today = date(2026, 11, 25);
        let yesterday = today.yesterday().unwrap();
        let days = days(&[(yesterday, 5, [0; 3]), (today, 2, [9; 3])]);
        let cohorts = cohorts(Bucket::Day, yesterday, today, today, &days);
        assert_eq!(cohorts.len(), 1);
        assert_eq!(cohorts[0].signups, 5);
        // Its first day is today, which is not over.
        let expected = [date(2026, 11, 26), date(2026, 12, 2), date(2026, 12, 25)];
        assert_eq!(cohorts[0].cells, expected.map(Cell::NotYet));
        assert_eq!(Mean::of(&cohorts, 0), Mean::default());
    }

    #[test]
    fn nobody_came_back_is_zero_once_it_has_elapsed() {
        let signed_up = date(2026, 10, 1);
        let days = days(&[(signed_up, 3, [0; 3])]);
        let today = date(2026, 11, 1);
        let cohorts = cohorts(Bucket::Day, signed_up, date(2026, 10, 2), today, &days);
        assert_eq!(cohorts[0].cells, [Cell::Elapsed(0); 3]);
        assert_eq!(cohorts[0].rate(cohorts[0].cells[2]), Some(0.0));
        // Nobody at all is not a rate.
        let empty = Cohort::of(date(2026, 9, 1), date(2026, 9, 2), today, &BTreeMap::new());
        assert_eq!(empty.rate(empty.cells[0]), None);
    }

    #[test]
    fn a_week_is_known_when_its_sunday_is() {
        // 19 to 25 October: the 30th day after Sunday is 24 November.
        let cell = |today| {
            let week = Cohort::of(
                date(2026, 10, 19),
                date(2026, 10, 26),
                today,
                &days(&[
                    (date(2026, 10, 19), 2, [0; 3]),
                    (date(2026, 11, 18), 0, [0, 0, 1]),
                ]),
            );
            week.cells[2]
        };
        assert_eq!(cell(date(2026, 11, 24)), Cell::NotYet(date(2026, 11, 25)));
        assert_eq!(cell(date(2026, 11, 25)), Cell::Elapsed(1));
    }

    #[test]
    fn the_mean_is_weighted_and_leaves_out_what_has_not_elapsed() {
        let today = date(2026, 11, 10);
        let of = |start: Date, signups, returned| {
            let known = [
                (start, signups, [0; 3]),
                (start.tomorrow().unwrap(), 0, [returned, 0, 0]),
            ];
            Cohort::of(start, start.tomorrow().unwrap(), today, &days(&known))
        };
        let cohorts = [
            of(date(2026, 11, 1), 10, 5),
            of(date(2026, 11, 2), 90, 9),
            of(date(2026, 11, 9), 1_000, 999),
        ];
        let mean = Mean::of(&cohorts, 0);
        assert_eq!((mean.cohorts, mean.rate()), (2, Some(0.14)));
    }

    proptest! {
        /// Weeks and months are sums of their days, and nothing known is lost or doubled.
        #[test]
        fn longer_cohorts_are_the_sums_of_their_days(
            counts in proptest::collection::vec((0u64..50, 0u64..9, 0u64..9, 0u64..9), 120),
            length in proptest::sample::select(vec![Bucket::Week, Bucket::Month]),
        ) {
            let first = date(2026, 1, 1);
            let nth = |n: usize| first.checked_add((n as i64).days()).unwrap();
            let days: BTreeMap<Date, Day> = counts
                .iter()
                .enumerate()
                .map(|(n, (signups, a, b, c))| (nth(n), Day { signups: *signups, returned: [*a, *b, *c] }))
                .collect();
            let today = nth(119);
            let daily = cohorts(Bucket::Day, date(2025, 12, 1), today, today, &days);
            for cohort in cohorts(length, first, today, today, &days) {
                let own: Vec<&Cohort> = daily
                    .iter()
                    .filter(|day| cohort.start <= day.start && day.start < cohort.end)
                    .collect();
                if cohort.end <= today {
                    prop_assert_eq!(cohort.signups, own.iter().map(|day| day.signups).sum::<u64>());
                }
                for (column, cell) in cohort.cells.iter().enumerate() {
                    let sum: Option<u64> = own.iter().map(|day| match day.cells[column] {
                        Cell::Elapsed(returned) => Some(returned),
                        Cell::NotYet(_) => None,
                    }).sum();
                    match cell {
                        Cell::Elapsed(returned) => prop_assert_eq!(Some(*returned), sum),
                        Cell::NotYet(_) => prop_assert!(sum.is_none() || cohort.end > today),
                    }
                }
            }
        }
    }
}
