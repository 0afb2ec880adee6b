//! When people listen: by hour and weekday of where they are, and by how new a release is.

/// Relative listening by local hour, from midnight; the mean is 1.
const BY_HOUR: [f64; 24] = [
    0.50, 0.30, 0.18, 0.12, 0.12, 0.25, 0.55, 1.00, 1.25, 1.15, 1.05, 1.10, //
    1.20, 1.15, 1.15, 1.20, 1.35, 1.60, 1.75, 1.70, 1.65, 1.55, 1.25, 0.88,
];

/// Relative listening by weekday, from Monday; the mean is 1.
const BY_WEEKDAY: [f64; 7] = [0.90, 0.92, 0.95, 0.99, 1.12, 1.14, 0.98];

/// The days after which a release is heard most.
const PEAK_DAYS: f64 = 6.0;
/// What stays of a release in the long run, against 1 + this at its peak.
const LASTING: f64 = 0.25;

/// How much is listened at `hour` (counted from the epoch, UTC) where the clock is `offset` hours ahead of UTC.
pub fn activity(hour: i64, offset: i32) -> f64 {
    let local = hour + i64::from(offset);
    let of_day = local.rem_euclid(24) as usize;
    // The epoch was a Thursday, the fourth day of the week.
    let weekday = (local.div_euclid(24) + 3).rem_euclid(7) as usize;
    BY_HOUR[of_day] * BY_WEEKDAY[weekday]
}

/// The most that [`activity`] can be.
pub fn most_activity() -> f64 {
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    most(&BY_HOUR) * most(&BY_WEEKDAY)
}

/// How much a track is heard `days` after its release: nothing before, then a rise, a peak, and a long fade. One without a date
/// has been there for long.
pub fn appeal(days: Option<f64>) -> f64 {
    let Some(days) = days else { return LASTING };
    if days < 0.0 {
        return 0.0;
    }
    let age = (days + 1.0) / PEAK_DAYS;
    LASTING + age * (1.0 - age).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evening_is_livelier_than_the_night_wherever_one_is() {
        for offset in [-8, 0, 1, 9] {
            let local = |hour: i64| activity(480_000 - i64::from(offset) + hour, offset);
            let midnight = (0..24).find(|h| (480_000 + h) % 24 == 0).unwrap();
            assert!(local(midnight + 19) > 5.0 * local(midnight + 3));
        }
    }

    #[test]
    fn an_average_week_is_an_average_week() {
        let mean = (0..168).map(|hour| activity(hour, 0)).sum::<f64>() / 168.0;
        assert!((mean - 1.0).abs() < 0.06, "{mean}");
    }

    #[test]
    fn a_release_rises_and_fades() {
        assert_eq!(appeal(Some(-0.5)), 0.0);
        assert!(appeal(Some(0.0)) < appeal(Some(5.0)));
        assert!(appeal(Some(5.0)) > appeal(Some(30.0)));
        assert!(appeal(Some(300.0)) > 0.2);
        assert_eq!(appeal(None), LASTING);
    }
}
