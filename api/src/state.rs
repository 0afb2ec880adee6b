//! What handlers share. Each part can be extracted on its own: `State(db): State<PgPool>`.

use std::sync::Arc;

use anyhow::Context;
use axum::extract::FromRef;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use veza_enrich::listener::ListenerKey;
use veza_enrich::place::Places;
use veza_service::client_address::TrustedProxies;
use veza_service::settings::{ClickHouse, Postgres};
use veza_service::token::{TokenSigner, TokenVerifier};

use crate::activity::{Activity, Writer};
use crate::analytics::{Exports, Volumes};
use crate::geoip;
use crate::identity::password::Passwords;
use crate::imports::Imports;
use crate::marketplace::payment::Payments;
use crate::objects::Objects;
use crate::prometheus::Prometheus;
use crate::settings::Settings;

/// How long a request waits for a free connection before it is answered 503.
const ACQUIRE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(3);

#[derive(Clone, FromRef)]
pub struct AppState {
    pub db: PgPool,
    /// As the user that can only read.
    pub warehouse: clickhouse::Client,
    pub volumes: Volumes,
    pub listener_key: ListenerKey,
    pub exports: Exports,
    pub imports: Imports,
    pub objects: Objects,
    pub prometheus: Prometheus,
    pub verifier: TokenVerifier,
    pub signer: TokenSigner,
    pub passwords: Passwords,
    pub trusted_proxies: TrustedProxies,
    pub places: Arc<Places>,
    pub payments: Payments,
    pub activity: Activity,
    pub settings: Arc<Settings>,
}

impl AppState {
    /// Connects lazily: a database that is away delays requests, not the start. What the state's [`Activity`] takes down is
    /// for the writer to write.
    pub fn new(settings: Settings, payments: Payments) -> anyhow::Result<(Self, Writer)> {
        let (activity, writer) = Activity::new(settings.reporting_tz.clone());
        let state = Self {
            db: pool(&settings.postgres)?,
            warehouse: reader(&settings.clickhouse),
            volumes: Volumes::default(),
            listener_key: settings
                .listener_key
                .clone()
                .context("VEZA_LISTENER_KEY is not set: the key of the listeners' hashes, as the aggregators have it")?,
            exports: Exports::default(),
            imports: Imports::new(settings.ingest_internal_url())?,
            objects: Objects::new(&settings.objects)?,
            prometheus: Prometheus::new(&settings.prometheus_url)?,
            verifier: TokenVerifier::new(&settings.tokens)?,
            signer: TokenSigner::new(&settings.tokens)?,
            passwords: Passwords::new()?,
            trusted_proxies: settings.trusted_proxies.clone(),
            places: geoip::open(&settings.geoip)?,
            payments,
            activity,
            settings: Arc::new(settings),
        };
        Ok((state, writer))
    }
}

/// A pool that connects when first used.
pub fn pool(settings: &Postgres) -> anyhow::Result<PgPool> {
    let options: PgConnectOptions = settings
        .url
        .parse()
        .context("VEZA_POSTGRES_URL is not `postgres://user:password@host:port/database`")?;
    Ok(PgPoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.application_name("veza-api")))
}

fn reader(settings: &ClickHouse) -> clickhouse::Client {
    clickhouse::Client::default()
        .with_url(&settings.url)
        .with_database(&settings.database)
        .with_user(&settings.reader_user)
        .with_password(&settings.reader_password)
}
