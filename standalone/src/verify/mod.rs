//! `veza verify`: proves that each Kafka record is stored exactly once and each play counted exactly once. It shares no code with the
//! aggregator but the record's type: it reads the topic from the first offset that Kafka still has, and the warehouse, block by
//! block, and holds one against the other. Memory is bounded by a block.

mod decisions;
mod finding;
mod log;
mod offsets;
mod plays;
mod warehouse;

use std::time::Duration;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::time::Instant;

pub use decisions::{AcceptedLoss, Decisions};
pub use finding::Finding;
use log::Log;
pub use warehouse::Balance;
use warehouse::Warehouse;

use crate::evidence::Evidence;

/// Offsets that are compared at a time.
const BLOCK: i64 = 1 << 16;
/// Rows of `plays` that are judged at a time, about.
const ROWS_AT_A_TIME: u64 = 500_000;
/// How often records that are not stored yet are looked for.
const PAUSE: Duration = Duration::from_secs(1);
/// Findings that are listed; the others are only counted.
const LISTED: usize = 50;

/// Where to look; on one machine the defaults serve.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    #[command(flatten)]
    pub evidence: Evidence,
    /// How long to wait for records that are not stored yet, in seconds
    #[arg(long, default_value_t = 30)]
    pub patience: u64,
    /// Postgres, which knows what operators have accepted to be lost, and what they have replayed
    #[arg(
        long,
        env = "VEZA_POSTGRES_URL",
        default_value = "postgres://veza:veza@127.0.0.1:15432/veza",
        hide_env_values = true
    )]
    pub postgres: Option<String>,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// What was found in one partition's retained offsets.
#[derive(Debug, Clone, Serialize)]
pub struct PartitionFigures {
    pub partition: i32,
    /// First retained offset, and the log's end when it was looked at.
    pub low: i64,
    pub high: i64,
    /// Of these offsets, so many were accepted to be lost.
    pub lost: i64,
    #[serde(flatten)]
    pub balance: Balance,
}

impl PartitionFigures {
    fn received(&self) -> i64 {
        self.high - self.low - self.lost
    }
}

/// The figures, and everything that is wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Proof {
    pub partitions: Vec<PartitionFigures>,
    /// Plays whose rows were judged again, in the whole table.
    pub plays: u64,
    /// What operators have accepted to be lost.
    pub accepted: Vec<AcceptedLoss>,
    pub findings: Vec<Finding>,
    /// All of them, also those not listed.
    pub found: u64,
}

impl Proof {
    /// Offsets that Kafka still has, without those that were accepted to be lost.
    pub fn received(&self) -> i64 {
        self.partitions.iter().map(PartitionFigures::received).sum()
    }

    pub fn balance(&self) -> Balance {
        self.partitions
            .iter()
            .fold(Balance::default(), |sum, partition| sum + partition.balance)
    }

    pub fn holds(&self) -> bool {
        self.found == 0
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.found += 1;
            if self.findings.len() < LISTED {
                self.findings.push(finding);
            }
        }
    }
}

/// Compares the topic with the warehouse, and judges every play's rows.
pub async fn prove(settings: &Settings, bar: &ProgressBar) -> anyhow::Result<Proof> {
    let log = Log::open(&settings.evidence.brokers, &settings.evidence.topic)?;
    let warehouse = Warehouse::new(&settings.evidence);
    let mut proof = Proof {
        partitions: Vec::new(),
        plays: 0,
        accepted: Vec::new(),
        findings: Vec::new(),
        found: 0,
    };
    proof.add(
        warehouse
            .views()
            .await?
            .into_iter()
            .map(|view| Finding::ViewReadsPlays { view }),
    );

    let deadline = Instant::now() + Duration::from_secs(settings.patience);
    let partitions = log.partitions()?;
    let topic_id = log.topic_id()?;
    let decisions = Decisions::read(settings.postgres.as_deref(), &topic_id).await?;
    bar.set_length(partitions.iter().map(|p| (p.high - p.low) as u64).sum());
    for bounds in partitions {
        let mut low = bounds.low;
        while low < bounds.high {
            let high = (low + BLOCK).min(bounds.high);
            let findings = compare_block(
                &log,
                &warehouse,
                &topic_id,
                bounds.partition,
                low..high,
                deadline,
            )
            .await?;
            proof.add(
                findings
                    .into_iter()
                    .filter(|finding| !decisions.settle(finding)),
            );
            bar.inc((high - low) as u64);
            low = high;
        }
        let balance = warehouse
            .balance(&topic_id, bounds.partition, bounds.low..bounds.high)
            .await?;
        let figures = PartitionFigures {
            partition: bounds.partition,
            low: bounds.low,
            high: bounds.high,
            lost: decisions.lost(bounds.partition, bounds.low..bounds.high),
            balance,
        };
        if balance.sum() as i64 != figures.received() {
            proof.add([Finding::Unbalanced {
                partition: bounds.partition,
                received: figures.received(),
                stored: balance.sum(),
            }]);
        }
        proof.partitions.push(figures);
    }
    proof.accepted = decisions.losses;
    judge_plays(&warehouse, &mut proof, bar).await?;
    bar.finish_and_clear();
    Ok(proof)
}

