//! What the days to come may earn: a straight line through the complete days, and how far it may be off.
//!
//! Ordinary least squares over net revenue a day. The interval of a total is that **of the total**: the days' own noise evens
//! out in a sum, the line's uncertainty does not, and both are in it, the covariance of the line's two parameters included.
//! (Draper & Smith, *Applied Regression Analysis*, 3rd ed., 1.4 and 3.1: prediction, there of one value.)

use linregress::fit_low_level_regression_model;

/// Longest history, in days: older ones say little of the days to come.
pub const MAX_DAYS: usize = 90;
/// Shortest history, in days.
pub const MIN_DAYS: usize = 14;
/// Fewest of its days whose revenue is not 0.
pub const MIN_EARNING_DAYS: usize = 5;
/// How many days ahead totals are told for.
pub const HORIZONS: [usize; 3] = [30, 60, 90];

/// A value and the limits between which it will lie in 95 of 100 cases; in minor units, none below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    pub value_minor: i64,
    pub low_minor: i64,
    pub high_minor: i64,
    /// At least one of the three was below 0.
    pub clamped: bool,
}

/// The line through a history. Days are counted from the first of the history, 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Days of the history.
    days: usize,
    /// Net revenue of an average day, in minor units.
    mean: f64,
    /// Minor units a day.
    slope: f64,
    /// Part of the days' variance that the line explains, 0 … 1; none where all days are the same.
    r_squared: Option<f64>,
    /// Estimated variance of a day around the line.
    variance: f64,
    /// Estimated variance of the line's height in the middle of the history, and of its slope.
    variance_of_mean: f64,
    variance_of_slope: f64,
    /// Student's t for 95 %, both sides.
    t: f64,
}

impl Projection {
    /// The line through the net revenue of complete days, the oldest first, in minor units. None where they are too few, or
    /// too few of them are not 0. Of more than [`MAX_DAYS`] the last ones are taken.
    pub fn of(net_minor: &[i64]) -> anyhow::Result<Option<Self>> {
        let net_minor = &net_minor[net_minor.len().saturating_sub(MAX_DAYS)..];
        let days = net_minor.len();
        let earning = net_minor.iter().filter(|net| **net != 0).count();
        if days < MIN_DAYS || earning < MIN_EARNING_DAYS {
            return Ok(None);
        }
        // Days are counted from the middle, where height and slope are uncorrelated: their covariance is 0 there, and
        // the variance of any sum of fitted values is the sum of the two parts.
        let middle = middle(days);
        let rows = net_minor
            .iter()
            .enumerate()
            .flat_map(|(day, net)| [*net as f64, 1.0, day as f64 - middle]);
        let rows: Vec<f64> = rows.collect();
        let line = fit_low_level_regression_model(&rows, days, 3)?;
        let is_constant = net_minor.iter().all(|net| *net == net_minor[0]);
        Ok(Some(Self {
            days,
            mean: line.parameters()[0],
            slope: line.parameters()[1],
            r_squared: (!is_constant).then(|| line.rsquared().clamp(0.0, 1.0)),
            variance: line.scale(),
            variance_of_mean: line.se()[0].powi(2),
            variance_of_slope: line.se()[1].powi(2),
            t: students_t_95(days - 2),
        }))
    }

    /// Minor units a day.
    pub fn slope(&self) -> f64 {
        self.slope
    }

    /// Part of the days' variance that the line explains, 0 … 1; none where all days are the same.
    pub fn r_squared(&self) -> Option<f64> {
        self.r_squared
    }

    /// How far a day typically lies from the line, in minor units: the residual standard error.
    pub fn typical_distance_minor(&self) -> i64 {
        self.variance.sqrt().round() as i64
    }

    /// A day, where 95 % of such single days should lie. Those after the history are to come.
    pub fn day(&self, day: usize) -> Estimate {
        self.sum(day, 1)
    }

    /// The total of the `days` after the history.
    pub fn total(&self, days: usize) -> Estimate {
        self.sum(self.days, days)
    }

    /// The same total, if every day to come were an average one of the history.
    pub fn flat_total_minor(&self, days: usize) -> i64 {
        let total = self.mean * days as f64;
        total.round().max(0.0) as i64
    }

