//! One prepared backlog, drained anew by 1, 2, 3 and 6 aggregators that share its partitions: how fast, who stored how much of it, and
//! that each record is stored once every time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use futures::future::{join_all, try_join_all};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use veza_schemas::topic::DEFAULT_PARTITIONS;
use veza_standalone::services::Service;
use veza_standalone::stack::AGGREGATORS;
use veza_standalone::temporary::Temporary;
use veza_standalone::verify;

use crate::backlog::{self, PATIENCE};
use crate::catalog;
use crate::listening::TRACKS;
use crate::metrics::Metrics;
use crate::report::Report;
use crate::stack;
use crate::usage::Usage;
use crate::warehouse::Warehouse;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Records of the backlog
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
}

/// Of six partitions, each has the same number.
const SIZES: [usize; 4] = [1, 2, 3, 6];
const ROUND: Duration = Duration::from_millis(100);

/// What a group had stored at a moment, each of it, and at what cost so far.
#[derive(Clone)]
struct Sample {
    at: Instant,
    stored: Vec<u64>,
    cpu: Duration,
}

impl Sample {
    fn all(&self) -> u64 {
        self.stored.iter().sum()
    }
}

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("scaling");
    let mut stack = stack::servers().await?;
    catalog::fill(&stack, TRACKS).await?;
    backlog::prepare(&stack, args.records)?;
    for size in SIZES {
        eprintln!("{} records, {}", args.records, aggregators(size));
        forget_what_is_stored(&stack).await?;
        let (first, last) = drain(&mut stack, size, args.records).await?;
        figures(&mut report, &first, &last);
        let proof = verify::prove_quietly(&stack.verify_settings(PATIENCE)).await?;
        ensure!(
            proof.holds() && proof.received() as u64 == args.records,
            "{}: verify finds {} in {} records: {:?}",
            aggregators(size),
            proof.found,
            proof.received(),
            proof.findings
        );
    }
    report.note(format!(
        "{} records over 6 partitions, each time from the first one on, by a group that has committed nothing, from when its partitions \
         are shared out. verify found nothing in any of the rounds. Kafka, warehouse and aggregators share the cores of this machine.",
        args.records
    ));
    stack.stop().await;
    Ok(report)
}

/// The tables as they were made; the tokens of what was in them go with it.
async fn forget_what_is_stored(stack: &Temporary) -> anyhow::Result<()> {
    let warehouse = Warehouse::of(stack)?;
    for table in ["plays", "rejected"] {
        warehouse.run(format!("TRUNCATE TABLE {table}")).await?;
    }
    Ok(())
}

/// Drains the whole log with a new group of so many.
///
/// # Returns
/// What was stored when it began, and when all is stored.
async fn drain(
    stack: &mut Temporary,
    size: usize,
    records: u64,
) -> anyhow::Result<(Sample, Sample)> {
    let group = format!("scaling-{size}");
    let members: Vec<_> = stack.aggregators[..size]
        .iter()
        .map(|service| Arc::new(service.with(&[("VEZA_AGGREGATOR_GROUP", &group)])))
        .collect();
    // Nobody can store anything before the partitions are shared out.
    let warehouse = Pid::from_raw(stack.pid("warehouse")? as i32);
    kill(warehouse, Signal::SIGSTOP)?;
    for member in &members {
        stack.supervisor.keep(member.clone());
    }
    until_shared_out(&members).await?;
    let pids = members.iter().map(|member| stack.pid(member.name));
    let usages: Vec<Usage> = pids
        .map(|pid| anyhow::Ok(Usage::of(pid?)))
        .collect::<anyhow::Result<_>>()?;
    kill(warehouse, Signal::SIGCONT)?;

    let first = sample(&members, &usages).await?;
    let mut moved = first.clone();
    loop {
        let sample = sample(&members, &usages).await?;
        if sample.all() >= records {
            stack.supervisor.stop(&AGGREGATORS).await;
            return Ok((first, sample));
        }
        if sample.all() > moved.all() {
            moved = sample;
        } else if moved.at.elapsed() > PATIENCE {
            bail!(
                "{} of {records} records are stored, and nothing moves",
                moved.all()
            );
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Waits until each has as many partitions as any other.
async fn until_shared_out(members: &[Arc<Service>]) -> anyhow::Result<()> {
    let share = DEFAULT_PARTITIONS as usize / members.len();
    let begun = Instant::now();
    loop {
        let partitions = members.iter().map(async |member| {
            // One that has just been started does not answer yet.
            let metrics = Metrics::of(member).await.ok();
            metrics.map_or(0, |metrics| {
                metrics.above_zero("veza_aggregator_lag_records")
            })
        });
        let partitions = join_all(partitions).await;
        if partitions.iter().all(|partitions| *partitions == share) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "{} have {partitions:?} partitions, and not {share} each",
            aggregators(members.len())
        );
        tokio::time::sleep(ROUND).await;
    }
}

async fn sample(members: &[Arc<Service>], usages: &[Usage]) -> anyhow::Result<Sample> {
    let stored = members.iter().map(async |member| {
        let metrics = Metrics::of(member).await?;
        anyhow::Ok(metrics.sum("veza_aggregator_records_total") as u64)
    });
    let stored = try_join_all(stored).await?;
    let cpu = usages
        .iter()
        .map(Usage::cpu)
        .sum::<anyhow::Result<Duration>>()?;
    Ok(Sample {
        at: Instant::now(),
        stored,
        cpu,
    })
}

fn figures(report: &mut Report, first: &Sample, last: &Sample) {
    let who = aggregators(last.stored.len());
    let records = (last.all() - first.all()) as f64;
    let wall = (last.at - first.at).as_secs_f64().max(0.001);
    let cpu = (last.cpu - first.cpu).as_secs_f64().max(0.001);
    report.add(
        format!("{who}, reports a second on this machine"),
        records / wall,
        "reports/s",
    );
    report.add(
        format!("{who}, reports a second and core of theirs"),
        records / cpu,
        "reports/s",
    );
    for (name, stored) in AGGREGATORS.iter().zip(&last.stored) {
        let share = *stored as f64 / last.all() as f64;
        report.add(format!("{who}, share of {name}"), share * 100.0, "%");
    }
}

fn aggregators(size: usize) -> String {
    match size {
        1 => "1 aggregator".into(),
        _ => format!("{size} aggregators"),
    }
}
