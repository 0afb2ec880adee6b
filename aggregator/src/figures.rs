//! What `/metrics` tells of the partitions of this process; the table of all names is in the library's description.

use std::collections::BTreeMap;

use jiff::Timestamp;
use veza_schemas::row::{Outcome, Rejected};

use crate::progress::{LogBounds, Progress};

const OUTCOMES: [Outcome; 5] = [
    Outcome::Counted,
    Outcome::Continued,
    Outcome::Excluded,
    Outcome::Duplicate,
    Outcome::Rejected,
];
const REJECTION_CODES: [&str; 3] = ["undecodable", "not_a_uuid", "out_of_range"];

/// Says of each counter that it is zero: one that is missing could mean anything.
pub fn begin() {
    for outcome in OUTCOMES {
        stored(outcome, 0);
    }
    for code in REJECTION_CODES {
        metrics::counter!("veza_aggregator_rejected_total", "code" => code).increment(0);
    }
    for name in [
        "veza_aggregator_commit_retries_total",
        "veza_aggregator_catalog_failures_total",
        "veza_aggregator_pauses_total",
        "veza_aggregator_old_plays_looked_up_total",
    ] {
        metrics::counter!(name).increment(0);
    }
}

/// Counts records that were stored.
pub fn stored(outcome: Outcome, records: usize) {
    metrics::counter!("veza_aggregator_records_total", "outcome" => outcome.as_str())
        .increment(records as u64);
}

/// Counts rejections that were stored.
pub fn rejected(rows: &[Rejected]) {
    stored(Outcome::Rejected, rows.len());
    for row in rows {
        metrics::counter!("veza_aggregator_rejected_total", "code" => row.code.clone())
            .increment(1);
    }
}

/// `unread_ms`: when the first unstored record came, of partitions that have not fetched it.
pub fn report(
    board: &BTreeMap<i32, Progress>,
    logs: &BTreeMap<i32, LogBounds>,
    unread_ms: &BTreeMap<i32, i64>,
) {
    let now = Timestamp::now().as_millisecond();
    for (partition, progress) in board {
        let Some(log) = logs.get(partition) else {
            continue;
        };
        let lag = log.end.saturating_sub(progress.next_offset_i64()).max(0);
        let oldest = progress
            .oldest_unstored_ms
            .or_else(|| unread_ms.get(partition).copied());
        let age_ms = oldest.map_or(0, |oldest| (now - oldest).max(0));
        set(
            *partition,
            lag as f64,
            age_ms as f64 / 1_000.0,
            progress.pending,
        );
    }
}

/// The partition is another process's: there it is told of.
pub fn forget(partition: i32) {
    set(partition, 0.0, 0.0, false);
}

fn set(partition: i32, lag: f64, oldest_age: f64, pending: bool) {
    let label = partition.to_string();
    metrics::gauge!("veza_aggregator_lag_records", "partition" => label.clone()).set(lag);
    metrics::gauge!("veza_aggregator_oldest_unstored_age_seconds", "partition" => label.clone())
        .set(oldest_age);
    metrics::gauge!("veza_aggregator_pending_ranges", "partition" => label)
        .set(f64::from(u8::from(pending)));
}
