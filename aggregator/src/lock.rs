//! Advisory locks of Postgres, by which processes keep out of each other's way. A lock lasts as long as its connection, so that
//! none outlives its process. They are of the session: a pooler between us and Postgres must not pool by transaction.

use sqlx::{PgConnection, PgPool};

/// Held by whoever rewrites rows that are stored: an erasure, a rebuild, an accepted loss.
pub const REWRITING: i64 = 0x7665_7a61_0001;
/// Shared by the aggregators that consume; held alone by whoever needs them stopped.
pub const CONSUMING: i64 = 0x7665_7a61_0002;

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct Lock(PgConnection);

impl Lock {
    /// Takes the lock alone; `None`: another process has it.
    pub async fn take(pool: &PgPool, key: i64) -> Result<Option<Self>, sqlx::Error> {
        let mut connection = pool.acquire().await?.detach();
        let taken = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "taken!""#, key)
            .fetch_one(&mut connection)
            .await?;
        Ok(taken.then_some(Self(connection)))
    }

    /// Takes the lock beside others that share it; `None`: another process has it alone.
    pub async fn share(pool: &PgPool, key: i64) -> Result<Option<Self>, sqlx::Error> {
        let mut connection = pool.acquire().await?.detach();
        let shared = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock_shared($1) AS "shared!""#,
            key
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(shared.then_some(Self(connection)))
    }

    /// Fails if the connection is gone, and the lock with it.
    pub async fn check(&mut self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1").execute(&mut self.0).await?;
        Ok(())
    }
}
