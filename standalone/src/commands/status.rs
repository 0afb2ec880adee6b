//! `veza status`

use anyhow::{Context, bail};
use veza_standalone::home::{DataLock, Home};
use veza_standalone::status::Status;

#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Print status.json
    #[arg(long)]
    json: bool,
}

/// Prints what runs.
///
/// # Errors
/// If nothing runs, or something of it does not serve.
pub fn status(args: &StatusArgs) -> anyhow::Result<()> {
    let home = Home::from_environment();
    if !DataLock::is_taken(&home)? {
        bail!(
            "nothing runs on {}; start it: make run",
            home.data().display()
        );
    }
    let file = home.status_file();
    let status = Status::read(&file)
        .with_context(|| format!("it is starting; {} is not there yet", file.display()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&status)?);
    } else {
        for service in &status.services {
            println!("{service}");
        }
    }
    if !status.is_healthy() {
        bail!("not everything serves");
    }
    Ok(())
}
