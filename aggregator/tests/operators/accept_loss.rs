//! Partitions that stop because Kafka no longer has what is to be read: they say so, and go on without it once an operator accepts
//! the loss, which `veza verify` lists.

use std::time::Duration;

use prost::Message;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use veza_kafka::topic::describe;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Service, eventually};

use crate::command::{operate, try_operate, verified};
use crate::support::{PATIENCE, creator, heard, play_id, send_to, stored, track};

const PARTITION: i32 = 3;

fn client(veza: &Installation) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", veza.setting("VEZA_KAFKA_BROKERS"))
        .set("group.id", veza.topic());
    config
}

fn topic_id(veza: &Installation) -> String {
    let consumer: BaseConsumer = client(veza).create().unwrap();
    describe(consumer.client(), veza.topic(), PATIENCE)
        .unwrap()
        .id
}

/// Commits as an aggregator does. The group must be empty.
async fn commit(veza: &Installation, offset: i64, metadata: &str) {
    let group: BaseConsumer = client(veza).create().unwrap();
    let mut offsets = TopicPartitionList::new();
    let mut element = offsets.add_partition(veza.topic(), PARTITION);
    element.set_offset(Offset::Offset(offset)).unwrap();
    element.set_metadata(metadata);
    eventually(PATIENCE, async || group.commit(&offsets, CommitMode::Sync)).await;
}

/// Waits until `/readyz` says that the partition stopped, and why.
async fn stopped(aggregator: &Service, why: &str) {
    eventually(PATIENCE, async || {
        let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url())).await;
        let body = answer.map_err(|error| error.to_string())?.text().await;
        let body = body.map_err(|error| error.to_string())?;
        let says = body.contains("partition 3 stopped") && body.contains(why);
        if says { Ok(()) } else { Err(body) }
    })
    .await;
}

