//! What the rows of the warehouse say: of `plays` (one a report that could be read; the row itself is `veza_enrich::play::Play`), and
//! of `rejected` (one a record that could not). The columns' types and codecs are defined in `clickhouse/`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The verdict's rule by which rows are judged now.
pub const RULE: u8 = 1;

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
