//! The aggregator's settings; `--help` lists them all.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use veza_enrich::listener::ListenerKey;
use veza_service::settings::{ClickHouse, Kafka, Log, Postgres};

#[cfg(debug_assertions)]
use crate::consumer::fail_point::FailPoint;
use crate::consumer::fail_point::FailPoints;
use crate::consumer::range::SealLimits;
use crate::erasures::Schedule;
use crate::operate::{accept_loss, rebuild, rejected};

/// The prefix of the names that only the aggregator reads.
pub const PREFIX: &str = "VEZA_AGGREGATOR_";

const MIB: usize = 1 << 20;

/// Kafka to ClickHouse: reads play reports, enriches and judges them, and stores each once
#[derive(Debug, Clone, Parser)]
#[command(name = "veza-aggregator", version)]
pub struct Settings {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub kafka: Kafka,
    #[command(flatten)]
    pub clickhouse: ClickHouse,
    #[command(flatten)]
    pub postgres: Postgres,
    #[command(flatten)]
    pub log: Log,
    /// Where /healthz, /readyz and /metrics are served
    #[arg(
        long,
        env = "VEZA_AGGREGATOR_METRICS_LISTEN",
        default_value = "127.0.0.1:9102"
    )]
    pub metrics_listen: SocketAddr,
    /// Consumer group
    #[arg(long, env = "VEZA_AGGREGATOR_GROUP", default_value = veza_schemas::topic::AGGREGATOR_GROUP)]
    pub group: String,
    /// How the group shares out partitions: `consumer` (KIP-848), or `classic` (cooperative-sticky) for brokers before 4.0
    #[arg(
        long,
        env = "VEZA_AGGREGATOR_GROUP_PROTOCOL",
        default_value = "consumer"
    )]
    pub group_protocol: GroupProtocol,
    /// Key of the listener's hash, hexadecimal, 16 bytes or more; the API must have the same
    #[arg(long, env = "VEZA_LISTENER_KEY", hide_env_values = true)]
    pub listener_key: Option<ListenerKey>,
    /// The installation's own hosts, comma-separated: referrals from them are `internal`
    #[arg(long, env = "VEZA_SITE_HOSTS", value_delimiter = ',')]
    pub site_hosts: Vec<String>,
    /// MaxMind DB files, comma-separated; without any, places are unknown
    #[arg(long, env = "VEZA_AGGREGATOR_GEOIP", value_delimiter = ',')]
    pub geoip: Vec<PathBuf>,
    /// A range is stored when it is this old, in ms; an insert costs 20 ms whatever its size
    #[arg(long, env = "VEZA_AGGREGATOR_SEAL_AGE_MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub seal_age_ms: u64,
    /// … or has this many records
    #[arg(long, env = "VEZA_AGGREGATOR_SEAL_ROWS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub seal_rows: u32,
    /// … or this many MiB
    #[arg(long, env = "VEZA_AGGREGATOR_SEAL_MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub seal_mib: u32,
    /// Most MiB of records that the process holds between Kafka and ClickHouse
    #[arg(long, env = "VEZA_AGGREGATOR_BUDGET_MIB", default_value_t = 80, value_parser = clap::value_parser!(u32).range(8..=65_536))]
    pub budget_mib: u32,
    /// Offsets of a partition within which duplicates are known without a look into the warehouse
    #[arg(long, env = "VEZA_AGGREGATOR_WINDOW", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub window: u64,
    /// /readyz fails when a partition has stored nothing for so many seconds, though there is something to store
    #[arg(long, env = "VEZA_AGGREGATOR_STALL_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub stall_seconds: u64,
    /// At least so many seconds lie between two erasures of listeners; each rewrites a column
    #[arg(long, env = "VEZA_AGGREGATOR_ERASURE_INTERVAL_SECONDS", default_value_t = 3_600, value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub erasure_interval_seconds: u64,
    /// Kafka's retention in seconds: after it, an erasure is done once more
    #[arg(long, env = "VEZA_AGGREGATOR_ERASURE_LOG_SECONDS", default_value_t = veza_schemas::topic::RETENTION_HOURS * 3_600, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub erasure_log_seconds: u64,
    /// How long rejected records are kept whole, in seconds: after it, the receipt of an erasure is done
    #[arg(long, env = "VEZA_AGGREGATOR_ERASURE_REJECTED_SECONDS", default_value_t = 14 * 86_400, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub erasure_rejected_seconds: u64,
    /// Where a test holds a worker
    #[cfg(debug_assertions)]
    #[arg(long, env = "VEZA_AGGREGATOR_FAIL_POINT", hide = true)]
    pub fail_point: Option<FailPoint>,
    /// … until this file exists
    #[cfg(debug_assertions)]
    #[arg(long, env = "VEZA_AGGREGATOR_FAIL_POINT_UNTIL", hide = true)]
    pub fail_point_until: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Consume until told to stop (the default)
    Run,
    /// Create the warehouse's database and bring its tables up to date
    Migrate,
    /// Look into the records that could not be read, and send them again
    #[command(subcommand)]
    Rejected(rejected::Command),
    /// Let a stopped partition go on without what Kafka no longer has; all aggregators must be stopped
    AcceptLoss(accept_loss::Arguments),
    /// Judge what is stored again, by the current rule and catalog; all aggregators must be stopped
    Rebuild(rebuild::Arguments),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroupProtocol {
    Consumer,
    Classic,
}

impl Settings {
    pub fn seal_limits(&self) -> SealLimits {
        SealLimits {
            rows: self.seal_rows as usize,
            bytes: self.seal_mib as usize * MIB,
            age: Duration::from_millis(self.seal_age_ms),
        }
    }

    /// Builds for use have none.
    pub fn fail_points(&self) -> FailPoints {
        #[cfg(debug_assertions)]
        return FailPoints {
            chosen: self.fail_point,
            until: self.fail_point_until.clone(),
        };
        #[cfg(not(debug_assertions))]
        FailPoints::default()
    }

    pub fn stall(&self) -> Duration {
        Duration::from_secs(self.stall_seconds)
    }

    pub fn erasure_schedule(&self) -> Schedule {
        Schedule {
            interval: Duration::from_secs(self.erasure_interval_seconds),
            log: Duration::from_secs(self.erasure_log_seconds),
            rejected: Duration::from_secs(self.erasure_rejected_seconds),
        }
    }

    pub fn budget_bytes(&self) -> usize {
        self.budget_mib as usize * MIB
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_complete_and_limits_are_checked() {
        let settings = Settings::try_parse_from(["veza-aggregator"]).unwrap();
        assert_eq!(
            (settings.command.clone(), settings.seal_limits().rows),
            (None, 100_000)
        );
        for bad in [
            "--seal-rows=100001",
            "--seal-age-ms=0",
            "--listener-key=abc",
            "--group-protocol=none",
        ] {
            assert!(
                Settings::try_parse_from(["veza-aggregator", bad]).is_err(),
                "{bad}"
            );
        }
    }
}
