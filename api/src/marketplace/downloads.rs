//! `GET /marketplace/orders/{id}/download`, `GET /marketplace/downloads/{item}/{file}?grant=`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::{Path, Query};
use crate::objects::Objects;
use crate::timestamptz::Timestamptz;

/// How long an address that redirects is good for.
const GRANT_HOURS: f64 = 24.0;
const TOKEN_BYTES: usize = 32;

/// A file of something that was bought.
#[derive(Serialize, ToSchema)]
pub struct Download {
    item_id: Uuid,
    product_id: Uuid,
    /// The product's, as it was ordered.
    title: String,
    file_id: Uuid,
    name: String,
    #[serde(rename = "type")]
    content_type: String,
    /// Bytes.
    size: i64,
    /// Hexadecimal.
    sha256: String,
    /// When the seller added it.
    added_at: Timestamptz,
    /// Readable until `expires_at`; then ask again.
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Redirects to a fresh `url`, without a token, so that a download that was cut goes on: from the API's root.
    grant_url: String,
    grant_expires_at: Timestamptz,
}

#[derive(Deserialize)]
pub struct GrantPath {
    item: Uuid,
    file: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Grant {
    /// As `grant_url` has it.
    #[serde(deserialize_with = "token")]
    #[param(value_type = String)]
    grant: [u8; TOKEN_BYTES],
}

struct BoughtFile {
    item_id: Uuid,
    product_id: Uuid,
    title: String,
    file_id: Uuid,
    name: String,
    content_type: String,
    size: i64,
    sha256: String,
    object_key: String,
    added_at: Timestamptz,
}

/// The files of an order
///
/// Each with a signed address that is good for 5 minutes; ask as often as wanted. 409 `not_paid` before it is paid, 403 `refunded`
/// after the money was given back in full.
#[utoipa::path(get, path = "/marketplace/orders/{id}/download", tag = "marketplace", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Vec<Download>>)))]
pub async fn list_downloads(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<Vec<Download>>> {
    let state = sqlx::query_scalar!(
        "SELECT state FROM orders WHERE id = $1 AND buyer_id = $2",
        id,
        caller.user_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("order"))?;
    match state.as_str() {
        "paid" | "partially_refunded" => {}
        "refunded" => return Err(refunded()),
        _ => return Err(ApiError::new(Code::NotPaid, "the order is not paid")),
    }
    let files = sqlx::query_as!(
        BoughtFile,
        r#"SELECT i.id AS item_id, i.product_id, i.title, f.id AS file_id, f.name, f.content_type, f.size,
             encode(f.sha256, 'hex') AS "sha256!", f.object_key AS "object_key!", f.completed_at AS "added_at!: Timestamptz"
           FROM order_items i JOIN product_files f ON f.product_id = i.product_id
           WHERE i.order_id = $1 AND f.completed_at IS NOT NULL ORDER BY i.line, f.id"#,
        id
    )
    .fetch_all(&db)
    .await?;
    let tokens: Vec<[u8; TOKEN_BYTES]> = files.iter().map(|_| rand::random()).collect();
    let grant_expires_at = grant(&db, caller.user_id, &files, &tokens).await?;
    let mut downloads = Vec::with_capacity(files.len());
    for (file, token) in files.into_iter().zip(tokens) {
        let signed = objects.signed_download(&file.object_key).await?;
        let token = URL_SAFE_NO_PAD.encode(token);
        downloads.push(Download {
            grant_url: format!(
                "/api/v1/marketplace/downloads/{}/{}?grant={token}",
                file.item_id, file.file_id
            ),
            grant_expires_at,
            item_id: file.item_id,
            product_id: file.product_id,
            title: file.title,
            file_id: file.file_id,
            name: file.name,
            content_type: file.content_type,
            size: file.size,
            sha256: file.sha256,
            added_at: file.added_at,
            url: signed.url,
            expires_at: signed.expires_at,
        });
    }
    Ok(Reply::new(downloads))
}

/// Writes down the grants, and that addresses were given out; when the grants end.
async fn grant(
    db: &PgPool,
    buyer: Uuid,
    files: &[BoughtFile],
    tokens: &[[u8; TOKEN_BYTES]],
) -> Result<Timestamptz> {
    let items: Vec<Uuid> = files.iter().map(|file| file.item_id).collect();
    let ids: Vec<Uuid> = files.iter().map(|file| file.file_id).collect();
    let hashes: Vec<Vec<u8>> = tokens
        .iter()
        .map(|token| Sha256::digest(token).to_vec())
        .collect();
    let ends = sqlx::query_scalar!(
        r#"WITH given AS (
             INSERT INTO downloads (buyer_id, item_id, file_id, by_grant)
             SELECT $1, item, file, false FROM unnest($2::uuid[], $3::uuid[]) AS g (item, file)),
           granted AS (
             INSERT INTO download_grants (token_sha256, buyer_id, item_id, file_id, expires_at)
             SELECT token, $1, item, file, now() + $5 * interval '1 hour'
             FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS g (item, file, token))
           SELECT now() + $5 * interval '1 hour' AS "ends!: Timestamptz""#,
        buyer,
        &items,
        &ids,
        &hashes,
        GRANT_HOURS
    )
    .fetch_one(db)
    .await?;
    Ok(ends)
}

/// A fresh signed address
///
/// For a download that was cut: no token is needed but the grant. 403 `grant_ended` when it has ended or was never given out,
/// `refunded` after the money was given back in full.
#[utoipa::path(get, path = "/marketplace/downloads/{item}/{file}", tag = "marketplace",
    params(("item" = Uuid, Path), ("file" = Uuid, Path), Grant),
    responses((status = 302, description = "`Location` is readable for 5 minutes")))]
pub async fn follow_grant(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    Path(path): Path<GrantPath>,
    Query(Grant { grant }): Query<Grant>,
) -> Result<Response> {
    let granted = sqlx::query!(
        r#"SELECT g.buyer_id, f.object_key AS "object_key!", o.state FROM download_grants g
           JOIN product_files f ON f.id = g.file_id JOIN order_items i ON i.id = g.item_id JOIN orders o ON o.id = i.order_id
           WHERE g.token_sha256 = $1 AND g.item_id = $2 AND g.file_id = $3 AND g.expires_at > now()"#,
        &Sha256::digest(grant)[..],
        path.item,
        path.file
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| {
        let detail = "this address has ended, or was never given out; ask for the order's downloads again";
        ApiError::new(Code::GrantEnded, detail)
    })?;
    if granted.state == "refunded" {
        return Err(refunded());
    }
    sqlx::query!(
        "INSERT INTO downloads (buyer_id, item_id, file_id, by_grant) VALUES ($1, $2, $3, true)",
        granted.buyer_id,
        path.item,
        path.file
    )
    .execute(&db)
    .await?;
    let signed = objects.signed_download(&granted.object_key).await?;
    let location = HeaderValue::from_str(&signed.url).map_err(anyhow::Error::from)?;
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(LOCATION, location);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn refunded() -> ApiError {
    ApiError::new(
        Code::Refunded,
        "the money was given back in full, and with it the right to download",
    )
}

fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; TOKEN_BYTES], D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = URL_SAFE_NO_PAD.decode(&text).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| D::Error::custom("expected the grant as `grant_url` has it"))
}
