//! What operators see of the aggregators, and do by hand.

mod accept_loss;
mod command;
mod metrics;
mod positions;
mod rebuild;
mod rejected;
#[path = "../support/mod.rs"]
mod support;
