//! Closes days: what a day came to is counted once, a minute after its end, and stored.
//!
//! Every instance tries; the first one stores. A history that is put in at once is closed day by day, the first day first.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan};
use sqlx::PgPool;

use super::days::{self, Measured};
use crate::civil_date::CivilDate;
use crate::time::zone::Zone;

const INTERVAL: Duration = Duration::from_secs(20);
/// How long a day stays open after its end, for activity that is still being written.
const GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Closes what has ended, again and again.
pub async fn keep_closing(db: PgPool, zone: Zone) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = close_all(&db, &zone, Timestamp::now()).await {
            tracing::warn!(%error, "days could not be closed; trying again");
        }
    }
}

async fn close_all(db: &PgPool, zone: &Zone, now: Timestamp) -> sqlx::Result<()> {
    while let Some(date) = days::next_open(db, zone).await? {
        let ended = zone.start_of(date.saturating_add(1.day()));
        if ended.is_none_or(|ended| now.duration_since(ended) < GRACE) {
            return Ok(());
        }
        let measured = days::measure(db, zone, date).await?;
        store(db, CivilDate(date), &measured).await?;
    }
    Ok(())
}

async fn store(db: &PgPool, date: CivilDate, measured: &Measured) -> sqlx::Result<()> {
    let count = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    let day = &measured.day;
    let [returned_1, returned_7, returned_30] = day.returned.map(count);
    sqlx::query!(
        "INSERT INTO closed_days (day, signups, dau, wau, mau, active_6, active_29, returned_1, returned_7, returned_30)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        date as CivilDate,
        count(day.signups),
        count(day.dau),
        count(day.wau),
        count(day.mau),
        count(measured.active_6),
        count(measured.active_29),
        returned_1,
        returned_7,
        returned_30,
    )
    .execute(db)
    .await?;
    Ok(())
}
