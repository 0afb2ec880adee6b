//! Real servers for tests, and installations of the product on them.
//!
//! ```no_run
//! # use std::time::Duration;
//! use veza_standalone::testing::{Installation, eventually};
//!
//! #[tokio::test]
//! async fn a_play_is_counted() {
//!     let veza = Installation::new().await;          // own topic, databases, bucket and secret
//!     let ingest = veza.start_ingest().await;        // the built program, ready, on a free port
//!     let aggregator = veza.start_aggregator().await;
//!     // … POST to `ingest.url()` with `veza.token(user, "user", &[])` …
//!     eventually(Duration::from_secs(10), || async {
//!         veza.clickhouse("SELECT count() AS n FROM plays").await[0]["n"] == 1
//!     })
//!     .await;
//!     aggregator.kill9().await;                      // and `restart().await`, `terminate().await`, `log()`
//! }
//! ```
//!
//! - [`Servers::shared`]: Kafka, Postgres, the warehouse and the object store, started once a test process (about 4 s) and
//!   used by all its tests. [`Installation::new`] makes an isolated installation on them.
//! - [`Servers::dedicated`]: the same for one test alone, which may kill, pause and restart them;
//!   [`Installation::on`] makes an installation on them.
//! - Services are the programs beside the running test in the target directory; build them first: `cargo build --bins`
//!   (cargo builds those of the tested package itself).
//! - Everything listens on free ports of loopback and keeps its data in a temporary folder. All of it ends with the test
//!   process, even if that is killed; the folder is removed at a normal end, else by the next test process.
//!
//! All of it panics on failure, with what the process concerned wrote last.

mod condition;
mod folder;
mod installation;
mod program;
mod prometheus;
mod python;
mod servers;
mod service;

pub use condition::{Condition, eventually};
pub use installation::Installation;
pub use program::{program, repository};
pub use prometheus::PrometheusPlace;
pub use python::python_environment;
pub use servers::{Servers, TestServer};
pub use service::Service;
