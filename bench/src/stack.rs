//! The stack that a scenario measures.

use std::sync::Arc;

use veza_standalone::services::Service;
use veza_standalone::temporary::Temporary;

use crate::usage::Usage;

/// Servers with topic, databases and tables, in a temporary folder on free ports; no service of ours yet.
pub async fn servers() -> anyhow::Result<Temporary> {
    let mut stack = Temporary::new(|what| eprintln!("{what}")).await?;
    eprintln!(
        "starting a stack of its own in {}",
        stack.folder().display()
    );
    stack.start_servers().await?;
    Ok(stack)
}

/// Starts one service with settings of its own, and tells what its process uses.
pub async fn start(
    stack: &mut Temporary,
    service: Arc<Service>,
    settings: &[(&str, &str)],
) -> anyhow::Result<Usage> {
    let name = service.name;
    let service = Arc::new(service.with(settings));
    stack.start_services(vec![service]).await?;
    Ok(Usage::of(stack.pid(name)?))
}

/// Ingest without limits on what one address may send.
pub async fn start_ingest(stack: &mut Temporary) -> anyhow::Result<Usage> {
    let unlimited = "100000000";
    let settings = [
        ("VEZA_INGEST_REQUESTS_PER_S", unlimited),
        ("VEZA_INGEST_REPORTS_PER_S", unlimited),
    ];
    let ingest = stack.stack.ingest.clone();
    start(stack, ingest, &settings).await
}
