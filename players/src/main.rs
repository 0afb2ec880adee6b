//! `veza-players`: the simulator and the importer, against any installation.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use jiff::{SignedDuration, Timestamp};
use url::Url;
use veza_players::client::{Credentials, Installation};
use veza_players::import::{self, Ownership};
use veza_players::progress;
use veza_players::simulate::{Options, Simulation};

/// Clients of `POST /v1/plays`: a believable audience, and listening histories.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    command: Command,
}

/// The installation that is reported to.
#[derive(Args)]
struct Target {
    /// Address of the API
    #[arg(
        long,
        env = "VEZA_PLAYERS_API_URL",
        default_value = "http://127.0.0.1:8080",
        global = true
    )]
    api: Url,
    /// Address of ingest
    #[arg(
        long,
        env = "VEZA_PLAYERS_INGEST_URL",
        default_value = "http://127.0.0.1:8081",
        global = true
    )]
    ingest: Url,
    /// E-mail of an admin, who may report under the scope plays:import
    #[arg(
        long,
        env = "VEZA_PLAYERS_EMAIL",
        default_value = "admin@demo.veza.local",
        global = true
    )]
    email: String,
    /// The admin's password
    #[arg(
        long,
        env = "VEZA_PLAYERS_PASSWORD",
        default_value = "veza-demo",
        hide_env_values = true,
        global = true
    )]
    password: String,
}

#[derive(Subcommand)]
enum Command {
    /// A realistic stream of plays over the public catalog, until it is stopped
    Simulate(SimulateArgs),
    /// A listening history: Spotify's account data
    Import(ImportArgs),
}

#[derive(Args)]
struct SimulateArgs {
    /// Plays begun a second; without it, as many as the rhythm of day and week has
    #[arg(long, value_parser = positive)]
    rate: Option<f64>,
    /// The same seed gives the same plays
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// First report so much history, such as 90d
    #[arg(long, value_parser = days)]
    backfill: Option<SignedDuration>,
    /// End after the history
    #[arg(long, requires = "backfill")]
    no_live: bool,
    /// Plays of an average day
    #[arg(long, default_value_t = Options::default().daily_plays)]
    daily_plays: u32,
    /// `user-agents.json` of the npm package user-agents
    #[arg(long, env = "VEZA_PLAYERS_USER_AGENTS")]
    user_agents: PathBuf,
    /// MaxMind DB files with countries, comma-separated
    #[arg(
        long,
        env = "VEZA_PLAYERS_GEOIP",
        value_delimiter = ',',
        required = true
    )]
    geoip: Vec<PathBuf>,
}

#[derive(Args)]
struct ImportArgs {
    /// Files, or folders with files, named StreamingHistory_music_*.json
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// E-mail of the creator to whom the tracks belong
    #[arg(long, default_value = "creator@demo.veza.local")]
    creator: String,
    /// Opaque id of the listener; without it, one derived from the creator
    #[arg(long)]
    listener: Option<String>,
    /// Read and say what would be sent, send nothing
    #[arg(long)]
    dry_run: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let credentials = Credentials {
        email: cli.target.email,
        password: cli.target.password,
    };
    let installation = Installation::new(cli.target.api, cli.target.ingest, credentials)?;
    match cli.command {
        Command::Simulate(args) => simulate(&installation, args).await,
        Command::Import(args) => run_import(&installation, args).await,
    }
}

async fn simulate(installation: &Installation, args: SimulateArgs) -> anyhow::Result<()> {
    let options = Options {
        seed: args.seed,
        daily_plays: args.daily_plays,
        user_agents: args.user_agents,
        geoip: args.geoip,
        ..Options::default()
    };
    let catalog = installation
        .tracks()
        .await
        .context("the catalog could not be read")?;
    let simulation = Simulation::new(&options, catalog)?;
    if let Some(length) = args.backfill {
        let now = Timestamp::now();
        let bar = progress::bar("minutes of history", 0);
        let summary = simulation
            .backfill(installation, now - length, now, &bar)
            .await?;
        println!(
            "{} plays in {} reports accepted, {} refused",
            summary.plays, summary.accepted, summary.refused
        );
    }
    if args.no_live {
        return Ok(());
    }
    let bar = progress::bar("reports sent", 0);
    simulation
        .live(installation, args.rate, |sent| {
            bar.set_position(sent.accepted)
        })
        .await?;
    Ok(())
}

async fn run_import(installation: &Installation, args: ImportArgs) -> anyhow::Result<()> {
    let files = import::find(&args.files)?;
    anyhow::ensure!(
        !files.is_empty(),
        "no StreamingHistory_music_*.json among {} place(s) named",
        args.files.len()
    );
    let hearings = import::read(&files)?;
    if args.dry_run {
        let tracks = import::tracks(&hearings).len();
        println!(
            "{} hearings of {tracks} tracks in {} files; nothing was sent",
            hearings.len(),
            files.len()
        );
        return Ok(());
    }
    let ownership = Ownership::new(args.creator, args.listener);
    let bar = progress::bar("hearings", hearings.len() as u64);
    let summary = import::send(installation, &ownership, &hearings, &bar).await?;
    println!(
        "read {}, tracks {}, accepted {}",
        summary.read, summary.tracks, summary.accepted
    );
    for (code, count) in &summary.refused {
        println!("refused {count}: {code}");
    }
    Ok(())
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 10_000.0 => Ok(rate),
        _ => Err("expected a number of plays a second above 0, at most 10000".into()),
    }
}

fn days(text: &str) -> Result<SignedDuration, String> {
    let number = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<i64>().ok());
    match number {
        Some(days) if (1..=3_650).contains(&days) => Ok(SignedDuration::from_hours(24 * days)),
        _ => Err("expected days such as 90d, at most 3650d".into()),
    }
}
