//! Everything that runs on one machine, and how the parts find each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use crate::fetch::Downloads;
use crate::home::{Home, workspace};
use crate::secrets::Secrets;
use crate::servers::kafka::GroupTimes;
use crate::servers::{ClickHouse, Kafka, Objects, Postgres, Prometheus, Server, prometheus};
use crate::services::Service;

/// The database in Postgres and in the warehouse, and the bucket.
const NAME: &str = "veza";

/// Those that may run beside each other: one a partition, by default.
pub const AGGREGATORS: [&str; 6] = [
    "aggregator",
    "aggregator-2",
    "aggregator-3",
    "aggregator-4",
    "aggregator-5",
    "aggregator-6",
];

/// Whose pages are our own: this machine's, and the site on which the demo's listeners are.
const SITE_HOSTS: &str = "127.0.0.1,localhost,veza.example";

/// Ports on loopback.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Ports {
    /// Port of the web app and the API
    #[arg(long = "port-web", env = "VEZA_PORT_WEB", default_value_t = 8080)]
    pub web: u16,
    /// Port that players report to
    #[arg(long = "port-ingest", env = "VEZA_PORT_INGEST", default_value_t = 8081)]
    pub ingest: u16,
    #[arg(long = "port-kafka", env = "VEZA_PORT_KAFKA", default_value_t = 19092)]
    pub kafka: u16,
    #[arg(
        long = "port-kafka-controller",
        env = "VEZA_PORT_KAFKA_CONTROLLER",
        default_value_t = 19093
    )]
    pub kafka_controller: u16,
    #[arg(
        long = "port-clickhouse",
        env = "VEZA_PORT_CLICKHOUSE",
        default_value_t = 18123
    )]
    pub clickhouse: u16,
    #[arg(
        long = "port-postgres",
        env = "VEZA_PORT_POSTGRES",
        default_value_t = 15432
    )]
    pub postgres: u16,
    #[arg(long = "port-s3", env = "VEZA_PORT_S3", default_value_t = 19000)]
    pub s3: u16,
    #[arg(
        long = "port-prometheus",
        env = "VEZA_PORT_PROMETHEUS",
        default_value_t = 19090
    )]
    pub prometheus: u16,
    #[arg(
        long = "port-ingest-metrics",
        env = "VEZA_PORT_INGEST_METRICS",
        default_value_t = 9101
    )]
    pub ingest_metrics: u16,
    #[arg(
        long = "port-aggregator-metrics",
        env = "VEZA_PORT_AGGREGATOR_METRICS",
        default_value_t = 9102
    )]
    pub aggregator_metrics: u16,
    #[arg(
        long = "port-api-metrics",
        env = "VEZA_PORT_API_METRICS",
        default_value_t = 9103
    )]
    pub api_metrics: u16,
}

impl Ports {
    /// # Errors
    /// If the environment holds a `VEZA_PORT_…` that nobody reads: the port would silently be the default.
    pub fn check_names() -> anyhow::Result<()> {
        let command = Self::augment_args(clap::Command::new("ports"));
        let known: Vec<_> = command
            .get_arguments()
            .filter_map(clap::Arg::get_env)
            .collect();
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VEZA_PORT_")
                && !known.contains(&name.as_os_str())
            {
                let known: Vec<_> = known.iter().map(|name| name.to_string_lossy()).collect();
                bail!(
                    "{} is not a setting; these are: {}",
                    name.display(),
                    known.join(" ")
                );
            }
        }
        Ok(())
    }
}

/// All processes of an installation.
pub struct Stack {
    pub kafka: Arc<Kafka>,
    pub postgres: Arc<Postgres>,
    pub warehouse: Arc<ClickHouse>,
    pub objects: Arc<Objects>,
    /// None: not installed.
    pub prometheus: Option<Arc<Prometheus>>,
    pub ingest: Arc<Service>,
    pub aggregator: Arc<Service>,
    pub api: Arc<Service>,
    pub downloads: Downloads,
}

