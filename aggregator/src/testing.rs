//! A report and a row for unit tests to begin with.

use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_schemas::row::{Play, Reason};

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

/// A row in which nothing is known.
pub fn row() -> Play {
    Play {
        creator_id: 0,
        slot: 0,
        track_id: Uuid::nil(),
        listener: 0,
        counted: false,
        completed: false,
        skipped: false,
        bot: false,
        heard_ms: 0,
        reason: Reason::Continued,
        country: String::new(),
        place: 0,
        device: "",
        os: String::new(),
        browser: String::new(),
        channel: String::new(),
        source: String::new(),
        context: String::new(),
        region: String::new(),
        city: String::new(),
        os_version: String::new(),
        browser_version: String::new(),
        campaign: String::new(),
        page: String::new(),
        play_id: Uuid::nil(),
        seq: 0,
        started_at_ms: 0,
        received_at_ms: 0,
        heard_before_ms: 0,
        wall_ms: 0,
        duration_ms: 0,
        ended: false,
        own: false,
        imported: false,
        assumed: false,
        rule: 1,
        topic_id: String::new(),
        kafka_partition: 0,
        kafka_offset: 0,
    }
}
