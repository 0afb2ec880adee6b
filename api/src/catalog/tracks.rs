//! `GET·POST /tracks`, `GET·PATCH /tracks/{id}`

use axum::extract::State;
use futures::future::try_join_all;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_service::reply::Reply;

use super::audio::Audio;
use super::duration::DurationMs;
use super::release::{ReleaseTime, given};
use crate::caller::Creator;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path, Query};
use crate::objects::Objects;
use crate::text::Line;
use crate::timestamptz::Timestamptz;

/// A track of the public catalog.
#[derive(Serialize, ToSchema)]
pub struct Track {
    id: Uuid,
    creator_id: i64,
    creator_name: String,
    title: String,
    artist: String,
    /// Milliseconds, 1 to 86400000.
    duration_ms: i32,
    /// The duration is the longest hearing that an import saw.
    duration_estimated: bool,
    #[schema(required)]
    released_at: Option<Timestamptz>,
    /// Null: none has been uploaded.
    #[schema(required)]
    audio: Option<Audio>,
    created_at: Timestamptz,
    updated_at: Timestamptz,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrack {
    title: Line<300>,
    artist: Line<300>,
    duration_ms: DurationMs,
    released_at: Option<ReleaseTime>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackChanges {
    title: Option<Line<300>>,
    artist: Option<Line<300>>,
    duration_ms: Option<DurationMs>,
    /// Null: no longer said.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ReleaseTime>)]
    released_at: Option<Option<ReleaseTime>>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrackList {
    /// Only this creator's.
    creator: Option<i64>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// A row as it is stored, before its audio is signed.
struct TrackRow {
    id: Uuid,
    creator_id: i64,
    creator_name: String,
    title: String,
    artist: String,
    duration_ms: i32,
    duration_estimated: bool,
    released_at: Option<Timestamptz>,
    audio_key: Option<String>,
    audio_type: Option<String>,
    audio_size: Option<i64>,
    created_at: Timestamptz,
    updated_at: Timestamptz,
}

impl TrackRow {
    async fn sign(self, objects: &Objects) -> Result<Track> {
        let audio = match (self.audio_key, self.audio_type, self.audio_size) {
            (Some(key), Some(content_type), Some(size)) => Some(Audio::new(
                objects.signed_get(&key).await?,
                content_type,
                size,
            )),
            _ => None,
        };
        Ok(Track {
            id: self.id,
            creator_id: self.creator_id,
            creator_name: self.creator_name,
            title: self.title,
            artist: self.artist,
            duration_ms: self.duration_ms,
            duration_estimated: self.duration_estimated,
            released_at: self.released_at,
            audio,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Tracks, the newest first
///
/// Those of the installation's library, which imported histories fill, are listed only under its own creator.
#[utoipa::path(get, path = "/tracks", tag = "catalog", params(TrackList),
    responses((status = 200, body = Page<Track>)))]
pub async fn list_tracks(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    Query(list): Query<TrackList>,
) -> Result<Page<Track>> {
    // Ids are UUIDs of version 7: their order is the order of making.
    let rows = sqlx::query_as!(
        TrackRow,
        r#"SELECT t.id, t.creator_id, c.name AS creator_name, t.title, t.artist, t.duration_ms, t.duration_estimated,
             t.released_at AS "released_at: Timestamptz", t.audio_key, t.audio_type, t.audio_size,
             t.created_at AS "created_at: Timestamptz", t.updated_at AS "updated_at: Timestamptz"
           FROM tracks t JOIN creators c ON c.id = t.creator_id
           WHERE ($1::bigint IS NULL AND NOT c.library OR t.creator_id = $1) AND ($2::uuid IS NULL OR t.id < $2)
           ORDER BY t.id DESC LIMIT $3"#,
        list.creator,
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let rows = page(rows, list.limit, |row| row.id)?;
    let data = try_join_all(rows.data.into_iter().map(|row| row.sign(&objects))).await?;
    Ok(Page {
        data,
        meta: rows.meta,
    })
}

/// A track
#[utoipa::path(get, path = "/tracks/{id}", tag = "catalog", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Track>)))]
pub async fn get_track(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    Path(id): Path<Uuid>,
) -> Result<Reply<Track>> {
    fetch(&db, &objects, id).await.map(Reply::new)
}

/// Add a track
///
/// Its audio comes after it: `POST /tracks/{id}/audio`.
#[utoipa::path(post, path = "/tracks", tag = "catalog", request_body = NewTrack,
    responses((status = 201, body = Reply<Track>)))]
pub async fn create_track(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Json(track): Json<NewTrack>,
) -> Result<(StatusCode, Reply<Track>)> {
    let id = sqlx::query_scalar!(
        "INSERT INTO tracks (creator_id, title, artist, duration_ms, released_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        creator.creator_id,
        track.title.as_str(),
        track.artist.as_str(),
        track.duration_ms.get(),
        track.released_at.map(|time| time.0) as Option<Timestamptz>
    )
    .fetch_one(&db)
    .await?;
    let track = fetch(&db, &objects, id).await?;
    Ok((StatusCode::CREATED, Reply::new(track)))
}

/// Change a track of one's own
///
/// Plays that were judged stay as they were judged.
#[utoipa::path(patch, path = "/tracks/{id}", tag = "catalog", params(("id" = Uuid, Path)), request_body = TrackChanges,
    responses((status = 200, body = Reply<Track>)))]
pub async fn change_track(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(changes): Json<TrackChanges>,
) -> Result<Reply<Track>> {
    let changed = sqlx::query!(
        "UPDATE tracks SET title = coalesce($3, title), artist = coalesce($4, artist), duration_ms = coalesce($5, duration_ms),
           duration_estimated = duration_estimated AND $5::int IS NULL,
           released_at = CASE WHEN $6 THEN $7 ELSE released_at END, updated_at = now()
         WHERE id = $1 AND creator_id = $2",
        id,
        creator.creator_id,
        changes.title.as_ref().map(Line::as_str),
        changes.artist.as_ref().map(Line::as_str),
        changes.duration_ms.map(DurationMs::get),
        changes.released_at.is_some(),
        changes.released_at.flatten().map(|time| time.0) as Option<Timestamptz>
    )
    .execute(&db)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(ApiError::not_found("track"));
    }
    fetch(&db, &objects, id).await.map(Reply::new)
}

pub(super) async fn fetch(db: &PgPool, objects: &Objects, id: Uuid) -> Result<Track> {
    let row = sqlx::query_as!(
        TrackRow,
        r#"SELECT t.id, t.creator_id, c.name AS creator_name, t.title, t.artist, t.duration_ms, t.duration_estimated,
             t.released_at AS "released_at: Timestamptz", t.audio_key, t.audio_type, t.audio_size,
             t.created_at AS "created_at: Timestamptz", t.updated_at AS "updated_at: Timestamptz"
           FROM tracks t JOIN creators c ON c.id = t.creator_id WHERE t.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| ApiError::not_found("track"))?;
    row.sign(objects).await
}
