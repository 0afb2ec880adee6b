//! Erasures: the rows of a listener who asked for it become nobody's. Each creator's get one fresh random id, so that plays and
//! the listeners of every creator are as many as before, and nothing links them across creators, or to the account.
//!
//! Requests queue in Postgres. One aggregator at a time runs them, at most one mutation an hour, and none while the table is
//! rebuilt ([`lock::REWRITING`]). Kafka holds what was reported before for 72 h more, and may bring rows after the first time;
//! so it is done twice. Rejected records are kept whole for 14 days. Only then is a receipt done.
//!
//! The mutation names neither id nor salt, as ClickHouse keeps the text of mutations: both wait in a table in memory that is
//! dropped when it is over. A crash on the way leaves the request queued, and it is run anew.

use std::time::Duration;

use bytes::Bytes;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use veza_enrich::listener::ListenerKey;

use crate::lock::{self, Lock};
use crate::warehouse::{Warehouse, WarehouseError};

/// How often the queue is looked at, unless mutations may follow each other faster.
const LOOK: Duration = Duration::from_secs(60);
/// Between two looks at a mutation under way.
const POLL: Duration = Duration::from_millis(200);
/// Most requests of one mutation.
const AT_ONCE: i64 = 10_000;

/// When things are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// At least between two mutations.
    pub interval: Duration,
    /// How long Kafka holds a record.
    pub log: Duration,
    /// How long a rejected record is kept whole.
    pub rejected: Duration,
}

/// Why a turn failed; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    #[error("Postgres: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    #[error("the mutation failed: {0}")]
    Mutation(String),
    #[error("{0} rows came in while the others were changed")]
    StillThere(u64),
}

/// Runs what is queued.
pub struct Erasures {
    pool: PgPool,
    warehouse: Warehouse,
    key: ListenerKey,
    schedule: Schedule,
}

/// A request that is due.
struct Request {
    id: Uuid,
    listener: u64,
    /// Rows received earlier are erased, Unix ms.
    before_ms: i64,
    /// Kafka has forgotten what came before it.
    is_last: bool,
}

impl Erasures {
    pub fn new(pool: PgPool, warehouse: Warehouse, key: ListenerKey, schedule: Schedule) -> Self {
        Self {
            pool,
            warehouse,
            key,
            schedule,
        }
    }

