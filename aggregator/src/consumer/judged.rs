//! What a judged report says to the reports after it.

use uuid::Uuid;
use veza_enrich::play::Play;
use veza_schemas::row::Reason;

/// A report as it was judged: what its row says to the reports after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub offset: u64,
    pub play_id: Uuid,
    pub seq: u32,
    pub reason: Reason,
    pub completed: bool,
    pub skipped: bool,
    pub received_at_ms: i64,
}

impl From<&Play<'_>> for Judged {
    fn from(row: &Play<'_>) -> Self {
        Self {
            offset: row.kafka_offset,
            play_id: row.play_id,
            seq: row.seq,
            reason: row.reason,
            completed: row.completed,
            skipped: row.skipped,
            received_at_ms: row.received_at_ms,
        }
    }
}
