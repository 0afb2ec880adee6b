//! The command line. Each command is a function of the library; here they only get names.

mod aggregator;
mod play;
mod run;
mod status;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use veza_standalone::fetch::fetch;
use veza_standalone::home::Home;
use veza_standalone::{prove, servers, trace, verify};

/// Veza Analytics on one machine
#[derive(Debug, Parser)]
#[command(version)]
pub struct Veza {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything, in the foreground
    Run(run::RunArgs),
    /// Show what runs: address, process, health, lag
    Status(status::StatusArgs),
    /// Report a realistic stream of plays to the running installation
    Simulate(veza_players::commands::SimulateArgs),
    /// Bring a listening history into the running installation
    Import(veza_players::commands::ImportArgs),
    /// Prove that each record is stored once and each play counted once; exits 1 on any gap
    Verify(verify::Settings),
    /// Show one play's whole way: received, partition and offset, range, row or rejection, outcome and rule, visible since
    Trace(trace::Settings),
    /// Run a command of the aggregator by hand, with the settings of what runs here: `rejected list`, `rebuild`, …
    Aggregator(aggregator::AggregatorArgs),
    /// Load and kill -9 on a stack of its own, then verify; exits 1 on any gap
    Prove(prove::Settings),
    /// Download what is missing of the servers; `run` does it too
    Fetch,
    /// Serve S3 over a folder
    Objects(servers::objects::Settings),
    /// Serve the ClickHouse engine over HTTP
    Warehouse(servers::warehouse::Settings),
}

impl Veza {
    /// Runs the command; a failure is one line on standard error, and exit code 1.
    pub fn run(self) -> ExitCode {
        let outcome = match self.command {
            Command::Run(args) => block_on(run::run(args)),
            Command::Status(args) => status::status(&args),
            Command::Aggregator(args) => {
                return aggregator::aggregator(&args).unwrap_or_else(|error| failure(&error));
            }
            Command::Fetch => {
                let downloads = fetch(&Home::from_environment(), &|what| eprintln!("{what}"));
                downloads.map(drop).map_err(Into::into)
            }
            Command::Simulate(args) => block_on(play::simulate(args)),
            Command::Import(args) => block_on(play::import(args)),
            Command::Verify(settings) => return verdict(block_on(verify::run(&settings))),
            Command::Trace(settings) => return verdict(block_on(trace::run(&settings))),
            Command::Prove(settings) => return verdict(block_on(prove::run(&settings))),
            Command::Objects(settings) => serve(servers::objects::run(settings)),
            Command::Warehouse(settings) => serve(servers::warehouse::run(settings)),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failure(&error),
        }
    }
}

fn failure(error: &anyhow::Error) -> ExitCode {
    eprintln!("veza: {}", one_line(error));
    ExitCode::FAILURE
}

/// Whether a proof holds, or a play is known, as an exit code.
fn verdict(answer: anyhow::Result<bool>) -> ExitCode {
    match answer {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failure(&error),
    }
}

/// Runs a server to its end; its log is our standard error.
fn serve(server: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("VEZA_LOG_FILTER").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    block_on(server)
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// The failure and its causes; a cause that the text before already names is not said twice.
fn one_line(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |line, cause| {
        let cause = cause.to_string();
        match line {
            line if line.is_empty() => cause,
            line if line.ends_with(&cause) => line,
            line => format!("{line}: {cause}"),
        }
    })
}
