//! What the aggregator's tests share: creators and tracks in the catalog, reports written into the topic as ingest writes
//! them, and rows read back.

// Each test file takes what it needs.
#![allow(dead_code)]

pub mod proxy;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use prost::Message;
use rdkafka::consumer::BaseConsumer;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;
use uuid::Uuid;
use veza_kafka::commits;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, eventually};

/// Long enough for a busy machine; nothing waits longer than it must.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A creator with an account.
pub struct Creator {
    pub id: i64,
    pub user: Uuid,
}

pub async fn creator(veza: &Installation) -> Creator {
    let user = Uuid::new_v4();
    sqlx::query(
        "INSERT INTO users (id, email, password_hash, name) VALUES ($1, $2, 'none', 'A creator')",
    )
    .bind(user)
    .bind(format!("{user}@example.org"))
    .execute(veza.postgres())
    .await
    .unwrap();
    let id = sqlx::query_scalar(
        "INSERT INTO creators (user_id, name) VALUES ($1, 'A creator') RETURNING id",
    )
    .bind(user)
    .fetch_one(veza.postgres())
    .await
    .unwrap();
    Creator { id, user }
}

pub async fn track(veza: &Installation, creator: &Creator, duration_ms: i32) -> Uuid {
    let id = Uuid::new_v4();
    add_track(veza, creator, id, duration_ms).await;
    id
}

pub async fn add_track(veza: &Installation, creator: &Creator, id: Uuid, duration_ms: i32) {
    sqlx::query("INSERT INTO tracks (id, creator_id, title, artist, duration_ms) VALUES ($1, $2, 'A track', 'An artist', $3)")
        .bind(id)
        .bind(creator.id)
        .bind(duration_ms)
        .execute(veza.postgres())
        .await
        .unwrap();
}

/// A listening that ended just now, reported whole; as much time passed as was heard.
pub fn heard(track: Uuid, heard_ms: u32) -> PlayReport {
    let now = jiff::Timestamp::now().as_millisecond();
    PlayReport {
        play_id: Uuid::new_v4().into_bytes().to_vec().into(),
        track_id: track.into_bytes().to_vec().into(),
        started_at_ms: now - i64::from(heard_ms),
        sent_at_ms: Some(now),
        received_at_ms: now,
        heard_ms,
        ended: true,
        ..PlayReport::default()
    }
}

pub fn play_id(report: &PlayReport) -> Uuid {
    Uuid::from_slice(&report.play_id).unwrap()
}

/// Writes reports one after the other, as ingest does.
pub async fn send(veza: &Installation, reports: &[PlayReport]) {
    for report in reports {
        let key = PlayReport::key(play_id(report));
        veza.produce(&key, &report.encode_to_vec()).await;
    }
}

/// Writes reports of different plays, in no certain order, much faster.
pub async fn send_at_once(veza: &Installation, reports: &[PlayReport]) {
    for chunk in reports.chunks(1_000) {
        futures::future::join_all(
            chunk
                .iter()
                .map(|report| send(veza, std::slice::from_ref(report))),
        )
        .await;
    }
}

/// Waits until `records` are stored in either table; fails if there are more.
pub async fn stored(veza: &Installation, records: u64) {
    stored_within(veza, records, PATIENCE).await;
}

pub async fn stored_within(veza: &Installation, records: u64, patience: Duration) {
    let last = std::cell::Cell::new(0);
    eventually(patience, || async {
        last.set(total(veza).await?);
        if last.get() >= records {
            Ok(())
        } else {
            Err(format!("{} of {records}", last.get()))
        }
    })
    .await;
    assert_eq!(last.get(), records, "more is stored than was sent");
}

async fn total(veza: &Installation) -> Result<u64, String> {
    let rows = veza
        .try_clickhouse("SELECT (SELECT count() FROM plays) + (SELECT count() FROM rejected) AS n")
        .await?;
    rows[0]["n"].as_u64().ok_or_else(|| format!("{rows:?}"))
}

