//! Every operation and who may call it, in one table; and the service around them.

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use http::Method;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::access::Access::{self, *};
use crate::access::{Gate, Operation, authorize};
use crate::analytics::PARQUET;
use crate::error::ApiError;
use crate::state::AppState;
use crate::{
    admin, analytics, catalog, docs, identity, imports, installation, limits, marketplace, openapi,
    web,
};

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// An operation that is not here is not served, and a row without its operation stops the start.
#[rustfmt::skip]
pub const TABLE: &[Operation] = &[
    (GET,    "/api/v1/config",                         Anyone),

    (POST,   "/api/v1/auth/register",                  Anyone),
    (POST,   "/api/v1/auth/login",                     Anyone),
    (POST,   "/api/v1/auth/refresh",                   Anyone),
    (POST,   "/api/v1/auth/logout",                    Anyone),
    (POST,   "/api/v1/auth/tokens",                    Admin),
    (GET,    "/api/v1/me",                             User),
    (PATCH,  "/api/v1/me",                             User),
    (POST,   "/api/v1/me/creator",                     User),
    (PATCH,  "/api/v1/me/creator",                     Creator),
    (GET,    "/api/v1/me/following",                   User),
    (GET,    "/api/v1/me/listening",                   User),
    (DELETE, "/api/v1/me/listening",                   User),
    (GET,    "/api/v1/me/listening/export",            User),
    (GET,    "/api/v1/me/listening/erasures/{id}",     User),
    (POST,   "/api/v1/me/listening/imports",           User),
    (GET,    "/api/v1/me/listening/imports",           User),
    (GET,    "/api/v1/me/listening/imports/{id}",      User),

    (GET,    "/api/v1/tracks",                         Anyone),
    (POST,   "/api/v1/tracks",                         Creator),
    (GET,    "/api/v1/tracks/{id}",                    Anyone),
    (PATCH,  "/api/v1/tracks/{id}",                    Creator),
    (POST,   "/api/v1/tracks/{id}/audio",              Creator),
    (POST,   "/api/v1/tracks/{id}/audio/complete",     Creator),
    (POST,   "/api/v1/catalog/import",                 Import),
    (POST,   "/api/v1/catalog/import/listener",        Import),
    (POST,   "/api/v1/catalog/import/outcomes",        Import),
    (GET,    "/api/v1/creators",                       Anyone),
    (GET,    "/api/v1/creators/{id}",                  Anyone),
    (POST,   "/api/v1/creators/{id}/follow",           User),
    (DELETE, "/api/v1/creators/{id}/follow",           User),

    (GET,    "/api/v1/analytics/overview",             Reports),
    (GET,    "/api/v1/analytics/geography",            Reports),
    (GET,    "/api/v1/analytics/demographics",         Reports),
    (GET,    "/api/v1/analytics/traffic-sources",      Reports),
    (GET,    "/api/v1/analytics/tracks",               Reports),
    (GET,    "/api/v1/analytics/compare",              Reports),
    (GET,    "/api/v1/analytics/revenue",              Reports),
    (GET,    "/api/v1/analytics/revenue/projection",   Reports),
    (GET,    "/api/v1/analytics/live",                 Reports),
    (GET,    "/api/v1/analytics/excluded",             Reports),
    (GET,    "/api/v1/analytics/plays",                Reports),
    (GET,    "/api/v1/analytics/plays/{play_id}",      Reports),
    (GET,    "/api/v1/analytics/export",               Reports),

    (GET,    "/api/v1/marketplace/products",                                Visitor),
    (POST,   "/api/v1/marketplace/products",                                Creator),
    (GET,    "/api/v1/marketplace/products/{id}",                           Visitor),
    (PATCH,  "/api/v1/marketplace/products/{id}",                           Creator),
    (POST,   "/api/v1/marketplace/products/{id}/cover",                     Creator),
    (POST,   "/api/v1/marketplace/products/{id}/cover/complete",            Creator),
    (POST,   "/api/v1/marketplace/products/{id}/files",                     Creator),
    (POST,   "/api/v1/marketplace/products/{id}/files/{file}/complete",     Creator),
    (DELETE, "/api/v1/marketplace/products/{id}/files/{file}",              Creator),
    (GET,    "/api/v1/marketplace/selling",                                 Creator),
    (GET,    "/api/v1/marketplace/deals",                                   Visitor),
    (GET,    "/api/v1/marketplace/promotions",                              Creator),
    (POST,   "/api/v1/marketplace/promotions",                              Creator),
    (PATCH,  "/api/v1/marketplace/promotions/{id}",                         Creator),
    (DELETE, "/api/v1/marketplace/promotions/{id}",                         Creator),
    (GET,    "/api/v1/marketplace/wishlist",                                User),
    (POST,   "/api/v1/marketplace/wishlist/{product_id}",                   User),
    (DELETE, "/api/v1/marketplace/wishlist/{product_id}",                   User),
    (GET,    "/api/v1/marketplace/demand",                                  Creator),
    (POST,   "/api/v1/marketplace/quotes",                                  User),
    (GET,    "/api/v1/marketplace/orders",                                  User),
    (POST,   "/api/v1/marketplace/orders",                                  User),
    (GET,    "/api/v1/marketplace/orders/{id}",                             User),
    (POST,   "/api/v1/marketplace/orders/{id}/pay",                         User),
    (GET,    "/api/v1/marketplace/orders/{id}/download",                    User),
    (GET,    "/api/v1/marketplace/downloads/{item}/{file}",                 Anyone),
    (GET,    "/api/v1/marketplace/sales",                                   Creator),
    (GET,    "/api/v1/marketplace/products/{id}/reviews",                   Anyone),
    (GET,    "/api/v1/marketplace/reviews",                                 User),
    (POST,   "/api/v1/marketplace/reviews",                                 User),
    (POST,   "/api/v1/marketplace/reviews/{id}/reply",                      Creator),
    (POST,   "/api/v1/marketplace/orders/{id}/dispute",                     User),
    (GET,    "/api/v1/marketplace/disputes",                                User),
    (GET,    "/api/v1/marketplace/disputes/{id}",                           User),
    (POST,   "/api/v1/marketplace/disputes/{id}/messages",                  User),
    (POST,   "/api/v1/marketplace/disputes/{id}/respond",                   User),
    (POST,   "/api/v1/marketplace/disputes/{id}/withdraw",                  User),
    (GET,    "/api/v1/admin/disputes",                                      Admin),
    (POST,   "/api/v1/admin/disputes/{id}/review",                          Admin),
    (POST,   "/api/v1/admin/disputes/{id}/resolve",                         Admin),

    (GET,    "/api/v1/admin/analytics/users",          Admin),
    (GET,    "/api/v1/admin/analytics/signups",        Admin),
    (GET,    "/api/v1/admin/analytics/retention",      Admin),
    (GET,    "/api/v1/admin/analytics/transactions",   Admin),
    (GET,    "/api/v1/admin/analytics/performance",    Admin),
    (GET,    "/api/v1/admin/analytics/pipeline",       Admin),
    (GET,    "/api/v1/admin/analytics/pipeline/rejected", Admin),
    (GET,    "/api/v1/admin/analytics/pipeline/plays/{play_id}", Admin),
];

