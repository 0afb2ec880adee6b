//! A report that is sent again counts once, however long after, and wherever it arrives; a play that is repeated counts again.
//! The window is ten offsets here, so that almost everything lies outside it.

use std::time::Duration;

use crate::support::{
    add_track, assert_exactly_once, assert_verified, creator, heard, play_id, reasons, rows, send,
    send_to, stored, track,
};
use prost::Message;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use uuid::Uuid;
use veza_schemas::record::{PlayReport, SLOT_MS};
use veza_standalone::testing::{Installation, Service};

const PARTITION: i32 = 2;
const OTHER_PARTITION: i32 = 4;

async fn start(veza: &Installation) -> Service {
    veza.start_aggregator_with(&[("VEZA_AGGREGATOR_WINDOW", "10")])
        .await
}

/// Plays enough to push everything before them out of the window.
fn forgetting(song: Uuid) -> Vec<PlayReport> {
    (0..25).map(|_| heard(song, 60_000)).collect()
}

/// The same report, sent anew now.
fn again(report: &PlayReport) -> PlayReport {
    let now = jiff::Timestamp::now().as_millisecond();
    PlayReport {
        sent_at_ms: Some(now),
        received_at_ms: now,
        ..report.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_sent_again_counts_once_and_a_repeated_play_twice() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = start(&veza).await;
    let play = heard(song, 60_000);
    send_to(&veza, PARTITION, std::slice::from_ref(&play)).await;
    send_to(&veza, PARTITION, &forgetting(song)).await;
    stored(&veza, 26).await;
    send_to(&veza, PARTITION, &[again(&play)]).await;
    stored(&veza, 27).await;

    // What comes next finds an empty window, and one that is rebuilt from the table.
    aggregator.restart().await;
    send_to(&veza, PARTITION, &[again(&play)]).await;
    // As after partitions were added to the topic.
    send_to(&veza, OTHER_PARTITION, &[again(&play)]).await;
    let repeated = PlayReport {
        play_id: Uuid::new_v4().into_bytes().to_vec().into(),
        ..again(&play)
    };
    send_to(&veza, PARTITION, std::slice::from_ref(&repeated)).await;
    stored(&veza, 30).await;

    assert_exactly_once(&veza, 30).await;
    let rows = rows(&veza).await;
    assert_eq!(
        reasons(&rows, &play),
        ["", "duplicate", "duplicate", "duplicate"]
    );
    assert_eq!(reasons(&rows, &repeated), [""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_sent_again_is_found_under_another_slot_creator_and_none() {
    let veza = Installation::new().await;
    let (first_owner, second_owner) = (creator(&veza).await, creator(&veza).await);
    let song = track(&veza, &first_owner, 180_000).await;
    let sold = track(&veza, &first_owner, 180_000).await;
    let late = Uuid::new_v4();
    let aggregator = start(&veza).await;

    let now = jiff::Timestamp::now().as_millisecond();
    let edge = (now - 600_000) / SLOT_MS * SLOT_MS;
    // A skew of 59 s is none, one of 61 s moves the start over the slot's edge.
    let skewed = |skew_ms| PlayReport {
        started_at_ms: edge - 30_000,
        sent_at_ms: Some(now - skew_ms),
        received_at_ms: now,
        ..heard(song, 60_000)
    };
    let at_edge = skewed(59_000);
    let over_edge = PlayReport {
        play_id: at_edge.play_id.clone(),
        ..skewed(61_000)
    };
    let (of_sold, of_late) = (heard(sold, 60_000), heard(late, 60_000));
    let firsts = [at_edge.clone(), of_sold.clone(), of_late.clone()];
    send_to(&veza, PARTITION, &firsts).await;
    send_to(&veza, PARTITION, &forgetting(song)).await;
    stored(&veza, 28).await;

    add_track(&veza, &first_owner, late, 180_000).await;
    sqlx::query("UPDATE tracks SET creator_id = $1 WHERE id = $2")
        .bind(second_owner.id)
        .bind(sold)
        .execute(veza.postgres())
        .await
        .unwrap();
    // The catalog as it is now, whatever was remembered of it.
    aggregator.restart().await;
    let seconds = [over_edge, again(&of_sold), again(&of_late)];
    send_to(&veza, PARTITION, &seconds).await;
    stored(&veza, 31).await;

    assert_exactly_once(&veza, 31).await;
    let rows = rows(&veza).await;
    assert_eq!(reasons(&rows, &at_edge), ["", "duplicate"]);
    assert_eq!(reasons(&rows, &of_sold), ["", "duplicate"]);
    assert_eq!(reasons(&rows, &of_late), ["unknown_track", "duplicate"]);
    let slot = |nth: usize| rows[&play_id(&at_edge)][nth]["slot"].clone();
    assert_ne!(slot(0), slot(1), "the test's two dates share a slot");
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_added_at_lag_0_lose_and_double_nothing_and_know_what_came_before() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let _aggregator = start(&veza).await;
    let before: Vec<_> = (0..40).map(|_| heard(song, 60_000)).collect();
    send(&veza, &before).await;
    stored(&veza, 40).await;

    let kafka = veza.setting("VEZA_KAFKA_BROKERS");
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", kafka)
        .create()
        .unwrap();
    let added = [NewPartitions::new(veza.topic(), 12)];
    let added = admin
        .create_partitions(&added, &AdminOptions::new())
        .await
        .unwrap();
    assert_eq!(added, [Ok(veza.topic().to_owned())]);
    // One that knows all twelve, and writes by key as ingest does: half of the plays have another partition now.
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", kafka)
        .set("partitioner", "murmur2_random")
        .create()
        .unwrap();
    let after: Vec<_> = (0..40).map(|_| heard(song, 60_000)).collect();
    for report in after.iter().cloned().chain(before.iter().map(again)) {
        let (key, value) = (PlayReport::key(play_id(&report)), report.encode_to_vec());
        let record = FutureRecord::to(veza.topic()).key(&key).payload(&value);
        producer
            .send(record, Duration::from_secs(10))
            .await
            .unwrap();
    }
    stored(&veza, 120).await;

    assert_exactly_once(&veza, 120).await;
    assert_verified(&veza, 120).await;
    let rows = rows(&veza).await;
    for report in &before {
        let mut reasons = reasons(&rows, report);
        // Ordered by partition, and so not by time.
        reasons.sort_unstable();
        assert_eq!(reasons, ["", "duplicate"]);
    }
    let moved = before.iter().filter(|report| {
        let rows = &rows[&play_id(report)];
        rows[0]["kafka_partition"] != rows[1]["kafka_partition"]
    });
    assert!(moved.count() > 0, "no play has another partition");
}
