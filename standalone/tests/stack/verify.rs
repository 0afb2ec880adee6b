//! `veza verify` finds nothing where everything is right, and each thing that is falsified by hand.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;
use veza_standalone::testing::Installation;
use veza_standalone::verify::{Finding, Proof};

/// Plays of the test, each reported once; the first also again.
const PLAYS: usize = 40;

async fn track(veza: &Installation) -> Uuid {
    sqlx::query_scalar(
        "WITH creator AS (INSERT INTO creators (name) VALUES ('Odile') RETURNING id)
         INSERT INTO tracks (creator_id, title, artist, duration_ms) SELECT id, 'Kelp', 'Odile', 180000 FROM creator RETURNING id",
    )
    .fetch_one(veza.postgres())
    .await
    .unwrap()
}

/// Reports plays, repeats the first, and puts something unreadable beside them.
async fn report(veza: &Installation) {
    let track = track(veza).await;
    let now = Timestamp::now();
    let mut reports: Vec<_> = (0..PLAYS)
        .map(|_| {
            json!({
                "play_id": Uuid::new_v4(), "track_id": track, "heard_ms": 60_000,
                "started_at": now - SignedDuration::from_secs(90), "sent_at": now,
            })
        })
        .collect();
    reports.push(reports[0].clone());
    let ingest = veza.start_ingest().await;
    let answer = reqwest::Client::new()
        .post(format!("{}/v1/plays", ingest.url()))
        .json(&reports)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 202);
    veza.produce("poison", b"no report").await;
}

async fn falsify(veza: &Installation, sql: &str) {
    veza.clickhouse(&format!("{sql} SETTINGS mutations_sync = 1"))
        .await;
}

fn kinds(proof: &Proof) -> Vec<String> {
    let kind = |finding: &Finding| {
        serde_json::to_value(finding).unwrap()["kind"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mut kinds: Vec<String> = proof.findings.iter().map(kind).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[tokio::test]
async fn verify_passes_what_is_right_and_finds_each_falsification() {
    let veza = Installation::new().await;
    let _aggregator = veza.start_aggregator().await;
    report(&veza).await;

    let honest = veza.verify(Duration::from_secs(60)).await;
    assert_eq!(honest.findings, []);
    let balance = honest.balance();
    assert_eq!(honest.received(), PLAYS as i64 + 2);
    assert_eq!(
        (balance.counted, balance.duplicate, balance.rejected),
        (PLAYS as u64, 1, 1)
    );

    let one = "WHERE reason = '' ORDER BY kafka_partition, kafka_offset LIMIT 1";
    let place = "(kafka_partition, kafka_offset)";
    veza.clickhouse(&format!("INSERT INTO plays SELECT * FROM plays {one}"))
        .await;
    let twice = kinds(&veza.verify(Duration::ZERO).await);
    assert!(
        twice.contains(&"stored_twice".into()) && twice.contains(&"counted_twice".into()),
        "{twice:?}"
    );

    falsify(
        &veza,
        &format!("ALTER TABLE plays DELETE WHERE {place} IN (SELECT {place} FROM plays {one})"),
    )
    .await;
    let missing = kinds(&veza.verify(Duration::ZERO).await);
    assert!(
        missing.contains(&"missing".into()) && missing.contains(&"unbalanced".into()),
        "{missing:?}"
    );

    falsify(&veza, &format!("ALTER TABLE plays UPDATE heard_ms = 61000 WHERE {place} IN (SELECT {place} FROM plays {one})")).await;
    assert!(kinds(&veza.verify(Duration::ZERO).await).contains(&"differs".into()));

    falsify(&veza, &format!("ALTER TABLE plays UPDATE reason = 'already_counted', counted = 0 WHERE {place} IN (SELECT {place} FROM plays {one})")).await;
    let uncounted = kinds(&veza.verify(Duration::ZERO).await);
    assert!(
        uncounted.contains(&"already_counted_without_count".into())
            && uncounted.contains(&"not_counted".into()),
        "{uncounted:?}"
    );

    falsify(
        &veza,
        "ALTER TABLE plays UPDATE play_id = generateUUIDv4() WHERE reason = 'duplicate'",
    )
    .await;
    assert!(
        kinds(&veza.verify(Duration::ZERO).await).contains(&"duplicate_without_original".into())
    );

    falsify(&veza, &format!("ALTER TABLE plays UPDATE counted = 0 WHERE {place} IN (SELECT {place} FROM plays {one})")).await;
    assert!(kinds(&veza.verify(Duration::ZERO).await).contains(&"contradiction".into()));

    veza.clickhouse("CREATE MATERIALIZED VIEW totals ENGINE = SummingMergeTree ORDER BY creator_id AS SELECT creator_id, count() AS plays FROM plays GROUP BY creator_id").await;
    assert!(kinds(&veza.verify(Duration::ZERO).await).contains(&"view_reads_plays".into()));
}