    /// Takes turns until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.schedule.interval.min(LOOK));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let turn = stop.run_until_cancelled(self.turn());
            if let Some(Err(error)) = turn.await {
                tracing::warn!(%error, "erasures wait");
                metrics::counter!("veza_aggregator_erasure_failures_total").increment(1);
            }
        }
    }

    async fn turn(&self) -> Result<(), ErasureError> {
        if self.due().await?.is_empty() && self.over().await?.is_empty() {
            return Ok(());
        }
        let Some(mut lock) = Lock::take(&self.pool, lock::REWRITING).await? else {
            tracing::info!("the table is being rewritten; erasures wait");
            return Ok(());
        };
        // Another aggregator may have been faster.
        let requests = self.due().await?;
        if !requests.is_empty() {
            self.erase(&requests, &mut lock).await?;
        }
        self.finish().await
    }

    /// What is to be erased now; nothing for an interval after the last time.
    async fn due(&self) -> Result<Vec<Request>, ErasureError> {
        let rows = sqlx::query!(
            r#"SELECT id, user_id, (extract(epoch FROM requested_at) * 1000)::bigint AS "before_ms!",
                      requested_at + make_interval(secs => $1) <= now() AS "is_last!"
               FROM erasures
               WHERE done_at IS NULL AND repeated_at IS NULL
                 AND (erased_at IS NULL OR requested_at + make_interval(secs => $1) <= now())
                 AND NOT EXISTS (SELECT FROM erasures WHERE greatest(erased_at, repeated_at) > now() - make_interval(secs => $2))
               ORDER BY requested_at LIMIT $3"#,
            self.schedule.log.as_secs_f64(),
            self.schedule.interval.as_secs_f64(),
            AT_ONCE
        )
        .fetch_all(&self.pool)
        .await?;
        let requests = rows.into_iter().map(|row| Request {
            id: row.id,
            listener: self.key.of_account(row.user_id),
            before_ms: row.before_ms,
            is_last: row.is_last,
        });
        Ok(requests.collect())
    }

    async fn erase(&self, requests: &[Request], lock: &mut Lock) -> Result<(), ErasureError> {
        let rows = self.rewrite(requests, lock).await;
        // Whatever became of it, the ids don't stay.
        self.warehouse
            .run("DROP TABLE IF EXISTS erasing SYNC")
            .await?;
        let rows = rows?;
        let (mut ids, mut before, mut counts, mut last) = (vec![], vec![], vec![], vec![]);
        for request in requests {
            let found = rows
                .iter()
                .find(|(listener, _)| *listener == request.listener);
            ids.push(request.id);
            before.push(request.before_ms);
            counts.push(found.map_or(0, |(_, rows)| *rows as i64));
            last.push(request.is_last);
        }
        // One that was asked for again meanwhile stays queued.
        sqlx::query!(
            "UPDATE erasures SET erased_at = COALESCE(erased_at, now()), repeated_at = CASE WHEN last THEN now() END,
                    rows = COALESCE(rows, 0) + count
             FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bool[]) AS run (run_id, before_ms, count, last)
             WHERE id = run_id AND (extract(epoch FROM requested_at) * 1000)::bigint = before_ms",
            &ids,
            &before,
            &counts,
            &last
        )
        .execute(&self.pool)
        .await?;
        let total: i64 = counts.iter().sum();
        metrics::counter!("veza_aggregator_erased_rows_total").increment(total as u64);
        tracing::info!(requests = ids.len(), rows = total, "listeners were erased");
        Ok(())
    }

    /// Gives the rows their new ids, and returns how many there were of each listener.
    async fn rewrite(
        &self,
        requests: &[Request],
        lock: &mut Lock,
    ) -> Result<Vec<(u64, u64)>, ErasureError> {
        let database = quoted(self.warehouse.database());
        self.warehouse
            .run(
                "CREATE OR REPLACE TABLE erasing (listener UInt64, before_ms Int64, low UInt64, high UInt64) \
                 ENGINE = Join(ANY, LEFT, listener) SETTINGS persistent = 0",
            )
            .await?;
        let insert = "INSERT INTO erasing FORMAT TabSeparated";
        self.warehouse.insert(insert, salted(requests)).await?;
        let get = |column: &str| format!("joinGet({database}, '{column}', listener)");
        // Of a listener that is not there, `before_ms` is 0.
        let rows_of = format!("toUnixTimestamp64Milli(received_at) < {}", get("before_ms"));
        let rows = self.counts(&rows_of).await?;
        if rows.is_empty() {
            return Ok(rows);
        }
        let update = format!(
            "ALTER TABLE plays UPDATE listener = greatest(sipHash64Keyed(({}, {}), creator_id), 1) WHERE {rows_of}",
            get("low"),
            get("high")
        );
        self.mutate("plays", &update, lock).await?;
        match self
            .counts(&rows_of)
            .await?
            .iter()
            .map(|(_, rows)| rows)
            .sum()
        {
            0 => Ok(rows),
            left => Err(ErasureError::StillThere(left)),
        }
    }

    async fn counts(&self, rows_of: &str) -> Result<Vec<(u64, u64)>, WarehouseError> {
        let sql = format!("SELECT listener, count() FROM plays WHERE {rows_of} GROUP BY listener");
        let answer = self.warehouse.run(&sql).await?;
        let read = |line: &str| {
            let (listener, rows) = line.split_once('\t')?;
            Some((listener.parse().ok()?, rows.parse().ok()?))
        };
        let unreadable = |line: &str| WarehouseError::Unreadable(line.to_owned());
        answer
            .lines()
            .map(|line| read(line).ok_or_else(|| unreadable(line)))
            .collect()
    }

    /// Starts a mutation, and waits for it however long it takes, as long as the lock is ours.
    async fn mutate(&self, table: &str, sql: &str, lock: &mut Lock) -> Result<(), ErasureError> {
        self.warehouse
            .run(&format!("{sql} SETTINGS mutations_sync = 0"))
            .await?;
        let unfinished = format!(
            "SELECT latest_fail_reason FROM system.mutations \
             WHERE database = currentDatabase() AND table = '{table}' AND NOT is_done"
        );
        loop {
            let answer = self.warehouse.run(&unfinished).await?;
            match answer.lines().next() {
                None => return Ok(()),
                Some("") => {}
                Some(reason) => return Err(ErasureError::Mutation(reason.to_owned())),
            }
            lock.check().await?;
            tokio::time::sleep(POLL).await;
        }
    }

    /// Requests of which nothing can be left in the log, nor whole among the rejected.
    async fn over(&self) -> Result<Vec<(Uuid, i64)>, ErasureError> {
        let rows = sqlx::query!(
            r#"SELECT id, (extract(epoch FROM requested_at) * 1000)::bigint AS "before_ms!" FROM erasures
               WHERE done_at IS NULL AND repeated_at IS NOT NULL AND requested_at + make_interval(secs => $1) <= now()"#,
            self.schedule.rejected.as_secs_f64()
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id, row.before_ms))
            .collect())
    }

    /// Empties what is old among the rejected, should merges not have done it yet, and closes the receipts.
    async fn finish(&self) -> Result<(), ErasureError> {
        let over = self.over().await?;
        let Some(before_ms) = over.iter().map(|(_, before_ms)| before_ms).max() else {
            return Ok(());
        };
        let old = format!("raw != '' AND toUnixTimestamp64Milli(at) < {before_ms}");
        let count = self
            .warehouse
            .run(&format!("SELECT count() FROM rejected WHERE {old}"))
            .await?;
        if count.trim() != "0" {
            let update = format!(
                "ALTER TABLE rejected UPDATE raw = '' WHERE {old} SETTINGS mutations_sync = 1"
            );
            self.warehouse.run(&update).await?;
        }
        let ids: Vec<Uuid> = over.into_iter().map(|(id, _)| id).collect();
        sqlx::query!(
            "UPDATE erasures SET done_at = now() WHERE id = ANY($1)",
            &ids
        )
        .execute(&self.pool)
        .await?;
        tracing::info!(requests = ids.len(), "erasures are done");
        Ok(())
    }
}

