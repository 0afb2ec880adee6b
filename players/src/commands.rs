//! The command line of the simulator and the importer: the same in `veza-players` and in `veza`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use crate::client::Installation;
use crate::import::{self, Ownership};
use crate::progress;
use crate::simulate::{Options, Simulation};

#[derive(Debug, Args)]
pub struct SimulateArgs {
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
}

#[derive(Debug, Args)]
pub struct ImportArgs {
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

/// What an audience is made from.
#[derive(Debug, Clone, Args)]
pub struct AudienceFiles {
    /// `user-agents.json` of the npm package user-agents
    #[arg(long, env = "VEZA_PLAYERS_USER_AGENTS")]
    pub user_agents: PathBuf,
    /// MaxMind DB files with countries, comma-separated
    #[arg(
        long,
        env = "VEZA_PLAYERS_GEOIP",
        value_delimiter = ',',
        required = true
    )]
    pub geoip: Vec<PathBuf>,
}

/// Reports the history that is asked for, then a live stream until it is stopped.
pub async fn simulate(
    installation: &Installation,
    files: AudienceFiles,
    args: &SimulateArgs,
) -> anyhow::Result<()> {
    let options = Options {
        seed: args.seed,
        daily_plays: args.daily_plays,
        user_agents: files.user_agents,
        geoip: files.geoip,
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

/// Brings listening histories in, or says what would be sent.
pub async fn import(installation: &Installation, args: &ImportArgs) -> anyhow::Result<()> {
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
    let ownership = Ownership::new(args.creator.clone(), args.listener.clone());
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
