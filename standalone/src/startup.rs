//! The order in which everything starts, and ends.

use std::sync::Arc;

use anyhow::bail;

use crate::process::{Launch, Process, describe};
use crate::servers::Server;
use crate::stack::{AGGREGATORS, Stack};
use crate::supervisor::{Supervisor, last_words};

/// The order in which processes end: nobody loses what it stands on before it has ended itself.
const STOP_ORDER: [&[&str]; 3] = [
    &["ingest", "api"],
    &AGGREGATORS,
    &["prometheus", "kafka", "warehouse", "postgres", "objects"],
];

/// Starts `servers`, among them Kafka, Postgres and the warehouse, and makes in them what the services need: topic, databases,
/// bucket, tables.
pub async fn start_servers(
    stack: &Stack,
    servers: Vec<Arc<dyn Server>>,
    supervisor: &mut Supervisor,
) -> anyhow::Result<()> {
    for server in servers {
        supervisor.keep(server);
    }
    supervisor.until_ready().await?;
    stack.create_stores().await?;
    tokio::try_join!(
        complete(
            stack.api.command(&["migrate"]),
            "the migrations of Postgres"
        ),
        complete(
            stack.aggregator.command(&["migrate"]),
            "the migrations of the warehouse"
        ),
    )?;
    Ok(())
}

/// Starts services, and waits until all of them serve.
pub async fn start_services(
    services: Vec<Arc<dyn Server>>,
    supervisor: &mut Supervisor,
) -> anyhow::Result<()> {
    for service in services {
        supervisor.keep(service);
    }
    supervisor.until_ready().await
}

/// Ends everything that is supervised, in good order.
pub async fn stop(supervisor: &mut Supervisor) {
    for names in STOP_ORDER {
        supervisor.stop(names).await;
    }
}

/// Runs a command of a service to its end; `what` names it in the error.
pub async fn complete(command: Launch, what: &str) -> anyhow::Result<()> {
    let status = Process::spawn(&command)?.exited().await;
    if !status.success() {
        let said = last_words(&command.log).unwrap_or_default();
        bail!("{what} failed: it {}: {said}", describe(status));
    }
    Ok(())
}
