//! How one sees that a server serves.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::producer::{BaseProducer, Producer};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A question that only a serving process answers. Cheap to ask every second.
#[derive(Clone)]
pub enum Probe {
    /// `GET` answers 200; otherwise the body says why.
    Http(String),
    /// The broker names itself in the cluster's metadata, so it is registered and not fenced.
    Kafka(KafkaProbe),
    /// A session answers `SELECT 1`.
    Postgres(Box<PgConnectOptions>),
}

impl Probe {
    /// Asks once.
    ///
    /// # Errors
    /// What is missing, in a few words.
    pub async fn ask(&self) -> Result<(), String> {
        let answer = async {
            match self {
                Self::Http(url) => ask_http(url).await,
                Self::Kafka(probe) => probe.ask().await,
                Self::Postgres(options) => ask_postgres(options).await,
            }
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
    }
}

async fn ask_http(url: &str) -> Result<(), String> {
    let response = reqwest::get(url)
        .await
        .map_err(|_| "does not answer yet".to_owned())?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let body = response.text().await.unwrap_or_default();
    let reason: String = body.trim().chars().take(200).collect();
    Err(format!("answers {}: {reason}", status.as_u16()))
}

async fn ask_postgres(options: &PgConnectOptions) -> Result<(), String> {
    let mut connection: PgConnection = options
        .connect()
        .await
        .map_err(|_| "does not answer yet".to_owned())?;
    let answer = sqlx::query("SELECT 1").execute(&mut connection).await;
    let _ = connection.close().await;
    answer.map(drop).map_err(|error| error.to_string())
}

/// One client for all questions to a broker: making one costs threads.
#[derive(Clone)]
pub struct KafkaProbe {
    broker: String,
    client: Arc<OnceLock<BaseProducer>>,
}

impl KafkaProbe {
    pub fn new(broker: impl Into<String>) -> Self {
        Self {
            broker: broker.into(),
            client: Arc::default(),
        }
    }

    async fn ask(&self) -> Result<(), String> {
        let probe = self.clone();
        tokio::task::spawn_blocking(move || probe.ask_blocking())
            .await
            .map_err(|error| error.to_string())?
    }

    fn ask_blocking(&self) -> Result<(), String> {
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let made = quiet_client(&self.broker)
                    .create()
                    .map_err(|error| error.to_string())?;
                self.client.get_or_init(|| made)
            }
        };
        let metadata = client
            .client()
            .fetch_metadata(None, Duration::from_secs(1))
            .map_err(|_| "does not answer yet".to_owned())?;
        if metadata.brokers().is_empty() {
            return Err("waits for its own registration".into());
        }
        let leaderless = metadata
            .topics()
            .iter()
            .filter(|topic| {
                topic
                    .partitions()
                    .iter()
                    .any(|partition| partition.leader() < 0)
            })
            .count();
        match leaderless {
            0 => Ok(()),
            topics => Err(format!("{topics} topics wait for their leader")),
        }
    }
}

/// A client that keeps trying a broker that is down, without a word on the console.
pub(crate) fn quiet_client(broker: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker)
        .set("reconnect.backoff.max.ms", "500")
        .set("socket.timeout.ms", "5000")
        .set_log_level(RDKafkaLogLevel::Emerg);
    config
}
