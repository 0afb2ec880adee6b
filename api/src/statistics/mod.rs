//! What is reckoned from counts and series. Pure: no clock, no I/O.

pub mod cohorts;
pub mod projection;
