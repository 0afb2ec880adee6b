//! Tax rates: JSON in the configuration, or else in the database, written into the table when the service starts.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use sqlx::PgPool;

use crate::country::Country;
use crate::money::tax::{Percent, TaxRate};
use crate::timestamptz::Timestamptz;

/// The name of the JSON in `marketplace_settings`.
const SETTING: &str = "TAX_RATES";
/// Of the lock under which services that start at once write one after the other; any number that nobody else uses.
const LOCK: i64 = 0x7661_7465_7a61;

/// `{"FR": 20, "CH": {"rate": 8.1, "inclusive": true}, "EE": [{"rate": 22, "until": "2025-07-01"}, {"rate": 24, "from": "2025-07-01"}]}`:
/// percent by country; days are those of UTC, `until` is the first without it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaxRates {
    json: Value,
    rates: Vec<(Country, Validity)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Validity {
    rate: TaxRate,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Rate(Number),
    One(Rate),
    Several(Vec<Rate>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    rate: Number,
    #[serde(default)]
    inclusive: bool,
    #[serde(default, deserialize_with = "day")]
    from: Option<Timestamp>,
    #[serde(default, deserialize_with = "day")]
    until: Option<Timestamp>,
}

impl FromStr for TaxRates {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let json = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        Self::read(json)
    }
}

impl TaxRates {
    fn read(json: Value) -> Result<Self, String> {
        let entries: BTreeMap<String, Value> = serde_json::from_value(json.clone())
            .map_err(|_| "expected an object of rates by country".to_owned())?;
        let mut rates = Vec::new();
        for (name, entry) in entries {
            let at = |error: String| format!("{name}: {error}");
            let country: Country = name.parse().map_err(at)?;
            let entry = serde_json::from_value(entry)
                .map_err(|_| at("expected a number, or `{\"rate\", \"inclusive\", \"from\", \"until\"}`, or a list of these".into()))?;
            let several = match entry {
                Entry::Rate(rate) => vec![Rate {
                    rate,
                    inclusive: false,
                    from: None,
                    until: None,
                }],
                Entry::One(rate) => vec![rate],
                Entry::Several(rates) => rates,
            };
            for rate in several {
                let percent: Percent = rate.rate.to_string().parse().map_err(at)?;
                let validity = Validity {
                    rate: TaxRate {
                        bps: percent.0,
                        inclusive: rate.inclusive,
                    },
                    from: rate.from,
                    until: rate.until,
                };
                validity.check().map_err(at)?;
                if rates.iter().any(|(known, other): &(Country, Validity)| {
                    *known == country && other.meets(&validity)
                }) {
                    return Err(at("two rates at a time".into()));
                }
                rates.push((country.clone(), validity));
            }
        }
        Ok(Self { json, rates })
    }
}

impl Validity {
    fn check(&self) -> Result<(), String> {
        match (self.from, self.until) {
            (Some(from), Some(until)) if from >= until => Err("a rate ends after it begins".into()),
            _ => Ok(()),
        }
    }

    fn meets(&self, other: &Self) -> bool {
        let ends_after = |one: &Self, other: &Self| match (one.until, other.from) {
            (Some(until), Some(from)) => until > from,
            _ => true,
        };
        ends_after(self, other) && ends_after(other, self)
    }
}

/// Writes what is configured, or else what the database's own JSON says, into the table of rates. Orders keep the rates that
/// they were made with.
pub async fn write(db: &PgPool, configured: Option<&TaxRates>) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK)
        .execute(&mut *tx)
        .await?;
    let stored = match configured {
        Some(rates) => {
            sqlx::query!(
                "INSERT INTO marketplace_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
                SETTING,
                rates.json
            )
            .execute(&mut *tx)
            .await?;
            None
        }
        None => {
            let json = sqlx::query_scalar!(
                "SELECT value FROM marketplace_settings WHERE name = $1",
                SETTING
            )
            .fetch_optional(&mut *tx)
            .await?
            .context("the database has no TAX_RATES; set VEZA_API_TAX_RATES")?;
            let rates = TaxRates::read(json);
            Some(rates.map_err(|error| anyhow::anyhow!("TAX_RATES in the database: {error}"))?)
        }
    };
    let rates = configured
        .or(stored.as_ref())
        .map_or(&[][..], |rates| &rates.rates);
    sqlx::query!("DELETE FROM tax_rates")
        .execute(&mut *tx)
        .await?;
    for (country, validity) in rates {
        sqlx::query!(
            "INSERT INTO tax_rates (country, bps, inclusive, valid) VALUES ($1, $2, $3, tstzrange($4, $5))",
            country.as_str(),
            validity.rate.bps,
            validity.rate.inclusive,
            validity.from.map(Timestamptz) as Option<Timestamptz>,
            validity.until.map(Timestamptz) as Option<Timestamptz>
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A day's begin in UTC.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let date = Date::deserialize(deserializer)?;
    let begin = date.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    begin
        .map(|begin| Some(begin.timestamp()))
        .map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        json.parse::<TaxRates>().unwrap_err()
    }

    #[test]
    fn rates_are_numbers_or_objects_or_lists_of_these() {
        let rates: TaxRates = r#"{"FR": 20, "UK": 5.5, "CH": {"rate": 8.1, "inclusive": true},
            "EE": [{"rate": 22, "until": "2025-07-01"}, {"rate": 24, "from": "2025-07-01"}]}"#
            .parse()
            .unwrap();
        let bps: Vec<_> = rates
            .rates
            .iter()
            .map(|(country, v)| (country.as_str(), v.rate.bps, v.rate.inclusive))
            .collect();
        assert_eq!(
            bps,
            [
                ("CH", 810, true),
                ("EE", 2_200, false),
                ("EE", 2_400, false),
                ("FR", 2_000, false),
                ("GB", 550, false)
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_country() {
        assert!(refusal("[]").contains("object"));
        assert!(refusal(r#"{"XX": 20}"#).starts_with("XX: "));
        assert!(refusal(r#"{"FR": 20.555}"#).contains("two decimals"));
        assert!(refusal(r#"{"FR": -1}"#).starts_with("FR: "));
        assert!(refusal(r#"{"FR": {"rate": 20, "colour": 1}}"#).starts_with("FR: "));
        assert!(
            refusal(r#"{"FR": [{"rate": 20}, {"rate": 21, "from": "2026-01-01"}]}"#)
                .contains("two rates")
        );
        assert!(refusal(r#"{"GB": 20, "UK": 20}"#).contains("two rates"));
        assert!(
            refusal(r#"{"FR": {"rate": 20, "from": "2026-02-01", "until": "2026-02-01"}}"#)
                .contains("ends after")
        );
    }
}
