//! A report for unit tests to begin with.

use veza_schemas::record::PlayReport;

/// A minute heard of a track.
pub fn report() -> PlayReport {
    PlayReport {
        play_id: vec![1; 16].into(),
        track_id: vec![2; 16].into(),
        started_at_ms: 1_700_000_000_000,
        sent_at_ms: Some(1_700_000_060_000),
        received_at_ms: 1_700_000_060_100,
        heard_ms: 60_000,
        ended: true,
        ..PlayReport::default()
    }
}
