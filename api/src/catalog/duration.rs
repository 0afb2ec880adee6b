use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// The longest track: a day.
const MAX_MS: i32 = 86_400_000;

/// A track's length in milliseconds, 1 to 86400000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = i32, minimum = 1, maximum = 86_400_000)]
pub struct DurationMs(i32);

impl DurationMs {
    pub fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i64> for DurationMs {
    /// What is expected.
    type Error = String;

    fn try_from(ms: i64) -> Result<Self, String> {
        match ms.try_into() {
            Ok(ms @ 1..=MAX_MS) => Ok(Self(ms)),
            _ => Err(format!("expected 1 to {MAX_MS} milliseconds")),
        }
    }
}

impl<'de> Deserialize<'de> for DurationMs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
