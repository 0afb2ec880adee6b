//! `veza aggregator COMMAND…`: what an operator does by hand, with the settings of what runs here.

use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use veza_standalone::fetch::fetch;
use veza_standalone::home::{DataLock, Home};
use veza_standalone::secrets::Secrets;
use veza_standalone::stack::{Ports, Stack};

#[derive(Debug, clap::Args)]
pub struct AggregatorArgs {
    #[command(flatten)]
    ports: Ports,
    /// A command of `veza-aggregator`, such as `rejected list`
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Runs it to its end, and ends as it did.
pub fn aggregator(args: &AggregatorArgs) -> anyhow::Result<ExitCode> {
    let home = Home::from_environment();
    if !DataLock::is_taken(&home)? {
        bail!(
            "nothing runs on {}; start it: make run, or, for a command that needs the aggregator stopped, veza run --without-aggregator",
            home.data().display()
        );
    }
    let downloads = fetch(&home, &|what| eprintln!("{what}"))?;
    let secrets = Secrets::of(&home.data())?;
    let service = Stack::new(&home, &downloads, &secrets, &args.ports)?.aggregator;
    let status = Command::new(&service.program)
        .args(&args.command)
        .envs(&service.settings)
        .status()
        .with_context(|| service.program.display().to_string())?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