/// Who may call the operation, if there is one.
pub fn access(method: &Method, path: &str) -> Option<Access> {
    TABLE
        .iter()
        .find(|(known, template, _)| known == method && *template == path)
        .map(|(_, _, access)| *access)
}

/// The operations, and the document that describes them.
pub fn api() -> anyhow::Result<(Router<AppState>, OpenApi)> {
    let v1 = OpenApiRouter::new()
        .merge(installation::routes())
        .merge(identity::routes())
        .merge(catalog::routes())
        .merge(analytics::routes())
        .merge(imports::routes())
        .merge(marketplace::routes())
        .merge(admin::routes());
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::head())
        .nest("/api/v1", v1)
        .split_for_parts();
    openapi::complete(&mut document)?;
    Ok((router, document))
}

/// All that is served to the world: the API, its documentation, the web app.
pub fn service(state: AppState) -> anyhow::Result<Router> {
    let (api, document) = api()?;
    let takes_query = |method: &_, path: &str| openapi::takes_query(&document, method, path);
    let gate = Gate::new(TABLE, takes_query, &state);
    let settings = state.settings.clone();
    let api = api
        .route_layer(from_fn_with_state(gate, authorize))
        .layer(web::no_store_layer())
        .merge(docs::routes(&document)?)
        .route("/api", any(no_such_address))
        .route("/api/{*rest}", any(no_such_address));
    let router = api
        .merge(web::routes(settings.web_dir.as_deref()))
        .layer(from_fn_with_state(
            web::SecurityHeaders::new(&settings)?,
            web::secure,
        ))
        .layer(compression());
    let router = limits::bounded(router).with_state(state);
    Ok(veza_service::metrics::observe("api", router))
}

/// Packs what is not packed already.
fn compression() -> CompressionLayer<impl Predicate> {
    let usual = DefaultPredicate::new();
    CompressionLayer::new().compress_when(usual.and(NotForContentType::const_new(PARQUET)))
}

async fn no_such_address() -> ApiError {
    ApiError::not_found("address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_one_row_and_every_row_its_operation() {
        let _ = api().unwrap();
        for (method, path, _) in TABLE {
            let rows = TABLE.iter().filter(|(m, p, _)| m == method && p == path);
            assert_eq!(rows.count(), 1, "{method} {path}");
        }
    }
}
