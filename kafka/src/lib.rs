//! What the `rdkafka` crate has no call for, and more than one crate needs.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod commits;
pub mod topic;
