//! What `veza-api` promises over HTTP, on real servers. One binary, so that the servers start once.

mod support;

mod activity;
mod administrators;
mod bad_input;
mod catalog_import;
mod document;
mod follows;
mod limits;
mod listening_imports;
mod log;
mod login_throttle;
mod outage;
mod performance;
mod pipeline;
mod retention;
mod roles;
mod sessions;
mod tracks;
mod transactions;
mod uploads;
mod web_app;
