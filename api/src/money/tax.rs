use std::str::FromStr;

use super::amount::Amounts;
use super::discount::discount;

/// A whole in basis points.
const WHOLE_BPS: i64 = 10_000;

/// The tax of a country at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxRate {
    /// Basis points, 0 to 10000.
    pub bps: i32,
    /// Prices contain the tax; otherwise it comes on top.
    pub inclusive: bool,
}

impl TaxRate {
    /// One line: a list price under a discount of `percent` (0: none), with this tax. Rounded half up, each line on its own.
    pub fn line(self, list_minor: i64, percent: i32) -> Amounts {
        let discount = discount(list_minor, percent);
        let left = list_minor - discount;
        let bps = i64::from(self.bps);
        let (net, tax) = if self.inclusive {
            let net = (left * WHOLE_BPS + (WHOLE_BPS + bps) / 2) / (WHOLE_BPS + bps);
            (net, left - net)
        } else {
            (left, (left * bps + WHOLE_BPS / 2) / WHOLE_BPS)
        };
        Amounts {
            list: list_minor,
            discount,
            net,
            tax,
            total: net + tax,
        }
    }
}

/// A rate as people write it, `20` or `5.5`, in basis points: 0 to 100 with at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(pub i32);

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || format!("`{text}` is not a rate: 0 to 100, with at most two decimals");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        // `20.0` is how JSON's numbers may come out.
        let decimals = decimals.trim_end_matches('0');
        if whole.is_empty()
            || whole.len() > 3
            || decimals.len() > 2
            || !digits(whole)
            || !digits(decimals)
        {
            return Err(refusal());
        }
        let bps: i32 = format!("{whole}{decimals:0<2}")
            .parse()
            .map_err(|_| refusal())?;
        if i64::from(bps) > WHOLE_BPS {
            return Err(refusal());
        }
        Ok(Self(bps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_at_most_two_decimals() {
        let read = |text: &str| text.parse::<Percent>().map(|rate| rate.0).ok();
        assert_eq!(read("20"), Some(2_000));
        assert_eq!(read("5.5"), Some(550));
        assert_eq!(read("8.25"), Some(825));
        assert_eq!(read("20.0"), Some(2_000));
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("100"), Some(10_000));
        for refused in [
            "", ".5", "100.01", "8.255", "-1", "1e1", "twenty", "1,5", "0x2",
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }

    #[test]
    fn a_total_of_nothing_is_a_total() {
        for inclusive in [false, true] {
            let rate = TaxRate {
                bps: 2_000,
                inclusive,
            };
            assert_eq!(rate.line(0, 0), Amounts::default());
            let gone = rate.line(1, 90);
            assert_eq!(
                (gone.discount, gone.net, gone.tax, gone.total),
                (1, 0, 0, 0)
            );
        }
    }

    #[test]
    fn tax_comes_on_top_or_is_contained() {
        let on_top = TaxRate {
            bps: 2_000,
            inclusive: false,
        }
        .line(1_299, 30);
        assert_eq!(
            (on_top.discount, on_top.net, on_top.tax, on_top.total),
            (390, 909, 182, 1_091)
        );
        let contained = TaxRate {
            bps: 2_000,
            inclusive: true,
        }
        .line(1_299, 30);
        assert_eq!(
            (
                contained.discount,
                contained.net,
                contained.tax,
                contained.total
            ),
            (390, 758, 151, 909)
        );
    }
}
