//! What an operator may set.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use veza_service::client_address::TrustedProxies;
use veza_service::settings::{Kafka, Log, Tokens};

/// Collects play reports over HTTP and puts them into Kafka.
#[derive(Debug, Clone, Parser)]
#[command(name = "veza-ingest", version)]
pub struct Settings {
    /// Where players send their reports
    #[arg(long, env = "VEZA_INGEST_LISTEN", default_value = "127.0.0.1:8081")]
    pub listen: SocketAddr,
    /// Where /healthz, /readyz and /metrics are
    #[arg(
        long,
        env = "VEZA_INGEST_METRICS_LISTEN",
        default_value = "127.0.0.1:9101"
    )]
    pub metrics_listen: SocketAddr,
    /// Proxies whose X-Forwarded-For is believed: addresses and CIDR blocks, comma-separated
    #[arg(long, env = "VEZA_INGEST_TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: TrustedProxies,
    /// Requests a second from one address (IPv6: one /64), without the scope plays:import
    #[arg(long, env = "VEZA_INGEST_REQUESTS_PER_S", default_value_t = 200,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_s: u32,
    /// Reports a second from one address (IPv6: one /64), without the scope plays:import; a full request always fits once
    #[arg(long, env = "VEZA_INGEST_REPORTS_PER_S", default_value_t = 5_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub reports_per_s: u32,
    /// Addresses whose use is remembered (about 300 bytes each); beyond that the longest silent one is forgotten
    #[arg(long, env = "VEZA_INGEST_QUOTA_ADDRESSES", default_value_t = 100_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub quota_addresses: u64,
    /// Longest wait for a request's head, in ms; idle connections end after it too
    #[arg(long, env = "VEZA_INGEST_HEADER_TIMEOUT_MS", default_value_t = 30_000,
          value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub header_timeout_ms: u64,
    /// Longest wait for a request's body, in ms
    #[arg(long, env = "VEZA_INGEST_BODY_TIMEOUT_MS", default_value_t = 10_000,
          value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub body_timeout_ms: u64,
    /// Longest wait for requests under way after SIGTERM, in ms; at least body time-out plus Kafka's delivery deadline
    #[arg(long, env = "VEZA_INGEST_DRAIN_MS", default_value_t = 20_000,
          value_parser = clap::value_parser!(u64).range(100..=600_000))]
    pub drain_ms: u64,
    /// Reports that may wait for Kafka's acknowledgement at once; beyond that the answer is 503
    #[arg(long, env = "VEZA_INGEST_QUEUE_REPORTS", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub queue_reports: u32,
    #[command(flatten)]
    pub kafka: Kafka,
    #[command(flatten)]
    pub tokens: Tokens,
    #[command(flatten)]
    pub log: Log,
}

/// Two settings that cannot both be meant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    #[error(
        "VEZA_INGEST_DRAIN_MS is {drain_ms}, but a request under way may need {needed_ms} (VEZA_INGEST_BODY_TIMEOUT_MS + \
         VEZA_KAFKA_DELIVERY_DEADLINE_MS): raise the first or lower one of the others"
    )]
    DrainTooShort { drain_ms: u64, needed_ms: u64 },
    #[error(
        "VEZA_INGEST_QUEUE_REPORTS is {queue}, but one request may bring {request} reports: raise it"
    )]
    QueueTooShort { queue: u32, request: usize },
}

impl Settings {
    pub fn check(&self) -> Result<(), Contradiction> {
        let needed_ms = self.body_timeout_ms + self.kafka.delivery_deadline_ms;
        if self.drain_ms < needed_ms {
            return Err(Contradiction::DrainTooShort {
                drain_ms: self.drain_ms,
                needed_ms,
            });
        }
        let request = veza_schemas::report::MAX_REPORTS;
        if (self.queue_reports as usize) < request {
            return Err(Contradiction::QueueTooShort {
                queue: self.queue_reports,
                request,
            });
        }
        Ok(())
    }

    pub fn delivery_deadline(&self) -> Duration {
        Duration::from_millis(self.kafka.delivery_deadline_ms)
    }

    pub fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(arguments: &[&str]) -> Settings {
        Settings::parse_from(["veza-ingest"].iter().chain(arguments))
    }

    #[test]
    fn the_defaults_agree() {
        assert_eq!(settings(&[]).check(), Ok(()));
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused() {
        let error = settings(&["--drain-ms", "14999"]).check().unwrap_err();
        assert!(error.to_string().contains("may need 15000"), "{error}");
        assert!(settings(&["--queue-reports", "999"]).check().is_err());
    }
}