impl Stack {
    /// # Errors
    /// If a program of ours is not built.
    pub fn new(
        home: &Home,
        downloads: &Downloads,
        secrets: &Secrets,
        ports: &Ports,
    ) -> anyhow::Result<Self> {
        let programs = Programs::beside_us()?;
        let data = |name: &str| home.data().join(name);
        let log = |name: &str| home.logs().join(format!("{name}.log"));
        let kafka = Kafka::new(
            downloads.kafka.clone(),
            data("kafka"),
            log("kafka"),
            (ports.kafka, ports.kafka_controller),
            GroupTimes::SERVING,
        );
        let postgres = Postgres {
            distribution: downloads.postgres.clone(),
            data: data("postgres"),
            log: log("postgres"),
            port: ports.postgres,
            durable: true,
        };
        let warehouse = ClickHouse {
            program: programs.named("veza")?,
            library: downloads.chdb.clone(),
            data: data("warehouse"),
            log: log("warehouse"),
            port: ports.clickhouse,
        };
        let objects = Objects {
            program: programs.named("veza")?,
            data: data("objects"),
            log: log("objects"),
            port: ports.s3,
            origins: ["127.0.0.1", "localhost"]
                .map(|host| format!("http://{host}:{}", ports.web))
                .into(),
            access_key: "veza".into(),
            secret_key: "veza-secret".into(),
        };
        let prometheus = prometheus::find().map(|program| Prometheus {
            program,
            data: data("prometheus"),
            log: log("prometheus"),
            port: ports.prometheus,
            targets: vec![
                ("ingest", ports.ingest_metrics),
                ("aggregator", ports.aggregator_metrics),
                ("api", ports.api_metrics),
            ],
        });
        let shared = shared_settings(&kafka, &postgres, &warehouse, &objects, secrets);
        let service = |name, program, interface, metrics, own: Vec<(&str, String)>| {
            let mut settings = shared.clone();
            settings.extend(own.into_iter().map(|(name, value)| (name.into(), value)));
            anyhow::Ok(Arc::new(Service {
                name,
                program: programs.named(program)?,
                log: log(name),
                settings,
                interface,
                metrics,
            }))
        };
        Ok(Self {
            ingest: service(
                "ingest",
                "veza-ingest",
                Some((ports.ingest, "VEZA_PORT_INGEST")),
                (ports.ingest_metrics, "VEZA_PORT_INGEST_METRICS"),
                ingest_settings(ports),
            )?,
            aggregator: service(
                "aggregator",
                "veza-aggregator",
                None,
                (ports.aggregator_metrics, "VEZA_PORT_AGGREGATOR_METRICS"),
                aggregator_settings(ports, downloads),
            )?,
            api: service(
                "api",
                "veza-api",
                Some((ports.web, "VEZA_PORT_WEB")),
                (ports.api_metrics, "VEZA_PORT_API_METRICS"),
                api_settings(ports, downloads),
            )?,
            kafka: Arc::new(kafka),
            postgres: Arc::new(postgres),
            warehouse: Arc::new(warehouse),
            objects: Arc::new(objects),
            prometheus: prometheus.map(Arc::new),
            downloads: downloads.clone(),
        })
    }

    /// What the services stand on.
    pub fn servers(&self) -> Vec<Arc<dyn Server>> {
        let mut servers: Vec<Arc<dyn Server>> = vec![
            self.kafka.clone(),
            self.warehouse.clone(),
            self.postgres.clone(),
            self.objects.clone(),
        ];
        if let Some(prometheus) = &self.prometheus {
            servers.push(prometheus.clone());
        }
        servers
    }

    pub fn services(&self) -> Vec<Arc<dyn Server>> {
        vec![
            self.ingest.clone(),
            self.aggregator.clone(),
            self.api.clone(),
        ]
    }

    /// One more aggregator, which shares the partitions with the first; `name`: one of [`AGGREGATORS`].
    pub fn another_aggregator(&self, name: &'static str, metrics_port: u16) -> Service {
        let metrics = loopback(metrics_port);
        let first = &self.aggregator;
        Service {
            name,
            log: first.log.with_file_name(format!("{name}.log")),
            metrics: (metrics_port, first.metrics.1),
            ..first.with(&[("VEZA_AGGREGATOR_METRICS_LISTEN", &metrics)])
        }
    }

    /// Name and address of each, as `status.json` lists them.
    pub fn addresses(&self, ports: &Ports) -> Vec<(&'static str, String)> {
        vec![
            ("kafka", self.kafka.url()),
            ("warehouse", self.warehouse.url()),
            ("postgres", self.postgres_url()),
            ("objects", self.objects.url()),
            (
                "prometheus",
                format!("http://127.0.0.1:{}", ports.prometheus),
            ),
            ("ingest", self.ingest.url()),
            ("aggregator", self.aggregator.url()),
            ("api", self.api.url()),
        ]
    }

    /// The product's database.
    pub fn postgres_url(&self) -> String {
        self.postgres.database_url(NAME)
    }

