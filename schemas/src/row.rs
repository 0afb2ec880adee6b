//! The rows of the warehouse: `plays` (one a report that could be read) and `rejected` (one a record that could not).
//! The columns' types and codecs are defined in `clickhouse/`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The verdict's rule by which rows are judged now.
pub const RULE: u8 = 1;

/// One row of `plays`. Field names are the columns' names. Text that is unknown is empty; the API says null.
#[derive(Debug, Clone, PartialEq)]
pub struct Play {
    /// Integer id of the track's creator in Postgres; 0: unknown track.
    pub creator_id: u64,
    /// `started_at` floored to 15 min, Unix seconds.
    pub slot: u32,
    pub track_id: Uuid,
    /// Keyed hash; 0: no listener id.
    pub listener: u64,
    pub counted: bool,
    pub completed: bool,
    pub skipped: bool,
    pub bot: bool,
    pub heard_ms: u32,
    pub reason: Reason,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Hash of (country, region, city): what places are grouped by; 0: unknown country.
    pub place: u64,
    pub device: &'static str,
    pub os: String,
    pub browser: String,
    pub channel: String,
    /// `channel/source`: one key to group by.
    pub source: String,
    pub context: String,
    pub region: String,
    pub city: String,
    pub os_version: String,
    pub browser_version: String,
    pub campaign: String,
    /// Path of the visit's first page, without query.
    pub page: String,
    pub play_id: Uuid,
    pub seq: u32,
    /// Corrected by the skew, Unix ms.
    pub started_at_ms: i64,
    pub received_at_ms: i64,
    pub heard_before_ms: u32,
    pub wall_ms: u32,
    /// The track's duration when judged; 0: unknown track.
    pub duration_ms: u32,
    pub ended: bool,
    /// The listener is the track's creator.
    pub own: bool,
    pub imported: bool,
    /// `heard_ms` is what the source's rule implies.
    pub assumed: bool,
    pub rule: u8,
    /// Kafka's UUID of the topic, not its name.
    pub topic_id: String,
    pub kafka_partition: u16,
    pub kafka_offset: u64,
}

/// One row of `rejected`: a record that could not be read, kept whole for 14 days.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    pub topic_id: String,
    pub kafka_partition: u16,
    pub kafka_offset: u64,
    /// Why, as a stable name.
    pub code: String,
    /// Why, in words.
    pub reason: String,
    /// Kafka's timestamp of the record, Unix ms.
    pub at_ms: i64,
    pub raw: Vec<u8>,
}

/// What became of a record. *received = the sum of the five.*
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Counted,
    Continued,
    Excluded,
    Duplicate,
    Rejected,
}

/// The column `reason`: why a row has its outcome.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Stored as the empty string.
    #[serde(rename = "")]
    Counted,
    Continued,
    Duplicate,
    UnknownTrack,
    ImpossibleTime,
    OwnPlay,
    TooShort,
    AlreadyCounted,
    Bot,
}

impl Reason {
    pub const ALL: [Reason; 9] = [
        Reason::Counted,
        Reason::Continued,
        Reason::Duplicate,
        Reason::UnknownTrack,
        Reason::ImpossibleTime,
        Reason::OwnPlay,
        Reason::TooShort,
        Reason::AlreadyCounted,
        Reason::Bot,
    ];

    /// As stored in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "",
            Self::Continued => "continued",
            Self::Duplicate => "duplicate",
            Self::UnknownTrack => "unknown_track",
            Self::ImpossibleTime => "impossible_time",
            Self::OwnPlay => "own_play",
            Self::TooShort => "too_short",
            Self::AlreadyCounted => "already_counted",
            Self::Bot => "bot",
        }
    }

    /// The reason that the column's text stands for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    pub fn outcome(self) -> Outcome {
        match self {
            Self::Counted => Outcome::Counted,
            Self::Continued => Outcome::Continued,
            Self::Duplicate => Outcome::Duplicate,
            Self::UnknownTrack
            | Self::ImpossibleTime
            | Self::OwnPlay
            | Self::TooShort
            | Self::AlreadyCounted
            | Self::Bot => Outcome::Excluded,
        }
    }
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Continued => "continued",
            Self::Excluded => "excluded",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
        }
    }

    /// The reasons that the outcome is made of; none for `rejected`, which is a table of its own.
    pub fn reasons(self) -> impl Iterator<Item = Reason> {
        Reason::ALL
            .into_iter()
            .filter(move |reason| reason.outcome() == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_reads_back_and_belongs_to_one_outcome() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(reason));
            assert!(reason.outcome().reasons().any(|r| r == reason));
        }
        assert_eq!(Reason::parse("nonsense"), None);
        assert_eq!(Outcome::Excluded.reasons().count(), 6);
    }
}
