//! `POST /tracks/{id}/audio`, `POST /tracks/{id}/audio/complete`
//!
//! The client uploads to the object store itself. Nothing is stored here until it says that it is done; then the store, not
//! the client, tells size and type.

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::tracks::{self, Track};
use crate::caller::Creator;
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path};
use crate::objects::{Objects, SignedPut, SignedUrl};

/// Largest audio file: 512 MiB, a day of speech or an hour of lossless music.
const MAX_AUDIO_BYTES: i64 = 512 << 20;

/// What the common browsers play.
const AUDIO_TYPES: [&str; 9] = [
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/ogg",
    "audio/webm",
    "audio/flac",
    "audio/wav",
    "audio/x-wav",
    "audio/x-m4a",
];

/// A track's audio, readable until `expires_at`; then ask for the track again.
#[derive(Serialize, ToSchema)]
pub struct Audio {
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[serde(rename = "type")]
    content_type: String,
    /// Bytes.
    size: i64,
}

impl Audio {
    pub fn new(signed: SignedUrl, content_type: String, size: i64) -> Self {
        Self {
            url: signed.url,
            expires_at: signed.expires_at,
            content_type,
            size,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AudioFile {
    /// `audio/mpeg`, `audio/mp4`, `audio/aac`, `audio/ogg`, `audio/webm`, `audio/flac` or `audio/wav`.
    #[serde(rename = "type", deserialize_with = "audio_type")]
    content_type: String,
    /// Bytes: 1 to 536870912.
    #[serde(deserialize_with = "audio_size")]
    #[schema(minimum = 1, maximum = 536_870_912)]
    size: i64,
}

/// Where to send the file, and what to call `…/audio/complete` with when it is there.
#[derive(Serialize, ToSchema)]
pub struct AudioUpload {
    upload: Uuid,
    put: SignedPut,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletedUpload {
    upload: Uuid,
}

/// Begin to upload a track's audio
///
/// The signed request takes exactly that size and type, within 15 minutes. The audio so far stays until the upload is
/// completed.
#[utoipa::path(post, path = "/tracks/{id}/audio", tag = "catalog", params(("id" = Uuid, Path)), request_body = AudioFile,
    responses((status = 201, body = Reply<AudioUpload>)))]
pub async fn begin_audio_upload(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(file): Json<AudioFile>,
) -> Result<(StatusCode, Reply<AudioUpload>)> {
    sqlx::query_scalar!(
        "SELECT 1 FROM tracks WHERE id = $1 AND creator_id = $2",
        id,
        creator.creator_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("track"))?;
    let upload = Uuid::new_v4();
    let put = objects
        .signed_put(&object_key(id, upload), &file.content_type, file.size)
        .await?;
    Ok((StatusCode::CREATED, Reply::new(AudioUpload { upload, put })))
}

/// Complete the upload of a track's audio
///
/// 409 `conflict` as long as the store doesn't have the file. Completing twice changes nothing.
#[utoipa::path(post, path = "/tracks/{id}/audio/complete", tag = "catalog", params(("id" = Uuid, Path)),
    request_body = CompletedUpload, responses((status = 200, body = Reply<Track>)))]
pub async fn complete_audio_upload(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(completed): Json<CompletedUpload>,
) -> Result<Reply<Track>> {
    let mut tx = db.begin().await?;
    let before = sqlx::query!(
        "SELECT audio_key FROM tracks WHERE id = $1 AND creator_id = $2 FOR UPDATE",
        id,
        creator.creator_id
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::not_found("track"))?
    .audio_key;
    let key = object_key(id, completed.upload);
    let stored = objects.stored(&key).await?.ok_or_else(|| {
        ApiError::new(
            Code::Conflict,
            "the store doesn't have this upload; send the file to `put.url` first",
        )
    })?;
    sqlx::query!(
        "UPDATE tracks SET audio_key = $2, audio_type = $3, audio_size = $4, updated_at = now() WHERE id = $1",
        id,
        key,
        stored.content_type,
        stored.size
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    if let Some(replaced) = before.filter(|before| *before != key) {
        forget(&objects, &replaced).await;
    }
    tracks::fetch(&db, &objects, id).await.map(Reply::new)
}

/// Nothing refers to the object any more: if the store is away just now, it is only room that is lost.
async fn forget(objects: &Objects, key: &str) {
    if let Err(error) = objects.delete(key).await {
        tracing::warn!(%error, key, "replaced audio is still in the store");
    }
}

fn object_key(track: Uuid, upload: Uuid) -> String {
    format!("audio/{track}/{upload}")
}

fn audio_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if AUDIO_TYPES.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "expected one of {}",
        AUDIO_TYPES.join(", ")
    )))
}

fn audio_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let size = i64::deserialize(deserializer)?;
    if (1..=MAX_AUDIO_BYTES).contains(&size) {
        return Ok(size);
    }
    Err(D::Error::custom(format!(
        "expected 1 to {MAX_AUDIO_BYTES} bytes"
    )))
}
