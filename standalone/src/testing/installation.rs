//! An installation of the product for one test.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jsonwebtoken::{EncodingKey, Header};
use rdkafka::message::ToBytes;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use serde_json::Value;
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;
use veza_schemas::topic;

use super::{Servers, Service, program, repository};
use crate::evidence::Evidence;
use crate::ports::reserve;
use crate::secrets::access_token;
use crate::trace::{self, Trace};
use crate::verify::{self, Proof};

/// The database that every installation's is a copy of.
const TEMPLATE: &str = "veza_template";

/// Its own topic, databases, bucket and token secret, on servers that others may use too.
pub struct Installation {
    servers: Arc<Servers>,
    name: String,
    secret: String,
    postgres: PgPool,
    producer: FutureProducer,
    env: BTreeMap<String, String>,
}

impl Installation {
    /// A new one on the shared servers.
    pub async fn new() -> Self {
        Self::on(Servers::shared().await).await
    }

    /// A new one on these servers.
    pub async fn on(servers: Arc<Servers>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("veza_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let secret = Uuid::new_v4().simple().to_string();
        let env = settings(&servers, &name, &secret);
        let topic =
            servers
                .kafka
                .create_topic(&name, topic::DEFAULT_PARTITIONS, topic::RETENTION_HOURS);
        let (topic, postgres) = tokio::join!(topic, postgres(&servers, &name));
        topic.unwrap_or_else(|error| panic!("{error:#}"));
        servers
            .objects
            .create_bucket(&bucket(&name))
            .unwrap_or_else(|error| panic!("{error:#}"));
        let producer = rdkafka::ClientConfig::new()
            .set("bootstrap.servers", servers.kafka.broker())
            // As Kafka's own clients choose the partition.
            .set("partitioner", "murmur2_random")
            .create()
            .expect("a producer");
        let installation = Self {
            servers,
            name,
            secret,
            postgres,
            producer,
            env,
        };
        installation.run("veza-aggregator", &["migrate"]).await;
        installation
    }

    pub fn servers(&self) -> &Arc<Servers> {
        &self.servers
    }

    /// The settings that all services of this installation share, by the names of their variables.
    pub fn env(&self) -> Vec<(String, String)> {
        self.env.clone().into_iter().collect()
    }

    /// One of them, such as `VEZA_KAFKA_TOPIC`.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn setting(&self, name: &str) -> &str {
        &self.env[name]
    }

    /// The name of its topic.
    pub fn topic(&self) -> &str {
        &self.name
    }

    /// An access token that lasts an hour.
    pub fn token(&self, subject: Uuid, role: &str, scopes: &[&str]) -> String {
        access_token(&self.secret, subject, role, scopes).expect("claims that can be signed")
    }

    /// Any claims, signed with this installation's secret: for tokens that must be refused.
    pub fn sign(&self, claims: &Value) -> String {
        let key = EncodingKey::from_secret(self.secret.as_bytes());
        jsonwebtoken::encode(&Header::default(), claims, &key).expect("claims that can be signed")
    }

    /// A pool on its Postgres database, for the runtime that made the installation.
    pub fn postgres(&self) -> &PgPool {
        &self.postgres
    }

    /// Writes a raw record into its topic, as acknowledged by Kafka.
    ///
    /// # Returns
    /// Partition and offset.
    pub async fn produce(&self, key: &str, value: &[u8]) -> (i32, i64) {
        self.send(FutureRecord::to(&self.name).key(key).payload(value))
            .await
    }

    /// The same into a certain partition.
    pub async fn produce_to(&self, partition: i32, key: &str, value: &[u8]) -> (i32, i64) {
        self.send(
            FutureRecord::to(&self.name)
                .partition(partition)
                .key(key)
                .payload(value),
        )
        .await
    }

    async fn send<K: ToBytes + ?Sized>(&self, record: FutureRecord<'_, K, [u8]>) -> (i32, i64) {
        let patience = Timeout::After(Duration::from_secs(10));
        match self.producer.send(record, patience).await {
            Ok(delivery) => (delivery.partition, delivery.offset),
            Err((error, _)) => panic!("Kafka did not take the record: {error}"),
        }
    }