async fn accept(veza: &Installation, more: &[&str]) -> Result<String, String> {
    let args = [&["accept-loss", "--partition", "3"], more].concat();
    try_operate(veza, &args).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_stopped_by_an_offset_outside_the_log_goes_on_after_its_loss_is_accepted() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    let refused = accept(&veza, &[]).await.unwrap_err();
    assert!(refused.contains("an aggregator is running"), "{refused}");
    assert!(aggregator.terminate().await.success());
    let refused = accept(&veza, &[]).await.unwrap_err();
    assert!(refused.contains("nothing to accept"), "{refused}");

    commit(&veza, 1_000, &topic_id(&veza)).await;
    aggregator.restart_without_waiting().await;
    stopped(&aggregator, "offset 1000 was committed").await;
    assert!(aggregator.terminate().await.success());
    let tried = accept(&veza, &["--dry-run"]).await.unwrap();
    assert!(
        tried.contains("offsets 1-999") && tried.contains("it would go on at offset 1"),
        "{tried}"
    );
    aggregator.restart_without_waiting().await;
    stopped(&aggregator, "offset 1000 was committed").await;
    assert!(aggregator.terminate().await.success());

    let accepted = accept(&veza, &[]).await.unwrap();
    assert!(accepted.contains("goes on at offset 1"), "{accepted}");
    aggregator.restart().await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    stored(&veza, 2).await;
    let proof = verified(&veza).await;
    let [loss] = &proof.accepted[..] else {
        panic!("{:?}", proof.accepted);
    };
    assert_eq!((loss.partition, loss.first, loss.last), (PARTITION, 1, 999));
    assert_eq!(proof.balance().counted, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_beyond_the_log_stays_and_is_not_taken_for_what_comes() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    assert!(aggregator.terminate().await.success());
    // As if the log had gone on, and was cut: two rows and a rejection that Kafka no longer has.
    let topic_id = topic_id(&veza);
    for offset in [1, 2] {
        veza.clickhouse(&format!(
            "INSERT INTO plays SETTINGS insert_deduplication_token = '{topic_id}:3:{offset}-{offset}' \
             SELECT * REPLACE (generateUUIDv4() AS play_id, {offset} AS kafka_offset) FROM (SELECT * FROM plays WHERE kafka_offset = 0)"
        ))
        .await;
    }
    veza.clickhouse(&format!(
        "INSERT INTO rejected SELECT '{topic_id}', 3, 3, 'undecodable', 'lost', now64(3), 'bytes'"
    ))
    .await;
    aggregator.restart_without_waiting().await;
    stopped(
        &aggregator,
        "ClickHouse holds offset 3, and the log ends at 1",
    )
    .await;
    assert!(aggregator.terminate().await.success());
    let accepted = accept(&veza, &[]).await.unwrap();
    assert!(
        accepted.contains("offsets 1-3") && accepted.contains("3 of them are stored, and stay"),
        "{accepted}"
    );

    // Of the very ranges whose tokens ClickHouse knows.
    aggregator.restart().await;
    for total in 5..8 {
        send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
        stored(&veza, total).await;
    }
    let proof = verified(&veza).await;
    assert_eq!((proof.received(), proof.accepted.len()), (4, 1));
    let aside = &veza
        .clickhouse(&format!(
            "SELECT (SELECT count() FROM plays WHERE topic_id LIKE '{topic_id}~%') AS plays, \
             (SELECT count() FROM rejected WHERE topic_id LIKE '{topic_id}~%') AS rejected"
        ))
        .await[0];
    assert_eq!(
        (&aside["plays"], &aside["rejected"]),
        (&2.into(), &1.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_the_log_cuts_stops_its_partition_until_the_gap_is_accepted() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    // Two records of a transaction; its end takes an offset, and is no record.
    let producer: BaseProducer = client(&veza)
        .set("transactional.id", veza.topic())
        .create()
        .unwrap();
    let plays = [heard(song, 60_000), heard(song, 60_000)];
    let topic = veza.topic().to_owned();
    tokio::task::block_in_place(|| {
        producer.init_transactions(PATIENCE).unwrap();
        producer.begin_transaction().unwrap();
        for play in &plays {
            let (key, value) = (PlayReport::key(play_id(play)), play.encode_to_vec());
            let record = BaseRecord::to(&topic)
                .partition(PARTITION)
                .key(&key)
                .payload(&value);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.commit_transaction(PATIENCE).unwrap();
    });
    let logs: BaseConsumer = client(&veza).create().unwrap();
    eventually(PATIENCE, async || {
        let ends = logs.fetch_watermarks(veza.topic(), PARTITION, PATIENCE);
        (ends.ok()? == (0, 3)).then_some(())
    })
    .await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    commit(&veza, 0, &format!("{} 0-2", topic_id(&veza))).await;
    let aggregator = veza.start_aggregator().await;
    stopped(&aggregator, "comes after 0-2 began").await;
    assert!(aggregator.terminate().await.success());

    let accepted = accept(&veza, &[]).await.unwrap();
    assert!(accepted.contains("offsets 2-2"), "{accepted}");
    aggregator.restart().await;
    stored(&veza, 3).await;
    let proof = verified(&veza).await;
    assert_eq!((proof.received(), proof.balance().counted), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kafka_removed_unread_is_lost_and_listed() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    assert!(aggregator.terminate().await.success());
    let plays: Vec<_> = (0..5).map(|_| heard(song, 60_000)).collect();
    send_to(&veza, PARTITION, &plays).await;
    let admin: AdminClient<DefaultClientContext> = client(&veza).create().unwrap();
    let mut before = TopicPartitionList::new();
    before
        .add_partition_offset(veza.topic(), PARTITION, Offset::Offset(4))
        .unwrap();
    let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
    admin.delete_records(&before, &options).await.unwrap();

    aggregator.restart_without_waiting().await;
    stopped(
        &aggregator,
        "offset 1 was committed, and the log holds 4 to 6",
    )
    .await;
    assert!(aggregator.terminate().await.success());
    let accepted = operate(&veza, &["accept-loss", "--partition", "3"]).await;
    assert!(
        accepted.contains(
            "offsets 1-3: Kafka removed them before they were read; 0 of them are stored"
        ),
        "{accepted}"
    );
    aggregator.restart().await;
    stored(&veza, 3).await;
    let proof = verified(&veza).await;
    let told = proof.accepted[0].to_string();
    assert!(
        told.contains("offsets 1 to 3: accepted to be lost"),
        "{told}"
    );
}
