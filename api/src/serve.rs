//! `veza-api serve`: two ports, one for the world, one for operators, and an orderly end.

use std::time::Duration;

use anyhow::Context;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use veza_service::probes::{self, Condition, Readiness};
use veza_service::shutdown::{self, ServerLimits};

use crate::admin::{closing, reporting_zone};
use crate::settings::Settings;
use crate::state::AppState;
use crate::{identity, marketplace, routes};

/// How often the database is asked whether it is there.
const DATABASE_CHECK_INTERVAL: Duration = Duration::from_secs(2);

pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let metrics = veza_service::metrics::install()?;
    let stop = shutdown::on_signal()?;
    let listener = listen(settings.listen, "VEZA_API_LISTEN").await?;
    let probe_listener = listen(settings.metrics_listen, "VEZA_API_METRICS_LISTEN").await?;

    let readiness = Readiness::default();
    let database = readiness.condition("postgres");
    let tax_rates = readiness.condition("tax rates");
    let zone_condition = readiness.condition("reporting_zone");
    let (payments, notices) = marketplace::payment::provider(&settings);
    let (state, writer) = AppState::new(settings, payments)?;
    let (db, zone) = (state.db.clone(), state.settings.reporting_tz.clone());
    let market = marketplace::keep(state.clone(), tax_rates, notices);
    let imports = state.imports.clone();
    let router = routes::service(state)?;

    let probes_stop = CancellationToken::new();
    let probes = tokio::spawn(probes::serve(
        probe_listener,
        readiness,
        metrics,
        probes_stop.clone(),
    ));
    let watch = watch_database(db.clone(), database);
    let watch = tokio::spawn(stop.clone().run_until_cancelled_owned(watch));
    let forget = identity::keep_forgetting(db.clone());
    let forget = tokio::spawn(stop.clone().run_until_cancelled_owned(forget));
    let market = tokio::spawn(stop.clone().run_until_cancelled_owned(market));
    // Days are stored only by the zone that is the installation's.
    let served = CancellationToken::new();
    let write = async {
        let settle = reporting_zone::settle(&db, &zone, zone_condition);
        let Some(settled) = served.run_until_cancelled(settle).await else {
            return Ok(());
        };
        settled?;
        let close = closing::keep_closing(db.clone(), zone.clone());
        let close = tokio::spawn(served.clone().run_until_cancelled_owned(close));
        writer.run(db.clone(), served.clone()).await;
        close.await?;
        anyhow::Ok(())
    };
    tracing::info!(address = %listener.local_addr()?, "serving");
    let serve = async {
        let end_imports = async {
            stop.cancelled().await;
            imports.end().await;
        };
        let serve = shutdown::serve(listener, router, ServerLimits::default(), stop.clone());
        tokio::join!(serve, end_imports);
        served.cancel();
        anyhow::Ok(())
    };
    tokio::try_join!(serve, write)?;

    watch.await?;
    forget.await?;
    market.await?;
    db.close().await;
    probes_stop.cancel();
    probes.await?;
    Ok(())
}

async fn listen(address: std::net::SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// Ready while the database answers.
async fn watch_database(db: PgPool, condition: Condition) {
    let mut ticks = tokio::time::interval(DATABASE_CHECK_INTERVAL);
    loop {
        ticks.tick().await;
        match sqlx::query("SELECT 1").execute(&db).await {
            Ok(_) => condition.ready(),
            Err(error) => condition.not_ready(error.to_string()),
        }
    }
}
