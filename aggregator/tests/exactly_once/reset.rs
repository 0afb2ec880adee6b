//! Offsets that someone set by hand, and topics that are made anew: nothing is counted again, nothing is passed over that is not
//! stored.

use crate::support::{
    PATIENCE, assert_exactly_once, creator, heard, send_at_once, send_to, stored, track,
};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use veza_schemas::record::PlayReport;
use veza_schemas::topic;
use veza_standalone::testing::{Installation, eventually};

/// Commits an offset as Kafka's tools do, without metadata. The group must be empty.
async fn set_offset(veza: &Installation, partitions: std::ops::Range<i32>, offset: i64) {
    commit(veza, partitions, offset, "").await;
}

async fn commit(
    veza: &Installation,
    partitions: std::ops::Range<i32>,
    offset: i64,
    metadata: &str,
) {
    let group: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", veza.setting("VEZA_KAFKA_BROKERS"))
        .set("group.id", veza.topic())
        .create()
        .unwrap();
    let mut offsets = TopicPartitionList::new();
    for partition in partitions {
        let mut element = offsets.add_partition(veza.topic(), partition);
        element.set_offset(Offset::Offset(offset)).unwrap();
        element.set_metadata(metadata);
    }
    eventually(PATIENCE, async || group.commit(&offsets, CommitMode::Sync)).await;
}

async fn counted(veza: &Installation) -> Option<u64> {
    veza.clickhouse("SELECT sum(counted) AS n FROM plays").await[0]["n"].as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_reset_to_the_beginning_changes_no_count() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    let mut reports: Vec<PlayReport> = (0..40).map(|_| heard(song, 60_000)).collect();
    reports.extend_from_within(..10);
    send_to(&veza, 1, &reports).await;
    veza.produce_to(1, "poison", b"\xff").await;
    // What another partition counts is known once it is stored.
    stored(&veza, 51).await;
    send_to(&veza, 5, &reports[..3]).await;
    stored(&veza, 54).await;
    let before = counted(&veza).await;
    assert!(aggregator.terminate().await.success());

    set_offset(&veza, 0..6, 0).await;
    aggregator.restart().await;
    eventually(PATIENCE, async || aggregator.log().contains("passed over")).await;
    // Known plays, new ones, and poison, after what is passed over.
    send_to(&veza, 1, &reports[..5]).await;
    assert_eq!(counted(&veza).await, before);
    send_to(&veza, 1, &[heard(song, 60_000)]).await;
    veza.produce_to(1, "poison", b"\xff").await;
    stored(&veza, 61).await;
    assert_exactly_once(&veza, 61).await;
    assert_eq!(counted(&veza).await, before.map(|n| n + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_went_too_far_is_mended_by_another() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let play = heard(song, 60_000);
    let reports: Vec<_> = (0..20)
        .map(|n| {
            if n % 10 == 0 {
                play.clone()
            } else {
                heard(song, 60_000)
            }
        })
        .collect();
    send_to(&veza, 0, &reports).await;
    // Someone passes over the first ten, and stores the rest.
    set_offset(&veza, 0..1, 10).await;
    let aggregator = veza.start_aggregator().await;
    stored(&veza, 10).await;
    assert!(aggregator.terminate().await.success());
    set_offset(&veza, 0..1, 0).await;
    aggregator.restart().await;
    stored(&veza, 20).await;
    assert_exactly_once(&veza, 20).await;
    assert_eq!(counted(&veza).await, Some(19));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_beyond_the_log_stops_its_partition_and_says_so() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    assert!(aggregator.terminate().await.success());
    set_offset(&veza, 3..4, 1_000).await;
    aggregator.restart_without_waiting().await;
    let why = eventually(PATIENCE, async || {
        let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url()))
            .await
            .ok()?;
        let body = answer.text().await.ok()?;
        body.contains("partition 3 stopped").then_some(body)
    })
    .await;
    assert!(
        why.contains("offset 1000 was committed, and the log holds 0 to 0"),
        "{why}"
    );
    send_to(&veza, 3, &[heard(song, 60_000)]).await;
    send_to(&veza, 2, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_is_read_from_its_start() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    let old: Vec<_> = (0..30).map(|_| heard(song, 60_000)).collect();
    send_at_once(&veza, &old).await;
    stored(&veza, 30).await;
    assert!(aggregator.terminate().await.success());

    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", veza.setting("VEZA_KAFKA_BROKERS"))
        .create()
        .unwrap();
    let deleted = admin
        .delete_topics(&[veza.topic()], &AdminOptions::new())
        .await
        .unwrap();
    assert_eq!(deleted, [Ok(veza.topic().to_string())]);
    let kafka = &veza.servers().kafka;
    eventually(PATIENCE, async || {
        kafka
            .create_topic(veza.topic(), topic::DEFAULT_PARTITIONS, 1)
            .await
    })
    .await;
    let new: Vec<_> = (0..30).map(|_| heard(song, 60_000)).collect();
    send_at_once(&veza, &new).await;
    // As the topic that is gone had committed, on brokers that keep its offsets.
    commit(&veza, 0..6, 2, "AAAAAAAAAAAAAAAAAAAAAA 2-7").await;
    aggregator.restart().await;
    stored(&veza, 60).await;
    let row = &veza
        .clickhouse("SELECT uniqExact(topic_id) AS topics, uniqExact(topic_id, kafka_partition, kafka_offset) AS offsets, sum(counted) AS counted FROM plays")
        .await[0];
    assert_eq!(
        (&row["topics"], &row["offsets"], &row["counted"]),
        (&2.into(), &60.into(), &60.into())
    );
}
