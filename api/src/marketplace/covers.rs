//! `POST /marketplace/products/{id}/cover`, `POST …/cover/complete`

use axum::extract::State;
use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::products::{self, Product, ServerTime, lock_own, own};
use crate::caller::Creator;
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path};
use crate::objects::{Objects, SignedPut};

/// Largest cover: 5 MiB.
const MAX_COVER_BYTES: i64 = 5 << 20;
/// Pictures that can't hold a script.
const COVER_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/avif"];

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverFile {
    /// `image/png`, `image/jpeg`, `image/webp` or `image/avif`.
    #[serde(rename = "type", deserialize_with = "cover_type")]
    content_type: String,
    /// Bytes: 1 to 5242880.
    #[serde(deserialize_with = "cover_size")]
    #[schema(minimum = 1, maximum = 5_242_880)]
    size: i64,
}

/// Where to send the picture, and what to call `…/cover/complete` with when it is there.
#[derive(Serialize, ToSchema)]
pub struct CoverUpload {
    upload: Uuid,
    put: SignedPut,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletedCover {
    upload: Uuid,
}

/// Begin to upload a product's cover
///
/// The signed request takes exactly that size and type, within 15 minutes. The cover so far stays until the upload is completed.
#[utoipa::path(post, path = "/marketplace/products/{id}/cover", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = CoverFile, responses((status = 201, body = Reply<CoverUpload>)))]
pub async fn begin_cover_upload(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(file): Json<CoverFile>,
) -> Result<(StatusCode, Reply<CoverUpload>)> {
    sqlx::query_scalar!(
        "SELECT 1 FROM products WHERE id = $1 AND seller_id = $2",
        id,
        creator.creator_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("product"))?;
    let upload = Uuid::new_v4();
    let put = objects
        .signed_put(&object_key(id, upload), &file.content_type, file.size)
        .await?;
    Ok((StatusCode::CREATED, Reply::new(CoverUpload { upload, put })))
}

/// Complete the upload of a cover
///
/// 409 `conflict` as long as the store doesn't have the picture. Completing twice changes nothing.
#[utoipa::path(post, path = "/marketplace/products/{id}/cover/complete", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = CompletedCover, responses((status = 200, body = Reply<Product, ServerTime>)))]
pub async fn complete_cover_upload(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(completed): Json<CompletedCover>,
) -> Result<Reply<Product, ServerTime>> {
    let key = object_key(id, completed.upload);
    let mut tx = db.begin().await?;
    lock_own(&mut tx, creator, id).await?;
    objects.stored(&key).await?.ok_or_else(|| {
        ApiError::new(
            Code::Conflict,
            "the store doesn't have this upload; send the picture to `put.url` first",
        )
    })?;
    let before = sqlx::query_scalar!("SELECT cover_key FROM products WHERE id = $1", id)
        .fetch_one(&mut *tx)
        .await?;
    sqlx::query!(
        "UPDATE products SET cover_key = $2, updated_at = clock_timestamp() WHERE id = $1",
        id,
        key
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    if let Some(replaced) = before.filter(|before| *before != key)
        && let Err(error) = objects.delete(&replaced).await
    {
        tracing::warn!(%error, key = replaced, "a replaced cover is still in the store");
    }
    products::fetch(&db, &objects, own(creator), id).await
}

fn object_key(product: Uuid, upload: Uuid) -> String {
    format!("covers/{product}/{upload}")
}

fn cover_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if COVER_TYPES.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "expected one of {}",
        COVER_TYPES.join(", ")
    )))
}

fn cover_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let size = i64::deserialize(deserializer)?;
    if (1..=MAX_COVER_BYTES).contains(&size) {
        return Ok(size);
    }
    Err(D::Error::custom(format!(
        "expected 1 to {MAX_COVER_BYTES} bytes"
    )))
}
