//! Where reports and what became of them are found: the flags that `veza verify` and `veza trace` share.

use clap::Args;
use clickhouse::Client;

/// The log and the warehouse; on one machine the defaults serve.
#[derive(Debug, Clone, Args)]
pub struct Evidence {
    /// Bootstrap brokers, `host:port`, comma-separated
    #[arg(long, env = "VEZA_KAFKA_BROKERS", default_value = "127.0.0.1:19092")]
    pub brokers: String,
    /// Topic of play reports
    #[arg(long, env = "VEZA_KAFKA_TOPIC", default_value = veza_schemas::topic::PLAYS)]
    pub topic: String,
    /// Address of the warehouse's HTTP interface
    #[arg(
        long,
        env = "VEZA_CLICKHOUSE_URL",
        default_value = "http://127.0.0.1:18123"
    )]
    pub clickhouse: String,
    #[arg(long, env = "VEZA_CLICKHOUSE_DATABASE", default_value = "veza")]
    pub database: String,
    #[arg(long, env = "VEZA_CLICKHOUSE_USER", default_value = "veza")]
    pub user: String,
    #[arg(
        long,
        env = "VEZA_CLICKHOUSE_PASSWORD",
        default_value = "veza",
        hide_env_values = true
    )]
    pub password: String,
}

impl Default for Evidence {
    /// One machine's, whatever the environment says.
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:19092".into(),
            topic: veza_schemas::topic::PLAYS.into(),
            clickhouse: "http://127.0.0.1:18123".into(),
            database: "veza".into(),
            user: "veza".into(),
            password: "veza".into(),
        }
    }
}

impl Evidence {
    pub fn warehouse(&self) -> Client {
        Client::default()
            .with_url(&self.clickhouse)
            .with_database(&self.database)
            .with_user(&self.user)
            .with_password(&self.password)
    }
}
