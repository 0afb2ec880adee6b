//! `GET /config`: what the web app must know before anyone signs in.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use veza_service::reply::Reply;

use crate::settings::Settings;
use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_config))
}

#[derive(Serialize, ToSchema)]
struct Config {
    /// Where players send `POST /v1/plays`.
    ingest_url: Url,
    /// IANA zone whose days count users and retention.
    reporting_tz: String,
    version: &'static str,
}

/// What this installation is
#[utoipa::path(get, path = "/config", tag = "installation", responses((status = 200, body = Reply<Config>)))]
async fn get_config(State(settings): State<Arc<Settings>>) -> Reply<Config> {
    Reply::new(Config {
        ingest_url: settings.ingest_url.clone(),
        reporting_tz: settings.reporting_tz.name().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
