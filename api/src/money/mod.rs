//! Money, in integers of minor units. Pure.

pub mod share;
