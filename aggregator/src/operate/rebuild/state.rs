//! How far a rebuild is, in Postgres.

use std::collections::BTreeSet;

use sqlx::PgPool;
use veza_schemas::row::RULE;

use super::Only;

/// A rebuild that has begun.
#[derive(Debug, Clone, Copy)]
pub struct Rebuild {
    pub id: i64,
}

impl Rebuild {
    /// Goes on with the one that has not finished, if it is of the same kind; one of another kind is given up.
    pub async fn begin(pool: &PgPool, only: Option<Only>) -> sqlx::Result<Self> {
        let only_unknown_track = only == Some(Only::UnknownTrack);
        sqlx::query!(
            "DELETE FROM rebuilds WHERE finished_at IS NULL AND (only_unknown_track <> $1 OR rule <> $2)",
            only_unknown_track,
            i16::from(RULE),
        )
        .execute(pool)
        .await?;
        let unfinished = sqlx::query_scalar!("SELECT id FROM rebuilds WHERE finished_at IS NULL")
            .fetch_optional(pool)
            .await?;
        let id =
            match unfinished {
                Some(id) => id,
                None => sqlx::query_scalar!(
                    "INSERT INTO rebuilds (only_unknown_track, rule) VALUES ($1, $2) RETURNING id",
                    only_unknown_track,
                    i16::from(RULE),
                )
                .fetch_one(pool)
                .await?,
            };
        Ok(Self { id })
    }

    pub async fn months_done(&self, pool: &PgPool) -> sqlx::Result<BTreeSet<u32>> {
        let months = sqlx::query_scalar!(
            "SELECT month FROM rebuilt_months WHERE rebuild_id = $1 AND done_at IS NOT NULL",
            self.id
        )
        .fetch_all(pool)
        .await?;
        Ok(months.into_iter().map(i32::unsigned_abs).collect())
    }

    /// So many of the month's rows are about to change.
    pub async fn month_begins(&self, pool: &PgPool, month: u32, changed: u64) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO rebuilt_months (rebuild_id, month, rows_changed) VALUES ($1, $2, $3)
             ON CONFLICT (rebuild_id, month) DO UPDATE SET rows_changed = greatest(rebuilt_months.rows_changed, excluded.rows_changed)",
            self.id,
            month.cast_signed(),
            changed.cast_signed(),
        )
        .execute(pool)
        .await?;
        Ok(())
    }

    pub async fn month_done(&self, pool: &PgPool, month: u32) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE rebuilt_months SET done_at = now() WHERE rebuild_id = $1 AND month = $2",
            self.id,
            month.cast_signed(),
        )
        .execute(pool)
        .await?;
        Ok(())
    }

    pub async fn finish(&self, pool: &PgPool) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE rebuilds SET finished_at = now() WHERE id = $1",
            self.id
        )
        .execute(pool)
        .await?;
        Ok(())
    }
}
