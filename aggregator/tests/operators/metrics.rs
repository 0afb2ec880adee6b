//! `/metrics` says what is, and `/readyz` fails when nothing moves.

use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Servers, Service, eventually};

use crate::support::{PATIENCE, creator, heard, send_to, stored, track};

const PARTITION: i32 = 3;

/// The value of a metric, labels included in its name.
async fn metric(aggregator: &Service, name: &str) -> Option<f64> {
    let url = format!("{}/metrics", aggregator.metrics_url());
    let metrics = reqwest::get(url).await.ok()?.text().await.ok()?;
    let line = metrics.lines().find(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(' '))
    });
    line?.rsplit(' ').next()?.parse().ok()
}

/// Waits until a metric fulfils a condition.
async fn until(aggregator: &Service, name: &str, is: impl Fn(f64) -> bool) {
    eventually(PATIENCE, async || {
        let value = metric(aggregator, name).await;
        if value.is_some_and(&is) {
            Ok(())
        } else {
            Err(format!("{name} {value:?}"))
        }
    })
    .await;
}

async fn readiness(aggregator: &Service) -> (bool, String) {
    let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url()))
        .await
        .unwrap();
    (answer.status().is_success(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_the_truth() {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_STALL_SECONDS", "2")])
        .await;
    let counter = |outcome: &str| format!("veza_aggregator_records_total{{outcome=\"{outcome}\"}}");
    let of_partition = |name: &str| format!("veza_aggregator_{name}{{partition=\"{PARTITION}\"}}");
    // What has not happened is zero, not absent.
    for outcome in ["counted", "continued", "excluded", "duplicate", "rejected"] {
        assert_eq!(
            metric(&aggregator, &counter(outcome)).await,
            Some(0.0),
            "{outcome}"
        );
    }

    // Of ten minutes ago: the window reaches back beyond every play that begins now.
    let ago_ms = 600_000;
    let earlier = |heard_ms| {
        let play = heard(song, heard_ms);
        PlayReport {
            started_at_ms: play.started_at_ms - ago_ms,
            sent_at_ms: play.sent_at_ms.map(|sent| sent - ago_ms),
            received_at_ms: play.received_at_ms - ago_ms,
            ..play
        }
    };
    let play = earlier(60_000);
    send_to(
        &veza,
        PARTITION,
        &[play.clone(), play.clone(), earlier(1_000)],
    )
    .await;
    veza.produce_to(PARTITION, "poison", b"\xff").await;
    veza.produce_to(PARTITION, "empty", b"").await;
    stored(&veza, 5).await;
    for (outcome, records) in [
        ("counted", 1.0),
        ("duplicate", 1.0),
        ("excluded", 1.0),
        ("rejected", 2.0),
    ] {
        until(&aggregator, &counter(outcome), |value| value == records).await;
    }
    for code in ["undecodable", "not_a_uuid"] {
        let name = format!("veza_aggregator_rejected_total{{code=\"{code}\"}}");
        assert_eq!(metric(&aggregator, &name).await, Some(1.0), "{code}");
    }
    for name in [
        "lag_records",
        "pending_ranges",
        "oldest_unstored_age_seconds",
    ] {
        until(&aggregator, &of_partition(name), |value| value == 0.0).await;
    }
    let inserts = |table: &str, outcome: &str| {
        format!(
            "veza_aggregator_insert_duration_seconds_count{{table=\"{table}\",outcome=\"{outcome}\"}}"
        )
    };
    until(&aggregator, &inserts("plays", "stored"), |n| n >= 1.0).await;
    until(&aggregator, &inserts("rejected", "stored"), |n| n >= 1.0).await;

    // ClickHouse goes away with a range on its way.
    veza.servers().warehouse.kill9().await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    until(&aggregator, &of_partition("lag_records"), |lag| lag == 1.0).await;
    until(&aggregator, &of_partition("pending_ranges"), |ranges| {
        ranges == 1.0
    })
    .await;
    until(
        &aggregator,
        &of_partition("oldest_unstored_age_seconds"),
        |age| age > 2.0,
    )
    .await;
    until(&aggregator, &inserts("plays", "unanswered"), |n| n >= 1.0).await;
    until(&aggregator, "veza_aggregator_stalled_partitions", |n| {
        n == 1.0
    })
    .await;
    let (ready, why) = readiness(&aggregator).await;
    assert!(
        !ready && why.contains("partition 3 has stored nothing for"),
        "{why}"
    );

    veza.servers().warehouse.start().await;
    stored(&veza, 6).await;
    aggregator.until_ready().await;
    for name in [
        "lag_records",
        "pending_ranges",
        "oldest_unstored_age_seconds",
    ] {
        until(&aggregator, &of_partition(name), |value| value == 0.0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_what_nobody_has_fetched_comes_from_the_log() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    // A row beyond the log stops the partition before it fetches anything.
    let aggregator = veza.start_aggregator().await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    assert!(aggregator.terminate().await.success());
    veza.clickhouse(
        "INSERT INTO plays SELECT * REPLACE (kafka_offset + 9 AS kafka_offset) FROM plays",
    )
    .await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    aggregator.restart_without_waiting().await;
    until(&aggregator, "veza_aggregator_stopped_partitions", |n| {
        n == 1.0
    })
    .await;
    let age = format!("veza_aggregator_oldest_unstored_age_seconds{{partition=\"{PARTITION}\"}}");
    until(&aggregator, &age, |seconds| seconds > 1.0).await;
}
