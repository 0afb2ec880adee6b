//! A range that ClickHouse will never take stops its partition, says so, and is not skipped.

use crate::support::{PATIENCE, assert_each_offset_once, creator, heard, send, stored, track};
use veza_standalone::testing::{Installation, eventually};

#[tokio::test]
async fn a_refused_range_stops_its_partition_and_is_stored_once_the_cause_is_gone() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    veza.clickhouse("ALTER TABLE plays DROP COLUMN page").await;
    let play = heard(song, 60_000);
    send(&veza, std::slice::from_ref(&play)).await;
    let why = eventually(PATIENCE, async || {
        let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url()))
            .await
            .ok()?;
        let ready = answer.status().is_success();
        let body = answer.text().await.ok()?;
        (!ready).then_some(body)
    })
    .await;
    assert!(
        why.contains("stopped") && why.contains("can't be stored"),
        "{why}"
    );
    // The other partitions go on; only rejections can be stored now.
    veza.produce_to(stopped(&why) + 1, "poison", b"\xff").await;
    stored(&veza, 1).await;

    veza.clickhouse("ALTER TABLE plays ADD COLUMN page String CODEC(ZSTD(1)) AFTER campaign")
        .await;
    aggregator.restart().await;
    stored(&veza, 2).await;
    assert_each_offset_once(&veza, 2).await;
}

/// The partition that `/readyz` names, less one if it is the last.
fn stopped(why: &str) -> i32 {
    let (_, rest) = why.split_once("partition ").unwrap();
    let partition: i32 = rest.split(' ').next().unwrap().parse().unwrap();
    if partition == 5 { -1 } else { partition }
}
