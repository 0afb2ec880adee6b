//! What the catalog in Postgres knows of tracks. Hits are remembered for a minute, or until Postgres announces a change;
//! misses for a second, so that a track that was just made is soon known.
//!
//! A look-up that fails is tried again until Postgres answers: a play is never `unknown_track` because of an outage.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use veza_enrich::Track;

use crate::backoff::Backoff;

const HIT_REMEMBERED: Duration = Duration::from_secs(60);
const MISS_REMEMBERED: Duration = Duration::from_secs(1);
const MOST_REMEMBERED: usize = 200_000;
/// How long Postgres may take to answer.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
/// Most tracks that are asked for at once.
const QUERY_TRACKS: usize = 5_000;
/// The channel on which Postgres announces changed tracks; the payload is the track's id.
const CHANNEL: &str = "catalog";

/// The tracks that a range plays; those that are not in the catalog are not in it.
pub type Tracks = HashMap<Uuid, Track>;

/// Why a look-up failed; it is tried again in any case.
#[derive(Debug, thiserror::Error)]
enum CatalogError {
    #[error("no answer within {QUERY_TIMEOUT:?}")]
    Silent,
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error("track {0} has a negative creator or duration")]
    OutOfRange(Uuid),
}

/// What Postgres said of a track.
#[derive(Debug, Clone, Copy)]
struct Answer {
    /// `None`: not in the catalog.
    track: Option<Track>,
    holds_until: Instant,
}

impl Answer {
    fn new(track: Option<Track>, now: Instant) -> Self {
        let holds = match track {
            Some(_) => HIT_REMEMBERED,
            None => MISS_REMEMBERED,
        };
        Self {
            track,
            holds_until: now + holds,
        }
    }
}

/// Looks tracks up. Shared between partitions.
pub struct Catalog {
    pool: PgPool,
    remembered: Cache<Uuid, Answer>,
    /// How often something was forgotten: an answer that was asked for before is not remembered after.
    forgotten: AtomicU64,
}

impl Catalog {
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            remembered: Cache::new(MOST_REMEMBERED),
            forgotten: AtomicU64::new(0),
        }
    }

    /// Looks up `ids`, trying for as long as it takes.
    pub async fn look_up(&self, ids: impl IntoIterator<Item = Uuid>) -> Tracks {
        let now = Instant::now();
        let mut tracks = Tracks::new();
        let mut unknown = Vec::new();
        for id in ids.into_iter().collect::<HashSet<_>>() {
            let answer = self.remembered.get(&id);
            match answer.filter(|answer| now < answer.holds_until) {
                Some(answer) => tracks.extend(answer.track.map(|track| (id, track))),
                None => unknown.push(id),
            }
        }
        for ids in unknown.chunks(QUERY_TRACKS) {
            tracks.extend(self.ask_until_answered(ids).await);
        }
        tracks
    }

    async fn ask_until_answered(&self, ids: &[Uuid]) -> Tracks {
        let mut backoff = Backoff::new();
        loop {
            let forgotten = self.forgotten.load(Ordering::SeqCst);
            match self.ask(ids).await {
                Ok(tracks) => {
                    if forgotten == self.forgotten.load(Ordering::SeqCst) {
                        let now = Instant::now();
                        for id in ids {
                            let answer = Answer::new(tracks.get(id).copied(), now);
                            self.remembered.insert(*id, answer);
                        }
                    }
                    return tracks;
                }
                Err(error) => wait(&error, &mut backoff).await,
            }
        }
    }

    async fn ask(&self, ids: &[Uuid]) -> Result<Tracks, CatalogError> {
        let query = sqlx::query!(
            r#"SELECT t.id, t.creator_id, t.duration_ms, c.user_id
               FROM tracks t JOIN creators c ON c.id = t.creator_id
               WHERE t.id = ANY($1)"#,
            ids
        );
        let rows = tokio::time::timeout(QUERY_TIMEOUT, query.fetch_all(&self.pool))
            .await
            .map_err(|_| CatalogError::Silent)??;
        rows.into_iter()
            .map(|row| {
                let in_range = |_| CatalogError::OutOfRange(row.id);
                let track = Track {
                    creator_id: row.creator_id.try_into().map_err(in_range)?,
                    creator_user: row.user_id,
                    duration_ms: row.duration_ms.try_into().map_err(in_range)?,
                };
                Ok((row.id, track))
            })
            .collect()
    }

    /// Every creator that one of `tracks` has or had, trying for as long as it takes.
    pub async fn creators_ever(&self, tracks: &[Uuid]) -> Vec<u64> {
        let mut backoff = Backoff::new();
        loop {
            match self.ask_creators_ever(tracks).await {
                Ok(creators) => return creators,
                Err(error) => wait(&error, &mut backoff).await,
            }
        }
    }

    async fn ask_creators_ever(&self, tracks: &[Uuid]) -> Result<Vec<u64>, CatalogError> {
        let query = sqlx::query_scalar!(
            "SELECT DISTINCT creator_id FROM track_creators WHERE track_id = ANY($1)",
            tracks
        );
        let creators = tokio::time::timeout(QUERY_TIMEOUT, query.fetch_all(&self.pool))
            .await
            .map_err(|_| CatalogError::Silent)??;
        // Ids are positive.
        Ok(creators.into_iter().map(i64::unsigned_abs).collect())
    }

    /// Forgets what Postgres announces to have changed, until `stop`.
    pub async fn follow_changes(self: Arc<Self>, stop: CancellationToken) {
        let mut backoff = Backoff::new();
        while !stop.is_cancelled() {
            let listened = stop.run_until_cancelled(self.listen(&mut backoff)).await;
            if let Some(Err(error)) = listened {
                tracing::warn!(%error, "changes of the catalog are not announced; tracks are remembered a minute at most");
                stop.run_until_cancelled(backoff.pause()).await;
            }
        }
    }

    async fn listen(&self, backoff: &mut Backoff) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        self.forget_all();
        *backoff = Backoff::new();
        // `None`: the connection broke, and what was announced meanwhile is lost.
        while let Some(change) = listener.try_recv().await? {
            match change.payload().parse() {
                Ok(id) => self.forget(id),
                Err(_) => self.forget_all(),
            }
        }
        Ok(())
    }

    fn forget(&self, id: Uuid) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.remembered.remove(&id);
    }

    fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.remembered.clear();
    }
}

async fn wait(error: &CatalogError, backoff: &mut Backoff) {
    metrics::counter!("veza_aggregator_catalog_failures_total").increment(1);
    tracing::warn!(%error, "the catalog does not answer; partitions wait for it");
    backoff.pause().await;
}
