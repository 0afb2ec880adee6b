//! `veza-bench SCENARIO`: measures the product on a stack of its own, in a temporary folder, on free ports. A scenario is one
//! file in `scenarios/`; it prints a table, or JSON with `--json`.
//!
//! CPU time is asked of the kernel for the measured process alone: on a busy or small machine, where a load generator shares the
//! cores, the rate *per core* is what can be compared.

mod backlog;
mod catalog;
mod listening;
mod machine;
mod metrics;
mod plays;
mod report;
mod requests;
mod scenarios;
mod stack;
mod usage;
mod warehouse;

use clap::Parser;
use scenarios::Scenario;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Benchmarks of Veza Analytics
#[derive(Debug, Parser)]
#[command(name = "veza-bench", version)]
struct Bench {
    #[command(subcommand)]
    scenario: Scenario,
    /// Print the figures as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bench = Bench::parse();
    if cfg!(debug_assertions) {
        eprintln!("this build is not optimised; measure with: make bench SCENARIO=…");
    }
    let report = bench.scenario.run().await?;
    if bench.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
