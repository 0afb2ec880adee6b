//! What is reckoned from series. Pure: no clock, no I/O.

pub mod projection;