/// The same where nobody watches.
pub async fn prove_quietly(settings: &Settings) -> anyhow::Result<Proof> {
    prove(settings, &ProgressBar::hidden()).await
}

/// Holds one block of the log against the rows of its offsets; waits for those that are merely on their way.
async fn compare_block(
    log: &Log,
    warehouse: &Warehouse,
    topic_id: &str,
    partition: i32,
    offsets: std::ops::Range<i64>,
    deadline: Instant,
) -> anyhow::Result<Vec<Finding>> {
    let records = log.read(partition, offsets.clone()).await?;
    loop {
        let rows = warehouse.rows(topic_id, partition, offsets.clone()).await?;
        let rejected = warehouse
            .rejected(topic_id, partition, offsets.clone())
            .await?;
        let findings = offsets::compare(partition, offsets.clone(), &records, &rows, &rejected);
        let only_missing = findings
            .iter()
            .all(|f| matches!(f, Finding::Missing { .. }));
        if findings.is_empty() || !only_missing || Instant::now() >= deadline {
            return Ok(findings);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Judges all rows of each play, a share of the plays at a time.
async fn judge_plays(
    warehouse: &Warehouse,
    proof: &mut Proof,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let shares = warehouse.row_count().await?.div_ceil(ROWS_AT_A_TIME).max(1);
    bar.inc_length(shares);
    for share in 0..shares {
        let mut rows = warehouse.rows_by_play(share, shares)?;
        let mut play: Vec<plays::Judged> = Vec::new();
        while let Some(row) = rows
            .next()
            .await
            .context("the rows of plays could not be read to their end")?
        {
            if play.last().is_some_and(|last| last.play_id != row.play_id) {
                proof.plays += 1;
                proof.add(plays::judge(&play));
                play.clear();
            }
            play.push(row);
        }
        if !play.is_empty() {
            proof.plays += 1;
            proof.add(plays::judge(&play));
        }
        bar.inc(1);
    }
    Ok(())
}

/// Proves, prints, and says whether everything holds.
pub async fn run(settings: &Settings) -> anyhow::Result<bool> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template(
        "verifying [{bar:32}] {percent}%  {eta} left",
    )?);
    let proof = prove(settings, &bar).await?;
    if settings.json {
        println!("{}", serde_json::to_string_pretty(&proof)?);
    } else {
        print(&proof);
    }
    Ok(proof.holds())
}

fn print(proof: &Proof) {
    println!(
        "partition       offsets    received     counted   continued    excluded   duplicate    rejected"
    );
    for p in &proof.partitions {
        let b = p.balance;
        println!(
            "{:>9} {:>13} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}",
            p.partition,
            format!("{}–{}", p.low, p.high),
            p.received(),
            b.counted,
            b.continued,
            b.excluded,
            b.duplicate,
            b.rejected
        );
    }
    let b = proof.balance();
    println!(
        "\nreceived {} = counted {} + continued {} + excluded {} + duplicate {} + rejected {}",
        proof.received(),
        b.counted,
        b.continued,
        b.excluded,
        b.duplicate,
        b.rejected
    );
    for loss in &proof.accepted {
        println!("! {loss}");
    }
    for finding in &proof.findings {
        println!("✗ {finding}");
    }
    if proof.found > proof.findings.len() as u64 {
        println!("✗ and {} more", proof.found - proof.findings.len() as u64);
    }
    if proof.holds() {
        println!(
            "✓ each of {} records is stored once; each of {} plays is counted at most once, and for a reason",
            proof.received(),
            proof.plays
        );
    }
}
