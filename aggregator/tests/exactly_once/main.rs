//! Each record is stored once and each play counted once, whatever happens to whom: on a real Kafka and the real engine.

mod backlog;
mod crash;
mod duplicates;
mod insert_faults;
mod late;
mod outage;
mod poison;
mod rebalance;
mod reset;
mod schedule;
#[path = "../support/mod.rs"]
mod support;
mod zombie;
