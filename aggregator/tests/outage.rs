//! ClickHouse, Postgres or Kafka away for a while, under load: nothing is missing afterwards, nothing is twice, and no track that is
//! known is unknown.
//!
//! The ordinary run is short; `cargo test -- --ignored` does the same for as long as an outage may last in life.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use support::{
    PATIENCE, assert_each_offset_once, creator, heard, send_at_once, stored_within, track,
};
use uuid::Uuid;
use veza_standalone::testing::{Installation, Servers};

const SHORT: Duration = Duration::from_secs(6);
const LONG: Duration = Duration::from_secs(30);

/// Load goes on before, during and after an outage; then everything must be there.
async fn outage(of: impl AsyncFn(&Servers), end: impl AsyncFn(&Servers), lasts: Duration) {
    let veza = Installation::on(Servers::dedicated().await).await;
    let owner = creator(&veza).await;
    let mut songs: Vec<Uuid> = Vec::new();
    for _ in 0..20 {
        songs.push(track(&veza, &owner, 180_000).await);
    }
    let aggregator = veza.start_aggregator().await;
    let over = AtomicBool::new(false);
    let load = async {
        let mut sent = 0;
        while !over.load(Ordering::Relaxed) {
            let batch: Vec<_> = songs.iter().map(|song| heard(*song, 60_000)).collect();
            send_at_once(&veza, &batch).await;
            sent += batch.len() as u64;
        }
        sent
    };
    let events = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        of(veza.servers()).await;
        tokio::time::sleep(lasts).await;
        end(veza.servers()).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(load, events);
    stored_within(&veza, sent, Duration::from_secs(60)).await;
    assert_each_offset_once(&veza, sent).await;
    let counted = &veza
        .clickhouse(
            "SELECT countIf(counted) AS counted, groupUniqArray(reason) AS reasons FROM plays",
        )
        .await[0];
    assert_eq!(
        counted["counted"].as_u64(),
        Some(sent),
        "reasons: {}",
        counted["reasons"]
    );
    aggregator.until_ready().await;
}

async fn clickhouse_killed(lasts: Duration) {
    outage(
        async |servers| servers.warehouse.kill9().await,
        async |servers| servers.warehouse.start().await,
        lasts,
    )
    .await;
}

async fn clickhouse_hangs(lasts: Duration) {
    outage(
        async |servers| servers.warehouse.pause(),
        async |servers| servers.warehouse.resume(),
        lasts,
    )
    .await;
}

async fn postgres_killed(lasts: Duration) {
    outage(
        async |servers| servers.postgres.kill9().await,
        async |servers| servers.postgres.start().await,
        lasts,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_killed_under_load_loses_nothing() {
    clickhouse_killed(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn clickhouse_killed_for_long_under_load_loses_nothing() {
    clickhouse_killed(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn clickhouse_hanging_under_load_loses_nothing() {
    clickhouse_hangs(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_under_load_makes_no_track_unknown() {
    postgres_killed(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn postgres_killed_for_long_under_load_makes_no_track_unknown() {
    postgres_killed(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_killed_with_ranges_in_hand_loses_and_doubles_nothing() {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    send_at_once(&veza, &[heard(song, 60_000)]).await;
    stored_within(&veza, 1, PATIENCE).await;

    let batch: Vec<_> = (0..500).map(|_| heard(song, 60_000)).collect();
    send_at_once(&veza, &batch).await;
    veza.servers().kafka.kill9().await;
    veza.servers().kafka.start().await;
    send_at_once(&veza, &[heard(song, 60_000)]).await;
    stored_within(&veza, 502, Duration::from_secs(90)).await;
    assert_each_offset_once(&veza, 502).await;
    aggregator.until_ready().await;
}
