//! After the sale, on real servers: reviews, disputes, refunds.

mod decisions;
mod disputes;
// Some of it is for the tests of the marketplace alone.
#[allow(dead_code)]
#[path = "../marketplace/market.rs"]
mod market;
mod refunds;
mod reviews;
mod shop;
#[allow(dead_code)]
#[path = "../http/support.rs"]
mod support;
