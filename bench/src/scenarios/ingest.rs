//! `POST /v1/plays`, single reports and batches, each answered once Kafka has it (acks=all): reports a second and core of ingest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::listening::Listening;
use crate::report::{Goal, Report};
use crate::requests::{Connection, request};
use crate::stack;
use crate::usage::Usage;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long each size of request is measured, in seconds
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Connections that report at once
    #[arg(long, default_value_t = 128)]
    connections: usize,
}

/// Requests that are sent in turn.
const REQUESTS: usize = 2_000;
const WARM_UP: Duration = Duration::from_secs(3);

/// What one size of request came to.
struct Outcome {
    reports: u64,
    wall: Duration,
    cpu: Duration,
    latencies: Vec<Duration>,
}

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("ingest");
    let mut stack = stack::servers().await?;
    let usage = stack::start_ingest(&mut stack).await?;
    let address = format!("127.0.0.1:{}", stack.ports.ingest);
    let mut listening = Listening::new(&stack.stack.downloads.user_agents, 42)?;
    let length = Duration::from_secs(args.seconds);
    for (batch, goal) in [(1, 40_000.0), (10, 180_000.0), (100, 180_000.0)] {
        let requests: Arc<[Vec<u8>]> = (0..REQUESTS)
            .map(|_| request(&mut listening, batch))
            .collect::<anyhow::Result<_>>()?;
        let connections = (args.connections / batch).max(8);
        measure(&address, &requests, connections, WARM_UP, &usage).await?;
        let mut outcome = measure(&address, &requests, connections, length, &usage).await?;
        let reports = outcome.reports as f64 * batch as f64;
        let what = match batch {
            1 => "single reports".to_owned(),
            _ => format!("batches of {batch}"),
        };
        report.add_with_goal(
            format!("{what}, reports a second and core of ingest"),
            reports / outcome.cpu.as_secs_f64(),
            "reports/s",
            Goal::AtLeast(goal),
        );
        report.add(
            format!("{what}, reports a second on this machine"),
            reports / outcome.wall.as_secs_f64(),
            "reports/s",
        );
        report.add_latencies(
            format!("{what}, answer over {connections} connections"),
            &mut outcome.latencies,
            None,
        );
    }
    report.add(
        "ingest, most resident",
        usage.peak_resident()? as f64 / 1_048_576.0,
        "MiB",
    );
    report.note("Clients, Kafka and ingest share the cores: the rate a second and core is by the CPU time of ingest's process alone.");
    stack.stop().await;
    Ok(report)
}

/// Reports over so many connections for so long.
async fn measure(
    address: &str,
    requests: &Arc<[Vec<u8>]>,
    connections: usize,
    length: Duration,
    usage: &Usage,
) -> anyhow::Result<Outcome> {
    let (begun, cpu) = (Instant::now(), usage.cpu()?);
    let tasks = (0..connections).map(|first| {
        let (address, requests) = (address.to_owned(), Arc::clone(requests));
        async move {
            let task = tokio::spawn(async move {
                keep_sending(&address, &requests, first, begun + length).await
            });
            task.await?
        }
    });
    let latencies = try_join_all(tasks).await?.concat();
    Ok(Outcome {
        reports: latencies.len() as u64,
        wall: begun.elapsed(),
        cpu: usage.cpu()? - cpu,
        latencies,
    })
}

/// One connection: the next request when the one before is answered. How long each answer took.
async fn keep_sending(
    address: &str,
    requests: &[Vec<u8>],
    first: usize,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut latencies = Vec::new();
    for request in requests.iter().cycle().skip(first * 13) {
        let begun = Instant::now();
        if begun >= until {
            break;
        }
        connection.send(request).await?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}
