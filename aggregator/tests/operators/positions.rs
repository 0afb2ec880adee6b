//! What the aggregators tell Postgres of the log.

use crate::support::{PATIENCE, creator, heard, send_to, stored, track};
use veza_standalone::testing::{Installation, eventually};

const PARTITION: i32 = 2;

/// Of the partition's newest row: log start, log end, next offset; and how many rows there are.
async fn newest(veza: &Installation) -> Option<(i64, i64, i64, i64)> {
    sqlx::query_as(
        "SELECT log_start, log_end, next_offset, count(*) OVER () FROM log_positions WHERE kafka_partition = $1 ORDER BY at DESC LIMIT 1",
    )
    .bind(PARTITION)
    .fetch_optional(veza.postgres())
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_each_log_begins_and_ends_is_written_down_when_a_partition_is_taken_up() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    eventually(PATIENCE, async || {
        (newest(&veza).await == Some((0, 0, 0, 1))).then_some(())
    })
    .await;
    let reports: Vec<_> = (0..5).map(|_| heard(song, 60_000)).collect();
    send_to(&veza, PARTITION, &reports).await;
    veza.produce_to(PARTITION, "poison", b"\xff").await;
    stored(&veza, 6).await;
    // At the latest within a minute; whoever takes a partition up writes at once.
    assert!(aggregator.terminate().await.success());
    aggregator.restart().await;
    eventually(PATIENCE, async || {
        let newest = newest(&veza).await;
        match newest {
            Some((0, 6, 6, 2..)) => Ok(()),
            other => Err(other),
        }
    })
    .await;
    let partitions: i64 =
        sqlx::query_scalar("SELECT count(DISTINCT (topic_id, kafka_partition)) FROM log_positions")
            .fetch_one(veza.postgres())
            .await
            .unwrap();
    assert_eq!(partitions, 6);
}
