//! `POST /catalog/import`: tracks that a history names, made once each.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use super::duration::DurationMs;
use super::folded_key::folded_key;
use super::release::ReleaseTime;
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::identity::email::Email;
use crate::text::Line;
use crate::timestamptz::Timestamptz;

/// Most tracks in one request.
const MAX_TRACKS: usize = 1_000;
/// The name of the installation's library, as listeners see it.
const LIBRARY_NAME: &str = "Library";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogImport {
    /// E-mail of the creator to whom the tracks belong; left out: the installation's library.
    creator: Option<Email>,
    /// At most 1,000.
    #[serde(deserialize_with = "at_most_a_thousand")]
    #[schema(max_items = 1000)]
    tracks: Vec<ImportedTrack>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedTrack {
    artist: Line<300>,
    title: Line<300>,
    duration_ms: DurationMs,
    /// The duration is the longest hearing seen. A longer one, or a known one, takes its place later.
    #[serde(default)]
    duration_estimated: bool,
    released_at: Option<ReleaseTime>,
}

fn at_most_a_thousand<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ImportedTrack>, D::Error> {
    let tracks = Vec::deserialize(deserializer)?;
    if tracks.len() > MAX_TRACKS {
        let detail = format!(
            "expected at most {MAX_TRACKS} tracks, found {}",
            tracks.len()
        );
        return Err(D::Error::custom(detail));
    }
    Ok(tracks)
}

/// The ids of the request's tracks, in their order.
#[derive(Serialize, ToSchema)]
pub struct ImportedCatalog {
    ids: Vec<Uuid>,
}

/// Import a catalog
///
/// The same artist and title (whatever their case, white space and Unicode form) have the same id, in one request and in
/// all that follow; what is unknown is made.
#[utoipa::path(post, path = "/catalog/import", tag = "catalog", request_body = CatalogImport,
    responses((status = 200, body = Reply<ImportedCatalog>)))]
pub async fn import_catalog(
    State(db): State<PgPool>,
    Json(import): Json<CatalogImport>,
) -> Result<Reply<ImportedCatalog>> {
    let ids = track_ids(&db, import.creator.as_ref(), &import.tracks).await?;
    Ok(Reply::new(ImportedCatalog { ids }))
}

/// Ids of these tracks, in their order, under the creator with this e-mail, or in the library; what is unknown is made.
pub async fn track_ids(
    db: &PgPool,
    creator: Option<&Email>,
    tracks: &[ImportedTrack],
) -> Result<Vec<Uuid>> {
    let mut tx = db.begin().await?;
    let creator_id = owner(&mut tx, creator).await?;
    let keys: Vec<String> = tracks.iter().map(ImportedTrack::key).collect();
    let ids = ids_by_key(&mut tx, creator_id, distinct(&keys, tracks)).await?;
    tx.commit().await?;
    let ids: Option<Vec<Uuid>> = keys.iter().map(|key| ids.get(key).copied()).collect();
    Ok(ids.ok_or_else(|| anyhow::anyhow!("an imported track was not stored"))?)
}

/// As a history that was read names it.
impl TryFrom<&veza_players::client::ImportedTrack> for ImportedTrack {
    /// What is expected.
    type Error = String;

    fn try_from(track: &veza_players::client::ImportedTrack) -> Result<Self, String> {
        Ok(Self {
            artist: track.artist.as_str().try_into()?,
            title: track.title.as_str().try_into()?,
            duration_ms: i64::from(track.duration_ms).try_into()?,
            duration_estimated: track.duration_estimated,
            released_at: None,
        })
    }
}

impl ImportedTrack {
    fn key(&self) -> String {
        folded_key(self.artist.as_str(), self.title.as_str())
    }

    /// Which duration to believe: a known one, else the longest.
    fn duration_rank(&self) -> (bool, DurationMs) {
        (!self.duration_estimated, self.duration_ms)
    }
}

/// One track a key, in the keys' order, so that imports at the same time lock rows in the same order.
fn distinct<'a>(
    keys: &'a [String],
    tracks: &'a [ImportedTrack],
) -> BTreeMap<&'a str, &'a ImportedTrack> {
    let mut distinct: BTreeMap<&str, &ImportedTrack> = BTreeMap::new();
    for (key, track) in keys.iter().zip(tracks) {
        let best = distinct.entry(key).or_insert(track);
        if track.duration_rank() > best.duration_rank() {
            *best = track;
        }
    }
    distinct
}

/// To whom imported tracks belong: the creator with this e-mail; without one, the installation's library.
pub async fn owner(tx: &mut PgConnection, creator: Option<&Email>) -> Result<i64> {
    match creator {
        Some(email) => creator_of(tx, email).await,
        None => library(tx).await,
    }
}

async fn creator_of(tx: &mut PgConnection, email: &Email) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "SELECT c.id FROM creators c JOIN users u ON u.id = c.user_id WHERE u.email = $1",
        email.as_str()
    )
    .fetch_optional(tx)
    .await?;
    id.ok_or_else(|| ApiError::invalid("creator", "no creator has this e-mail"))
}

async fn library(tx: &mut PgConnection) -> Result<i64> {
    sqlx::query!(
        "INSERT INTO creators (library, name) VALUES (true, $1) ON CONFLICT (library) WHERE library DO NOTHING",
        LIBRARY_NAME
    )
    .execute(&mut *tx)
    .await?;
    let id = sqlx::query_scalar!("SELECT id FROM creators WHERE library")
        .fetch_one(tx)
        .await?;
    Ok(id)
}

async fn ids_by_key(
    tx: &mut PgConnection,
    creator_id: i64,
    tracks: BTreeMap<&str, &ImportedTrack>,
) -> Result<HashMap<String, Uuid>> {
    let keys: Vec<String> = tracks.keys().map(|key| (*key).to_owned()).collect();
    let text = |of: fn(&ImportedTrack) -> &Line<300>| -> Vec<String> {
        tracks
            .values()
            .map(|track| of(track).as_str().to_owned())
            .collect()
    };
    let durations: Vec<i32> = tracks
        .values()
        .map(|track| track.duration_ms.get())
        .collect();
    let estimated: Vec<bool> = tracks
        .values()
        .map(|track| track.duration_estimated)
        .collect();
    let released: Vec<Option<Timestamptz>> = tracks
        .values()
        .map(|track| track.released_at.map(|time| time.0))
        .collect();
    sqlx::query!(
        "INSERT INTO tracks (creator_id, import_key, title, artist, duration_ms, duration_estimated, released_at)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::bool[], $7::timestamptz[])
         ON CONFLICT (creator_id, import_key) DO UPDATE
           SET duration_ms = excluded.duration_ms, duration_estimated = excluded.duration_estimated, updated_at = now()
           WHERE tracks.duration_estimated
             AND (NOT excluded.duration_estimated OR excluded.duration_ms > tracks.duration_ms)",
        creator_id,
        &keys,
        &text(|track| &track.title),
        &text(|track| &track.artist),
        &durations,
        &estimated,
        &released as &[Option<Timestamptz>]
    )
    .execute(&mut *tx)
    .await?;
    let rows = sqlx::query!(
        r#"SELECT import_key AS "import_key!", id FROM tracks WHERE creator_id = $1 AND import_key = ANY($2)"#,
        creator_id,
        &keys
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.import_key, row.id))
        .collect())
}
