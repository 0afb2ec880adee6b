//! A partition's worker. It owns all of the partition's state, and does one thing after the other: fill a range, look its
//! tracks up, judge it, store it, commit past it. The offset moves only after ClickHouse said yes to all of the range.

use std::sync::Arc;
use std::time::Instant;

use arrow_schema::ArrowError;
use rdkafka::consumer::BaseConsumer;
use tokio::sync::mpsc::UnboundedReceiver;
use veza_enrich::Enricher;
use veza_schemas::row::{Outcome, Play};

use super::assignment::{Ended, Incarnation};
use super::budget::Account;
use super::duplicates::Window;
use super::judge::judge;
use super::range::{Fetched, Origin, Range, SealLimits};
use super::rebalance::Rebalancer;
use crate::backoff::Backoff;
use crate::catalog::Catalog;
use crate::geoip::GeoIp;
use crate::progress::Board;
use crate::warehouse::insert::{Insert, Table};
use crate::warehouse::{Warehouse, WarehouseError, arrow};

/// What all workers of the process share.
pub struct Tools {
    pub topic: String,
    pub enricher: Enricher,
    pub geoip: Arc<GeoIp>,
    pub catalog: Arc<Catalog>,
    pub warehouse: Warehouse,
    pub board: Board,
    pub seal: SealLimits,
    /// Offsets within which duplicates are known.
    pub window: u64,
}

/// Why a worker is done.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The assignment is over; what was not stored is another's.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// Nothing will change until someone acts: the range can't be stored, and is not skipped.
    #[error("{token} can't be stored: {source}")]
    Refused {
        token: String,
        source: WarehouseError,
    },
    #[error("{token} can't be encoded: {source}")]
    Encoding { token: String, source: ArrowError },
}

/// One partition under one assignment.
pub struct Worker {
    pub incarnation: Arc<Incarnation>,
    /// Kafka's UUID of the topic.
    pub topic_id: Arc<str>,
    pub partition: u16,
    /// Everything below is stored, or in the range in hand.
    pub next_offset: u64,
    pub inbox: UnboundedReceiver<Fetched>,
    pub account: Account,
    pub consumer: Arc<BaseConsumer<Rebalancer>>,
    pub window: Window,
    pub tools: Arc<Tools>,
}

impl Worker {
    /// Works until the assignment is over, or the partition can't go on.
    pub async fn run(mut self) -> Result<(), Halt> {
        while let Some(range) = self.fill().await {
            self.store(range).await?;
        }
        Ok(())
    }

    /// The next sealed range; `None` once the partition is to be given up: what is not sealed by then is left to its next owner.
    async fn fill(&mut self) -> Option<Range> {
        let draining = self.incarnation.draining().clone();
        let first = loop {
            let fetched = draining.run_until_cancelled(self.inbox.recv()).await??;
            if self.is_news(&fetched) {
                break fetched;
            }
        };
        let mut range = Range::open(self.origin(), &first, Instant::now());
        let seal_at = tokio::time::Instant::from_std(range.seal_at(&self.tools.seal));
        loop {
            while !range.is_full(&self.tools.seal)
                && let Ok(fetched) = self.inbox.try_recv()
            {
                self.push(&mut range, &fetched);
            }
            self.say_unstored(Some(range.oldest_received_ms));
            if range.is_full(&self.tools.seal) {
                return Some(range);
            }
            tokio::select! {
                biased;
                () = draining.cancelled() => return None,
                () = tokio::time::sleep_until(seal_at) => return Some(range),
                fetched = self.inbox.recv() => self.push(&mut range, &fetched?),
                // Nothing more comes before this is stored.
                () = self.account.exhausted() => return Some(range),
            }
        }
    }

    fn push(&mut self, range: &mut Range, fetched: &Fetched) {
        if self.is_news(fetched) {
            range.push(self.origin(), fetched);
        }
    }

    /// Whether a record is the next one, or further on. A partition that was paused may be fetched again from an earlier offset;
    /// what was taken up once is not taken up again.
    fn is_news(&mut self, fetched: &Fetched) -> bool {
        if fetched.offset < self.next_offset {
            self.account.give_back(fetched.cost());
            return false;
        }
        if fetched.offset > self.next_offset {
            let (partition, expected, offset) = (self.partition, self.next_offset, fetched.offset);
            tracing::warn!(
                partition,
                expected,
                offset,
                "the log goes on at a later offset"
            );
            metrics::counter!("veza_aggregator_skipped_offsets_total").increment(offset - expected);
        }
        self.next_offset = fetched.offset + 1;
        true
    }

