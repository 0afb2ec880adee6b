//! The load: listenings of every kind, reported in batches as players do, each batch sent again until ingest says 202.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;
use reqwest::StatusCode;
use sqlx::{Connection, PgConnection};
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;
use veza_schemas::report::{HeardBasis, Receipt, Report};
use veza_schemas::topic::PLAYS;

use super::ledger::Ledger;
use crate::servers::Server;
use crate::temporary::Temporary;

const TRACKS: usize = 40;
const BATCH: usize = 20;
/// Batches under way at once; while all of them wait, nobody listens.
const SENDERS: usize = 12;
const TICK: Duration = Duration::from_millis(50);
/// A record that is no report is written so often.
const POISON_PAUSE: Duration = Duration::from_millis(700);
const RETRY_PAUSE: Duration = Duration::from_millis(200);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(12);

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// A report, and whether it is the one by which its play counts.
#[derive(Debug, Clone)]
pub struct Told {
    pub report: Report,
    pub counts: bool,
}

/// One request, and how it is sent.
struct Batch {
    told: Vec<Told>,
    agent: &'static str,
}

pub struct Load {
    listeners: Listeners,
    rate: u32,
    ledger: Arc<Ledger>,
    sender: Sender,
    poison: FutureProducer,
}

impl Load {
    /// Makes the tracks that are heard.
    pub async fn new(
        stack: &Temporary,
        seed: u64,
        rate: u32,
        ledger: Arc<Ledger>,
    ) -> anyhow::Result<Self> {
        let tracks = tracks(&stack.stack.postgres_url()).await?;
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .no_proxy()
            .build()?;
        Ok(Self {
            listeners: Listeners {
                rng: ChaCha8Rng::seed_from_u64(!seed),
                tracks,
                heard_on: Vec::new(),
                repeated: None,
            },
            rate,
            sender: Sender {
                http,
                url: format!("{}/v1/plays", stack.stack.ingest.url()),
                ledger: Arc::clone(&ledger),
            },
            ledger,
            poison: ClientConfig::new()
                .set("bootstrap.servers", stack.stack.kafka.broker())
                .set("enable.idempotence", "true")
                .set_log_level(rdkafka::config::RDKafkaLogLevel::Emerg)
                .create()?,
        })
    }

    /// Reports for so long; then waits, at most `patience`, until everything that was reported is acknowledged.
    pub async fn run(self, length: Duration, patience: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + length;
        let (queue, batches) = mpsc::channel::<Batch>(SENDERS);
        let batches = Arc::new(Mutex::new(batches));
        let senders = (0..SENDERS).map(|_| {
            let (sender, batches) = (self.sender.clone(), Arc::clone(&batches));
            tokio::spawn(async move {
                loop {
                    let next = batches.lock().await.recv().await;
                    match next {
                        Some(batch) => sender.deliver(batch).await?,
                        None => return anyhow::Ok(()),
                    }
                }
            })
        });
        let senders: Vec<_> = senders.collect();
        let poison = tokio::spawn(spread_poison(self.poison, Arc::clone(&self.ledger), until));
        listen(self.listeners, self.rate, &queue, until).await;
        drop(queue);
        let delivered = tokio::time::timeout(patience, join_all(senders)).await;
        let delivered = delivered.with_context(|| {
            format!(
                "ingest does not take what is reported, {} s after the last kill",
                patience.as_secs()
            )
        })?;
        for outcome in delivered {
            outcome??;
        }
        Ok(poison.await?)
    }
}

/// Draws what is reported, at this rate, and waits where nobody takes it.
async fn listen(mut listeners: Listeners, rate: u32, queue: &mpsc::Sender<Batch>, until: Instant) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due = 0.0;
    while Instant::now() < until {
        ticks.tick().await;
        due += f64::from(rate) * TICK.as_secs_f64();
        while due >= 1.0 {
            let batch = listeners.batch(BATCH.min(due as usize));
            due -= batch.told.len() as f64;
            if queue.send(batch).await.is_err() {
                return;
            }
        }
    }
}

/// Someone writes into the topic what is no report.
async fn spread_poison(producer: FutureProducer, ledger: Arc<Ledger>, until: Instant) {
    while Instant::now() < until {
        let record = FutureRecord::to(PLAYS)
            .key("poison")
            .payload(b"\xff no report".as_slice());
        if producer
            .send(record, Timeout::After(REQUEST_TIMEOUT))
            .await
            .is_ok()
        {
            ledger.poisoned();
        }
        tokio::time::sleep(POISON_PAUSE).await;
    }
}

#[derive(Clone)]
struct Sender {
    http: reqwest::Client,
    url: String,
    ledger: Arc<Ledger>,
}

