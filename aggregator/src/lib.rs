//! Kafka to ClickHouse: play reports are read, enriched and judged, and each is stored once.
//!
//! ```text
//! Kafka ─▶ consumer (one thread polls) ─▶ partition (a worker each) ─▶ ClickHouse ─▶ commit
//!                                             │ range · catalog · judge (enrich, duplicates) · arrow
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

mod backoff;
pub mod catalog;
pub mod consumer;
pub mod geoip;
pub mod progress;
mod pulse;
mod rejected;
pub mod run;
pub mod settings;
#[cfg(test)]
mod testing;
pub mod warehouse;
