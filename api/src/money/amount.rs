use std::borrow::Cow;
use std::iter::Sum;
use std::ops::Add;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// The highest list price: a million of most currencies.
const MAX_PRICE_MINOR: i64 = 100_000_000;

/// Currencies that sellers may choose, ISO 4217.
const CURRENCIES: [&str; 12] = [
    "EUR", "USD", "GBP", "CHF", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "JPY",
];

/// A list price in the currency's smallest unit, 0 to 100000000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = i64, minimum = 0, maximum = 100_000_000)]
pub struct Price(i64);

impl Price {
    pub fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            minor @ 0..=MAX_PRICE_MINOR => Ok(Self(minor)),
            _ => Err(D::Error::custom(format!(
                "expected 0 to {MAX_PRICE_MINOR} of the smallest unit"
            ))),
        }
    }
}

/// `EUR`, `USD`, …
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "EUR")]
pub struct Currency(&'static str);

impl Currency {
    pub fn as_str(&self) -> &str {
        self.0
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let known = CURRENCIES.iter().find(|known| **known == text);
        known
            .map(|known| Self(known))
            .ok_or_else(|| D::Error::custom(format!("expected one of {}", CURRENCIES.join(", "))))
    }
}

/// What is paid for a line, or for an order, which is the sum of its lines. Each in the currency's smallest unit.
///
/// `net + tax = total`, and `list − discount` is the net where tax comes on top, the total where prices contain it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    pub list: i64,
    pub discount: i64,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
}

impl Add for Amounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            list: self.list + other.list,
            discount: self.discount + other.discount,
            net: self.net + other.net,
            tax: self.tax + other.tax,
            total: self.total + other.total,
        }
    }
}

impl Sum for Amounts {
    fn sum<I: Iterator<Item = Self>>(lines: I) -> Self {
        lines.fold(Self::default(), Self::add)
    }
}