    /// The rows of a query against its ClickHouse database, as the user that writes; 64-bit integers come as numbers.
    ///
    /// # Panics
    /// With ClickHouse's message, if it refuses.
    pub async fn clickhouse(&self, sql: &str) -> Vec<Value> {
        self.try_clickhouse(sql)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, for a warehouse that may be away.
    pub async fn try_clickhouse(&self, sql: &str) -> Result<Vec<Value>, String> {
        let response = reqwest::Client::new()
            .post(self.setting("VEZA_CLICKHOUSE_URL"))
            .query(&[
                ("database", self.setting("VEZA_CLICKHOUSE_DATABASE")),
                ("default_format", "JSONEachRow"),
                ("output_format_json_quote_64bit_integers", "0"),
            ])
            .basic_auth(
                self.setting("VEZA_CLICKHOUSE_USER"),
                Some(self.setting("VEZA_CLICKHOUSE_PASSWORD")),
            )
            .timeout(Duration::from_secs(30))
            .body(sql.to_owned())
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{status}: {body}\n{sql}"));
        }
        let rows = body
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>();
        rows.map_err(|error| format!("{error}: {body}"))
    }

    /// Starts `veza-ingest`, ready.
    pub async fn start_ingest(&self) -> Service {
        self.start_ingest_with(&[]).await
    }

    /// The same with settings of its own.
    pub async fn start_ingest_with(&self, settings: &[(&str, &str)]) -> Service {
        let [listen, metrics] = addresses();
        let own = vec![
            ("VEZA_INGEST_LISTEN", listen.clone()),
            ("VEZA_INGEST_METRICS_LISTEN", metrics.clone()),
        ];
        self.start("veza-ingest", [listen, metrics], own, settings)
            .await
    }

    /// Starts `veza-aggregator`, ready. It has no interface but its metrics.
    pub async fn start_aggregator(&self) -> Service {
        self.start_aggregator_with(&[]).await
    }

    /// The same with settings of its own.
    pub async fn start_aggregator_with(&self, settings: &[(&str, &str)]) -> Service {
        let [_, metrics] = addresses();
        let geoip = &self.servers.downloads.geoip;
        let geoip: Vec<_> = geoip
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let own = vec![
            ("VEZA_AGGREGATOR_METRICS_LISTEN", metrics.clone()),
            ("VEZA_AGGREGATOR_GROUP", self.name.clone()),
            ("VEZA_AGGREGATOR_GEOIP", geoip.join(",")),
        ];
        self.start("veza-aggregator", [metrics.clone(), metrics], own, settings)
            .await
    }

    /// Starts `veza-api`, ready.
    pub async fn start_api(&self) -> Service {
        self.start_api_with(&[]).await
    }

    /// The same with settings of its own.
    pub async fn start_api_with(&self, settings: &[(&str, &str)]) -> Service {
        let [listen, metrics] = addresses();
        let own = vec![
            ("VEZA_API_LISTEN", listen.clone()),
            ("VEZA_API_METRICS_LISTEN", metrics.clone()),
            ("VEZA_API_PUBLIC_URL", format!("http://{listen}")),
        ];
        self.start("veza-api", [listen, metrics], own, settings)
            .await
    }

    async fn start(
        &self,
        name: &'static str,
        [listen, metrics]: [String; 2],
        own: Vec<(&str, String)>,
        settings: &[(&str, &str)],
    ) -> Service {
        let mut env = self.env.clone();
        env.extend(
            own.into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        env.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        );
        let port = metrics.rsplit(':').next().unwrap_or_default();
        let log = self
            .servers
            .folder
            .join(format!("{}-{name}-{port}.log", self.name));
        let urls = (format!("http://{listen}"), format!("http://{metrics}"));
        Service::start(name, program(name), log, env, urls).await
    }

    /// Where its reports and what became of them are.
    fn evidence(&self) -> Evidence {
        Evidence {
            brokers: self.setting("VEZA_KAFKA_BROKERS").into(),
            topic: self.topic().into(),
            clickhouse: self.setting("VEZA_CLICKHOUSE_URL").into(),
            database: self.setting("VEZA_CLICKHOUSE_DATABASE").into(),
            user: self.setting("VEZA_CLICKHOUSE_USER").into(),
            password: self.setting("VEZA_CLICKHOUSE_PASSWORD").into(),
        }
    }

