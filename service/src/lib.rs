//! What each service does the same way.
//!
//! | module | what it gives |
//! |---|---|
//! | [`settings`] | the shared settings, and [`settings::load`], which refuses misspelt names |
//! | [`log`] | `tracing`, as text or JSON |
//! | [`metrics`] | the Prometheus recorder, and requests counted by route and status |
//! | [`probes`] | `/healthz`, `/readyz`, `/metrics` on a port of their own |
//! | [`shutdown`] | SIGTERM and SIGINT, and an HTTP server that drains within a bound |
//! | [`token`] | Bearer tokens: checked, and (HS256) issued |
//! | [`reply`] | `{"data", "meta"}`, and `application/problem+json` |
//! | [`client_address`] | the client's address behind configured proxies |

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod client_address;
pub mod log;
pub mod metrics;
pub mod probes;
pub mod reply;
pub mod settings;
pub mod shutdown;
pub mod token;
