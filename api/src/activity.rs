//! Who is active: `last_active_at` at most once a minute, and one row of `activity_days` a day of the reporting zone.
//!
//! A request only looks into memory. What is new goes through a queue to one writer, so that a slow database slows nobody
//! down, and a failed write is repeated.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::civil_date::CivilDate;
use crate::time::zone::Zone;
use crate::timestamptz::Timestamptz;

/// How often `last_active_at` of somebody is written.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// What waits for the database; beyond it, the next request of the same person tries again.
const QUEUE: usize = 100_000;
/// Most people of one write.
const BATCH: usize = 1_000;
/// Until a failed write is repeated.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the last write may take when the service ends.
const LAST_WRITE: Duration = Duration::from_secs(3);
/// Whoever was active longer ago is forgotten when there are as many; the database knows them.
const MOST_KNOWN: usize = 1_000_000;

/// Takes down who is active. Clones share what they know.
#[derive(Clone)]
pub struct Activity {
    zone: Zone,
    known: Arc<Mutex<HashMap<Uuid, Known>>>,
    queue: mpsc::Sender<Seen>,
}

/// What was last handed to the writer of somebody.
#[derive(Debug, Clone, Copy)]
struct Known {
    day: Date,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    user_id: Uuid,
    day: Date,
    at: Timestamp,
}

/// Writes what [`Activity`] took down.
pub struct Writer {
    queue: mpsc::Receiver<Seen>,
}

impl Activity {
    pub fn new(zone: Zone) -> (Self, Writer) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let activity = Self {
            zone,
            known: Arc::default(),
            queue: sender,
        };
        (activity, Writer { queue: receiver })
    }

    /// Somebody is here, signed in.
    pub fn seen(&self, user_id: Uuid) {
        self.seen_at(user_id, Timestamp::now());
    }

    fn seen_at(&self, user_id: Uuid, at: Timestamp) {
        let day = self.zone.date_of(at);
        let mut known = self.known();
        let before = known.get(&user_id);
        if before.is_some_and(|before| before.day == day && at.duration_since(before.at) < MINUTE) {
            return;
        }
        if self.queue.try_send(Seen { user_id, day, at }).is_err() {
            metrics::counter!("veza_api_activity_delayed_total").increment(1);
            return;
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(user_id, Known { day, at });
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Uuid, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Writes until `stop`, and then what is left, within a bound.
    pub async fn run(mut self, db: PgPool, stop: CancellationToken) {
        loop {
            let mut batch = Vec::new();
            let received = self.queue.recv_many(&mut batch, BATCH);
            match stop.run_until_cancelled(received).await {
                Some(0) => return,
                Some(_) => {
                    let written = stop.run_until_cancelled(write_surely(&db, &batch)).await;
                    if written.is_none() {
                        return self.write_rest(&db, batch).await;
                    }
                }
                None => return self.write_rest(&db, batch).await,
            }
        }
    }

    async fn write_rest(&mut self, db: &PgPool, mut batch: Vec<Seen>) {
        while let Ok(seen) = self.queue.try_recv() {
            batch.push(seen);
        }
        let all = async {
            for part in batch.chunks(BATCH) {
                write_surely(db, part).await;
            }
        };
        if tokio::time::timeout(LAST_WRITE, all).await.is_err() {
            tracing::error!(
                people = batch.len(),
                "the last activity could not be written down"
            );
        }
    }
}

async fn write_surely(db: &PgPool, batch: &[Seen]) {
    while let Err(error) = write(db, batch).await {
        metrics::counter!("veza_api_activity_failures_total").increment(1);
        tracing::warn!(%error, "activity could not be written down; trying again");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Repeating it changes nothing.
async fn write(db: &PgPool, batch: &[Seen]) -> sqlx::Result<()> {
    let mut days: BTreeMap<Date, Vec<Seen>> = BTreeMap::new();
    for seen in batch {
        days.entry(seen.day).or_default().push(*seen);
    }
    // Earlier days first: the later ones refer to them.
    for (day, seen) in days {
        write_day(db, CivilDate(day), &seen).await?;
    }
    Ok(())
}

async fn write_day(db: &PgPool, day: CivilDate, seen: &[Seen]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = seen.iter().map(|seen| seen.user_id).collect();
    let times: Vec<Timestamptz> = seen.iter().map(|seen| Timestamptz(seen.at)).collect();
    let mut tx = db.begin().await?;
    // Whoever writes about the same people waits here, and in the same order.
    let present = sqlx::query_scalar!(
        "SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE users u SET last_active_at = seen.at
         FROM (SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS row (id, at) GROUP BY id) seen
         WHERE u.id = seen.id AND (u.last_active_at IS NULL OR u.last_active_at <= seen.at - interval '1 minute')",
        &ids,
        &times as &[Timestamptz]
    )
    .execute(&mut *tx)
    .await?;
    let added = sqlx::query_scalar!(
        "INSERT INTO activity_days (user_id, day, previous_day)
         SELECT id, $2, (SELECT max(day) FROM activity_days WHERE user_id = id AND day < $2) FROM unnest($1::uuid[]) AS row (id)
         ON CONFLICT DO NOTHING RETURNING user_id",
        &present,
        day as CivilDate
    )
    .fetch_all(&mut *tx)
    .await?;
    if !added.is_empty() {
        // Only a write that was delayed past midnight finds later days of the same people, or its day closed.
        sqlx::query!(
            "UPDATE activity_days SET previous_day = $2
             WHERE user_id = ANY($1) AND day > $2 AND (previous_day IS NULL OR previous_day < $2)",
            &added,
            day as CivilDate
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("DELETE FROM closed_days WHERE day >= $1", day as CivilDate)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn queued(times: &[&str]) -> Vec<Date> {
        let (activity, mut writer) = Activity::new(Zone::named("Europe/Paris").unwrap());
        for time in times {
            activity.seen_at(Uuid::nil(), at(time));
        }
        std::iter::from_fn(|| writer.queue.try_recv().ok())
            .map(|seen| seen.day)
            .collect()
    }

    #[test]
    fn a_person_is_written_once_a_minute_and_once_a_day() {
        let day = jiff::civil::date(2026, 3, 29);
        assert_eq!(
            queued(&["2026-03-29T10:00:00Z", "2026-03-29T10:00:59Z"]),
            [day]
        );
        assert_eq!(
            queued(&["2026-03-29T10:00:00Z", "2026-03-29T10:01:00Z"]),
            [day, day]
        );
        // Midnight in Paris, where summer has begun that morning.
        assert_eq!(
            queued(&["2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"]),
            [day, day.tomorrow().unwrap()]
        );
    }

    #[test]
    fn whoever_finds_the_queue_full_is_tried_again() {
        let (activity, mut writer) = Activity::new(Zone::utc());
        for n in 0..=QUEUE as u128 {
            activity.seen_at(Uuid::from_u128(n), at("2026-03-29T10:00:00Z"));
        }
        writer.queue.try_recv().unwrap();
        let last = Uuid::from_u128(QUEUE as u128);
        activity.seen_at(last, at("2026-03-29T10:00:01Z"));
        let written = std::iter::from_fn(|| writer.queue.try_recv().ok()).last();
        assert_eq!(written.unwrap().user_id, last);
    }
}
