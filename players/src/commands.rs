//! The command line of the simulator and the importer: the same in `veza-players` and in `veza`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use veza_schemas::report::MAX_LISTENER_BYTES;

use crate::client::Installation;
use crate::import::{self, History, Listener, Ownership};
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
    /// Spotify's account data or extended streaming history, ListenBrainz (JSONL), Last.fm (CSV): files, folders, or the zip as
    /// it was downloaded
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// E-mail of the creator to whom the tracks belong
    #[arg(long, default_value = "creator@demo.veza.local")]
    creator: String,
    /// Who listened: an account's e-mail, whose page *Your listening* then shows the plays, or any id; without it, the account
    /// that the export names, else one derived from the creator. Name it when you import several exports of one person
    #[arg(long, value_name = "EMAIL|ID")]
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
///
/// # Errors
/// Also, at the end, if a file was broken: the others were brought in.
pub async fn import(installation: &Installation, args: &ImportArgs) -> anyhow::Result<()> {
    let history = import::read(&args.files)?;
    for (name, fault) in &history.broken {
        eprintln!("not read: {name}, {fault}");
    }
    if args.dry_run {
        let (hearings, tracks) = (
            history.hearings.len(),
            import::tracks(&history.hearings).len(),
        );
        println!(
            "{hearings} hearings of {tracks} tracks in {} files; nothing was sent",
            history.files
        );
        say_what_is_left_out(&history);
    } else {
        let ownership = Ownership {
            creator: Some(args.creator.clone()),
            listener: listener(installation, args, &history).await?,
        };
        let bar = progress::bar("hearings", history.hearings.len() as u64);
        let summary = import::send(installation, &ownership, &history.hearings, |sent| {
            bar.set_position(sent)
        })
        .await?;
        bar.finish();
        print!("{summary}");
        say_what_is_left_out(&history);
    }
    let broken = history.broken.len();
    anyhow::ensure!(
        broken == 0,
        "{broken} of the files could not be read; mend them, and import them again: what was brought in stays as it is"
    );
    Ok(())
}

async fn listener(
    installation: &Installation,
    args: &ImportArgs,
    history: &History,
) -> anyhow::Result<Listener> {
    match args.listener.as_deref() {
        Some(email) if email.contains('@') => {
            let subject = installation.account(email).await?;
            Ok(Listener::Account { subject })
        }
        Some(id) => {
            anyhow::ensure!(
                !id.is_empty() && id.len() <= MAX_LISTENER_BYTES,
                "--listener has {} bytes; an id has 1 to {MAX_LISTENER_BYTES}",
                id.len()
            );
            Ok(Listener::Opaque(id.into()))
        }
        None => Ok(Listener::of_export(
            history.account.as_deref(),
            &args.creator,
        )),
    }
}

fn say_what_is_left_out(history: &History) {
    let left_out = history.left_out;
    for (entries, what) in [
        (left_out.podcasts, "podcasts"),
        (left_out.audiobooks, "audiobooks"),
        (left_out.untitled, "without artist or title"),
    ] {
        if entries > 0 {
            println!("{entries:>10}  left out: {what}");
        }
    }
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