impl Sender {
    /// Sends the batch, and again, until ingest promises to have it.
    async fn deliver(&self, mut batch: Batch) -> anyhow::Result<()> {
        loop {
            let now = Timestamp::now();
            for told in &mut batch.told {
                told.report.sent_at = Some(now);
            }
            self.ledger.offered(&batch.told);
            if let Some(receipt) = self.attempt(&batch).await? {
                ensure!(
                    receipt.accepted == batch.told.len(),
                    "ingest refused reports that are right: {:?}",
                    receipt.rejected
                );
                self.ledger.promised(&batch.told);
                return Ok(());
            }
            self.ledger.retried();
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// None: nothing is promised.
    async fn attempt(&self, batch: &Batch) -> anyhow::Result<Option<Receipt>> {
        let request = self.http.post(&self.url).header("User-Agent", batch.agent);
        let reports: Vec<&Report> = batch.told.iter().map(|told| &told.report).collect();
        let Ok(answer) = request.json(&reports).send().await else {
            return Ok(None);
        };
        match answer.status() {
            // The answer may be cut in the middle.
            StatusCode::ACCEPTED => Ok(answer.json().await.ok()),
            StatusCode::SERVICE_UNAVAILABLE => Ok(None),
            status => anyhow::bail!("ingest answered {status}: {}", answer.text().await?),
        }
    }
}

/// Who listens, and how.
struct Listeners {
    rng: ChaCha8Rng,
    tracks: Vec<Uuid>,
    /// Plays that have crossed the threshold, and go on.
    heard_on: Vec<Report>,
    /// What a player will send once more though it was answered.
    repeated: Option<Told>,
}

impl Listeners {
    fn batch(&mut self, size: usize) -> Batch {
        let agent = if self.rng.random_ratio(1, 20) {
            CRAWLER
        } else {
            BROWSER
        };
        let told = (0..size).map(|_| match agent {
            CRAWLER => uncounted(self.play(40_000)),
            _ => self.tell(),
        });
        Batch {
            told: told.collect(),
            agent,
        }
    }

    fn tell(&mut self) -> Told {
        match self.rng.random_range(0..100) {
            0..25 if !self.heard_on.is_empty() => {
                let next = self.rng.random_range(0..self.heard_on.len());
                uncounted(second(self.heard_on.swap_remove(next)))
            }
            0..50 => {
                let play = Report {
                    ended: false,
                    ..self.play(35_000)
                };
                self.heard_on.push(play.clone());
                counted(play)
            }
            50..75 => counted(self.play(90_000)),
            75..87 => uncounted(self.play(5_000)),
            // Of a track that nobody knows.
            87..91 => uncounted(Report {
                track_id: Uuid::new_v4(),
                ..self.play(60_000)
            }),
            // An hour heard within a minute.
            91..94 => uncounted(Report {
                heard_ms: 3_600_000,
                ..self.play(60_000)
            }),
            _ => match self.repeated.take() {
                Some(again) => again,
                None => {
                    let told = counted(self.play(60_000));
                    self.repeated = Some(told.clone());
                    told
                }
            },
        }
    }

    /// A play that is over, heard in as much time as it took.
    fn play(&mut self, heard_ms: u32) -> Report {
        let track = self.tracks[self.rng.random_range(0..self.tracks.len())];
        Report {
            play_id: Uuid::new_v4(),
            seq: 0,
            track_id: track,
            started_at: Timestamp::now() - SignedDuration::from_millis(i64::from(heard_ms) + 500),
            sent_at: None,
            heard_ms,
            heard_before_ms: 0,
            ended: true,
            referrer: None,
            page_url: None,
            context: None,
            listener: Some(format!("listener-{}", self.rng.random_range(0..5_000))),
            address: None,
            user_agent: None,
            country: None,
            subject: None,
            heard_basis: HeardBasis::Measured,
        }
    }
}

fn counted(report: Report) -> Told {
    Told {
        report,
        counts: true,
    }
}

fn uncounted(report: Report) -> Told {
    Told {
        report,
        counts: false,
    }
}

/// What is heard of a play after it has counted.
fn second(first: Report) -> Report {
    Report {
        seq: 1,
        heard_before_ms: first.heard_ms,
        heard_ms: 20_000,
        ended: true,
        ..first
    }
}

/// The catalog: one creator, and the ids of its tracks.
async fn tracks(url: &str) -> anyhow::Result<Vec<Uuid>> {
    let mut postgres = PgConnection::connect(url).await.context("Postgres")?;
    let tracks = sqlx::query_scalar(
        "WITH creator AS (INSERT INTO creators (name) VALUES ('A creator') RETURNING id)
         INSERT INTO tracks (creator_id, title, artist, duration_ms)
         SELECT creator.id, 'Track ' || n, 'An artist', 180000 FROM creator, generate_series(1, $1) AS n RETURNING id",
    )
    .bind(TRACKS as i32)
    .fetch_all(&mut postgres);
    tracks.await.context("the catalog")
}
