//! Tracks and creators, written into Postgres.

use anyhow::Context;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;
use veza_standalone::temporary::Temporary;

use crate::listening::DURATION_MS;

/// Tracks of one creator.
pub const TRACKS_EACH: u32 = 100;

/// Makes the tracks [`track(0)`](crate::listening::track) to `tracks`, a hundred a creator; the creators have accounts.
pub async fn fill(stack: &Temporary, tracks: u32) -> anyhow::Result<()> {
    let mut postgres = connect(stack).await?;
    let creators = tracks.div_ceil(TRACKS_EACH) as i32;
    sqlx::query(
        "WITH account AS (
           INSERT INTO users (email, password_hash, name, role)
           SELECT 'creator-' || n || '@bench.example', '', 'Creator ' || n, 'creator' FROM generate_series(1, $1) AS n
           RETURNING id, name)
         INSERT INTO creators (user_id, name) SELECT id, name FROM account",
    )
    .bind(creators)
    .execute(&mut postgres)
    .await
    .context("creators")?;
    sqlx::query(
        "INSERT INTO tracks (id, creator_id, title, artist, duration_ms)
         SELECT ('7e2a0000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
                (SELECT min(id) FROM creators) + n / $2, 'Track ' || n, 'An artist', $3
         FROM generate_series(0, $1 - 1) AS n",
    )
    .bind(tracks as i32)
    .bind(TRACKS_EACH as i32)
    .bind(DURATION_MS as i32)
    .execute(&mut postgres)
    .await
    .context("tracks")?;
    Ok(())
}

/// The account of the creator whose tracks are the last ones.
pub async fn last_creator(stack: &Temporary) -> anyhow::Result<Uuid> {
    let mut postgres = connect(stack).await?;
    let user = sqlx::query_scalar("SELECT user_id FROM creators ORDER BY id DESC LIMIT 1");
    Ok(user.fetch_one(&mut postgres).await?)
}

pub async fn connect(stack: &Temporary) -> anyhow::Result<PgConnection> {
    let url = stack.stack.postgres_url();
    PgConnection::connect(&url).await.context("Postgres")
}
