//! The web app's files, and the headers that keep browsers careful.

use std::path::Path;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;
use url::Url;

use crate::error::ApiError;
use crate::objects::public_endpoint;
use crate::settings::Settings;
use crate::state::AppState;

/// The build names these files by their content, so that they never change.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Everything else is asked for anew, and answered 304 when it is the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The built app in `dir`: files as they are, and `index.html` for every other address, which the app's own router reads.
pub fn routes(dir: Option<&Path>) -> Router<AppState> {
    let Some(dir) = dir else {
        return Router::new().fallback(no_web_app);
    };
    let assets = Router::new()
        .fallback_service(ServeDir::new(dir.join("assets")))
        .layer(from_fn(immutable_when_found));
    let pages = ServeDir::new(dir).fallback(ServeFile::new(dir.join("index.html")));
    let pages = Router::new()
        .fallback_service(pages)
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            REVALIDATE,
        ));
    Router::new()
        .nest("/assets", assets)
        .fallback_service(pages)
}

async fn no_web_app() -> ApiError {
    ApiError::not_found("address; this server has no web app (VEZA_API_WEB_DIR)")
}

async fn immutable_when_found(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.status().is_client_error() {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, IMMUTABLE);
    }
    response
}

/// Answers of the API are somebody's own, and true only now.
pub fn no_store_layer() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, NO_STORE)
}

/// The headers that every answer carries.
#[derive(Clone)]
pub struct SecurityHeaders {
    content_security_policy: HeaderValue,
}

impl SecurityHeaders {
    /// Scripts from here alone; connections also to where plays are reported and where audio is stored.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let ingest = origin(&settings.ingest_url);
        let objects = origin(&public_endpoint(&settings.objects).parse()?);
        let policy = format!(
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: {objects}; \
             media-src 'self' blob: {objects}; connect-src 'self' {ingest} {objects}; object-src 'none'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        );
        Ok(Self {
            content_security_policy: HeaderValue::from_str(&policy)?,
        })
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

pub async fn secure(
    State(headers): State<SecurityHeaders>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let fixed: [(HeaderName, &'static str); 3] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ),
    ];
    for (name, value) in fixed {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        headers.content_security_policy,
    );
    response
}
