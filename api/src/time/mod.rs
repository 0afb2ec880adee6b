//! Time as a report sees it: a half-open range, a zone, and the edges of its buckets. Pure: no clock, no I/O.
//!
//! Edges are computed here, once, and handed to every store as an array, so that one time zone database decides. It is the
//! one compiled in, so that the same request has the same edges on every machine.

pub mod alignment;
pub mod edges;
pub mod range;
pub mod zone;

use jiff::Timestamp;

/// Length of a slot in seconds: times are kept, and therefore cut, by the quarter hour. Every offset in use divides by it.
pub const SLOT_S: i64 = veza_schemas::record::SLOT_MS / 1_000;

/// `time` rounded down to the quarter hour.
pub fn floor_to_slot(time: Timestamp) -> Timestamp {
    let seconds = time.as_second().div_euclid(SLOT_S) * SLOT_S;
    // Below `time` by less than a slot, and all times here lie far inside jiff's years −9999 … 9999.
    Timestamp::from_second(seconds).unwrap_or(time)
}

/// `time` as the warehouse keeps slots: Unix seconds in 32 bits; what lies beyond them is their nearest end.
pub fn slot_seconds(time: Timestamp) -> u32 {
    time.as_second().clamp(0, u32::MAX.into()) as u32
}
