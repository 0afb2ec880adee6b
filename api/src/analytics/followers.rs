//! Followers gained: those who began to follow, less those who stopped.

use jiff::Timestamp;
use sqlx::PgPool;

use super::catalog_scope::CatalogScope;
use crate::error::Result;

/// The followers of a scope's creator, or, with tracks in it, those of the tracks' creators.
pub struct Followed<'a>(pub &'a CatalogScope);

impl Followed<'_> {
    /// Gained in each bucket `[edges[i], edges[i + 1])`.
    pub async fn gained(&self, db: &PgPool, edges: &[Timestamp]) -> Result<Vec<i64>> {
        let seconds: Vec<f64> = edges.iter().map(|edge| edge.as_second() as f64).collect();
        let rows = sqlx::query!(
            r#"SELECT width_bucket(extract(epoch FROM change.at)::float8, $1::float8[]) AS "bucket!", sum(change.by)::bigint AS "gained!"
               FROM follows f
               CROSS JOIN LATERAL (VALUES (f.followed_at, 1), (f.unfollowed_at, -1)) AS change (at, by)
               WHERE ($2::bigint IS NULL OR f.creator_id = $2)
                 AND ($3::uuid[] IS NULL OR f.creator_id IN (SELECT creator_id FROM tracks WHERE id = ANY($3)))
                 AND change.at IS NOT NULL
               GROUP BY 1"#,
            &seconds,
            self.0.creator,
            self.0.tracks.as_deref(),
        )
        .fetch_all(db)
        .await?;
        // Postgres numbers buckets from 1; 0 lies before the first edge, the number of edges behind the last.
        let gained = |bucket: usize| {
            let row = rows
                .iter()
                .find(|row| usize::try_from(row.bucket) == Ok(bucket));
            row.map_or(0, |row| row.gained)
        };
        Ok((1..edges.len()).map(gained).collect())
    }
}
