//! Records that could not be read: looked into, and sent again once a newer version can read them.

use prost::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use veza_schemas::record::PlayReport;
use veza_schemas::topic::REPLAY_OF_HEADER;
use veza_standalone::testing::{Installation, eventually};

use crate::command::{operate, try_operate, verified};
use crate::support::{PATIENCE, creator, heard, play_id, reasons, rows, send, stored, track};

/// Makes the rows of a play rejections, as a version that could not read them would have stored them.
async fn as_if_rejected(veza: &Installation, report: &PlayReport) {
    let (play_id, raw) = (play_id(report), hex(&report.encode_to_vec()));
    veza.clickhouse(&format!(
        "INSERT INTO rejected SELECT topic_id, kafka_partition, kafka_offset, 'undecodable', 'of a newer version', received_at, \
         unhex('{raw}') FROM plays WHERE play_id = '{play_id}'"
    ))
    .await;
    veza.clickhouse(&format!("DELETE FROM plays WHERE play_id = '{play_id}'"))
        .await;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The record that a replay names in its header, of the record at a place.
fn replay_of(veza: &Installation, partition: i32, offset: i64) -> Option<String> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", veza.setting("VEZA_KAFKA_BROKERS"))
        .set("group.id", "a test")
        .create()
        .unwrap();
    let mut start = TopicPartitionList::new();
    start
        .add_partition_offset(veza.topic(), partition, Offset::Offset(offset))
        .unwrap();
    consumer.assign(&start).unwrap();
    let record = consumer.poll(PATIENCE)?.unwrap();
    let header = record
        .headers()?
        .iter()
        .find(|header| header.key == REPLAY_OF_HEADER)?;
    Some(String::from_utf8(header.value?.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_record_is_listed_shown_and_replayed_once() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    assert_eq!(
        operate(&veza, &["rejected", "list"]).await,
        "no rejected records\n"
    );
    // First, so that it is the first of its partition, wherever the plays go.
    veza.produce_to(4, "poison", b"\xff\xfe\0 no report").await;
    let (play, other) = (heard(song, 60_000), heard(song, 60_000));
    send(&veza, &[play.clone(), other.clone()]).await;
    stored(&veza, 3).await;
    assert!(aggregator.terminate().await.success());
    as_if_rejected(&veza, &play).await;
    aggregator.restart().await;

    let list = operate(&veza, &["rejected", "list"]).await;
    assert!(list.contains("2 of 2 shown: undecodable 2"), "{list}");
    let first_words = list
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = first_words.filter(|word| word.contains(':')).collect();
    let poison = *names.iter().find(|name| name.contains(":4:0")).unwrap();
    let readable = *names.iter().find(|name| **name != poison).unwrap();
    let filtered = operate(&veza, &["rejected", "list", "--code", "not_a_uuid"]).await;
    assert_eq!(filtered, "no rejected records\n");

    let shown = operate(&veza, &["rejected", "show", poison]).await;
    assert!(
        shown.contains("ff fe 00 20 6e 6f") && shown.contains("|... no report|"),
        "{shown}"
    );
    assert!(shown.contains("someone else than ingest"), "{shown}");
    let shown = operate(&veza, &["rejected", "show", readable]).await;
    assert!(shown.contains("can be read now"), "{shown}");

    let said = try_operate(&veza, &["rejected", "replay"])
        .await
        .unwrap_err();
    assert!(said.contains("say which"), "{said}");
    let tried = operate(&veza, &["rejected", "replay", "--all", "--dry-run"]).await;
    assert!(
        tried.contains("1 would be sent; 1 can't be read now either"),
        "{tried}"
    );
    assert!(!rows(&veza).await.contains_key(&play_id(&play)));

    let replayed = operate(&veza, &["rejected", "replay", "--all"]).await;
    assert!(
        replayed.contains("1 sent; 1 can't be read now either"),
        "{replayed}"
    );
    stored(&veza, 4).await;
    let rows_now = rows(&veza).await;
    assert_eq!(reasons(&rows_now, &play), [""]);
    let row = &rows_now[&play_id(&play)][0];
    let place = (
        row["kafka_partition"].as_i64().unwrap() as i32,
        row["kafka_offset"].as_i64().unwrap(),
    );
    let of = replay_of(&veza, place.0, place.1);
    assert_eq!(of.as_deref(), Some(readable));
    let list = operate(&veza, &["rejected", "list"]).await;
    assert!(
        list.contains(&format!("as partition {} offset {}", place.0, place.1)),
        "{list}"
    );

    // Once more is refused, and harmless where it is wanted.
    let again = operate(&veza, &["rejected", "replay", "--", readable]).await;
    assert!(
        again.contains("0 sent; 1 replayed before, passed over"),
        "{again}"
    );
    operate(&veza, &["rejected", "replay", "--again", "--", readable]).await;
    stored(&veza, 5).await;
    eventually(PATIENCE, async || {
        let rows = rows(&veza).await;
        (reasons(&rows, &play) == ["", "duplicate"]).then_some(())
    })
    .await;
    let balance = verified(&veza).await.balance();
    assert_eq!(
        (balance.counted, balance.duplicate, balance.rejected),
        (2, 1, 2)
    );
}
