//! Taking a partition up where its last owner left it: what may be stored already is asked for, and only what is missing is
//! judged and sent.

use std::time::Duration;

use tracing::info;
use veza_enrich::play::Play;

use super::assignment::Ended;
use super::duplicates::Window;
use super::halt::Halt;
use super::judged::Judged;
use super::partition::{Worker, encoding, inserts};
use super::range::{Range, Span};
use crate::backoff::Backoff;
use crate::losses;
use crate::warehouse::arrow::Plays;
use crate::warehouse::stored::{self, Stored};

/// How long Postgres may take to answer.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(5);

impl Worker {
    /// Learns how far the partition is stored, and what its last reports were.
    pub(super) async fn take_up(&mut self) -> Result<(), Halt> {
        // First of all: from now on its last owner, if it still runs, is refused, should it read this journal and send from it.
        if let Some(span) = self.inherited {
            self.journal(span)?;
            info!(partition = self.partition, %span, "a range was on its way; it is asked for");
        }
        self.find_cuts().await?;
        self.find_end().await?;
        self.rebuild_window().await
    }

    async fn find_cuts(&mut self) -> Result<(), Halt> {
        let (topic_id, partition) = (self.topic_id.clone(), i32::from(self.partition));
        let mut backoff = Backoff::new();
        let asked = async {
            loop {
                let cuts = losses::cuts(&self.tools.postgres, &topic_id, partition);
                match tokio::time::timeout(POSTGRES_TIMEOUT, cuts).await {
                    Ok(Ok(cuts)) => return cuts,
                    Ok(Err(error)) => {
                        tracing::warn!(partition, %error, "Postgres can't say what was accepted to be lost; asking again");
                    }
                    Err(_) => tracing::warn!(
                        partition,
                        "Postgres does not say what was accepted to be lost; asking again"
                    ),
                }
                backoff.pause().await;
            }
        };
        let draining = self.incarnation.draining();
        let cuts = draining.run_until_cancelled(asked).await;
        self.cuts = cuts.ok_or(Halt::Ended(Ended))?;
        Ok(())
    }

    async fn find_end(&mut self) -> Result<(), Halt> {
        let (warehouse, origin, from) = (&self.tools.warehouse, self.origin(), self.next_offset);
        let end = self
            .ask(async || stored::end(warehouse, origin, from).await)
            .await?;
        let Some(end) = end else {
            return Ok(());
        };
        if end > self.log_end {
            return Err(Halt::BeyondLog {
                stored: end - 1,
                log_end: self.log_end,
            });
        }
        info!(
            partition = self.partition,
            from, end, "some offsets are stored already; they are passed over"
        );
        self.stored_end = end;
        Ok(())
    }

    /// The window as its last owner had it, from the rows below the first offset that may not be stored.
    async fn rebuild_window(&mut self) -> Result<(), Halt> {
        let Some(last) = self.next_offset.checked_sub(1) else {
            return Ok(());
        };
        let first = self.next_offset.saturating_sub(self.tools.window);
        let (warehouse, origin) = (&self.tools.warehouse, self.origin());
        let window = self
            .ask(async || {
                let mut window = Window::new(self.tools.window);
                let take = |row| window.remember(&row);
                stored::rows(warehouse, origin, Span { first, last }, take).await?;
                Ok(window)
            })
            .await?;
        self.window = window;
        Ok(())
    }

    /// Whether someone may have sent the range, or a part of it, before us.
    pub(super) fn may_be_stored(&self, span: Span) -> bool {
        self.inherited.is_some() || span.first < self.stored_end
    }

    /// Stores what is missing of a range that may be stored, whatever it takes, and commits past it. The window takes what is
    /// stored in the end, by whomever.
    pub(super) async fn replay(&mut self, mut range: Range) -> Result<(), Halt> {
        let token = self.token(&range);
        self.journal(range.span)?;
        let mut stored = self.stored(range.span).await?;
        range.remove_stored(&stored);
        let known = self.look_up(&range).await?;
        let rows: Vec<Play<'_>> = self.rows(&range, &stored, &known).collect();
        let judged: Vec<Judged> = rows.iter().map(Judged::from).collect();
        let rejected = range.rejected.clone();
        for token in [token.clone(), format!("{token}:2")] {
            range.remove_stored(&stored);
            if range.is_empty() {
                break;
            }
            let (plays, rejected) = (range.records.len(), range.rejected.len());
            info!(
                partition = self.partition,
                token, plays, rejected, "sending what is missing"
            );
            let mut missing = Plays::with_capacity(plays);
            rows.iter()
                .filter(|row| !stored.contains(row.kafka_offset))
                .try_for_each(|row| missing.append(row))
                .map_err(encoding(&token))?;
            let inserts = inserts(&token, missing, &range.rejected)?;
            self.send(&inserts, &token).await?;
            stored = self.stored(range.span).await?;
        }
        range.remove_stored(&stored);
        if !range.is_empty() {
            return Err(Halt::NotStored { token });
        }
        stored.rows().for_each(|row| self.window.remember(row));
        self.inherited = None;
        self.settle(&range, &judged, &rejected).await
    }

    async fn stored(&self, span: Span) -> Result<Stored, Halt> {
        let (warehouse, origin) = (&self.tools.warehouse, self.origin());
        self.ask(async || Stored::read(warehouse, origin, span).await)
            .await
    }
}
