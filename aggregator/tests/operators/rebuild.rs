//! A rebuild judges what is stored again; killed at any moment, nothing is lost, and the next run goes on.

use prost::Message;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, eventually};

use crate::command::{killed_at, operate, try_operate, verified};
use crate::support::{
    PATIENCE, add_track, creator, heard, play_id, reasons, rows, send, stored, track,
};

const ONLY: [&str; 3] = ["rebuild", "--only", "unknown-track"];

/// The same play, in another report.
fn report(play: &PlayReport, seq: u32, before: u32, heard: u32) -> PlayReport {
    PlayReport {
        seq,
        heard_before_ms: before,
        heard_ms: heard,
        ended: false,
        ..play.clone()
    }
}

/// Of an import, in February or March.
fn imported(track: Uuid, since_edge_ms: i64) -> PlayReport {
    let edge: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    PlayReport {
        started_at_ms: edge.as_millisecond() + since_edge_ms,
        sent_at_ms: None,
        imported: true,
        ..heard(track, 60_000)
    }
}

async fn all(veza: &Installation) -> Vec<serde_json::Value> {
    veza.clickhouse("SELECT * EXCEPT (creator_id, duration_ms, own, reason, counted, completed, skipped) FROM plays ORDER BY kafka_partition, kafka_offset")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn plays_whose_track_came_later_count_once_whenever_the_rebuild_is_killed() {
    let veza = Installation::new().await;
    let owner = creator(&veza).await;
    let song = track(&veza, &owner, 180_000).await;
    let (late, never) = (Uuid::new_v4(), Uuid::new_v4());
    let long = heard(late, 60_000);
    let whole = [
        report(&long, 0, 0, 20_000),
        report(&long, 1, 20_000, 20_000),
        report(&long, 1, 20_000, 20_000),
        report(&long, 2, 10_000, 30_000),
    ];
    let own = PlayReport {
        subject: Some(owner.user.to_string()),
        ..heard(late, 60_000)
    };
    let months = [imported(late, -900_000), imported(late, 1)];
    let (known, unknown) = (heard(song, 60_000), heard(never, 60_000));
    let mut reports = vec![own.clone(), known.clone(), unknown.clone()];
    reports.extend_from_slice(&whole);
    reports.extend_from_slice(&months);
    let aggregator = veza.start_aggregator().await;
    send(&veza, &reports).await;
    stored(&veza, 9).await;
    let refused = try_operate(&veza, &ONLY).await.unwrap_err();
    assert!(refused.contains("an aggregator is running"), "{refused}");
    assert!(aggregator.terminate().await.success());

    add_track(&veza, &owner, late, 180_000).await;
    let before = all(&veza).await;
    let tried = operate(&veza, &["rebuild", "--only", "unknown-track", "--dry-run"]).await;
    assert!(tried.contains("unknown_track → counted"), "{tried}");
    assert_eq!(reasons(&rows(&veza).await, &long)[0], "unknown_track");
    // The first month is written anew, and does not stand yet; then it stands, and is not noted.
    for fail_point in ["rebuilt", "replaced"] {
        killed_at(&veza, &ONLY, fail_point).await;
        assert_eq!(all(&veza).await, before, "{fail_point}");
    }
    let said = operate(&veza, &ONLY).await;
    assert_eq!(
        all(&veza).await,
        before,
        "records, and what was reported of them"
    );
    assert!(said.contains("rows change"), "{said}");

    let expect = async |more: bool| {
        let rows = rows(&veza).await;
        let with = |reasons: &[&'static str]| {
            let again = if more {
                vec!["duplicate"; reasons.len()]
            } else {
                vec![]
            };
            [reasons, &again].concat()
        };
        assert_eq!(
            reasons(&rows, &long),
            with(&["continued", "", "duplicate", "already_counted"])
        );
        assert_eq!(reasons(&rows, &own), with(&["own_play"]));
        assert_eq!(reasons(&rows, &months[0]), with(&[""]));
        assert_eq!(reasons(&rows, &months[1]), with(&[""]));
        assert_eq!(reasons(&rows, &known), with(&[""]));
        assert_eq!(reasons(&rows, &unknown), with(&["unknown_track"]));
        let row = &rows[&play_id(&long)][1];
        assert_eq!(
            (row["creator_id"].as_i64(), row["duration_ms"].as_i64()),
            (Some(owner.id), Some(180_000))
        );
    };
    expect(false).await;
    verified(&veza).await;
    let again = operate(&veza, &ONLY).await;
    assert!(again.contains("nothing changes"), "{again}");
    let tables = veza.clickhouse("SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'rebuild%'").await;
    assert!(tables.is_empty(), "{tables:?}");

    // The log is read again from its start: every row is known, and every play that comes again.
    let group: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", veza.setting("VEZA_KAFKA_BROKERS"))
        .set("group.id", veza.topic())
        .create()
        .unwrap();
    let mut offsets = TopicPartitionList::new();
    for partition in 0..6 {
        offsets
            .add_partition_offset(veza.topic(), partition, Offset::Offset(0))
            .unwrap();
    }
    eventually(PATIENCE, async || group.commit(&offsets, CommitMode::Sync)).await;
    aggregator.restart().await;
    send(&veza, &reports).await;
    stored(&veza, 18).await;
    expect(true).await;
    verified(&veza).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_follows_the_catalog_and_a_second_one_changes_nothing() {
    let veza = Installation::new().await;
    let (before, after) = (creator(&veza).await, creator(&veza).await);
    let (sold, longer) = (
        track(&veza, &before, 180_000).await,
        track(&veza, &before, 10_000).await,
    );
    let aggregator = veza.start_aggregator().await;
    // Of the buyer, to be; and half of a track that is longer than was thought.
    let of_sold = PlayReport {
        subject: Some(after.user.to_string()),
        ..heard(sold, 60_000)
    };
    let of_longer = heard(longer, 9_600);
    for report in [&of_sold, &of_longer] {
        veza.produce(&PlayReport::key(play_id(report)), &report.encode_to_vec())
            .await;
    }
    stored(&veza, 2).await;
    assert_eq!(reasons(&rows(&veza).await, &of_longer), [""]);
    assert!(aggregator.terminate().await.success());
    sqlx::query("UPDATE tracks SET creator_id = $1 WHERE id = $2")
        .bind(after.id)
        .bind(sold)
        .execute(veza.postgres())
        .await
        .unwrap();
    sqlx::query("UPDATE tracks SET duration_ms = 20000 WHERE id = $1")
        .bind(longer)
        .execute(veza.postgres())
        .await
        .unwrap();

    operate(&veza, &["rebuild", "--rows-at-once", "1"]).await;
    let rows = rows(&veza).await;
    assert_eq!(reasons(&rows, &of_sold), ["own_play"]);
    let row = &rows[&play_id(&of_sold)][0];
    assert_eq!(
        (&row["creator_id"], &row["own"]),
        (&after.id.into(), &1.into())
    );
    let row = &rows[&play_id(&of_longer)][0];
    assert_eq!(
        (
            &row["reason"],
            &row["counted"],
            &row["skipped"],
            &row["duration_ms"]
        ),
        (&"too_short".into(), &0.into(), &1.into(), &20_000.into())
    );
    verified(&veza).await;
    let again = operate(&veza, &["rebuild"]).await;
    assert!(again.contains("nothing changes"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_refuses_while_a_range_is_on_its_way() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    send(&veza, &[heard(song, 60_000)]).await;
    let aggregator = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_FAIL_POINT", "journaled")])
        .await;
    eventually(PATIENCE, async || {
        aggregator.log().contains("fail point hit")
    })
    .await;
    aggregator.kill9().await;
    let refused = try_operate(&veza, &["rebuild"]).await.unwrap_err();
    assert!(refused.contains("was on its way"), "{refused}");
}
