//! From `POST /v1/plays` to the number: how long until a report is among the plays that the API shows its creator, while so many others
//! are reported beside it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;
use veza_standalone::servers::Server;
use veza_standalone::temporary::Temporary;

use crate::catalog;
use crate::listening::{Listening, TRACKS, track};
use crate::metrics::Metrics;
use crate::report::{PercentileGoal, Report};
use crate::requests;
use crate::stack;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Reports a second, one measurement each
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    rates: Vec<u32>,
    /// How long each rate is measured, in seconds
    #[arg(long, default_value_t = 40)]
    seconds: u64,
}

const WARM_UP: Duration = Duration::from_secs(10);
/// Between two reports that are looked for.
const PROBE_PAUSE: Duration = Duration::from_millis(100);
/// Between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(30);
/// A report that is not seen after so long is lost.
const LOST_AFTER: Duration = Duration::from_secs(60);
const SENDERS: usize = 8;

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("end-to-end");
    let mut stack = stack::servers().await?;
    // The last one is heard by nobody but us.
    catalog::fill(&stack, TRACKS + 1).await?;
    let creator = catalog::last_creator(&stack).await?;
    stack::start_ingest(&mut stack).await?;
    let services: Vec<Arc<dyn Server>> =
        vec![stack.stack.aggregator.clone(), stack.stack.api.clone()];
    stack.start_services(services).await?;
    let token = stack.secrets.access_token(creator, "creator", &[])?;
    for rate in args.rates {
        measure(&stack, rate, WARM_UP, &token).await?;
        let mut outcome = measure(&stack, rate, Duration::from_secs(args.seconds), &token).await?;
        let goal = Some(PercentileGoal::P99(1_500.0));
        let what = format!("at {rate}/s, POST to visible");
        report.add_latencies(what, &mut outcome.latencies, goal);
        report.add(
            format!("at {rate}/s, reports a second in truth"),
            outcome.rate,
            "reports/s",
        );
        report.add(
            format!("at {rate}/s, lag in the end"),
            outcome.lag,
            "records",
        );
    }
    report.note(format!(
        "A report is looked for every {} ms by GET /analytics/plays, so its latency is known to about that and the query's time. \
         The load generator shares the cores.",
        LOOK_PAUSE.as_millis()
    ));
    stack.stop().await;
    Ok(report)
}

struct Outcome {
    latencies: Vec<Duration>,
    /// Reports a second that were answered with 202.
    rate: f64,
    lag: f64,
}

async fn measure(
    stack: &Temporary,
    rate: u32,
    length: Duration,
    token: &str,
) -> anyhow::Result<Outcome> {
    let over = Arc::new(AtomicBool::new(false));
    let sent = Arc::new(AtomicU64::new(0));
    let mut load = start_load(stack, rate, &over, &sent)?;
    let begun = Instant::now();
    let waiting = Arc::new(Mutex::new(HashMap::new()));
    let probes = tokio::spawn(probe(
        stack.stack.ingest.url(),
        Arc::clone(&waiting),
        begun + length,
    ));
    let mut latencies = Vec::new();
    let api = format!("{}/api/v1/analytics/plays?limit=100", stack.stack.api.url());
    let http = reqwest::Client::builder().no_proxy().build()?;
    while !(probes.is_finished() && lock(&waiting).is_empty()) {
        for play_id in look(&http, &api, token).await? {
            if let Some(posted) = lock(&waiting).remove(&play_id) {
                latencies.push(Instant::now() - posted);
            }
        }
        let oldest = lock(&waiting).values().min().map(Instant::elapsed);
        ensure!(
            oldest.is_none_or(|oldest| oldest < LOST_AFTER),
            "a report is not visible after {} s: {rate} reports a second are more than this machine takes",
            LOST_AFTER.as_secs()
        );
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    probes.await??;
    let rate = sent.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
    let metrics = Metrics::of(&stack.stack.aggregator).await?;
    over.store(true, Ordering::Relaxed);
    while let Some(sender) = load.join_next().await {
        sender??;
    }
    Ok(Outcome {
        latencies,
        rate,
        lag: metrics.sum("veza_aggregator_lag_records"),
    })
}

/// Posts a report every so often, and notes when.
async fn probe(
    ingest: String,
    waiting: Arc<Mutex<HashMap<Uuid, Instant>>>,
    until: Instant,
) -> anyhow::Result<()> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut ticks = tokio::time::interval(PROBE_PAUSE);
    while Instant::now() < until {
        ticks.tick().await;
        let (play_id, now) = (Uuid::new_v4(), jiff::Timestamp::now());
        let report = json!({
            "play_id": play_id, "track_id": track(TRACKS), "started_at": now - jiff::SignedDuration::from_secs(60),
            "sent_at": now, "heard_ms": 60_000, "listener": "probe",
        });
        lock(&waiting).insert(play_id, Instant::now());
        let answer = http
            .post(format!("{ingest}/v1/plays"))
            .json(&report)
            .send()
            .await?;
        ensure!(
            answer.status() == 202,
            "ingest answered {}",
            answer.status()
        );
    }
    Ok(())
}

/// The plays that the API shows now.
async fn look(http: &reqwest::Client, url: &str, token: &str) -> anyhow::Result<Vec<Uuid>> {
    let answer = http.get(url).bearer_auth(token).send().await?;
    let status = answer.status();
    let page: Value = answer.json().await?;
    let plays = page["data"]
        .as_array()
        .with_context(|| format!("the API answered {status}: {page}"))?;
    let ids = plays
        .iter()
        .filter_map(|play| play["play_id"].as_str()?.parse().ok());
    Ok(ids.collect())
}

/// Reports so many a second, in batches, until it is over.
fn start_load(
    stack: &Temporary,
    rate: u32,
    over: &Arc<AtomicBool>,
    sent: &Arc<AtomicU64>,
) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
    let batch = (rate as usize / 400).clamp(1, 50);
    let pause = Duration::from_secs_f64(batch as f64 * SENDERS as f64 / f64::from(rate));
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (over, sent) = (Arc::clone(over), Arc::clone(sent));
        let mut listening = Listening::new(&stack.stack.downloads.user_agents, sender as u64)?;
        let address = format!("127.0.0.1:{}", stack.ports.ingest);
        senders.spawn(async move {
            let mut connection = requests::Connection::open(&address).await?;
            let mut ticks = tokio::time::interval(pause);
            while !over.load(Ordering::Relaxed) {
                ticks.tick().await;
                connection
                    .send(&requests::request(&mut listening, batch)?)
                    .await?;
                sent.fetch_add(batch as u64, Ordering::Relaxed);
            }
            Ok(())
        });
    }
    Ok(senders)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
