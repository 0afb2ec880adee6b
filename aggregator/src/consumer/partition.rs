//! A partition's worker. It owns all of the partition's state, and does one thing after the other: take the partition up, then
//! fill a range, look its tracks and old reports up, judge it, journal it, store it, commit past it. The offset moves only
//! after ClickHouse said yes to all of the range, and nothing is sent before the range is in the journal.

use std::sync::Arc;
use std::time::Instant;

use arrow_schema::ArrowError;
use rdkafka::consumer::BaseConsumer;
use sqlx::PgPool;
use tokio::sync::mpsc::UnboundedReceiver;
use veza_enrich::Enricher;
use veza_enrich::place::Places;
use veza_enrich::play::Play;
use veza_schemas::row::{Outcome, Rejected};

use super::assignment::{Ended, Incarnation};
use super::budget::Account;
use super::duplicates::{Past, Window};
use super::earlier::{self, Earlier};
use super::fail_point::{FailPoint, FailPoints};
use super::halt::Halt;
use super::journal::Journal;
use super::judge::Judge;
use super::judged::Judged;
use super::range::{Fetched, Origin, Range, SealLimits, Span};
use super::rebalance::Rebalancer;
use crate::backoff::Backoff;
use crate::catalog::{Catalog, Tracks};
use crate::figures;
use crate::geoip::GeoIp;
use crate::progress::Board;
use crate::warehouse::arrow::{Plays, Rejections};
use crate::warehouse::insert::{Insert, Table};
use crate::warehouse::stored::{self, Stored};
use crate::warehouse::{Warehouse, WarehouseError};

/// What all workers of the process share.
pub struct Tools {
    pub topic: String,
    pub enricher: Enricher,
    pub geoip: Arc<GeoIp>,
    pub catalog: Arc<Catalog>,
    pub postgres: PgPool,
    pub warehouse: Warehouse,
    pub board: Board,
    pub seal: SealLimits,
    /// Offsets within which duplicates are known.
    pub window: u64,
    pub fail_points: FailPoints,
}

/// What a range is judged by, besides its own records and the window.
pub(super) struct Known {
    tracks: Tracks,
    earlier: Earlier,
    places: Arc<Places>,
}

/// One partition under one assignment.
pub struct Worker {
    pub incarnation: Arc<Incarnation>,
    /// Kafka's UUID of the topic.
    pub topic_id: Arc<str>,
    pub partition: u16,
    /// Everything below is stored, or in the range in hand.
    pub next_offset: u64,
    /// What a predecessor left in the journal, until it is stored.
    pub inherited: Option<Span>,
    /// From here on nothing is stored; below, someone may have stored before us.
    pub stored_end: u64,
    /// How often the log has ended below what was read of it, as operators accepted.
    pub cuts: u64,
    /// Where the log ended when the partition was assigned.
    pub log_end: u64,
    pub inbox: UnboundedReceiver<Fetched>,
    pub account: Account,
    pub consumer: Arc<BaseConsumer<Rebalancer>>,
    pub window: Window,
    pub tools: Arc<Tools>,
}

impl Worker {
    /// Works until the assignment is over, or the partition can't go on.
    pub async fn run(mut self) -> Result<(), Halt> {
        self.take_up().await?;
        while let Some(range) = self.fill().await? {
            if self.may_be_stored(range.span) {
                self.replay(range).await?;
            } else {
                self.store(range).await?;
            }
        }
        Ok(())
    }

    /// The next sealed range; `None` once the partition is to be given up: what is not sealed by then is left to its next owner.
    async fn fill(&mut self) -> Result<Option<Range>, Halt> {
        let draining = self.incarnation.draining().clone();
        let first = loop {
            let Some(Some(fetched)) = draining.run_until_cancelled(self.inbox.recv()).await else {
                return Ok(None);
            };
            if self.is_news(&fetched)? {
                break fetched;
            }
        };
        let mut range = Range::open(self.origin(), &first, Instant::now());
        let seal_at = tokio::time::Instant::from_std(range.seal_at(&self.tools.seal));
        loop {
            while !self.is_full(&mut range)
                && let Ok(fetched) = self.inbox.try_recv()
            {
                self.push(&mut range, &fetched)?;
            }
            self.say_unstored(Some(range.oldest_received_ms));
            if self.is_full(&mut range) {
                return Ok(Some(range));
            }
            let own = self.inherited.is_none();
            tokio::select! {
                biased;
                () = draining.cancelled() => return Ok(None),
                () = tokio::time::sleep_until(seal_at), if own => return Ok(Some(range)),
                fetched = self.inbox.recv() => match fetched {
                    Some(fetched) => self.push(&mut range, &fetched)?,
                    None => return Ok(None),
                },
                // Nothing more comes before this is stored.
                () = self.account.exhausted(), if own => return Ok(Some(range)),
            }
        }
    }

    /// Whether a range is sealed as it is: our own by its size, an inherited one exactly where it was sealed, as its token names it.
    fn is_full(&mut self, range: &mut Range) -> bool {
        let Some(span) = self.inherited else {
            return range.is_full(&self.tools.seal);
        };
        // It must be held whole, whatever the budget is now.
        self.account.give_back(std::mem::take(&mut range.cost));
        range.span = span;
        self.next_offset > span.last
    }

