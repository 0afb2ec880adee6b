//! `veza-ingest`: collects play reports over HTTP, and says yes only to what Kafka has acknowledged.
//!
//! A request's way: [`routes`] (who, how much) → [`body`] (bytes to reports) → [`validate`] (report to record) →
//! [`producer`] (record to Kafka) → the answer, with an outcome for each report.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

mod body;
mod outcome;
mod producer;
mod quota;
mod refusal;
mod routes;
mod settings;
mod validate;

use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veza_service::probes::{self, Condition, Readiness};
use veza_service::shutdown::{self, ServerLimits};
use veza_service::token::TokenVerifier;

use producer::Producer;
use quota::Quotas;
use routes::Collector;
use settings::Settings;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often Kafka is asked whether it is there, and how long it may take to say so.
const KAFKA_CHECK: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings: Settings = veza_service::settings::load("VEZA_INGEST_");
    settings.check()?;
    veza_service::log::init(&settings.log)?;
    run(settings).await
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let stop = shutdown::on_signal()?;
    let readiness = Readiness::default();
    let serving = readiness.condition("serving");
    let kafka = readiness.condition("kafka");
    let producer = Producer::new(&settings)?;
    let probes_stop = CancellationToken::new();
    let probes = tokio::spawn(probes::serve(
        bind(settings.metrics_listen).await?,
        readiness,
        veza_service::metrics::install()?,
        probes_stop.clone(),
    ));
    let watch = tokio::spawn(watch_kafka(producer.clone(), kafka, stop.clone()));

    let listener = bind(settings.listen).await?;
    tracing::info!(address = %listener.local_addr()?, "collecting plays");
    serving.ready();
    let limits = ServerLimits {
        header_read: Duration::from_millis(settings.header_timeout_ms),
        drain: Duration::from_millis(settings.drain_ms),
    };
    let router = routes::router(collector(&settings, producer.clone())?);
    let server = shutdown::serve(listener, router, limits, stop.clone());
    let not_serving = async {
        stop.cancelled().await;
        serving.not_ready("stopping");
    };
    tokio::join!(server, not_serving);

    // Every request has its answer by now: what is still queued was not promised, and its players send it again.
    if let Err(error) = tokio::task::spawn_blocking(move || producer.flush()).await? {
        tracing::warn!(%error, "reports that nobody was promised are left behind");
    }
    probes_stop.cancel();
    probes.await?;
    watch.await?
}

async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

fn collector(settings: &Settings, producer: Producer) -> anyhow::Result<Collector> {
    Ok(Collector {
        verifier: TokenVerifier::new(&settings.tokens)?,
        proxies: settings.trusted_proxies.clone(),
        quotas: Quotas::new(
            settings.requests_per_s,
            settings.reports_per_s,
            settings.quota_addresses,
        ),
        producer,
        body_timeout: settings.body_timeout(),
    })
}

/// Keeps the readiness true. A client that can never deliver again stops the process, so that a new one takes its place.
async fn watch_kafka(
    producer: Producer,
    condition: Condition,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(KAFKA_CHECK);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        if let Some(reason) = producer.fatal_error() {
            stop.cancel();
            anyhow::bail!("the Kafka client has ended: {reason}");
        }
        let asked = producer.clone();
        match tokio::task::spawn_blocking(move || asked.check(KAFKA_CHECK)).await? {
            Ok(()) => condition.ready(),
            Err(why) => condition.not_ready(why),
        }
    }
    Ok(())
}