    /// The sum of `days` days from the day `first` on.
    fn sum(&self, first: usize, days: usize) -> Estimate {
        let count = days as f64;
        // The days' distances from the middle of the history, added up.
        let distance = count * (first as f64 + (count - 1.0) / 2.0 - middle(self.days));
        let value = count * self.mean + distance * self.slope;
        let variance = count.powi(2) * self.variance_of_mean
            + distance.powi(2) * self.variance_of_slope
            + count * self.variance;
        let margin = self.t * variance.sqrt();
        let [value_minor, low_minor, high_minor] =
            [value, value - margin, value + margin].map(|limit| limit.round() as i64);
        Estimate {
            value_minor: value_minor.max(0),
            low_minor: low_minor.max(0),
            high_minor: high_minor.max(0),
            clamped: low_minor < 0,
        }
    }
}

/// The middle of the days 0 … `days` − 1.
fn middle(days: usize) -> f64 {
    (days as f64 - 1.0) / 2.0
}

/// The 97.5 % quantile of Student's t, by its expansion around the normal one (Abramowitz & Stegun, 26.7.5). From 12
/// degrees of freedom on, the fewest here, it is off by less than 5 in a million.
fn students_t_95(degrees_of_freedom: usize) -> f64 {
    let z: f64 = 1.959_963_984_540_054;
    let n = degrees_of_freedom as f64;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5)
            - 1920.0 * z.powi(3)
            - 945.0 * z)
            / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / n) + z
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    fn projected(net: &[i64]) -> Projection {
        Projection::of(net).unwrap().expect("enough days")
    }

    fn rising(days: i64) -> Vec<i64> {
        (0..days).map(|day| 100 + 2 * day).collect()
    }

    fn exactly(minor: i64) -> Estimate {
        Estimate {
            value_minor: minor,
            low_minor: minor,
            high_minor: minor,
            clamped: false,
        }
    }

    #[test]
    fn a_straight_line_is_continued_and_its_interval_has_no_width() {
        let projection = projected(&rising(90));
        assert_eq!(projection.total(30), exactly(9_270));
        assert_eq!(projection.day(0), exactly(100));
        assert_eq!(projection.day(90), exactly(280));
        assert_eq!(projection.typical_distance_minor(), 0);
        assert!((projection.slope() - 2.0).abs() < 1e-9);
        assert!((projection.r_squared().unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(projection.flat_total_minor(30), 30 * 189);
    }

    #[test]
    fn days_that_are_all_the_same_stay_so_and_explain_nothing() {
        let projection = projected(&[500; 20]);
        assert_eq!(projection.total(60), exactly(30_000));
        assert_eq!(projection.r_squared(), None);
    }

    #[test]
    fn the_last_ninety_days_count() {
        let mut net = vec![1_000_000; 30];
        net.extend(rising(90));
        assert_eq!(projected(&net), projected(&rising(90)));
    }

    #[test]
    fn too_short_a_history_says_nothing() {
        assert_eq!(Projection::of(&rising(10)).unwrap(), None);
        assert_eq!(Projection::of(&rising(13)).unwrap(), None);
        assert_eq!(projected(&rising(14)).days, 14);
        assert_eq!(Projection::of(&[]).unwrap(), None);
        let sales = |count: usize| {
            let mut net = vec![0; 90];
            net[..count].fill(900);
            net
        };
        assert_eq!(Projection::of(&sales(4)).unwrap(), None);
        assert!(Projection::of(&sales(5)).unwrap().is_some());
    }

    #[test]
    fn falling_revenue_is_clamped_at_zero_and_says_so() {
        let net: Vec<i64> = (0..60).map(|day| 6_000 - 100 * day).collect();
        let projection = projected(&net);
        let nothing = Estimate {
            clamped: true,
            ..exactly(0)
        };
        assert_eq!(projection.total(30), nothing);
        assert_eq!(projection.day(70), nothing);
        // The day on which the line reaches 0, and the history, need no clamping.
        assert_eq!(projection.day(60), exactly(0));
        assert_eq!(projection.day(59), exactly(100));
    }

    /// From tables.
    #[test]
    fn students_t_is_as_tables_have_it() {
        for (degrees_of_freedom, t) in [(12, 2.178_813), (30, 2.042_272), (88, 1.987_290)] {
            let found = students_t_95(degrees_of_freedom);
            assert!((found - t).abs() < 5e-6, "{degrees_of_freedom}: {found}");
        }
    }

    /// The textbook's formula, with the covariance that the centred one does not need.
    #[test]
    fn the_interval_is_the_one_of_the_parameters_covariance() {
        let mut random = StdRng::seed_from_u64(5);
        let net: Vec<i64> = (0..40).map(|_| random.random_range(0..9_000)).collect();
        let n = net.len() as f64;
        let days = || (0..net.len()).map(|day| day as f64);
        let (sum_x, sum_xx) = (days().sum::<f64>(), days().map(|x| x * x).sum::<f64>());
        let sum_y: f64 = net.iter().map(|y| *y as f64).sum();
        let sum_xy: f64 = days().zip(&net).map(|(x, y)| x * *y as f64).sum();
        let determinant = n * sum_xx - sum_x * sum_x;
        let slope = (n * sum_xy - sum_x * sum_y) / determinant;
        let intercept = (sum_y - slope * sum_x) / n;
        let residuals = days()
            .zip(&net)
            .map(|(x, y)| *y as f64 - intercept - slope * x);
        let variance = residuals.map(|r| r * r).sum::<f64>() / (n - 2.0);
        let (var_intercept, var_slope, covariance) = (
            variance * sum_xx / determinant,
            variance * n / determinant,
            -variance * sum_x / determinant,
        );
        let ahead = 30.0;
        let sum_ahead: f64 = (0..30).map(|day| n + f64::from(day)).sum();
        let total = ahead * intercept + slope * sum_ahead;
        let of_total = ahead * ahead * var_intercept
            + sum_ahead * sum_ahead * var_slope
            + 2.0 * ahead * sum_ahead * covariance
            + ahead * variance;
        let margin = students_t_95(38) * of_total.sqrt();
        let found = projected(&net).total(30);
        let off = |found: i64, expected: f64| (found as f64 - expected).abs();
        assert!(off(found.value_minor, total) <= 0.6);
        assert!(off(found.high_minor, total + margin) <= 0.6);
        assert!(off(found.low_minor, (total - margin).max(0.0)) <= 0.6);
    }

    /// A day's revenue with noise of a known variance; never near 0.
    fn noisy(day: usize, random: &mut StdRng) -> i64 {
        // Box and Muller's two uniforms.
        let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        (50_000.0 + 40.0 * day as f64 + 3_000.0 * normal).round() as i64
    }

    #[test]
    fn of_two_thousand_futures_95_in_100_lie_within_each_interval() {
        let mut random = StdRng::seed_from_u64(7);
        for days in [20, 90] {
            let mut covered = [0; 4];
            for _ in 0..2_000 {
                let net: Vec<i64> = (0..days).map(|day| noisy(day, &mut random)).collect();
                let future: Vec<i64> = (days..days + 90)
                    .map(|day| noisy(day, &mut random))
                    .collect();
                let projection = projected(&net);
                let is_within = |total: i64, estimate: Estimate| {
                    (estimate.low_minor..=estimate.high_minor).contains(&total)
                };
                for (horizon, covered) in HORIZONS.into_iter().zip(&mut covered) {
                    let total = future[..horizon].iter().sum();
                    *covered += i32::from(is_within(total, projection.total(horizon)));
                }
                covered[3] += i32::from(is_within(future[44], projection.day(days + 44)));
            }
            for covered in covered {
                let part = f64::from(covered) / 2_000.0;
                assert!((part - 0.95).abs() <= 0.015, "{days} days: {part}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_history_panics_and_limits_are_in_order(net in prop::collection::vec(-1_000_000_000_000i64..1_000_000_000_000, 0..120)) {
            if let Some(projection) = Projection::of(&net).unwrap() {
                for estimate in [projection.total(90), projection.day(0)] {
                    prop_assert!(0 <= estimate.low_minor);
                    prop_assert!(estimate.low_minor <= estimate.value_minor);
                    prop_assert!(estimate.value_minor <= estimate.high_minor);
                }
            }
        }
    }
}
