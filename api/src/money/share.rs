//! How a refund is spread over the lines of its order.

/// A line of an order, in minor units: 0 ≤ tax ≤ total, 0 ≤ refunded ≤ total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidLine {
    /// What was paid for it, tax included.
    pub total_minor: i64,
    pub tax_minor: i64,
    /// What has been paid back of it before.
    pub refunded_minor: i64,
}

impl PaidLine {
    /// What is left to be paid back.
    pub fn left_minor(&self) -> i64 {
        self.total_minor - self.refunded_minor
    }

    /// The tax in the first `refunded_minor` that go back. Rounding the whole instead of each part makes the parts sum to
    /// the line's tax.
    fn tax_within(&self, refunded_minor: i64) -> i64 {
        match self.total_minor {
            0 => 0,
            total => proportion(refunded_minor, self.tax_minor, total),
        }
    }
}

/// What a line gets of a refund, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Tax included.
    pub amount_minor: i64,
    pub tax_minor: i64,
}

/// More was asked for than is left of what was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most {left_minor} are left to be refunded")]
pub struct ExceedsPaid {
    pub left_minor: i64,
}

/// What is left of an order.
pub fn left_minor(lines: &[PaidLine]) -> i64 {
    lines.iter().map(PaidLine::left_minor).sum()
}

/// The share of each line: by what is left of it, rounded down; the rest goes cent by cent to the first lines with room.
pub fn spread(lines: &[PaidLine], amount_minor: i64) -> Result<Vec<Share>, ExceedsPaid> {
    let left = left_minor(lines);
    if amount_minor > left {
        return Err(ExceedsPaid { left_minor: left });
    }
    let rounded_down = |line: &PaidLine| match left {
        0 => 0,
        left => proportion(amount_minor, line.left_minor(), left),
    };
    let mut amounts: Vec<i64> = lines.iter().map(rounded_down).collect();
    // Less than one for each line that was rounded, and those have room: one round is enough.
    let mut rest = amount_minor - amounts.iter().sum::<i64>();
    for (amount, line) in amounts.iter_mut().zip(lines) {
        if rest > 0 && *amount < line.left_minor() {
            *amount += 1;
            rest -= 1;
        }
    }
    let share = |(line, amount): (&PaidLine, i64)| Share {
        amount_minor: amount,
        tax_minor: line.tax_within(line.refunded_minor + amount)
            - line.tax_within(line.refunded_minor),
    };
    Ok(lines.iter().zip(amounts).map(share).collect())
}

/// ⌊amount × part ÷ whole⌋, for 0 ≤ amount and 0 ≤ part ≤ whole.
fn proportion(amount: i64, part: i64, whole: i64) -> i64 {
    // Not above `amount`, so it fits again.
    (i128::from(amount) * i128::from(part) / i128::from(whole)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(total_minor: i64, tax_minor: i64, refunded_minor: i64) -> PaidLine {
        PaidLine {
            total_minor,
            tax_minor,
            refunded_minor,
        }
    }

    fn amounts(lines: &[PaidLine], amount: i64) -> Vec<i64> {
        let shares = spread(lines, amount).unwrap();
        shares.iter().map(|share| share.amount_minor).collect()
    }

    #[test]
    fn a_refund_goes_by_what_is_left_and_its_rest_to_the_first_lines() {
        let lines = [line(1_000, 167, 0), line(500, 83, 0), line(500, 83, 0)];
        assert_eq!(amounts(&lines, 1_000), [500, 250, 250]);
        assert_eq!(amounts(&lines, 10), [6, 2, 2]);
        assert_eq!(amounts(&lines, 11), [6, 3, 2]);
        assert_eq!(amounts(&lines, 1), [1, 0, 0]);
        assert_eq!(amounts(&lines, 2_000), [1_000, 500, 500]);
        // Nothing is left of the first, which therefore has no room for the rest.
        let lines = [line(1_000, 167, 1_000), line(500, 83, 0), line(500, 83, 0)];
        assert_eq!(amounts(&lines, 3), [0, 2, 1]);
    }

    #[test]
    fn the_tax_of_a_refund_is_what_the_rounded_whole_grew_by() {
        let taxes = |refunded, amount| spread(&[line(1_199, 200, refunded)], amount).unwrap()[0];
        assert_eq!(taxes(0, 600).tax_minor, 100);
        assert_eq!(taxes(600, 599).tax_minor, 100);
        assert_eq!(taxes(0, 5).tax_minor, 0);
        assert_eq!(taxes(5, 1).tax_minor, 1);
    }

    #[test]
    fn more_than_is_left_is_refused() {
        let lines = [line(1_000, 0, 400), line(0, 0, 0)];
        assert_eq!(spread(&lines, 601), Err(ExceedsPaid { left_minor: 600 }));
        assert_eq!(spread(&[], 1), Err(ExceedsPaid { left_minor: 0 }));
        assert_eq!(amounts(&[line(0, 0, 0)], 0), [0]);
    }

    fn any_line() -> impl Strategy<Value = PaidLine> {
        let total = prop_oneof![0i64..20, 0i64..2_000_000, 0i64..=1 << 53];
        (total, 0.0..=1.0f64).prop_map(|(total, part)| {
            let tax = ((total as f64 * part) as i64).min(total);
            line(total, tax, 0)
        })
    }

    proptest! {
        #[test]
        fn any_sequence_of_partial_refunds_sums_to_what_was_paid_tax_too(
            mut lines in prop::collection::vec(any_line(), 1..12),
            parts in prop::collection::vec(0.0..1.0f64, 0..20),
        ) {
            let paid: Vec<PaidLine> = lines.clone();
            let mut taxes = vec![0; lines.len()];
            // All that is left goes back at the end.
            for part in parts.into_iter().chain([1.0]) {
                let left = left_minor(&lines);
                let amount = match part {
                    1.0 => left,
                    part => ((left as f64 * part) as i64).min(left),
                };
                let shares = spread(&lines, amount).unwrap();
                prop_assert_eq!(shares.iter().map(|share| share.amount_minor).sum::<i64>(), amount);
                for ((line, share), tax) in lines.iter_mut().zip(shares).zip(&mut taxes) {
                    prop_assert!((0..=line.left_minor()).contains(&share.amount_minor));
                    prop_assert!((0..=share.amount_minor).contains(&share.tax_minor));
                    line.refunded_minor += share.amount_minor;
                    *tax += share.tax_minor;
                }
            }
            for ((line, tax), paid) in lines.iter().zip(taxes).zip(paid) {
                prop_assert_eq!(line.refunded_minor, paid.total_minor);
                prop_assert_eq!(tax, paid.tax_minor);
            }
            prop_assert!(spread(&lines, 1).is_err());
        }
    }
}
