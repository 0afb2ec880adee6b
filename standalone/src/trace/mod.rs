//! `veza trace PLAY_ID`: one play's whole way, a line a report. It asks Kafka, ClickHouse and Postgres themselves, and shares no
//! code with the aggregator.
//!
//! Kafka is asked first: what is stored meanwhile is found in the warehouse, so no report is between two answers.

mod log;
mod postgres;
mod step;
mod warehouse;

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use uuid::Uuid;

pub use step::{Fate, Inserted, Step, Visible};

use crate::evidence::Evidence;

/// Where to look; on one machine the defaults serve.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The play's id, as the player made it
    pub play_id: Uuid,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub evidence: Evidence,
    /// Consumer group of the aggregators
    #[arg(long, env = "VEZA_AGGREGATOR_GROUP", default_value = veza_schemas::topic::AGGREGATOR_GROUP)]
    pub group: String,
    /// Postgres, which knows when each offset was passed
    #[arg(
        long,
        env = "VEZA_POSTGRES_URL",
        default_value = "postgres://veza:veza@127.0.0.1:15432/veza",
        hide_env_values = true
    )]
    pub postgres: String,
}

/// All that is known of a play.
#[derive(Debug, Clone, Serialize)]
pub struct Trace {
    pub play_id: Uuid,
    /// Its reports, by when they were received.
    pub reports: Vec<Step>,
    /// Records of the log that are not stored, all of which were looked through.
    pub unstored_records: u64,
    /// What could not be asked.
    pub notes: Vec<String>,
}

/// Follows a play.
///
/// # Errors
/// If Kafka or the warehouse does not answer. What only Postgres knows is left out, with a note.
pub async fn trace(settings: &Settings) -> anyhow::Result<Trace> {
    let evidence = &settings.evidence;
    let (brokers, topic, group) = (
        evidence.brokers.clone(),
        evidence.topic.clone(),
        settings.group.clone(),
    );
    let play_id = settings.play_id;
    let tail = tokio::task::spawn_blocking(move || log::tail(&brokers, &topic, &group, play_id))
        .await?
        .with_context(|| format!("topic {} of Kafka at {}", evidence.topic, evidence.brokers))?;
    let warehouse = warehouse::Warehouse::new(evidence);
    let mut reports = warehouse
        .steps(play_id)
        .await
        .with_context(|| format!("the warehouse at {}", evidence.clickhouse))?;
    for step in &mut reports {
        step.in_log = tail.holds(step.partition, step.offset);
    }
    let is_stored = |step: &Step| {
        reports.iter().any(|stored| {
            (stored.partition, stored.offset) == (step.partition, step.offset) && stored.in_log
        })
    };
    let waiting: Vec<Step> = tail
        .steps
        .iter()
        .filter(|step| !is_stored(step))
        .cloned()
        .collect();
    reports.extend(waiting);
    let mut notes = Vec::new();
    if let Err(error) = postgres::complete(&settings.postgres, &mut reports).await {
        reports.iter_mut().for_each(Step::forget_range);
        notes.push(format!(
            "Postgres does not answer ({error:#}), which knows when offsets were passed, and what was rebuilt or replayed"
        ));
    }
    reports.sort_by_key(|step| (step.received_at, step.partition, step.offset));
    Ok(Trace {
        play_id,
        reports,
        unstored_records: tail.unstored,
        notes,
    })
}

/// Follows, prints, and says whether anything is known of the play.
pub async fn run(settings: &Settings) -> anyhow::Result<bool> {
    let trace = trace(settings).await?;
    if settings.json {
        println!("{}", serde_json::to_string_pretty(&trace)?);
    } else {
        print!("{trace}");
    }
    Ok(!trace.reports.is_empty())
}

impl std::fmt::Display for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.reports.is_empty() {
            writeln!(
                f,
                "play {} is unknown: no row, no rejection whose bytes name it, and none of the {} records in Kafka that are not stored yet",
                self.play_id, self.unstored_records
            )?;
        }
        for step in &self.reports {
            writeln!(f, "{step}")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}
