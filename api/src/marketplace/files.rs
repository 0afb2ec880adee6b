//! `POST /marketplace/products/{id}/files`, `POST …/files/{file}/complete`, `DELETE …/files/{file}`
//!
//! What is uploaded by the signed request is copied to where no signed request leads, and hashed on the way: from then on
//! nobody can change it.

use axum::extract::State;
use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::cards::ProductState;
use super::products::lock_own;
use crate::caller::Creator;
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path};
use crate::objects::{Objects, SignedPut};
use crate::text::Line;
use crate::timestamptz::Timestamptz;

/// Largest file: 2 GiB.
const MAX_FILE_BYTES: i64 = 2 << 30;
/// Files of a product, complete or not.
const MAX_FILES: i64 = 100;

/// A file that one gets with a product.
#[derive(Serialize, ToSchema)]
pub struct ProductFile {
    pub id: Uuid,
    pub name: String,
    #[serde(rename = "type")]
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Hexadecimal, of what is in the store.
    pub sha256: String,
    pub added_at: Timestamptz,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// As it is saved by those who download it.
    #[serde(deserialize_with = "file_name")]
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: String,
    /// Bytes: 1 to 2147483648.
    #[serde(deserialize_with = "file_size")]
    #[schema(minimum = 1, maximum = 2_147_483_648i64)]
    size: i64,
    /// A media type, such as `application/zip` or `audio/flac`.
    #[serde(rename = "type", deserialize_with = "media_type")]
    content_type: String,
}

/// Where to send the file; then `POST …/files/{file}/complete`.
#[derive(Serialize, ToSchema)]
pub struct FileUpload {
    file: Uuid,
    put: SignedPut,
}

#[derive(Deserialize)]
pub struct FilePath {
    id: Uuid,
    file: Uuid,
}

/// Begin to upload a file of a product
///
/// The signed request takes exactly that size and type, within 15 minutes.
#[utoipa::path(post, path = "/marketplace/products/{id}/files", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = NewFile, responses((status = 201, body = Reply<FileUpload>)))]
pub async fn begin_file_upload(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(product): Path<Uuid>,
    Json(file): Json<NewFile>,
) -> Result<(StatusCode, Reply<FileUpload>)> {
    let mut tx = db.begin().await?;
    lock_own(&mut tx, creator, product).await?;
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM product_files WHERE product_id = $1"#,
        product
    )
    .fetch_one(&mut *tx)
    .await?;
    if count >= MAX_FILES {
        return Err(ApiError::new(
            Code::Conflict,
            format!("a product has at most {MAX_FILES} files"),
        ));
    }
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO product_files (id, product_id, name, content_type, size) VALUES ($1, $2, $3, $4, $5)",
        id,
        product,
        file.name,
        file.content_type,
        file.size
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    let put = objects
        .signed_put(&upload_key(id), &file.content_type, file.size)
        .await?;
    Ok((
        StatusCode::CREATED,
        Reply::new(FileUpload { file: id, put }),
    ))
}

/// Complete the upload of a file
///
/// Size and SHA-256 are taken from what the store holds. 409 `conflict` as long as it doesn't have the file. Completing twice
/// changes nothing: a complete file never changes.
#[utoipa::path(post, path = "/marketplace/products/{id}/files/{file}/complete", tag = "marketplace",
    params(("id" = Uuid, Path), ("file" = Uuid, Path)), responses((status = 200, body = Reply<ProductFile>)))]
pub async fn complete_file_upload(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(path): Path<FilePath>,
) -> Result<Reply<ProductFile>> {
    let file = sqlx::query!(
        "SELECT f.name, f.content_type, f.size, f.completed_at IS NOT NULL AS complete
         FROM product_files f JOIN products p ON p.id = f.product_id
         WHERE f.id = $1 AND p.id = $2 AND p.seller_id = $3",
        path.file,
        path.id,
        creator.creator_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("file"))?;
    if file.complete != Some(true) {
        keep(
            &db,
            &objects,
            path.file,
            &file.name,
            &file.content_type,
            file.size,
        )
        .await?;
    }
    let files = files_of(&db, path.id).await?;
    let file = files.into_iter().find(|file| file.id == path.file);
    file.map(Reply::new)
        .ok_or_else(|| ApiError::not_found("file"))
}

