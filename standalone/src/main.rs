//! `veza`: all of it on one machine with one command.

mod commands;

use clap::Parser;

fn main() -> std::process::ExitCode {
    commands::Veza::parse().run()
}