    /// What `veza trace` tells of a play.
    ///
    /// # Panics
    /// If Kafka or the warehouse can't be read.
    pub async fn trace(&self, play_id: Uuid) -> Trace {
        let settings = trace::Settings {
            play_id,
            json: false,
            evidence: self.evidence(),
            group: self.name.clone(),
            postgres: self.setting("VEZA_POSTGRES_URL").into(),
        };
        trace::trace(&settings)
            .await
            .unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// What `veza verify` finds, once everything is stored or `patience` is over.
    ///
    /// # Panics
    /// If Kafka or the warehouse can't be read.
    pub async fn verify(&self, patience: Duration) -> Proof {
        let settings = verify::Settings {
            evidence: self.evidence(),
            patience: patience.as_secs(),
            postgres: Some(self.setting("VEZA_POSTGRES_URL").into()),
            json: false,
        };
        verify::prove_quietly(&settings)
            .await
            .unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Runs a command of a service, such as `veza-api create-admin`, to its end, with this installation's settings.
    ///
    /// # Panics
    /// If it fails, with what it wrote.
    pub async fn run(&self, name: &str, args: &[&str]) -> String {
        let mut command = Command::new(program(name));
        command
            .args(args)
            .envs(&self.env)
            .stdin(std::process::Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output
            .expect("no panic")
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{name} {args:?}: {}\n{said}",
            output.status
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Two free addresses: of the interface and of the metrics. Reserved as long as the process lives, as the service may be
/// started again.
fn addresses() -> [String; 2] {
    [(), ()].map(|()| {
        let port = reserve().unwrap_or_else(|error| panic!("{error:#}"));
        let address = format!("127.0.0.1:{}", port.port);
        std::mem::forget(port);
        address
    })
}

fn settings(servers: &Servers, name: &str, secret: &str) -> BTreeMap<String, String> {
    use crate::servers::Server;
    [
        ("VEZA_KAFKA_BROKERS", servers.kafka.broker()),
        ("VEZA_KAFKA_TOPIC", name.into()),
        ("VEZA_POSTGRES_URL", servers.postgres.database_url(name)),
        ("VEZA_CLICKHOUSE_URL", servers.warehouse.url()),
        ("VEZA_CLICKHOUSE_DATABASE", name.into()),
        ("VEZA_CLICKHOUSE_USER", "veza".into()),
        ("VEZA_CLICKHOUSE_PASSWORD", "veza".into()),
        ("VEZA_S3_ENDPOINT", servers.objects.url()),
        ("VEZA_S3_BUCKET", bucket(name)),
        ("VEZA_TOKEN_SECRET", secret.into()),
        ("VEZA_LISTENER_KEY", Uuid::new_v4().simple().to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Names of buckets have no underscore.
fn bucket(name: &str) -> String {
    name.replace('_', "-")
}

/// A migrated database: a copy of one that is migrated once for all.
async fn postgres(servers: &Servers, name: &str) -> PgPool {
    servers
        .template
        .get_or_init(|| migrate_template(servers))
        .await;
    let mut admin = servers
        .postgres
        .connect("postgres")
        .await
        .expect("Postgres serves");
    let sql = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    let created = sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&mut admin)
        .await;
    created.unwrap_or_else(|error| panic!("{error}"));
    let options = PgPoolOptions::new().max_connections(4);
    let pool = options.connect(&servers.postgres.database_url(name)).await;
    pool.unwrap_or_else(|error| panic!("{error}"))
}

async fn migrate_template(servers: &Servers) {
    let migrate = async {
        servers.postgres.create_database(TEMPLATE).await?;
        let mut connection = servers.postgres.connect(TEMPLATE).await?;
        Migrator::new(repository().join("migrations"))
            .await?
            .run(&mut connection)
            .await?;
        sqlx::Connection::close(connection).await?;
        anyhow::Ok(())
    };
    migrate
        .await
        .unwrap_or_else(|error| panic!("migrations: {error:#}"));
}
