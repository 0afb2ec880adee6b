//! The service: what it is made of, started and stopped in order.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use metrics_exporter_prometheus::PrometheusHandle;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::runtime::Handle as Runtime;
use tokio_util::sync::CancellationToken;
use veza_enrich::Enricher;
use veza_service::probes::{self, Condition, Readiness};
use veza_service::shutdown;

use crate::catalog::Catalog;
use crate::consumer::Consumer;
use crate::consumer::partition::Tools;
use crate::consumer::watchdog::Watchdog;
use crate::erasures::Erasures;
use crate::figures;
use crate::geoip::GeoIp;
use crate::lock::{CONSUMING, Lock};
use crate::progress::Board;
use crate::pulse::Pulse;
use crate::settings::Settings;
use crate::surroundings;
use crate::warehouse::Warehouse;

/// How long a connection to Postgres may be waited for.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(3);
/// How often it is asked whether we may consume.
const ASK_AGAIN_PAUSE: Duration = Duration::from_millis(500);

/// Consumes until SIGTERM or SIGINT, then drains. Waits for Kafka, Postgres and ClickHouse however long they are away.
pub async fn run(settings: Settings, metrics: PrometheusHandle) -> anyhow::Result<()> {
    let listener_key = settings.listener_key.clone().ok_or_else(|| {
        anyhow!("VEZA_LISTENER_KEY is not set: a secret of 16 bytes or more, hexadecimal, the same for aggregators and API (openssl rand -hex 32)")
    })?;
    let stop = shutdown::on_signal()?;
    let listener = TcpListener::bind(settings.metrics_listen)
        .await
        .with_context(|| format!("VEZA_AGGREGATOR_METRICS_LISTEN {}", settings.metrics_listen))?;
    figures::begin();
    let readiness = Readiness::default();
    let (geoip, watch) = GeoIp::open(settings.geoip.clone())?;
    let geoip = Arc::new(geoip);
    let pool = PgPoolOptions::new()
        .max_connections(settings.postgres.connections)
        .acquire_timeout(POSTGRES_TIMEOUT)
        .connect_lazy(&settings.postgres.url)
        .context("VEZA_POSTGRES_URL")?;
    let catalog = Arc::new(Catalog::new(pool.clone()));
    let alone = readiness.condition("operators");
    let warehouse = Warehouse::new(&settings.clickhouse)?;
    let board = Board::default();
    let erasures = Erasures::new(
        pool.clone(),
        warehouse.clone(),
        listener_key.clone(),
        settings.erasure_schedule(),
    );
    let pulse = Pulse::new(
        &settings.kafka.brokers,
        settings.kafka.topic.clone(),
        pool.clone(),
        warehouse.clone(),
        board.clone(),
        Watchdog::new(settings.stall()),
        &readiness,
    )?;
    let drained = CancellationToken::new();
    let look_around = surroundings::watch(warehouse.clone(), drained.clone());
    let tools = Arc::new(Tools {
        topic: settings.kafka.topic.clone(),
        enricher: Enricher::new(listener_key, &settings.site_hosts)?,
        geoip: geoip.clone(),
        catalog: catalog.clone(),
        postgres: pool.clone(),
        warehouse,
        board,
        seal: settings.seal_limits(),
        window: settings.window,
        fail_points: settings.fail_points(),
    });
    let consumer = Consumer::new(&settings, tools, Runtime::current())?;

    // What serves the consumer outlasts it.
    let probes = tokio::spawn(probes::serve(listener, readiness, metrics, drained.clone()));
    let pulse = tokio::spawn(pulse.run(drained.clone()));
    let erasures = tokio::spawn(erasures.run(drained.clone()));
    tokio::spawn(look_around);
    tokio::spawn(catalog.follow_changes(drained.clone()));
    tokio::spawn(geoip.watch(watch, drained.clone()));
    // Held as long as we consume.
    let consuming = stop.run_until_cancelled(until_allowed(&pool, &alone)).await;
    let consumed = consume(consumer, stop).await;
    drop(consuming);
    drained.cancel();
    let _ = tokio::join!(probes, pulse, erasures);
    consumed
}

/// Waits for whoever needs the aggregators stopped: a rebuild, an accepted loss.
async fn until_allowed(pool: &PgPool, condition: &Condition) -> Lock {
    loop {
        match Lock::share(pool, CONSUMING).await {
            Ok(Some(lock)) => {
                condition.ready();
                return lock;
            }
            Ok(None) => condition.not_ready(
                "a rebuild or an accepted loss is at work; consuming begins when it is done",
            ),
            Err(error) => condition.not_ready(format!(
                "Postgres can't say whether a rebuild is at work: {error}"
            )),
        }
        tokio::time::sleep(ASK_AGAIN_PAUSE).await;
    }
}

/// Runs the consumer on a thread of its own, as it blocks.
async fn consume(consumer: Consumer, stop: CancellationToken) -> anyhow::Result<()> {
    let (sender, ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("consumer".into())
        .spawn(move || {
            let _ = sender.send(consumer.run(&stop));
        })?;
    ended.await.context("the consumer's thread panicked")??;
    Ok(())
}
