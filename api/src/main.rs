//! `veza-api`: identity, catalog, analytics and the marketplace over HTTP, and the web app's files.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

mod access;
mod activity;
mod admin;
mod analytics;
mod caller;
mod catalog;
mod civil_date;
mod country;
mod create_admin;
mod cursor;
mod docs;
mod error;
mod extract;
mod geoip;
mod identity;
mod imports;
mod installation;
mod limits;
mod marketplace;
mod money;
mod objects;
mod openapi;
mod prometheus;
mod routes;
mod serve;
mod settings;
mod state;
mod statistics;
mod text;
mod time;
mod timestamptz;
mod web;

use anyhow::Context;
use settings::{Cli, Command, Settings};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli { command, settings } = veza_service::settings::load(settings::PREFIX);
    veza_service::log::init(&settings.log)?;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(settings).await,
        Command::Migrate => migrate(&settings).await,
        Command::CreateAdmin { email, name } => create_admin::run(&settings, &email, &name).await,
        Command::Openapi => {
            print!("{}", openapi::as_text()?);
            Ok(())
        }
    }
}

/// Applies what is missing of `migrations/`, under Postgres' advisory lock.
async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let db = state::pool(&settings.postgres)?;
    sqlx::migrate!("../migrations")
        .run(&db)
        .await
        .context("the database's schema could not be brought up to date")
}