    /// Creates topic, database and bucket where they are missing. The servers must serve.
    pub async fn create_stores(&self) -> anyhow::Result<()> {
        use veza_schemas::topic::{DEFAULT_PARTITIONS, PLAYS, RETENTION_HOURS};
        self.objects.create_bucket(NAME)?;
        tokio::try_join!(
            self.kafka
                .create_topic(PLAYS, DEFAULT_PARTITIONS, RETENTION_HOURS),
            self.postgres.create_database(NAME),
        )?;
        Ok(())
    }
}

/// The folder of the running program, which has the others beside it.
struct Programs {
    folder: PathBuf,
}

impl Programs {
    fn beside_us() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find our own program")?;
        let folder = program.parent().unwrap_or(Path::new("/")).to_owned();
        Ok(Self { folder })
    }

    fn named(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        if !path.is_file() {
            bail!(
                "{} is not built; build all programs: cargo build --profile serve --bins",
                path.display()
            );
        }
        Ok(path)
    }
}

fn shared_settings(
    kafka: &Kafka,
    postgres: &Postgres,
    warehouse: &ClickHouse,
    objects: &Objects,
    secrets: &Secrets,
) -> BTreeMap<String, String> {
    [
        ("VEZA_KAFKA_BROKERS", kafka.broker()),
        ("VEZA_POSTGRES_URL", postgres.database_url(NAME)),
        ("VEZA_CLICKHOUSE_URL", warehouse.url()),
        ("VEZA_CLICKHOUSE_DATABASE", NAME.into()),
        ("VEZA_S3_ENDPOINT", objects.url()),
        ("VEZA_S3_BUCKET", NAME.into()),
        ("VEZA_S3_ACCESS_KEY", objects.access_key.clone()),
        ("VEZA_S3_SECRET_KEY", objects.secret_key.clone()),
        ("VEZA_TOKEN_SECRET", secrets.token_secret.clone()),
        ("VEZA_LISTENER_KEY", secrets.listener_key.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect()
}

fn ingest_settings(ports: &Ports) -> Vec<(&'static str, String)> {
    vec![
        ("VEZA_INGEST_LISTEN", loopback(ports.ingest)),
        ("VEZA_INGEST_METRICS_LISTEN", loopback(ports.ingest_metrics)),
    ]
}

fn aggregator_settings(ports: &Ports, downloads: &Downloads) -> Vec<(&'static str, String)> {
    vec![
        (
            "VEZA_AGGREGATOR_METRICS_LISTEN",
            loopback(ports.aggregator_metrics),
        ),
        (
            "VEZA_AGGREGATOR_GEOIP",
            given_or("VEZA_AGGREGATOR_GEOIP", geoip_files(downloads)),
        ),
        (
            "VEZA_SITE_HOSTS",
            given_or("VEZA_SITE_HOSTS", SITE_HOSTS.into()),
        ),
    ]
}

fn api_settings(ports: &Ports, downloads: &Downloads) -> Vec<(&'static str, String)> {
    let address = |port| format!("http://{}", loopback(port));
    let mut settings = vec![
        (
            "VEZA_API_GEOIP",
            given_or("VEZA_API_GEOIP", geoip_files(downloads)),
        ),
        ("VEZA_API_LISTEN", loopback(ports.web)),
        ("VEZA_API_METRICS_LISTEN", loopback(ports.api_metrics)),
        (
            "VEZA_API_PUBLIC_URL",
            given_or("VEZA_API_PUBLIC_URL", address(ports.web)),
        ),
        (
            "VEZA_API_INGEST_URL",
            given_or("VEZA_API_INGEST_URL", address(ports.ingest)),
        ),
        ("VEZA_API_INGEST_INTERNAL_URL", address(ports.ingest)),
        (
            "VEZA_API_PROMETHEUS_URL",
            given_or("VEZA_API_PROMETHEUS_URL", address(ports.prometheus)),
        ),
    ];
    let web = workspace().join("web/dist");
    if web.join("index.html").is_file() {
        settings.push((
            "VEZA_API_WEB_DIR",
            given_or("VEZA_API_WEB_DIR", web.display().to_string()),
        ));
    }
    settings
}

fn geoip_files(downloads: &Downloads) -> String {
    let files: Vec<String> = downloads
        .geoip
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    files.join(",")
}

fn loopback(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// What the environment says, where it does.
fn given_or(name: &str, default: String) -> String {
    std::env::var(name).unwrap_or(default)
}
