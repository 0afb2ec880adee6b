//! What operators run by hand: commands that end. They print what they found and did on standard output.

pub mod accept_loss;
mod group;
pub mod rebuild;
pub mod rejected;
mod replay;

use std::time::Duration;

use anyhow::Context;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::lock::{CONSUMING, Lock, REWRITING};
use crate::settings::Settings;

/// How long a connection to Postgres may be waited for.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(5);

async fn postgres(settings: &Settings) -> anyhow::Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(POSTGRES_TIMEOUT)
        .connect(&settings.postgres.url)
        .await
        .context("Postgres (VEZA_POSTGRES_URL) does not answer")
}

/// Nobody consumes, and nobody else rewrites what is stored, as long as these are held.
struct Alone {
    consuming: Lock,
    rewriting: Lock,
}

impl Alone {
    async fn take(pool: &PgPool) -> anyhow::Result<Self> {
        let rewriting = Lock::take(pool, REWRITING).await?.context(
            "an erasure, a rebuild or an accepted loss is at work on the stored rows; run this again when it is done",
        )?;
        let consuming = Lock::take(pool, CONSUMING).await?.context(
            "an aggregator is running; stop all of them, run this, and start them again",
        )?;
        Ok(Self {
            consuming,
            rewriting,
        })
    }

    /// Fails if Postgres has let go of one of the locks.
    async fn check(&mut self) -> anyhow::Result<()> {
        let lost = "the connection to Postgres that kept others away broke; run this again, it goes on where it was";
        self.consuming.check().await.context(lost)?;
        self.rewriting.check().await.context(lost)
    }
}
