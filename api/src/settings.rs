//! Settings of `veza-api`, from the environment; `veza-api --help` lists them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use url::Url;
use veza_enrich::listener::ListenerKey;
use veza_service::client_address::TrustedProxies;
use veza_service::settings::{ClickHouse, Log, ObjectStore, Postgres, Tokens};

use crate::marketplace::tax_rates::TaxRates;
use crate::money::tax::Percent;
use crate::time::zone::Zone;

/// The prefix of the names that only this service reads.
pub const PREFIX: &str = "VEZA_API_";

/// Analytics, marketplace and admin over HTTP.
#[derive(Debug, Parser)]
#[command(name = "veza-api", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve until SIGTERM (what happens without a command)
    Serve,
    /// Bring the database's schema up to date; several at once wait for each other
    Migrate,
    /// Make an administrator's account; the password is read from standard input
    CreateAdmin {
        /// What the administrator logs in with
        email: String,
        /// The name that is shown
        #[arg(long, default_value = "Administrator")]
        name: String,
    },
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address of the API and the web app
    #[arg(
        long = "listen",
        env = "VEZA_API_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,
    /// Address of `/healthz`, `/readyz` and `/metrics`
    #[arg(
        long = "metrics-listen",
        env = "VEZA_API_METRICS_LISTEN",
        default_value = "127.0.0.1:9103"
    )]
    pub metrics_listen: SocketAddr,
    /// Address of this service as browsers see it; with `https`, cookies are sent over TLS only
    #[arg(
        long = "public-url",
        env = "VEZA_API_PUBLIC_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub public_url: Url,
    /// Where browsers report plays to
    #[arg(
        long = "ingest-url",
        env = "VEZA_API_INGEST_URL",
        default_value = "http://127.0.0.1:8081"
    )]
    pub ingest_url: Url,
    /// Where this service itself reports the listening histories that people upload; without it, where browsers report to
    #[arg(long = "ingest-internal-url", env = "VEZA_API_INGEST_INTERNAL_URL")]
    pub ingest_internal_url: Option<Url>,
    /// Directory of the built web app; without it only the API is served
    #[arg(long = "web-dir", env = "VEZA_API_WEB_DIR")]
    pub web_dir: Option<PathBuf>,
    /// Addresses and networks of proxies whose `X-Forwarded-For` is believed, comma-separated
    #[arg(
        long = "trusted-proxies",
        env = "VEZA_API_TRUSTED_PROXIES",
        default_value = ""
    )]
    pub trusted_proxies: TrustedProxies,
    /// IANA zone whose days count users and retention; not to be changed once data exist
    #[arg(long = "reporting-tz", env = "VEZA_REPORTING_TZ", default_value = "UTC", value_parser = zone)]
    pub reporting_tz: Zone,

    /// Address of the Prometheus that scrapes the services; administrators see from it how fast they answer
    #[arg(
        long = "prometheus-url",
        env = "VEZA_API_PROMETHEUS_URL",
        default_value = "http://127.0.0.1:19090"
    )]
    pub prometheus_url: Url,
    /// MaxMind DB files, comma-separated, that tell an address's country as evidence beside the one a buyer declares
    #[arg(long = "geoip", env = "VEZA_API_GEOIP", value_delimiter = ',')]
    pub geoip: Vec<PathBuf>,
    /// Tax by country in percent, such as `{"FR": 20, "CH": {"rate": 8.1, "inclusive": true}, "EE": [{"rate": 22, "until": "2025-07-01"},
    /// {"rate": 24, "from": "2025-07-01"}]}`; without it, what the database has stays (at first `{"FR": 20, "US": 0, "UK": 20}`)
    #[arg(long = "tax-rates", env = "VEZA_API_TAX_RATES")]
    pub tax_rates: Option<TaxRates>,
    /// Tax in percent of a country without a rate; orders note that it is not the country's own
    #[arg(
        long = "default-tax-rate",
        env = "VEZA_API_DEFAULT_TAX_RATE",
        default_value = "20"
    )]
    pub default_tax_rate: Percent,
    /// How long the test payment provider takes for an answer that is late, in ms
    #[arg(long = "test-payment-delay-ms", env = "VEZA_API_TEST_PAYMENT_DELAY_MS", default_value_t = 3_000,
          value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub test_payment_delay_ms: u64,

    /// How many days after its payment issues with an order can be reported
    #[arg(long = "dispute-days", env = "VEZA_API_DISPUTE_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub dispute_days: u16,

    /// Key of the listeners' hashes, 32 hexadecimal digits or more; the same as the aggregators'
    #[arg(
        long = "listener-key",
        env = "VEZA_LISTENER_KEY",
        hide_env_values = true
    )]
    pub listener_key: Option<ListenerKey>,
    /// How long ingest waits for Kafka's acknowledgement, in ms; `as_of` trails by as much
    #[arg(long = "kafka-delivery-deadline-ms", env = "VEZA_KAFKA_DELIVERY_DEADLINE_MS", default_value_t = 5_000,
          value_parser = clap::value_parser!(u64).range(100..=120_000))]
    pub delivery_deadline_ms: u64,

    #[command(flatten)]
    pub postgres: Postgres,
    #[command(flatten)]
    pub clickhouse: ClickHouse,
    #[command(flatten)]
    pub objects: ObjectStore,
    #[command(flatten)]
    pub tokens: Tokens,
    #[command(flatten)]
    pub log: Log,
}

impl Settings {
    /// Where this service itself reaches ingest.
    pub fn ingest_internal_url(&self) -> &Url {
        self.ingest_internal_url
            .as_ref()
            .unwrap_or(&self.ingest_url)
    }

    /// Whether browsers reach the service over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name)
        .ok_or_else(|| format!("`{name}` is no IANA time zone; `Europe/Paris` and `UTC` are"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_that_does_not_exist_is_named() {
        assert!(
            zone("Europe/Atlantis")
                .unwrap_err()
                .contains("Europe/Atlantis")
        );
        assert!(zone("Asia/Kathmandu").is_ok());
    }
}
