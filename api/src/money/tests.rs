//! The rules against exact rational arithmetic, which knows no rounding but asks whether a rounding is right.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::amount::Amounts;
use super::discount::discount;
use super::tax::TaxRate;

/// A fraction; the denominator is positive.
#[derive(Clone, Copy)]
struct Ratio(i128, i128);

impl Ratio {
    /// Whether `rounded` is the whole number nearest to it, of two the greater: `rounded − ½ ≤ self < rounded + ½`.
    fn rounds_to(self, rounded: i64) -> bool {
        let Self(numerator, denominator) = self;
        let twice = 2 * i128::from(rounded) * denominator;
        twice - denominator <= 2 * numerator && 2 * numerator < twice + denominator
    }
}

/// Whether a line is what the contract says, by fractions.
fn is_right(line: Amounts, list: i64, percent: i32, rate: TaxRate) -> bool {
    let (whole, bps) = (10_000_i128, i128::from(rate.bps));
    let off = Ratio(i128::from(list) * i128::from(percent), 100);
    let left = i128::from(list - line.discount);
    let taxed = match rate.inclusive {
        true => {
            Ratio(left * whole, whole + bps).rounds_to(line.net) && i128::from(line.total) == left
        }
        false => Ratio(left * bps, whole).rounds_to(line.tax) && i128::from(line.net) == left,
    };
    line.list == list
        && off.rounds_to(line.discount)
        && taxed
        && line.net + line.tax == line.total
        && [line.discount, line.net, line.tax, line.total]
            .iter()
            .all(|part| *part >= 0)
}

fn random_line(random: &mut StdRng) -> (i64, i32, TaxRate) {
    // Small prices, where a cent is much, and large ones, where products are.
    let list = match random.random_range(0..3) {
        0 => random.random_range(0..=200),
        1 => random.random_range(0..=20_000),
        _ => random.random_range(0..=100_000_000),
    };
    let percent = match random.random_bool(0.5) {
        true => random.random_range(1..=90),
        false => 0,
    };
    let rate = TaxRate {
        bps: random.random_range(0..=10_000),
        inclusive: random.random_bool(0.5),
    };
    (list, percent, rate)
}

#[test]
fn a_million_random_orders_agree_with_exact_rational_arithmetic() {
    let mut random = StdRng::seed_from_u64(6);
    for _ in 0..1_000_000 {
        let (_, _, rate) = random_line(&mut random);
        let count = random.random_range(1..=4);
        let mut order = [Amounts::default(); 4];
        for line in &mut order[..count] {
            let (list, percent, _) = random_line(&mut random);
            *line = rate.line(list, percent);
            assert!(
                is_right(*line, list, percent, rate),
                "{list} {percent} {rate:?} {line:?}"
            );
        }
        let sums: Amounts = order.into_iter().sum();
        assert_eq!(sums.total, order.iter().map(|line| line.total).sum::<i64>());
        assert_eq!(sums.net + sums.tax, sums.total);
        let base = match rate.inclusive {
            true => sums.total,
            false => sums.net,
        };
        assert_eq!(sums.list - sums.discount, base);
    }
}

/// Would the test above notice? A rounding down, a float, and a tax of the list price are all found.
#[test]
fn wrong_roundings_are_found() {
    let rate = TaxRate {
        bps: 2_000,
        inclusive: false,
    };
    let right = rate.line(750, 29);
    assert!(is_right(right, 750, 29, rate));
    let floats = (750.0_f64 * 0.29).round() as i64;
    for wrong in [floats, 217, 219] {
        assert_ne!(wrong, discount(750, 29));
        let line = Amounts {
            discount: wrong,
            net: 750 - wrong,
            tax: right.tax,
            total: 750 - wrong + right.tax,
            ..right
        };
        assert!(!is_right(line, 750, 29, rate), "{wrong}");
    }
}
