//! A backlog larger than what may be held is stored whole, paused and resumed as often as needed.

use std::time::Duration;

use crate::support::{assert_each_offset_once, creator, heard, send_at_once, stored_within, track};
use veza_standalone::testing::Installation;

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_beyond_the_budget_is_stored_whole() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let plays: Vec<_> = (0..30_000).map(|_| heard(song, 60_000)).collect();
    send_at_once(&veza, &plays).await;
    // A share of 8 ÷ 6 MiB holds about 2,000 records.
    let aggregator = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_BUDGET_MIB", "8")])
        .await;
    stored_within(&veza, 30_000, Duration::from_secs(90)).await;
    assert_each_offset_once(&veza, 30_000).await;
    let metrics = aggregator.metrics().await;
    let pauses = metrics
        .lines()
        .find_map(|line| line.strip_prefix("veza_aggregator_pauses_total "));
    let pauses: u64 = pauses.unwrap().parse().unwrap();
    assert!(pauses > 0, "the budget was never exhausted");
    assert!(
        !metrics.contains("veza_aggregator_skipped_offsets_total"),
        "{metrics}"
    );
}
