//! What the catalog calls tracks now.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Result;
use crate::timestamptz::Timestamptz;

/// A track by its name.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrackName {
    pub id: Uuid,
    /// Null: the catalog doesn't have it.
    #[schema(required)]
    pub title: Option<String>,
    #[schema(required)]
    pub artist: Option<String>,
}

/// What the catalog knows of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct Title {
    pub title: String,
    pub artist: String,
    pub released_at: Option<Timestamptz>,
}

/// Those of the tracks that the catalog has.
pub async fn titles(db: &PgPool, tracks: &[Uuid]) -> Result<HashMap<Uuid, Title>> {
    if tracks.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"SELECT id, title, artist, released_at AS "released_at: Timestamptz" FROM tracks WHERE id = ANY($1)"#,
        tracks
    )
    .fetch_all(db)
    .await?;
    let titles = rows.into_iter().map(|row| {
        let title = Title {
            title: row.title,
            artist: row.artist,
            released_at: row.released_at,
        };
        (row.id, title)
    });
    Ok(titles.collect())
}

impl TrackName {
    pub fn of(id: Uuid, titles: &HashMap<Uuid, Title>) -> Self {
        let known = titles.get(&id);
        Self {
            id,
            title: known.map(|known| known.title.clone()),
            artist: known.map(|known| known.artist.clone()),
        }
    }
}
