//! `kill -9` between any two steps of a range: whoever takes the partition up stores what is missing, and only that.

mod support;

use std::time::Duration;

use support::{
    PATIENCE, add_track, assert_exactly_once, creator, heard, play_id, reasons, rows, send_to,
    stored, stored_within, track, under_load,
};
use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, eventually};

const PARTITION: i32 = 3;

/// Starts an aggregator on what is in the topic, and kills it when a worker has come to `fail_point`.
async fn killed_at(veza: &Installation, fail_point: &str) {
    let settings = [
        ("VEZA_AGGREGATOR_FAIL_POINT", fail_point),
        // All of it in one range, on a busy machine too.
        ("VEZA_AGGREGATOR_SEAL_AGE_MS", "3000"),
    ];
    let aggregator = veza.start_aggregator_with(&settings).await;
    eventually(PATIENCE, async || {
        aggregator.log().contains("fail point hit")
    })
    .await;
    aggregator.kill9().await;
}

/// Rows and rejections that are stored.
async fn counts(veza: &Installation) -> (u64, u64) {
    let sql =
        "SELECT (SELECT count() FROM plays) AS plays, (SELECT count() FROM rejected) AS rejected";
    let row = &veza.clickhouse(sql).await[0];
    (
        row["plays"].as_u64().unwrap(),
        row["rejected"].as_u64().unwrap(),
    )
}

/// A range of eight rows and a rejection, a crash at `fail_point`, a catalog that changes meanwhile, and another aggregator.
async fn crash(fail_point: &str, stored_at_crash: Option<(u64, u64)>) {
    let veza = Installation::new().await;
    let (before, after) = (creator(&veza).await, creator(&veza).await);
    let song = track(&veza, &before, 180_000).await;
    let late = Uuid::new_v4();

    let crossing = heard(song, 60_000);
    let crossing_again = PlayReport {
        seq: 1,
        ..crossing.clone()
    };
    let of_late_track = heard(late, 60_000);
    let mut reports = vec![
        crossing.clone(),
        crossing_again,
        crossing.clone(),
        of_late_track.clone(),
    ];
    reports.extend((0..4).map(|_| heard(song, 60_000)));
    send_to(&veza, PARTITION, &reports).await;
    veza.produce_to(PARTITION, "poison", b"\xff").await;
    killed_at(&veza, fail_point).await;
    if let Some(expected) = stored_at_crash {
        assert_eq!(counts(&veza).await, expected);
    }

    add_track(&veza, &before, late, 180_000).await;
    sqlx::query("UPDATE tracks SET creator_id = $1 WHERE id = $2")
        .bind(after.id)
        .bind(song)
        .execute(veza.postgres())
        .await
        .unwrap();
    let next = veza.start_aggregator().await;
    eventually(PATIENCE, async || {
        next.log().contains("a range was on its way")
    })
    .await;
    stored(&veza, 9).await;
    // The window is what the table says: every play is known, whoever judged it.
    send_to(&veza, PARTITION, &reports).await;
    stored(&veza, 17).await;
    assert_exactly_once(&veza, 17).await;
    let rows = rows(&veza).await;
    for report in &reports {
        let reasons = reasons(&rows, report);
        let (first, repeated) = reasons.split_at(reasons.len() / 2);
        assert!(
            repeated.iter().all(|reason| *reason == "duplicate"),
            "{first:?} {repeated:?}"
        );
    }
    assert_eq!(
        reasons(&rows, &crossing)[..3],
        ["", "already_counted", "duplicate"]
    );
    let of_late_track = reasons(&rows, &of_late_track)[0];
    match stored_at_crash {
        Some((0, _)) => assert_eq!(of_late_track, ""),
        Some(_) => assert_eq!(of_late_track, "unknown_track"),
        // Sent, and who knows whether it arrived.
        None => assert!(["", "unknown_track"].contains(&of_late_track)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_journal() {
    crash("journaled", Some((0, 0))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_send() {
    crash("sent", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_yes_to_the_rows_and_the_rejections() {
    crash("stored", Some((8, 0))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_commit_of_what_is_stored() {
    crash("uncommitted", Some((8, 1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_one_month_that_went_missing_are_stored_again_under_a_second_token() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let edge = "2026-03-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let play = heard(song, 60_000);
    let reports = [-900_000, -1, 0, 1].map(|since_edge| PlayReport {
        play_id: Uuid::new_v4().into_bytes().to_vec().into(),
        started_at_ms: edge.as_millisecond() + since_edge,
        sent_at_ms: None,
        imported: true,
        ..play.clone()
    });
    send_to(&veza, PARTITION, &reports).await;
    killed_at(&veza, "uncommitted").await;
    assert_eq!(counts(&veza).await, (4, 0));
    // ClickHouse still knows the range's token in that month, so the same token would store nothing.
    veza.clickhouse("DELETE FROM plays WHERE toYYYYMM(slot) = 202602")
        .await;
    assert_eq!(counts(&veza).await, (2, 0));

    let next = veza.start_aggregator().await;
    stored(&veza, 4).await;
    assert!(next.log().contains("-3:2"), "{}", next.log());
    assert_exactly_once(&veza, 4).await;
    let rows = rows(&veza).await;
    for report in &reports {
        assert_eq!(reasons(&rows, report), [""], "{}", play_id(report));
    }
}

/// Kills one of `consumers` in each of `rounds`, at ever different moments, under load.
async fn kills_under_load(consumers: usize, rounds: u64) {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let mut services = Vec::new();
    for _ in 0..consumers {
        services.push(veza.start_aggregator().await);
    }
    let sent = under_load(&veza, song, async {
        for (round, service) in (0..rounds).zip(services.iter().cycle()) {
            tokio::time::sleep(Duration::from_millis(300 + round * 619 % 1_700)).await;
            service.restart().await;
        }
    })
    .await;
    stored_within(&veza, sent, Duration::from_secs(90)).await;
    assert_exactly_once(&veza, sent).await;
    let duplicates = &veza
        .clickhouse(
            "SELECT countIf(reason = 'duplicate') AS n, countIf(counted) AS counted FROM plays",
        )
        .await[0];
    assert_eq!(duplicates["n"].as_u64(), Some(sent / 11));
    assert_eq!(duplicates["counted"].as_u64(), Some(sent / 11 * 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_under_load() {
    kills_under_load(2, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn killed_twenty_times_at_any_moment_under_load() {
    kills_under_load(2, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn three_consumers_killed_twenty_times_at_any_moment_under_load() {
    kills_under_load(3, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_stands_still_is_not_ready_and_says_so() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza
        .start_aggregator_with(&[
            ("VEZA_AGGREGATOR_FAIL_POINT", "journaled"),
            ("VEZA_AGGREGATOR_STALL_SECONDS", "1"),
        ])
        .await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    let why = eventually(PATIENCE, async || {
        let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url()))
            .await
            .ok()?;
        let ready = answer.status().is_success();
        let body = answer.text().await.ok()?;
        (!ready).then_some(body)
    })
    .await;
    assert!(why.contains("partition 3 has stored nothing for"), "{why}");
}
