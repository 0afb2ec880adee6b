//! `POST /v1/plays` as players, proxies and browsers meet it.

mod browsers;
mod quotas;
mod refusals;
mod reports;
mod senders;
mod slow_clients;
#[path = "../support/mod.rs"]
mod support;
