//! Every request of the dashboard over plays of 10,000 creators, of which the biggest has a tenth: cold and warm, of one client and of
//! eight, for that creator and for one with up to a million rows, without a filter and with one.

mod requests;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use tokio::task::JoinSet;
use veza_standalone::servers::Server;
use veza_standalone::temporary::Temporary;

use crate::plays::{self, Creator, Plays};
use crate::report::{PercentileGoal, Report};
use crate::stack;
use crate::warehouse::Warehouse;
use requests::{Dashboard, REQUESTS};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Plays in all
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    plays: u64,
    /// How often each request is asked, of one client and of eight together
    #[arg(long, default_value_t = 100)]
    requests: usize,
}

/// Times that a request is asked cold.
const COLD: usize = 3;
const CLIENTS: usize = 8;
const FILTER: &str = "&device=phone";

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("query");
    let mut stack = stack::servers().await?;
    let warehouse = Warehouse::of(&stack)?;
    let plays = plays::make(&mut stack, &warehouse, args.plays).await?;
    let api = stack.stack.api.clone();
    stack::start(&mut stack, api, &[]).await?;
    figures(&mut report, &warehouse).await?;
    for creator in [
        plays.biggest(&stack, &warehouse).await?,
        plays::medium(&stack, &warehouse).await?,
    ] {
        measure(
            &mut report,
            &stack,
            &warehouse,
            &plays,
            &creator,
            args.requests,
        )
        .await?;
    }
    report.note(format!(
        "Ranges of {} days by day, each request's moved by a quarter hour, so that no answer is found in a cache; the filter is {}. Cold: the \
         kernel and the engine hold nothing of the table. With {CLIENTS} clients, the requests of all kinds come mixed. Postgres, warehouse, API \
         and clients share the cores.",
        plays::DAYS,
        FILTER.trim_start_matches('&'),
    ));
    stack.stop().await;
    Ok(report)
}

async fn figures(report: &mut Report, warehouse: &Warehouse) -> anyhow::Result<()> {
    let parts =
        "FROM system.parts WHERE database = currentDatabase() AND table = 'plays' AND active";
    for (what, sql, unit) in [
        ("plays", "sum(rows)", "rows"),
        ("parts", "count()", "parts"),
        ("on disk", "intDiv(sum(bytes_on_disk), 1048576)", "MiB"),
    ] {
        let value = warehouse.number(format!("SELECT {sql} {parts}")).await?;
        report.add(what, value as f64, unit);
    }
    Ok(())
}

async fn measure(
    report: &mut Report,
    stack: &Temporary,
    warehouse: &Warehouse,
    plays: &Plays,
    creator: &Creator,
    requests: usize,
) -> anyhow::Result<()> {
    let rows = creator.rows;
    for (filter, with) in [("", ""), (FILTER, ", filtered")] {
        let mut dashboard = Dashboard {
            http: reqwest::Client::builder().no_proxy().build()?,
            url: format!("{}/api/v1/analytics/", stack.stack.api.url()),
            token: stack.secrets.access_token(creator.user, "creator", &[])?,
            from: plays.from,
            to: plays.to,
            filter,
            newest: requests::Newest::default(),
        };
        dashboard.read_newest().await?;
        if filter.is_empty() {
            cold(report, stack, warehouse, &dashboard, rows).await?;
        }
        eprintln!("asking for {rows} rows{with}");
        for (name, path) in REQUESTS {
            dashboard.ask(path, requests).await?;
            let mut times = Vec::new();
            for turn in 0..requests {
                times.push(dashboard.ask(path, turn).await?);
            }
            report.add_latencies(
                format!("{rows} rows{with}, {name}"),
                &mut times,
                goal(rows, filter),
            );
        }
        together(
            report,
            dashboard,
            requests,
            &format!("{rows} rows{with}, {CLIENTS} clients"),
        )
        .await?;
    }
    Ok(())
}

/// Of warm requests, one at a time.
fn goal(rows: u64, filter: &str) -> Option<PercentileGoal> {
    // The first creator's tenth of ten million is drawn, and may be some more than a million.
    let ms = match (rows, filter) {
        (..=1_050_000, _) => 50.0,
        (_, "") => 250.0,
        _ => 200.0,
    };
    Some(PercentileGoal::P99(ms))
}

async fn cold(
    report: &mut Report,
    stack: &Temporary,
    warehouse: &Warehouse,
    dashboard: &Dashboard,
    rows: u64,
) -> anyhow::Result<()> {
    eprintln!("asking for {rows} rows, cold");
    nix::unistd::sync();
    for (name, path) in REQUESTS {
        let mut times = Vec::new();
        for turn in 0..COLD {
            for cache in ["MARK", "UNCOMPRESSED", "QUERY CONDITION"] {
                warehouse.run(format!("SYSTEM DROP {cache} CACHE")).await?;
            }
            forget(&stack.stack.warehouse.data)?;
            times.push(dashboard.ask(path, turn).await?);
        }
        report.add_latencies(format!("{rows} rows, cold, {name}"), &mut times, None);
    }
    Ok(())
}

/// Makes the kernel forget what it has read of the files in a folder.
fn forget(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()? {
            kind if kind.is_dir() => forget(&entry.path())?,
            kind if kind.is_file() => {
                // One that has just been merged away is none.
                if let Ok(file) = File::open(entry.path()) {
                    posix_fadvise(file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Several clients, each with requests of all kinds in an order of its own; but for files, of which the API makes four at once.
async fn together(
    report: &mut Report,
    dashboard: Dashboard,
    requests: usize,
    what: &str,
) -> anyhow::Result<()> {
    let is_file = |path: &str| path.starts_with("export");
    let mixed = REQUESTS.into_iter().filter(|(_, path)| !is_file(path));
    let mixed: Vec<_> = mixed.collect();
    let dashboard = Arc::new(dashboard);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (dashboard, mixed) = (Arc::clone(&dashboard), mixed.clone());
        clients.spawn(async move {
            let mut times = Vec::new();
            for turn in 0..requests.div_ceil(CLIENTS) {
                for place in 0..mixed.len() {
                    let (name, path) = mixed[(place + client * 5) % mixed.len()];
                    times.push((name, dashboard.ask(path, turn * CLIENTS + client).await?));
                }
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.extend(client??);
    }
    for (name, _) in mixed {
        let of_kind = times.iter().filter(|(kind, _)| *kind == name);
        let mut of_kind: Vec<Duration> = of_kind.map(|(_, time)| *time).collect();
        report.add_latencies(format!("{what}, {name}"), &mut of_kind, None);
    }
    Ok(())
}
