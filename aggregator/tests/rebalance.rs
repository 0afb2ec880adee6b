//! Members of the group that come and go: what one has in hand is stored and committed before the next one reads on.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use support::{PATIENCE, assert_each_offset_once, creator, heard, send, stored, track};
use veza_standalone::testing::{Installation, Servers, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_stores_and_commits_what_is_in_hand() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    let over = AtomicBool::new(false);
    let load = async {
        let mut sent = 0;
        while !over.load(Ordering::Relaxed) {
            send(&veza, &[heard(song, 60_000)]).await;
            sent += 1;
        }
        sent
    };
    let restarts = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1_700)).await;
            let begun = Instant::now();
            let status = aggregator.terminate().await;
            assert!(status.success(), "{status}: {}", aggregator.log());
            assert!(
                begun.elapsed() < Duration::from_secs(15),
                "{:?}",
                begun.elapsed()
            );
            aggregator.restart().await;
        }
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(load, restarts);
    assert!(
        !aggregator.log().contains("commit refused"),
        "{}",
        aggregator.log()
    );
    stored(&veza, sent).await;
    assert_each_offset_once(&veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_member_takes_its_share_and_gives_it_back() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let first = veza.start_aggregator().await;
    send(
        &veza,
        &(0..50).map(|_| heard(song, 60_000)).collect::<Vec<_>>(),
    )
    .await;
    let second = veza.start_aggregator().await;
    eventually(PATIENCE, async || {
        second.log().contains("partition taken up")
    })
    .await;
    send(
        &veza,
        &(0..50).map(|_| heard(song, 60_000)).collect::<Vec<_>>(),
    )
    .await;
    stored(&veza, 100).await;
    assert!(second.terminate().await.success(), "{}", second.log());
    send(
        &veza,
        &(0..50).map(|_| heard(song, 60_000)).collect::<Vec<_>>(),
    )
    .await;
    stored(&veza, 150).await;
    assert_each_offset_once(&veza, 150).await;
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classic_protocol_serves_older_brokers() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let classic = [("VEZA_AGGREGATOR_GROUP_PROTOCOL", "classic")];
    let aggregator = veza.start_aggregator_with(&classic).await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    assert!(aggregator.terminate().await.success());
    aggregator.restart().await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 2).await;
    assert_each_offset_once(&veza, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute"]
async fn sigterm_while_clickhouse_is_away_ends_within_its_bound_and_loses_nothing() {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    veza.servers().warehouse.kill9().await;
    send(&veza, &[heard(song, 60_000)]).await;
    eventually(PATIENCE, async || {
        aggregator.log().contains("insert failed")
    })
    .await;
    let begun = Instant::now();
    aggregator.terminate().await;
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    veza.servers().warehouse.start().await;
    aggregator.restart().await;
    stored(&veza, 2).await;
    assert_each_offset_once(&veza, 2).await;
}
