//! Kafka to ClickHouse: play reports are read, enriched and judged, and each is stored once.
//!
//! ```text
//! Kafka ─▶ consumer (one thread polls) ─▶ partition (a worker each) ─▶ ClickHouse ─▶ commit
//!                                             │ range · catalog · judge (enrich, duplicates) · arrow
//!                                             └─▶ journal, in the commit's metadata, before anything is sent
//! ```
//!
//! Each record is stored exactly once, and each play counted at most once, through crashes, rebalances, processes that were
//! stopped and go on, and offsets that someone sets by hand: [`consumer::journal`] before a range is sent, [`consumer::assignment`]
//! to tell who may send, one token a range in [`warehouse::insert`], [`warehouse::stored`] when a partition is taken up. The
//! protocol is searched exhaustively in `tests/protocol_model`.
//!
//! Its limit: a process that was stopped right before a send sends that one insert when it goes on. ClickHouse drops it for as
//! long as it remembers the range's token: 100,000 of them (`non_replicated_deduplication_window`), one a range and month that
//! its rows are of. With 6 partitions, a range a second each, and rows of one month, these are 4.6 hours. Where processes may
//! sleep longer, set the window to ranges a second × months × seconds of the longest sleep.
//!
//! | metric | what it tells |
//! |---|---|
//! | `veza_aggregator_records_total{outcome}` | records stored, by what became of them, duplicates among them |
//! | `veza_aggregator_rejected_total{code}` | records rejected, by why they could not be read |
//! | `veza_aggregator_lag_records{partition}` | records in the log that are not stored, as the broker tells |
//! | `veza_aggregator_oldest_unstored_age_seconds{partition}` | age of the oldest record that is not stored |
//! | `veza_aggregator_pending_ranges{partition}` | ranges that are journaled and not stored: 0 or 1 |
//! | `veza_aggregator_insert_duration_seconds{table,outcome}` | inserts: `stored`, `refused`, `unanswered`, `cancelled` |
//! | `veza_aggregator_judge_duration_seconds` | enriching and judging a range, and writing its columns |
//! | `veza_aggregator_range_size_rows` | records of a range |
//! | `veza_aggregator_stalled_partitions` | partitions that have something to store, and do not; `/readyz` says which |
//! | `veza_aggregator_old_plays_looked_up_total` | plays that began before the window, looked up in the warehouse |
//! | `veza_aggregator_stopped_partitions` | partitions that wait for someone to act; `/readyz` says why |
//! | `veza_aggregator_commit_retries_total`, `…_catalog_failures_total`, `…_pauses_total` | what is tried again, and back-pressure |
//! | `veza_aggregator_skipped_offsets_total` | offsets that the log did not hold |
//! | `veza_aggregator_erased_rows_total`, `…_erasure_failures_total` | rows that became nobody's; turns that failed |
//! | `veza_aggregator_geoip_age_seconds`, `…_geoip_unreadable_total` | age of the oldest GeoIP file; records of it that are damaged |
//! | `veza_aggregator_agents_age_seconds` | age of the expressions by which user agents are told |
//! | `veza_aggregator_warehouse_free_bytes`, `…_size_bytes` | of the disks that ClickHouse writes to |

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

mod backoff;
pub mod catalog;
pub mod consumer;
pub mod erasures;
mod figures;
pub mod geoip;
pub mod lock;
mod losses;
pub mod operate;
mod positions;
pub mod progress;
mod pulse;
mod rejected;
pub mod run;
pub mod settings;
mod surroundings;
#[cfg(test)]
mod testing;
mod unread;
pub mod warehouse;
