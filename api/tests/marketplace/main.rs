//! The marketplace on real servers: Postgres keeps the money, a store that checks signatures keeps the files.

mod catalog;
mod clock;
mod downloads;
mod files;
mod market;
mod orders;
mod outage;
mod payments;
mod promotions;
mod proxy;
mod races;
#[allow(dead_code)]
#[path = "../http/support.rs"]
mod support;
mod wishes;
