//! `/api/openapi.json`, and `/api/docs`, a page to try it. The page is Swagger UI as the web build puts it beside the app
//! (`swagger-ui/` of the web directory), so nothing is fetched from elsewhere.

use axum::Router;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use utoipa::openapi::OpenApi;

use crate::state::AppState;

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Veza Analytics: the API</title>
<link rel="stylesheet" href="/swagger-ui/swagger-ui.css">
<div id="docs">
  <p>The reference needs the built web app (<code>VEZA_API_WEB_DIR</code>) and JavaScript. The document itself is
  <a href="/api/openapi.json">openapi.json</a>.</p>
</div>
<script src="/swagger-ui/swagger-ui-bundle.js" defer></script>
<script src="/api/docs/start.js" defer></script>
</html>
"#;

/// A file of its own, because the content security policy allows no script within a page.
const START: &str = "SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null })\n";

pub fn routes(document: &OpenApi) -> anyhow::Result<Router<AppState>> {
    let json = Bytes::from(document.to_json()?);
    let document =
        move || async move { ([(CONTENT_TYPE, "application/json")], json).into_response() };
    let start = || async { ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], START) };
    Ok(Router::new()
        .route("/api/openapi.json", get(document))
        .route("/api/docs", get(|| async { Html(PAGE) }))
        .route("/api/docs/start.js", get(start)))
}
