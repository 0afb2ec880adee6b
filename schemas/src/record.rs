//! The Kafka record of a report, and the rule by which it is dated.

use uuid::Uuid;

include!(concat!(env!("OUT_DIR"), "/veza.play.v1.rs"));

/// A skew below this is taken as none, so that all reports and retries of a play are dated alike.
pub const SKEW_TOLERANCE_MS: i64 = 60_000;
/// How far ahead a player's clock may be.
pub const FUTURE_TOLERANCE_MS: i64 = 5 * 60_000;
/// How old a report may be, without the import scope.
pub const MAX_AGE_MS: i64 = 30 * 86_400_000;
/// The oldest start of an import: 2000-01-01T00:00:00Z.
pub const OLDEST_IMPORT_MS: i64 = 946_684_800_000;
/// Length of a slot, the warehouse's unit of time: 15 min, which divides every current zone's offset.
pub const SLOT_MS: i64 = 15 * 60_000;

/// Why a record's value is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("not a PlayReport: {0}")]
    Undecodable(String),
    #[error("{field} has {length} bytes; a UUID has 16")]
    NotAUuid { field: &'static str, length: usize },
    #[error("{field} is {value}; allowed are {allowed}")]
    OutOfRange {
        field: &'static str,
        value: i64,
        allowed: &'static str,
    },
}

impl RecordError {
    /// The `code` of the row in `rejected`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Undecodable(_) => "undecodable",
            Self::NotAUuid { .. } => "not_a_uuid",
            Self::OutOfRange { .. } => "out_of_range",
        }
    }
}

/// When a play began and when it was reported, both by the player's clock, and when the report was received, by the server's; Unix
/// ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub started_at_ms: i64,
    pub sent_at_ms: Option<i64>,
    pub received_at_ms: i64,
}

impl PlayReport {
    /// The record's key: the play's id as text, so that all reports and retries of a play meet in one partition.
    pub fn key(play_id: Uuid) -> String {
        play_id.hyphenated().to_string()
    }

    pub fn play_uuid(&self) -> Result<Uuid, RecordError> {
        uuid_of("play_id", &self.play_id)
    }

    pub fn track_uuid(&self) -> Result<Uuid, RecordError> {
        uuid_of("track_id", &self.track_id)
    }

    pub fn times(&self) -> Times {
        Times {
            started_at_ms: self.started_at_ms,
            sent_at_ms: self.sent_at_ms,
            received_at_ms: self.received_at_ms,
        }
    }
}

impl Times {
    /// Clock skew in ms: received − sent, 0 without `sent_at` and 0 under [`SKEW_TOLERANCE_MS`].
    pub fn skew_ms(&self) -> i64 {
        let Some(sent) = self.sent_at_ms else {
            return 0;
        };
        let skew = self.received_at_ms.saturating_sub(sent);
        if skew.saturating_abs() < SKEW_TOLERANCE_MS {
            0
        } else {
            skew
        }
    }

    /// `started_at` by the server's clock in Unix ms, before it is cut at `received_at`: what ingest judges
    /// `in_future` and `too_old` by.
    pub fn started_by_server_clock_ms(&self) -> i64 {
        self.started_at_ms.saturating_add(self.skew_ms())
    }

    /// When the play began, in Unix ms: corrected by the skew, never after `received_at`. All reports of a play are dated by it.
    pub fn corrected_started_at_ms(&self) -> i64 {
        self.started_by_server_clock_ms().min(self.received_at_ms)
    }

    /// How much time can have passed for listening, in ms: sent − started, both by the player's clock; without `sent_at`,
    /// received − started + what the player's clock may be ahead.
    pub fn wall_ms(&self) -> i64 {
        match self.sent_at_ms {
            Some(sent) => sent.saturating_sub(self.started_at_ms),
            None => self
                .received_at_ms
                .saturating_sub(self.started_at_ms)
                .saturating_add(FUTURE_TOLERANCE_MS),
        }
        .max(0)
    }
}

/// The start of the slot that holds `unix_ms`, in Unix seconds.
pub fn slot_of(unix_ms: i64) -> i64 {
    unix_ms.div_euclid(SLOT_MS) * (SLOT_MS / 1_000)
}

pub(crate) fn uuid_of(field: &'static str, bytes: &[u8]) -> Result<Uuid, RecordError> {
    Uuid::from_slice(bytes).map_err(|_| RecordError::NotAUuid {
        field,
        length: bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(started_at_ms: i64, sent_at_ms: Option<i64>, received_at_ms: i64) -> Times {
        Times {
            started_at_ms,
            sent_at_ms,
            received_at_ms,
        }
    }

    #[test]
    fn a_small_skew_is_none_and_a_large_one_moves_the_start() {
        assert_eq!(times(1_000, Some(2_000), 61_999).skew_ms(), 0);
        let hour_behind = times(0, Some(30_000), 3_630_000);
        assert_eq!(hour_behind.skew_ms(), 3_600_000);
        assert_eq!(hour_behind.corrected_started_at_ms(), 3_600_000);
    }

    #[test]
    fn a_start_after_its_receipt_is_cut() {
        assert_eq!(
            times(90_000, None, 60_000).corrected_started_at_ms(),
            60_000
        );
    }

    #[test]
    fn slots_floor_before_the_epoch_too() {
        assert_eq!(slot_of(0), 0);
        assert_eq!(slot_of(899_999), 0);
        assert_eq!(slot_of(-1), -900);
    }

    proptest! {
        #[test]
        fn retries_of_a_play_are_dated_alike(started in 0i64..2_000_000_000_000, listened in 0i64..600_000, delay in 0i64..59_999, again in 0i64..59_999) {
            let sent = started + listened;
            let first = times(started, Some(sent), sent + delay);
            let second = times(started, Some(sent + 86_400_000), sent + 86_400_000 + again);
            prop_assert_eq!(first.corrected_started_at_ms(), second.corrected_started_at_ms());
        }
    }
}
