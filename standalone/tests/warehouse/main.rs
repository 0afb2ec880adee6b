//! The warehouse as its clients see it, each test on a `veza warehouse` of its own.

mod access;
mod crash;
mod http;
mod inserts;
mod leaving;
mod python_client;
mod rust_client;
mod support;