/// Every row of `plays` by play, in the order of their offsets.
pub async fn rows(veza: &Installation) -> BTreeMap<Uuid, Vec<Value>> {
    let mut plays: BTreeMap<Uuid, Vec<Value>> = BTreeMap::new();
    for row in veza
        .clickhouse("SELECT * FROM plays ORDER BY kafka_partition, kafka_offset")
        .await
    {
        plays
            .entry(row["play_id"].as_str().unwrap().parse().unwrap())
            .or_default()
            .push(row);
    }
    plays
}

/// The reasons of a play's rows.
pub fn reasons<'a>(rows: &'a BTreeMap<Uuid, Vec<Value>>, report: &PlayReport) -> Vec<&'a str> {
    rows[&play_id(report)]
        .iter()
        .map(|row| row["reason"].as_str().unwrap())
        .collect()
}

/// Every offset of the topic is stored once, in one of the two tables.
pub async fn assert_each_offset_once(veza: &Installation, sent: u64) {
    let sql = "SELECT count() AS n, uniqExact(kafka_partition, kafka_offset) AS offsets, uniqExact(topic_id) AS topics FROM \
               (SELECT topic_id, kafka_partition, kafka_offset FROM plays UNION ALL SELECT topic_id, kafka_partition, kafka_offset FROM rejected)";
    let row = &veza.clickhouse(sql).await[0];
    assert_eq!(
        (
            row["n"].as_u64(),
            row["offsets"].as_u64(),
            row["topics"].as_u64()
        ),
        (Some(sent), Some(sent), Some(1))
    );
}

/// The same, and no play is counted twice.
pub async fn assert_exactly_once(veza: &Installation, sent: u64) {
    assert_each_offset_once(veza, sent).await;
    let twice = veza
        .clickhouse("SELECT play_id, groupArray((topic_id, kafka_partition, kafka_offset)) AS counted_at FROM plays WHERE counted GROUP BY play_id HAVING count() > 1")
        .await;
    assert!(twice.is_empty(), "counted twice: {twice:?}");
}

/// `veza verify` finds nothing in `sent` records: each is stored once as it was sent, each play that crosses counts once, each
/// duplicate has its original.
pub async fn assert_verified(veza: &Installation, sent: u64) {
    let proof = veza.verify(PATIENCE).await;
    assert!(proof.holds(), "{:#?}", proof.findings);
    assert_eq!(proof.received(), sent as i64);
}

/// Writes reports into one partition, one after the other.
pub async fn send_to(veza: &Installation, partition: i32, reports: &[PlayReport]) {
    for report in reports {
        let key = PlayReport::key(play_id(report));
        veza.produce_to(partition, &key, &report.encode_to_vec())
            .await;
    }
}

/// What the aggregators have committed of a partition, with the journal; none: nothing yet.
pub fn committed(veza: &Installation, partition: i32) -> Option<(i64, String)> {
    let group: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", veza.setting("VEZA_KAFKA_BROKERS"))
        .set("group.id", veza.topic())
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition(veza.topic(), partition);
    let committed = commits::committed(&group, &list, PATIENCE).unwrap();
    let element = &committed.elements()[0];
    match element.offset() {
        Offset::Offset(offset) => Some((offset, element.metadata().to_owned())),
        _ => None,
    }
}

/// Sends plays of `song`, one in ten of them twice, until `events` are over. Returns how many reports were sent.
pub async fn under_load(veza: &Installation, song: Uuid, events: impl Future<Output = ()>) -> u64 {
    let over = AtomicBool::new(false);
    let load = async {
        let mut sent = 0;
        while !over.load(Ordering::Relaxed) {
            let mut batch: Vec<_> = (0..20).map(|_| heard(song, 60_000)).collect();
            batch.extend_from_within(..2);
            send_at_once(veza, &batch).await;
            sent += batch.len() as u64;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sent
    };
    let events = async {
        events.await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(load, events).0
}
