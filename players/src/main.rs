//! `veza-players`: the simulator and the importer, against any installation.

use clap::{Args, Parser, Subcommand};
use url::Url;
use veza_players::client::{Credentials, Installation};
use veza_players::commands::{self, AudienceFiles, ImportArgs, SimulateArgs};

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
    Simulate {
        #[command(flatten)]
        args: SimulateArgs,
        #[command(flatten)]
        files: AudienceFiles,
    },
    /// A listening history: Spotify, ListenBrainz, Last.fm
    Import(ImportArgs),
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
        Command::Simulate { args, files } => commands::simulate(&installation, files, &args).await,
        Command::Import(args) => commands::import(&installation, &args).await,
    }
}
