//! What the aggregator makes of a report, and what it stands on: catalog, schema, a warehouse that refuses.

mod catalog;
mod migrate;
mod refused;
#[path = "../support/mod.rs"]
mod support;
mod verdict;
