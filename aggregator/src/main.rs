//! `veza-aggregator`: see the library.

use veza_aggregator::{run, settings, warehouse};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings: settings::Settings = veza_service::settings::load(settings::PREFIX);
    veza_service::log::init(&settings.log)?;
    match settings.command.unwrap_or(settings::Command::Run) {
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
    }
}
