//! `veza simulate` and `veza import`: clients of what `veza run` runs.

use anyhow::{Context, bail};
use veza_players::client::{Credentials, Installation};
use veza_players::commands::{self, AudienceFiles, ImportArgs, SimulateArgs};
use veza_standalone::demo::{ADMIN, PASSWORD};
use veza_standalone::fetch::fetch;
use veza_standalone::home::{DataLock, Home};
use veza_standalone::status::Status;

pub async fn simulate(args: SimulateArgs) -> anyhow::Result<()> {
    let home = Home::from_environment();
    let installation = running(&home)?;
    let downloads = fetch(&home, &|what| eprintln!("{what}"))?;
    let files = AudienceFiles {
        user_agents: downloads.user_agents,
        geoip: downloads.geoip,
    };
    commands::simulate(&installation, files, &args).await
}

pub async fn import(args: ImportArgs) -> anyhow::Result<()> {
    let installation = running(&Home::from_environment())?;
    commands::import(&installation, &args).await
}

/// What runs here, as its admin sees it: `VEZA_PLAYERS_EMAIL` and `VEZA_PLAYERS_PASSWORD`, or the demo's.
fn running(home: &Home) -> anyhow::Result<Installation> {
    if !DataLock::is_taken(home)? {
        bail!(
            "nothing runs on {}; start it: make run",
            home.data().display()
        );
    }
    let status =
        Status::read(&home.status_file()).context("it is starting; try again in a moment")?;
    let url = |name: &str| -> anyhow::Result<url::Url> {
        let service = status
            .service(name)
            .with_context(|| format!("{name} is not in status.json"))?;
        Ok(service.url.parse()?)
    };
    let given = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.into());
    let credentials = Credentials {
        email: given("VEZA_PLAYERS_EMAIL", ADMIN),
        password: given("VEZA_PLAYERS_PASSWORD", PASSWORD),
    };
    Ok(Installation::new(url("api")?, url("ingest")?, credentials)?)
}
