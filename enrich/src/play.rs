//! A row of `plays`: what is stored of a report that could be read. Its columns' types and codecs are defined in `clickhouse/`.

use std::sync::Arc;

use uuid::Uuid;
use veza_schemas::row::Reason;

use crate::agent::Agent;
use crate::place::Place;
use crate::source::Source;

/// One row of `plays`. What many rows have in common is shared, not copied. Text that is unknown is empty; the API says null.
#[derive(Debug, Clone, PartialEq)]
pub struct Play<'a> {
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
    pub heard_ms: u32,
    pub reason: Reason,
    /// Columns `country`, `region`, `city`, `place`.
    pub place: Arc<Place>,
    /// Columns `device`, `os`, `os_version`, `browser`, `browser_version`, `bot`.
    pub agent: Arc<Agent>,
    /// Columns `channel`, `source`, `campaign`, `page`.
    pub source: Source,
    pub context: &'static str,
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
    pub topic_id: &'a str,
    pub kafka_partition: u16,
    pub kafka_offset: u64,
}
