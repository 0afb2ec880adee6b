//! `veza trace` tells where each report of a play is, whatever became of it, and what it can't know.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;
use veza_standalone::testing::{Installation, eventually};
use veza_standalone::trace::{Fate, Trace};

async fn track(veza: &Installation) -> Uuid {
    sqlx::query_scalar(
        "WITH creator AS (INSERT INTO creators (name) VALUES ('Odile') RETURNING id)
         INSERT INTO tracks (creator_id, title, artist, duration_ms) SELECT id, 'Kelp', 'Odile', 180000 FROM creator RETURNING id",
    )
    .fetch_one(veza.postgres())
    .await
    .unwrap()
}

/// How the reports of a play stand, in their order.
fn states(trace: &Trace) -> Vec<String> {
    let state = |fate: &Fate| match fate {
        Fate::Row {
            outcome, reason, ..
        } => format!("{outcome}{}", reason.as_deref().unwrap_or_default()),
        Fate::Rejected { code, .. } => code.clone(),
        Fate::Waiting { before_it, .. } => format!("waits for {before_it}"),
    };
    trace.reports.iter().map(|step| state(&step.fate)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_play_is_followed_from_kafka_to_its_rows_and_rejections() {
    let veza = Installation::new().await;
    let (play_id, track) = (Uuid::new_v4(), track(&veza).await);
    let unknown = veza.trace(play_id).await;
    assert!(unknown.reports.is_empty());
    assert!(
        unknown.to_string().contains("is unknown: no row"),
        "{unknown}"
    );

    let ingest = veza.start_ingest().await;
    let now = Timestamp::now();
    let report = json!({
        "play_id": play_id, "track_id": track, "heard_ms": 60_000,
        "started_at": now - SignedDuration::from_secs(90), "sent_at": now,
    });
    for _ in 0..2 {
        let answer = reqwest::Client::new()
            .post(format!("{}/v1/plays", ingest.url()))
            .json(&report)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
    }
    // No aggregator runs: both are in Kafka alone.
    let waiting = veza.trace(play_id).await;
    assert_eq!(states(&waiting), ["waits for 0", "waits for 1"]);
    assert_eq!(waiting.unstored_records, 2);
    let (partition, key) = (waiting.reports[0].partition, play_id.to_string());
    // Bytes that can't be read, and hold the play's id.
    let poison = [b"\xff\xff".as_slice(), play_id.as_bytes()].concat();
    veza.produce_to(partition, &key, &poison).await;

    let _aggregator = veza.start_aggregator().await;
    let stored = eventually(Duration::from_secs(30), async || {
        let trace = veza.trace(play_id).await;
        (trace.unstored_records == 0).then_some(trace)
    })
    .await;
    assert_eq!(states(&stored), ["counted", "duplicate", "undecodable"]);
    assert_eq!(stored.notes, Vec::<String>::new());
    for (step, offset) in stored.reports.iter().zip(0..) {
        assert_eq!(
            (step.partition, step.offset, step.in_log),
            (partition, offset, true)
        );
    }
    let Fate::Row { inserted, rule, .. } = &stored.reports[0].fate else {
        panic!("{stored}");
    };
    assert_eq!((inserted.together, *rule), (Some((0, 1)), 1));
    let visible = inserted.visible.at_latest.unwrap();
    assert!(
        visible >= now.round(jiff::Unit::Second).unwrap() - SignedDuration::from_secs(1),
        "{stored}"
    );

    // Once parts are merged, the range is not claimed any more; the minutes' positions still bound the time.
    veza.clickhouse("OPTIMIZE TABLE plays FINAL").await;
    veza.clickhouse("INSERT INTO plays SELECT * REPLACE (generateUUIDv4() AS play_id, kafka_offset + 1000 AS kafka_offset) FROM plays")
        .await;
    veza.clickhouse("OPTIMIZE TABLE plays FINAL").await;
    let merged = veza.trace(play_id).await;
    let Fate::Row { inserted, .. } = &merged.reports[0].fate else {
        panic!("{merged}");
    };
    assert_eq!(inserted.together, None);
    assert!(
        merged
            .to_string()
            .contains("its part was merged or rebuilt"),
        "{merged}"
    );
}
