//! A prepared backlog of realistic reports, drained by one aggregator: µs of CPU a report by stage, memory, and what the warehouse
//! spends.

use std::time::{Duration, Instant};

use anyhow::bail;
use veza_standalone::temporary::Temporary;

use crate::backlog::{self, PATIENCE};
use crate::catalog;
use crate::listening::TRACKS;
use crate::metrics::Metrics;
use crate::report::{Goal, Report};
use crate::stack;
use crate::usage::Usage;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Records of the backlog
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
}

const AGGREGATOR: &str = "aggregator";
/// The share of the backlog after which caches are warm.
const WARM: f64 = 0.4;

/// How far the backlog was drained at a moment, and at what cost so far.
struct Sample {
    at: Instant,
    stored: u64,
    cpu: Duration,
    warehouse: Duration,
}

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("aggregator");
    let mut stack = stack::servers().await?;
    catalog::fill(&stack, TRACKS).await?;
    let starting = cost_of_starting(&mut stack).await?;
    let begun = Instant::now();
    backlog::prepare(&stack, args.records)?;
    eprintln!(
        "{} records in {:.0?}; draining them",
        args.records,
        begun.elapsed()
    );

    let aggregator = stack.stack.aggregator.clone();
    let usage = stack::start(&mut stack, aggregator, &[]).await?;
    let samples = drain(&stack, &usage, args.records).await?;
    figures(&mut report, &samples, starting);
    stages(&mut report, &stack, &usage, args.records).await?;
    let resident = usage.peak_resident()? as f64 / 1_048_576.0;
    report.add_with_goal("most resident", resident, "MiB", Goal::AtMost(512.0));
    report.note(format!(
        "{} records; {TRACKS} tracks, a million addresses, agents by their real weight. Kafka, warehouse and aggregator share the cores; \
         rates a second and core are by the CPU time of the aggregator's process alone. Warm: after {:.0} % of the backlog.",
        args.records,
        WARM * 100.0
    ));
    stack.stop().await;
    Ok(report)
}

/// CPU time of an aggregator that has nothing to do, once it is ready.
async fn cost_of_starting(stack: &mut Temporary) -> anyhow::Result<Duration> {
    let aggregator = stack.stack.aggregator.clone();
    let usage = stack::start(stack, aggregator, &[]).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let cost = usage.cpu()?;
    stack.supervisor.stop(&[AGGREGATOR]).await;
    Ok(cost)
}

/// Waits until all is stored.
async fn drain(stack: &Temporary, usage: &Usage, records: u64) -> anyhow::Result<Vec<Sample>> {
    let warehouse = Usage::of(stack.pid("warehouse")?);
    let mut samples: Vec<Sample> = Vec::new();
    let mut moved = Instant::now();
    loop {
        let metrics = Metrics::of(&stack.stack.aggregator).await?;
        let stored = metrics.sum("veza_aggregator_records_total") as u64;
        if samples.last().is_none_or(|last| last.stored < stored) {
            moved = Instant::now();
            samples.push(Sample {
                at: moved,
                stored,
                cpu: usage.cpu()?,
                warehouse: warehouse.cpu()?,
            });
        }
        if stored >= records {
            return Ok(samples);
        }
        if moved.elapsed() > PATIENCE {
            bail!("{stored} of {records} records are stored, and nothing moves");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn figures(report: &mut Report, samples: &[Sample], starting: Duration) {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return;
    };
    let whole = last.stored as f64;
    let cpu = last.cpu.saturating_sub(starting).as_secs_f64();
    let wall = (last.at - first.at).as_secs_f64().max(0.001);
    report.add(
        "reports a second on this machine",
        (last.stored - first.stored) as f64 / wall,
        "reports/s",
    );
    report.add(
        "CPU a report, caches cold at first",
        cpu / whole * 1e6,
        "µs",
    );
    let warm = samples
        .iter()
        .find(|sample| sample.stored as f64 >= whole * WARM);
    if let Some(warm) = warm.filter(|warm| warm.stored < last.stored) {
        let reports = (last.stored - warm.stored) as f64;
        let cpu = (last.cpu - warm.cpu).as_secs_f64().max(0.001);
        report.add("CPU a report, warm", cpu / reports * 1e6, "µs");
        report.add_with_goal(
            "reports a second and core, warm",
            reports / cpu,
            "reports/s",
            Goal::AtLeast(200_000.0),
        );
        let warehouse = (last.warehouse - warm.warehouse).as_secs_f64();
        report.add_with_goal(
            "warehouse, CPU a row, its merges included",
            warehouse / reports * 1e6,
            "µs",
            Goal::AtMost(2.0),
        );
    }
}

/// Where the time went: by thread, and by what the aggregator measures of itself.
async fn stages(
    report: &mut Report,
    stack: &Temporary,
    usage: &Usage,
    records: u64,
) -> anyhow::Result<()> {
    let each = 1e6 / records as f64;
    for (thread, cpu) in usage.cpu_by_thread()? {
        let cpu = cpu.as_secs_f64() * each;
        if cpu >= 0.01 {
            report.add(format!("CPU a report in {}", purpose(&thread)), cpu, "µs");
        }
    }
    let metrics = Metrics::of(&stack.stack.aggregator).await?;
    let judge = metrics.sum("veza_aggregator_judge_duration_seconds_sum");
    report.add(
        "of it enriching, judging and writing columns, by the clock",
        judge * each,
        "µs",
    );
    let insert = "veza_aggregator_insert_duration_seconds";
    let inserts = metrics.sum(&format!("{insert}_count"));
    report.add("inserts", inserts, "requests");
    let seconds = metrics.sum(&format!("{insert}_sum")) / inserts.max(1.0);
    report.add("an insert, by the clock", seconds * 1e3, "ms");
    report.add(
        "records an insert",
        records as f64 / inserts.max(1.0),
        "records",
    );
    Ok(())
}

/// What a thread of this name does.
fn purpose(thread: &str) -> String {
    match thread {
        "partition-" => "the workers: reading, judging, encoding".into(),
        "consumer" => "the poll loop: handing records to their workers".into(),
        "tokio-rt-worker" => "the runtime: HTTP to the warehouse, catalog, metrics".into(),
        "rdk:broker" | "rdk:broker-" => "librdkafka: fetching and checking".into(),
        other => format!("the thread {other}"),
    }
}
