//! What the aggregator depends on and does not make: how old the data are by which agents are told, and how much room is
//! left where ClickHouse writes. Both as metrics, once a minute.

use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use crate::warehouse::Warehouse;

const INTERVAL: Duration = Duration::from_secs(60);
/// How long ClickHouse may take to tell.
const TIMEOUT: Duration = Duration::from_secs(5);
const DISKS: &str = "SELECT sum(free_space), sum(total_space) FROM system.disks";

/// Looks until `stop`.
pub async fn watch(warehouse: Warehouse, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(INTERVAL);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        report_agents();
        match tokio::time::timeout(TIMEOUT, warehouse.run(DISKS)).await {
            Ok(Ok(answer)) => report_disks(&answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the warehouse's disk could not be looked at")
            }
            Err(_) => tracing::debug!("the warehouse's disk could not be looked at in time"),
        }
    }
}

fn report_agents() {
    let taken = SystemTime::UNIX_EPOCH + Duration::from_secs(veza_enrich::agent::DATA_TAKEN_S);
    let age = SystemTime::now().duration_since(taken).unwrap_or_default();
    metrics::gauge!("veza_aggregator_agents_age_seconds").set(age.as_secs_f64());
}

fn report_disks(answer: &str) {
    if let Some((free, size)) = bytes(answer) {
        metrics::gauge!("veza_aggregator_warehouse_free_bytes").set(free);
        metrics::gauge!("veza_aggregator_warehouse_size_bytes").set(size);
    }
}

/// Free and in all; none where the engine does not know its disks.
fn bytes(answer: &str) -> Option<(f64, f64)> {
    let mut numbers = answer.split_whitespace().map(str::parse::<f64>);
    match (numbers.next()?, numbers.next()?) {
        (Ok(free), Ok(size)) if size > 0.0 => Some((free, size)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_a_size_is_unknown_and_not_full() {
        assert_eq!(bytes("57\t100\n"), Some((57.0, 100.0)));
        assert_eq!(bytes("0\t0\n"), None);
        assert_eq!(bytes(""), None);
    }
}
