//! The servers behind the product's protocols: what each needs on disk, how its process is started, and how one sees that
//! it serves.

mod clickhouse;
pub mod kafka;
pub mod objects;
mod postgres;
mod probe;
pub mod prometheus;
pub mod warehouse;

pub use clickhouse::ClickHouse;
pub use kafka::Kafka;
pub use objects::Objects;
pub use postgres::Postgres;
pub use probe::Probe;
pub use prometheus::Prometheus;

use crate::process::Launch;

/// What can be run as a child process: a server, or one of our services.
pub trait Server: Send + Sync {
    /// Its name in `veza status`.
    fn name(&self) -> &'static str;

    /// Where it is reached.
    fn url(&self) -> String;

    /// The ports that it listens on, each with the variable that sets it.
    fn ports(&self) -> Vec<(u16, &'static str)>;

    /// Makes what the process needs on disk, and clears what a crash left. Called before every start; blocks.
    fn prepare(&self) -> anyhow::Result<()>;

    fn launch(&self) -> Launch;

    fn probe(&self) -> Probe;
}
