//! The object store: S3 over a folder, signatures and their expiry checked, usable from the web app's pages.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceExt;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::{Probe, Server};
use crate::process::Launch;

/// The settings of `veza objects`.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:19000")]
    listen: SocketAddr,
    /// Folder of the buckets
    #[arg(long)]
    data: PathBuf,
    /// Pages of this origin may use signed addresses; may be given more than once
    #[arg(long = "origin")]
    origins: Vec<HeaderValue>,
    #[arg(long, env = "VEZA_S3_ACCESS_KEY", default_value = "veza")]
    access_key: String,
    #[arg(
        long,
        env = "VEZA_S3_SECRET_KEY",
        default_value = "veza-secret",
        hide_env_values = true
    )]
    secret_key: String,
}

/// Serves until SIGTERM or Ctrl-C; requests under way are finished.
///
/// # Errors
/// If the folder cannot be used or the address not be listened on.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    std::fs::create_dir_all(&settings.data)
        .with_context(|| format!("cannot create {}", settings.data.display()))?;
    let router = router(&settings)?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen))?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

fn router(settings: &Settings) -> anyhow::Result<Router> {
    let files = s3s_fs::FileSystem::new(&settings.data)
        .map_err(|error| anyhow::anyhow!("cannot use {}: {error:?}", settings.data.display()))?;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(
        &*settings.access_key,
        &*settings.secret_key,
    ));
    Ok(Router::new()
        .route("/healthz", axum::routing::get(|| async { "ok" }))
        .fallback(answer)
        .layer(cors(&settings.origins))
        .with_state(builder.build()))
}

async fn answer(State(service): State<S3Service>, request: Request) -> Response {
    match service.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What a page needs to put and get objects by signed addresses.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::GET, Method::HEAD, Method::PUT])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::ETAG,
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            HeaderName::from_static("x-amz-checksum-sha256"),
        ])
        .max_age(Duration::from_secs(3_600))
}

/// The object store as a child process.
pub struct Objects {
    /// The `veza` program.
    pub program: PathBuf,
    pub data: PathBuf,
    pub log: PathBuf,
    pub port: u16,
    pub origins: Vec<String>,
    pub access_key: String,
    pub secret_key: String,
}

impl Objects {
    /// Creates a bucket unless it is there: the store keeps each in a folder.
    pub fn create_bucket(&self, name: &str) -> anyhow::Result<()> {
        let folder = self.data.join(name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))
    }
}

impl Server for Objects {
    fn name(&self) -> &'static str {
        "objects"
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ports(&self) -> Vec<(u16, &'static str)> {
        vec![(self.port, "VEZA_PORT_S3")]
    }

    fn prepare(&self) -> anyhow::Result<()> {
        Ok(std::fs::create_dir_all(&self.data)?)
    }

    fn launch(&self) -> Launch {
        let mut launch = Launch::new(&self.program, &self.log)
            .args(["objects", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--data".as_ref(), self.data.as_os_str()])
            .env("VEZA_S3_ACCESS_KEY", &self.access_key)
            .env("VEZA_S3_SECRET_KEY", &self.secret_key);
        for origin in &self.origins {
            launch = launch.args(["--origin", origin]);
        }
        launch
    }

    fn probe(&self) -> Probe {
        Probe::Http(format!("{}/healthz", self.url()))
    }
}
