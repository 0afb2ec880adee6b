//! `veza prove`: load, and `kill -9` of whatever runs, on a stack of its own; then the proof that nothing is missing and nothing is twice.
//!
//! It is shown twice, by two that share no code: [`verify`](crate::verify) holds the topic against the warehouse, and a [`ledger`] of what
//! ingest promised, kept by the clients alone, is held against the warehouse.

mod kills;
mod ledger;
mod load;
mod observe;
mod screen;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use rand::{SeedableRng, TryRngCore, rngs::OsRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::servers::Server;
use crate::stop::Stop;
use crate::temporary::Temporary;
use crate::verify;
use kills::Killer;
use ledger::Ledger;
use load::Load;
use observe::Observer;
use screen::Screen;
use verdict::Verdict;

/// How long everything may take to be stored once nothing is killed any more.
const PATIENCE: Duration = Duration::from_secs(150);
const INTERRUPTED: &str = "interrupted: nothing is proved, and nothing is left behind";

/// Prove it: load and kill -9 on a stack of its own, then verify
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// How long there is load, and something is killed every few seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
    /// Reports a second
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// The same seed kills the same processes after the same pauses; without it, a new one
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print the verdict as JSON
    #[arg(long)]
    pub json: bool,
}

/// Proves, and says whether everything holds.
pub async fn run(settings: &Settings) -> anyhow::Result<bool> {
    let seed = match settings.seed {
        Some(seed) => seed,
        None => u64::from(
            OsRng
                .try_next_u32()
                .context("the system gives no random bytes")?,
        ),
    };
    let screen = Arc::new(Screen::new(settings.seconds));
    screen.say(&format!(
        "Veza, proved: {} s of load at {} reports/s, kill -9 every few seconds (seed {seed})\n",
        settings.seconds, settings.rate
    ));
    let mut stop = Stop::new()?;
    let mut stack = tokio::select! {
        stack = Temporary::new(|what| eprintln!("{what}")) => stack?,
        () = stop.requested() => bail!(INTERRUPTED),
    };
    let outcome = tokio::select! {
        outcome = prove(settings, seed, &mut stack, &screen) => outcome,
        () = stop.requested() => {
            screen.close();
            stack.discard().await;
            bail!(INTERRUPTED)
        }
    };
    screen.close();
    if !outcome.as_ref().is_ok_and(Verdict::holds) {
        stack.keep_folder()?;
        eprintln!("data and logs are kept in {}", stack.folder().display());
    }
    let holds = match outcome {
        Ok(verdict) => {
            match settings.json {
                true => println!("{}", verdict.to_json()),
                false => println!("{verdict}"),
            }
            Ok(verdict.holds())
        }
        Err(error) => {
            if settings.json {
                let why = format!("{error:#}");
                println!("{}", json!({ "holds": false, "seed": seed, "why": why }));
            }
            Err(error.context(format!("NOT PROVED (seed {seed})")))
        }
    };
    tokio::select! {
        () = stack.stop() => {}
        () = stop.requested() => stack.discard().await,
    }
    holds
}

async fn prove(
    settings: &Settings,
    seed: u64,
    stack: &mut Temporary,
    screen: &Arc<Screen>,
) -> anyhow::Result<Verdict> {
    screen.say(&format!(
        "  starting a stack of its own in {}",
        stack.folder().display()
    ));
    let ledger = Arc::new(Ledger::default());
    let observer = Observer::new(stack, Arc::clone(&ledger), Arc::clone(screen));
    let over = CancellationToken::new();
    let _over_if_given_up = over.clone().drop_guard();
    let watching = tokio::spawn(observer.watch(over.clone()));
    start(stack).await?;
    let load = Load::new(stack, seed, settings.rate, Arc::clone(&ledger)).await?;
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let mut killer = Killer::new(Arc::clone(&stack.board), rng, Arc::clone(screen));
    screen.begin();
    let length = Duration::from_secs(settings.seconds);
    let (loaded, kills) = tokio::join!(load.run(length, PATIENCE), killer.run(length, PATIENCE));
    if let Some(gone) = kills.iter().find(|kill| kill.back_after.is_none()) {
        bail!(
            "{} was killed after {:.1} s, and did not come back",
            gone.service,
            gone.at
        );
    }
    loaded?;
    stack.supervisor.until_ready().await?;
    over.cancel();
    watching.await?;

    let bar = screen.verifying();
    let settings_of_verify = stack.verify_settings(PATIENCE);
    let proof = verify::prove(&settings_of_verify, &bar).await?;
    let broken = ledger
        .compare(&settings_of_verify.evidence.warehouse())
        .await?;
    Ok(Verdict {
        seed,
        seconds: settings.seconds,
        kills,
        promised: ledger.figures(),
        proof,
        broken,
    })
}

/// Kafka, warehouse, Postgres and object store; then ingest and two aggregators.
async fn start(stack: &mut Temporary) -> anyhow::Result<()> {
    stack.start_servers().await?;
    // All of the load comes from one address.
    let unlimited = "100000000";
    let ingest = stack.stack.ingest.with(&[
        ("VEZA_INGEST_REQUESTS_PER_S", unlimited),
        ("VEZA_INGEST_REPORTS_PER_S", unlimited),
    ]);
    let mut services: Vec<Arc<dyn Server>> = vec![Arc::new(ingest)];
    for aggregator in &stack.aggregators[..2] {
        services.push(aggregator.clone());
    }
    stack.start_services(services).await
}
