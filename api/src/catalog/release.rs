use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::timestamptz::Timestamptz;

/// Before the first recording of a sound, and further ahead than anything is announced.
const FIRST_YEAR: i16 = 1800;
const LAST_YEAR: i16 = 2199;

/// When a track came out, or will: RFC 3339, of the years 1800 to 2199.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct ReleaseTime(pub Timestamptz);

impl<'de> Deserialize<'de> for ReleaseTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = Timestamp::deserialize(deserializer)
            .map_err(|_| D::Error::custom("expected a time such as `2026-03-01T00:00:00Z`"))?;
        let year = time.to_zoned_datetime(jiff::tz::TimeZone::UTC).year();
        if !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
            let years = format!("expected a time of the years {FIRST_YEAR} to {LAST_YEAR}");
            return Err(D::Error::custom(years));
        }
        Ok(Self(Timestamptz(time)))
    }
}

/// Tells `null` (`Some(None)`) from a field that is left out (`None`, by `#[serde(default)]`).
pub fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ReleaseTime, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn only_times_that_the_database_and_people_understand() {
        assert!(read(r#""1860-04-09T00:00:00Z""#).is_ok());
        for refused in [
            r#""-009998-01-01T00:00:00Z""#,
            r#""2200-01-01T00:00:00Z""#,
            r#""2026-03-01""#,
            r#""soon""#,
            "7",
        ] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }
}
