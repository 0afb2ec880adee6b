//! A believable audience: people of many countries with their habits and devices, who find tracks through believable
//! sources, skip, repeat, come back, and now and then are no people at all. The same seed over the same catalog gives the
//! same plays: each minute's are drawn from the seed and the minute alone, so that a second run repeats the first one's reports
//! and changes no count.

pub mod agents;
mod audience;
mod listening;
mod places;
mod rhythm;
pub mod sources;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;
use veza_schemas::report::{MAX_REPORTS, Report};

use crate::client::{ClientError, Installation, Track};
use audience::Audience;
use listening::DueReport;

/// How far back a live stream begins, so that something is to be seen at once.
const LIVE_LEAD: SignedDuration = SignedDuration::from_mins(5);
/// How often a live stream looks for what is due.
const LIVE_TICK: Duration = Duration::from_millis(500);

/// What the audience is made from.
#[derive(Debug, Clone)]
pub struct Options {
    pub seed: u64,
    /// Plays of an average day.
    pub daily_plays: u32,
    /// People who may listen.
    pub population: u32,
    /// `user-agents.json` of the npm package `user-agents`: real agents with their weights.
    pub user_agents: PathBuf,
    /// MaxMind DB files, to find addresses of each country.
    pub geoip: Vec<PathBuf>,
    /// Accounts of the installation: those who listen most are they, and find it on the page *Your listening*.
    pub accounts: Vec<Uuid>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 42,
            daily_plays: 1_400,
            population: 8_000,
            user_agents: PathBuf::new(),
            geoip: Vec::new(),
            accounts: Vec::new(),
        }
    }
}

/// Why there is no audience, or no way to report.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    #[error("{path}: {reason}")]
    BadFile { path: PathBuf, reason: String },
    #[error("the catalog has no tracks; add one on the page Tracks, or start without --no-demo")]
    EmptyCatalog,
    #[error("none of the GeoIP files places an address in {0}")]
    NoAddress(&'static str),
    #[error("nothing can be drawn by these weights: {0}")]
    Weights(#[from] rand::distr::weighted::Error),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// What was sent, and what ingest made of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub plays: u64,
    pub accepted: u64,
    pub refused: u64,
}

/// An audience over a catalog, ready to listen.
pub struct Simulation {
    audience: Audience,
    seed: u64,
}

impl Simulation {
    /// Reads the files; takes a second, as addresses are looked up until each country has some.
    pub fn new(options: &Options, catalog: Vec<Track>) -> Result<Self, SimulateError> {
        Ok(Self {
            audience: Audience::new(options, catalog)?,
            seed: options.seed,
        })
    }

    /// The plays that begin in `[from, to)` and are over by `to`, of those drawn for `minute` (counted from the epoch).
    fn finished_plays(
        &self,
        minute: i64,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = Vec<DueReport>> {
        let plays = self.audience.plays(minute, None, &mut self.rng(minute));
        plays.into_iter().filter(move |play| {
            play.iter()
                .all(|due| due.report.started_at >= from && due.at < to)
        })
    }

    /// Independent for each minute, and the same for the same seed.
    fn rng(&self, minute: i64) -> ChaCha8Rng {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&minute.to_le_bytes());
        ChaCha8Rng::from_seed(seed)
    }

    /// Reports all plays of `[from, to)` as history, in batches. The bar counts minutes of that history.
    pub async fn backfill(
        &self,
        installation: &Installation,
        from: Timestamp,
        to: Timestamp,
        bar: &ProgressBar,
    ) -> Result<Summary, SimulateError> {
        let minutes = minutes(from, to);
        bar.set_length((minutes.end() - minutes.start() + 1) as u64);
        let mut outbox = Outbox::new(installation);
        for minute in minutes {
            for play in self.finished_plays(minute, from, to) {
                outbox.summary.plays += 1;
                for due in play {
                    outbox.add(due).await?;
                }
            }
            bar.inc(1);
        }
        outbox.flush().await?;
        bar.finish();
        Ok(outbox.summary)
    }

    /// Listens on from now, each report sent when it is due, until the future is dropped. With `rate`, that many plays begin
    /// a second around the clock; without, as many as the rhythm of the day has.
    pub async fn live(
        &self,
        installation: &Installation,
        rate: Option<f64>,
        on_sent: impl Fn(Summary),
    ) -> Result<(), SimulateError> {
        let by_minute = rate.map(|rate| rate * 60.0);
        let mut due: BinaryHeap<Reverse<DueReport>> = BinaryHeap::new();
        let mut outbox = Outbox::new(installation);
        let mut ticks = tokio::time::interval(LIVE_TICK);
        let mut drawn = minute_of(Timestamp::now() - LIVE_LEAD) - 1;
        loop {
            ticks.tick().await;
            let now = Timestamp::now();
            while drawn < minute_of(now) {
                drawn += 1;
                let plays = self.audience.plays(drawn, by_minute, &mut self.rng(drawn));
                outbox.summary.plays += plays.len() as u64;
                due.extend(plays.into_iter().flatten().map(Reverse));
            }
            while due.peek().is_some_and(|Reverse(first)| first.at <= now) {
                let Some(Reverse(mut next)) = due.pop() else {
                    break;
                };
                next.report.sent_at = Some(Timestamp::now().max(next.report.started_at));
                outbox.add(next).await?;
            }
            outbox.flush().await?;
            on_sent(outbox.summary);
        }
    }
}

fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// The minutes, counted from the epoch, that `[from, to)` touches.
fn minutes(from: Timestamp, to: Timestamp) -> RangeInclusive<i64> {
    minute_of(from)..=(to.as_second() - 1).div_euclid(60)
}

/// Collects reports into batches; those of listeners who ask not to be tracked travel apart, as the wish is a header.
struct Outbox<'a> {
    installation: &'a Installation,
    tracked: Vec<Report>,
    untracked: Vec<Report>,
    summary: Summary,
}

impl<'a> Outbox<'a> {
    fn new(installation: &'a Installation) -> Self {
        Self {
            installation,
            tracked: Vec::new(),
            untracked: Vec::new(),
            summary: Summary::default(),
        }
    }

    async fn add(&mut self, due: DueReport) -> Result<(), ClientError> {
        let batch = if due.do_not_track {
            &mut self.untracked
        } else {
            &mut self.tracked
        };
        batch.push(due.report);
        if batch.len() == MAX_REPORTS / 2 {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), ClientError> {
        for (batch, do_not_track) in [(&mut self.tracked, false), (&mut self.untracked, true)] {
            if batch.is_empty() {
                continue;
            }
            let receipt = self.installation.report(batch, do_not_track).await?;
            self.summary.accepted += receipt.accepted as u64;
            self.summary.refused += receipt.rejected.len() as u64;
            batch.clear();
        }
        Ok(())
    }
}
