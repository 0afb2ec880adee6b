//! `veza-aggregator`: see the library.

use veza_aggregator::{operate, run, settings, warehouse};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings: settings::Settings = veza_service::settings::load(settings::PREFIX);
    veza_service::log::init(&settings.log)?;
    match settings.command.clone().unwrap_or(settings::Command::Run) {
        settings::Command::Run => {
            let metrics = veza_service::metrics::install()?;
            run::run(settings, metrics).await
        }
        settings::Command::Migrate => {
            let warehouse = warehouse::Warehouse::new(&settings.clickhouse)?;
            let applied = warehouse::migrate::migrate(&warehouse).await?;
            tracing::info!(?applied, "the warehouse is up to date");
            Ok(())
        }
        settings::Command::Rejected(command) => operate::rejected::run(&settings, &command).await,
        settings::Command::AcceptLoss(arguments) => {
            operate::accept_loss::run(&settings, &arguments).await
        }
        settings::Command::Rebuild(arguments) => operate::rebuild::run(&settings, &arguments).await,
    }
}