/// Copies the upload and writes down what was copied, unless another request was faster.
async fn keep(
    db: &PgPool,
    objects: &Objects,
    id: Uuid,
    name: &str,
    content_type: &str,
    size: i64,
) -> Result<()> {
    let kept = format!("files/{id}/{}", Uuid::new_v4());
    let absent = || {
        ApiError::new(
            Code::Conflict,
            "the store doesn't have this file; send it to `put.url` first",
        )
    };
    let copied = objects
        .copy(&upload_key(id), &kept, content_type, name)
        .await?
        .ok_or_else(absent)?;
    if copied.size != size {
        forget(objects, &kept).await;
        return Err(absent());
    }
    let first = sqlx::query!(
        "UPDATE product_files SET object_key = $2, sha256 = $3, completed_at = clock_timestamp()
         WHERE id = $1 AND completed_at IS NULL",
        id,
        kept,
        &copied.sha256
    )
    .execute(db)
    .await?;
    if first.rows_affected() == 0 {
        forget(objects, &kept).await;
    }
    forget(objects, &upload_key(id)).await;
    Ok(())
}

/// Remove a file from a draft
///
/// 409 `conflict` once the product was published: those who bought it keep what they bought.
#[utoipa::path(delete, path = "/marketplace/products/{id}/files/{file}", tag = "marketplace",
    params(("id" = Uuid, Path), ("file" = Uuid, Path)), responses((status = 204, description = "Removed")))]
pub async fn remove_file(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(path): Path<FilePath>,
) -> Result<StatusCode> {
    let mut tx = db.begin().await?;
    let product = lock_own(&mut tx, creator, path.id).await?;
    if product.state != ProductState::Draft {
        return Err(ApiError::new(
            Code::Conflict,
            "the files of what was published stay; add another file instead",
        ));
    }
    let removed = sqlx::query!(
        "DELETE FROM product_files WHERE id = $1 AND product_id = $2 RETURNING object_key",
        path.file,
        path.id
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::not_found("file"))?;
    tx.commit().await?;
    forget(
        &objects,
        &removed.object_key.unwrap_or_else(|| upload_key(path.file)),
    )
    .await;
    Ok(StatusCode::NO_CONTENT)
}

/// The complete files of a product, the oldest first.
pub async fn files_of(db: &PgPool, product: Uuid) -> Result<Vec<ProductFile>> {
    let files = sqlx::query_as!(
        ProductFile,
        r#"SELECT id, name, content_type, size, encode(sha256, 'hex') AS "sha256!", completed_at AS "added_at!: Timestamptz"
           FROM product_files WHERE product_id = $1 AND completed_at IS NOT NULL ORDER BY id"#,
        product
    )
    .fetch_all(db)
    .await?;
    Ok(files)
}

/// Nothing refers to the object any more: if the store is away just now, it is only room that is lost.
async fn forget(objects: &Objects, key: &str) {
    if let Err(error) = objects.delete(key).await {
        tracing::warn!(%error, key, "an object that nothing refers to is still in the store");
    }
}

fn upload_key(file: Uuid) -> String {
    format!("uploads/{file}")
}

fn file_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = Line::<200>::deserialize(deserializer)?;
    let name = name.as_str();
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(D::Error::custom("expected a file's name, without a folder"));
    }
    Ok(name.to_owned())
}

fn file_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let size = i64::deserialize(deserializer)?;
    if (1..=MAX_FILE_BYTES).contains(&size) {
        return Ok(size);
    }
    Err(D::Error::custom(format!(
        "expected 1 to {MAX_FILE_BYTES} bytes"
    )))
}

fn media_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_name = |part: &str| {
        (1..=60).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    match text.split_once('/') {
        Some((kind, subtype)) if is_name(kind) && is_name(subtype) => Ok(text),
        _ => Err(D::Error::custom(
            "expected a media type such as `application/zip`",
        )),
    }
}