    fn push(&mut self, range: &mut Range, fetched: &Fetched) -> Result<(), Halt> {
        if self.is_news(fetched)? {
            range.push(self.origin(), fetched);
        }
        Ok(())
    }

    /// Whether a record is the next one, or further on. A partition that was paused may be fetched again from an earlier offset;
    /// what was taken up once is not taken up again.
    fn is_news(&mut self, fetched: &Fetched) -> Result<bool, Halt> {
        if fetched.offset < self.next_offset {
            self.account.give_back(fetched.cost());
            return Ok(false);
        }
        if let Some(span) = self.inherited
            && fetched.offset > span.last
        {
            let offset = fetched.offset;
            return Err(Halt::Cut { span, offset });
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
        Ok(true)
    }

    /// Stores a range that nobody has sent before, whatever it takes, and commits past it.
    async fn store(&mut self, mut range: Range) -> Result<(), Halt> {
        let token = self.token(&range);
        let known = self.look_up(&range).await?;
        let (rows, judged) = self.judge(&range, &known, &token)?;
        // From here on they are held as columns alone.
        range.records = Vec::new();
        let inserts = inserts(&token, rows, &range.rejected)?;
        self.journal(range.span)?;
        self.send(&inserts, &token).await?;
        judged.iter().for_each(|row| self.window.remember(row));
        self.settle(&range, &judged, &range.rejected).await
    }

    /// The rows of the range, as columns, and what they say to the reports after them.
    fn judge(
        &self,
        range: &Range,
        known: &Known,
        token: &str,
    ) -> Result<(Plays, Vec<Judged>), Halt> {
        let begun = Instant::now();
        let mut rows = Plays::with_capacity(range.records.len());
        let mut judged = Vec::with_capacity(range.records.len());
        for row in self.rows(range, &Stored::default(), known) {
            rows.append(&row).map_err(encoding(token))?;
            judged.push(Judged::from(&row));
        }
        metrics::histogram!("veza_aggregator_judge_duration_seconds")
            .record(begun.elapsed().as_secs_f64());
        Ok((rows, judged))
    }

    /// The rows of the range's records, `stored` ones of the same range aside.
    pub(super) fn rows<'a: 'b, 'b>(
        &'a self,
        range: &'b Range,
        stored: &'b Stored,
        known: &'b Known,
    ) -> impl Iterator<Item = Play<'a>> {
        let judge = Judge {
            origin: self.origin(),
            enricher: &self.tools.enricher,
            places: &known.places,
            tracks: &known.tracks,
        };
        let past = Past::new(&self.window, &known.earlier, range.records.len());
        judge.rows(&range.records, stored, past)
    }

    /// Asks for what the range's records are judged by.
    pub(super) async fn look_up(&self, range: &Range) -> Result<Known, Halt> {
        let ids = range.records.iter().map(|record| record.track_id);
        let tracks = self
            .incarnation
            .while_it_stands(self.tools.catalog.look_up(ids))
            .await?;
        Ok(Known {
            tracks,
            earlier: self.look_up_old_reports(range).await?,
            places: self.tools.geoip.places(),
        })
    }

    /// What is stored of plays that began before the window. Where rows above the range are stored, as after a reset by hand, every
    /// play is looked up: such a row may have counted it.
    async fn look_up_old_reports(&self, range: &Range) -> Result<Earlier, Halt> {
        let known_since = if range.span.last < self.stored_end.saturating_sub(1) {
            None
        } else {
            self.window.oldest_received_ms()
        };
        let mut found = Vec::new();
        for question in earlier::questions(&range.records, known_since) {
            let tracks: Vec<_> = question.tracks.iter().copied().collect();
            let creators = self
                .incarnation
                .while_it_stands(self.tools.catalog.creators_ever(&tracks))
                .await?;
            let (warehouse, origin) = (&self.tools.warehouse, self.origin());
            let rows = self
                .ask(async || {
                    stored::earlier(warehouse, origin, range.span, &question, &creators).await
                })
                .await?;
            metrics::counter!("veza_aggregator_old_plays_looked_up_total")
                .increment(question.plays.len() as u64);
            found.extend(rows);
        }
        Ok(Earlier::from_rows(found))
    }

    /// Writes down that `span` is about to be sent. Everything below it is stored.
    pub(super) fn journal(&self, span: Span) -> Result<(), Halt> {
        self.commit(span.first, Some(span))?;
        self.tools
            .board
            .update(self.partition.into(), |progress| progress.pending = true);
        Ok(())
    }

    fn commit(&self, offset: u64, pending: Option<Span>) -> Result<(), Halt> {
        let journal = Journal {
            topic_id: &self.topic_id,
            pending,
        };
        let metadata = journal.to_string();
        Ok(self
            .incarnation
            .commit(&self.consumer, &self.tools.topic, offset, &metadata)?)
    }

    /// Sends each insert, the same bytes, until ClickHouse says yes to all. What must not be sent without: its range in the journal.
    pub(super) async fn send(&self, inserts: &[Insert], token: &str) -> Result<(), Halt> {
        self.reach(FailPoint::Journaled).await;
        for insert in inserts {
            self.send_one(insert, token).await?;
            self.reach(FailPoint::Stored).await;
        }
        Ok(())
    }

    async fn send_one(&self, insert: &Insert, token: &str) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        loop {
            // Once more, as the journal's commit may have been answered long ago.
            self.incarnation.check()?;
            let attempt = async {
                self.reach(FailPoint::Checked).await;
                let send = insert.send(&self.tools.warehouse);
                tokio::join!(send, self.reach(FailPoint::Sent)).0
            };
            match self.incarnation.while_it_stands(attempt).await? {
                Ok(()) => return Ok(()),
                Err(error) if error.is_retriable() => {
                    let (partition, table) = (self.partition, insert.table.name());
                    tracing::warn!(partition, table, token, %error, "insert failed; repeating it");
                    self.incarnation.while_it_stands(backoff.pause()).await?;
                }
                Err(source) => {
                    let token = token.to_string();
                    return Err(Halt::Refused { token, source });
                }
            }
        }
    }

    /// The range is stored, of it these rows and rejections by us: the offset moves past it.
    pub(super) async fn settle(
        &mut self,
        range: &Range,
        judged: &[Judged],
        rejected: &[Rejected],
    ) -> Result<(), Halt> {
        self.reach(FailPoint::Uncommitted).await;
        self.commit(range.span.last + 1, None)?;
        self.say_stored(range, judged, rejected);
        Ok(())
    }

    /// Asks ClickHouse until it answers, or the partition is to be given up.
    pub(super) async fn ask<T>(
        &self,
        question: impl AsyncFn() -> Result<T, WarehouseError>,
    ) -> Result<T, Halt> {
        let mut backoff = Backoff::new();
        let answered = async {
            loop {
                match question().await {
                    Err(error) if error.is_retriable() => {
                        let partition = self.partition;
                        tracing::warn!(partition, %error, "ClickHouse can't say what is stored; asking again");
                        backoff.pause().await;
                    }
                    answer => return answer.map_err(Halt::Unasked),
                }
            }
        };
        let draining = self.incarnation.draining();
        draining
            .run_until_cancelled(answered)
            .await
            .ok_or(Halt::Ended(Ended))?
    }

    async fn reach(&self, point: FailPoint) {
        self.tools.fail_points.reach(point).await;
    }

    fn say_unstored(&self, oldest_unstored_ms: Option<i64>) {
        self.tools.board.update(self.partition.into(), |progress| {
            progress.oldest_unstored_ms = oldest_unstored_ms
        });
    }

    fn say_stored(&self, range: &Range, judged: &[Judged], rejected: &[Rejected]) {
        self.account.give_back(range.cost);
        self.tools.board.update(self.partition.into(), |progress| {
            progress.next_offset = range.span.last + 1;
            progress.oldest_unstored_ms = None;
            progress.pending = false;
            progress.last_stored_ms = progress.last_stored_ms.max(Some(range.newest_received_ms));
        });
        let stored = judged.len() + rejected.len();
        metrics::histogram!("veza_aggregator_range_size_rows").record(stored as f64);
        let counted = |outcome: Outcome| {
            judged
                .iter()
                .filter(|row| row.reason.outcome() == outcome)
                .count()
        };
        for outcome in [
            Outcome::Counted,
            Outcome::Continued,
            Outcome::Excluded,
            Outcome::Duplicate,
        ] {
            figures::stored(outcome, counted(outcome));
        }
        figures::rejected(rejected);
    }

    /// The range's name in the warehouse. After a cut, offsets mean other records than before, so it is another name.
    pub(super) fn token(&self, range: &Range) -> String {
        let token = range.token(self.origin());
        match self.cuts {
            0 => token,
            cuts => format!("{token}~{cuts}"),
        }
    }

    pub(super) fn origin(&self) -> Origin<'_> {
        Origin {
            topic_id: &self.topic_id,
            partition: self.partition,
        }
    }
}

/// What a range has to store: its rows and its rejections, each under `token`; no rows, no insert.
pub(super) fn inserts(
    token: &str,
    rows: Plays,
    rejected: &[Rejected],
) -> Result<Vec<Insert>, Halt> {
    let mut inserts = Vec::with_capacity(2);
    if !rows.is_empty() {
        let body = rows.encode().map_err(encoding(token))?;
        inserts.push(Insert::new(Table::Plays, token, body));
    }
    if !rejected.is_empty() {
        let mut rows = Rejections::with_capacity(rejected.len());
        rejected
            .iter()
            .try_for_each(|row| rows.append(row))
            .map_err(encoding(token))?;
        let body = rows.encode().map_err(encoding(token))?;
        inserts.push(Insert::new(Table::Rejected, token, body));
    }
    Ok(inserts)
}

pub(super) fn encoding(token: &str) -> impl Fn(ArrowError) -> Halt {
    move |source| Halt::Encoding {
        token: token.to_string(),
        source,
    }
}