/// A line a listener, with the end of what is erased and a salt that nobody keeps. Who has asked twice is there once, up to
/// the later request.
fn salted(requests: &[Request]) -> Bytes {
    let mut latest = std::collections::BTreeMap::new();
    for request in requests {
        let before = latest.entry(request.listener).or_insert(request.before_ms);
        *before = request.before_ms.max(*before);
    }
    let lines = latest.into_iter().map(|(listener, before_ms)| {
        let (low, high) = Uuid::new_v4().as_u64_pair();
        format!("{listener}\t{before_ms}\t{low}\t{high}\n")
    });
    lines.collect::<String>().into()
}

/// The table of ids, as [`joinGet`](https://clickhouse.com/docs/sql-reference/functions/other-functions#joinget) takes it:
/// a mutation runs outside of any database.
fn quoted(database: &str) -> String {
    let escaped = database.replace('\\', "\\\\").replace('\'', "\\'");
    format!("'{escaped}.erasing'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asked_twice_is_erased_up_to_the_later_request() {
        let request = |before_ms| Request {
            id: Uuid::nil(),
            listener: 7,
            before_ms,
            is_last: false,
        };
        let lines = salted(&[request(1), request(3), request(2)]);
        let text = std::str::from_utf8(&lines).unwrap();
        assert!(
            text.starts_with("7\t3\t") && text.lines().count() == 1,
            "{text}"
        );
        assert_ne!(
            salted(&[request(1)]),
            salted(&[request(1)]),
            "a new salt each time"
        );
    }
}