    /// Stores a range, whatever it takes, and commits past it.
    async fn store(&mut self, range: Range) -> Result<(), Halt> {
        let ids = range.records.iter().map(|(_, record)| record.track_id);
        let tracks = self
            .incarnation
            .while_it_stands(self.tools.catalog.look_up(ids))
            .await?;
        let places = self.tools.geoip.places();
        let origin = Origin {
            topic_id: &self.topic_id,
            partition: self.partition,
        };
        let begun = Instant::now();
        let rows = judge(
            &range,
            origin,
            &self.tools.enricher,
            &places,
            &tracks,
            &mut self.window,
        );
        metrics::histogram!("veza_aggregator_judge_duration_seconds")
            .record(begun.elapsed().as_secs_f64());
        for insert in self.inserts(&range, &rows)? {
            self.send(&insert, &range).await?;
        }
        self.incarnation.commit(
            &self.consumer,
            &self.tools.topic,
            range.span.last + 1,
            &self.topic_id,
        )?;
        self.say_stored(&range, &rows);
        Ok(())
    }

    /// What the range has to store: its rows and its rejections, each under the range's token; no rows, no insert.
    fn inserts(&self, range: &Range, rows: &[Play]) -> Result<Vec<Insert>, Halt> {
        let token = range.token(self.origin());
        let encoding = |source| Halt::Encoding {
            token: token.clone(),
            source,
        };
        let mut inserts = Vec::with_capacity(2);
        if !rows.is_empty() {
            inserts.push(Insert::new(
                Table::Plays,
                &token,
                arrow::plays(rows).map_err(encoding)?,
            ));
        }
        if !range.rejected.is_empty() {
            inserts.push(Insert::new(
                Table::Rejected,
                &token,
                arrow::rejected(&range.rejected).map_err(encoding)?,
            ));
        }
        Ok(inserts)
    }

    /// Sends the same bytes until ClickHouse says yes.
    async fn send(&self, insert: &Insert, range: &Range) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        loop {
            match self
                .incarnation
                .while_it_stands(insert.send(&self.tools.warehouse))
                .await?
            {
                Ok(()) => return Ok(()),
                Err(error) if error.is_retriable() => {
                    let (partition, table) = (self.partition, insert.table.name());
                    tracing::warn!(partition, table, first = range.span.first, last = range.span.last, %error, "insert failed; repeating it");
                    self.incarnation.while_it_stands(backoff.pause()).await?;
                }
                Err(source) => {
                    return Err(Halt::Refused {
                        token: range.token(self.origin()),
                        source,
                    });
                }
            }
        }
    }

    fn say_unstored(&self, oldest_unstored_ms: Option<i64>) {
        self.tools.board.update(self.partition.into(), |progress| {
            progress.oldest_unstored_ms = oldest_unstored_ms
        });
    }

    fn say_stored(&self, range: &Range, rows: &[Play]) {
        self.account.give_back(range.cost);
        self.tools.board.update(self.partition.into(), |progress| {
            progress.next_offset = range.span.last + 1;
            progress.oldest_unstored_ms = None;
            progress.last_stored_ms = progress.last_stored_ms.max(Some(range.newest_received_ms));
        });
        let stored = rows.len() + range.rejected.len();
        metrics::histogram!("veza_aggregator_range_size_rows").record(stored as f64);
        let counted = |outcome: Outcome| {
            rows.iter()
                .filter(|row| row.reason.outcome() == outcome)
                .count()
        };
        for outcome in [
            Outcome::Counted,
            Outcome::Continued,
            Outcome::Excluded,
            Outcome::Duplicate,
        ] {
            count(outcome, counted(outcome));
        }
        count(Outcome::Rejected, range.rejected.len());
    }

    fn origin(&self) -> Origin<'_> {
        Origin {
            topic_id: &self.topic_id,
            partition: self.partition,
        }
    }
}

fn count(outcome: Outcome, records: usize) {
    metrics::counter!("veza_aggregator_records_total", "outcome" => outcome.as_str())
        .increment(records as u64);
}
