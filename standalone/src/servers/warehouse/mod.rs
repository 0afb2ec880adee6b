//! The warehouse on one machine: the ClickHouse engine inside this process, behind ClickHouse's HTTP interface.
//!
//! A request is read by [`request`], gets a thread ([`job`]) with a session of its own ([`session`]) and is answered by
//! [`answer`]. Rows of a query come through a pipe, in the engine's own format writers, so memory stays bounded; rows of
//! an insert go to the engine as they arrive, and are stored only when the whole body has come.

mod access;
mod answer;
mod body;
mod configuration;
mod engine;
mod error;
mod format;
mod frames;
mod front;
mod http;
mod job;
mod lexer;
mod library;
mod packer;
mod request;
mod session;
mod statement;
mod users;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use configuration::ReaderLimits;
use front::Front;
use users::Users;

/// How long statements may take to end after SIGTERM.
const DRAIN: Duration = Duration::from_secs(10);

/// `veza warehouse`
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Address of the HTTP interface
    #[arg(long, env = "VEZA_WAREHOUSE_LISTEN", default_value = "127.0.0.1:18123")]
    pub listen: SocketAddr,
    /// Directory of the data; used by one process at a time
    #[arg(long, env = "VEZA_WAREHOUSE_DATA")]
    pub data: PathBuf,
    /// libchdb.so
    #[arg(long, env = "VEZA_WAREHOUSE_LIBRARY")]
    pub library: PathBuf,
    #[command(flatten)]
    pub users: Users,
    #[command(flatten)]
    pub limits: ReaderLimits,
}

/// Serves until SIGTERM or Ctrl-C, then ends the process.
///
/// # Errors
/// If the engine does not start or the address cannot be listened on.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    // First the address: whoever is second must not touch the data.
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    let address = listener.local_addr()?;
    let start = move || {
        Front::start(
            &settings.library,
            &settings.data,
            settings.users,
            settings.limits,
        )
    };
    let front = tokio::task::spawn_blocking(start).await??;
    tracing::info!(%address, version = front.version, "the warehouse is ready");

    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = http::router(front.clone());
    let mut server = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                stopped.await.ok();
            })
            .await
    });
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        ended = &mut server => ended??,
    }
    stop.send(()).ok();
    if tokio::time::timeout(DRAIN, server).await.is_err() {
        tracing::warn!("statements still run; they are cut");
        engine::leave();
    }
    tokio::task::spawn_blocking(move || front.close()).await?;
    engine::leave()
}
