//! Reports that come late land in the time in which they were heard, and the same one again counts nothing: as players post them.

use crate::support::{assert_verified, creator, stored, track};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use veza_schemas::report::IMPORT_SCOPE;
use veza_standalone::testing::{Installation, Service};

const HEARD_MS: i64 = 60_000;

fn report(track: Uuid, started_at: Timestamp) -> Value {
    json!({ "play_id": Uuid::new_v4(), "track_id": track, "started_at": started_at, "heard_ms": HEARD_MS })
}

/// Posts `reports` as one batch that is sent now.
async fn post(ingest: &Service, token: Option<&str>, reports: &[Value]) {
    let now = Timestamp::now();
    let sent = |report: &Value| {
        let mut report = report.clone();
        report["sent_at"] = json!(now);
        report
    };
    let batch: Vec<Value> = reports.iter().map(sent).collect();
    let mut request = reqwest::Client::new().post(format!("{}/v1/plays", ingest.url()));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.json(&batch).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let receipt: Value = answer.json().await.unwrap();
    assert_eq!(receipt["accepted"], reports.len(), "{receipt}");
}

/// Day, month of the table's partition, and plays counted in it.
async fn days(veza: &Installation) -> Vec<(String, String, u64)> {
    let sql = "SELECT toString(toDate(slot)) AS day, _partition_id AS month, sum(counted) AS plays FROM plays GROUP BY day, month ORDER BY day";
    let rows = veza.clickhouse(sql).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| {
            (
                text(&row["day"]),
                text(&row["month"]),
                row["plays"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_ten_days_late_land_in_their_own_day() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let (ingest, _aggregator) = tokio::join!(veza.start_ingest(), veza.start_aggregator());
    let ten_days_ago = Timestamp::now() - SignedDuration::from_hours(240);
    let midnight = ten_days_ago.as_second() / 86_400 * 86_400;
    let midnight = Timestamp::from_second(midnight).unwrap();
    let around = [-86_400_000, -1, 0, 1, 86_399_999];
    let reports = around.map(|ms| report(song, midnight + SignedDuration::from_millis(ms)));
    post(&ingest, None, &reports).await;
    stored(&veza, 5).await;

    let name = |days: i64| {
        let day = midnight + SignedDuration::from_hours(24 * days);
        day.strftime("%F").to_string()
    };
    let month = |days: i64| {
        let day = midnight + SignedDuration::from_hours(24 * days);
        day.strftime("%Y%m").to_string()
    };
    let expected = vec![(name(-1), month(-1), 2), (name(0), month(0), 3)];
    assert_eq!(days(&veza).await, expected);
    // As from a player that did not hear the answer.
    post(&ingest, None, &reports).await;
    stored(&veza, 10).await;
    assert_eq!(days(&veza).await, expected);
    assert_verified(&veza, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_across_the_months_edge_lands_in_both_months() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let (ingest, _aggregator) = tokio::join!(veza.start_ingest(), veza.start_aggregator());
    // However old: players alone may report 30 days.
    let token = veza.token(Uuid::new_v4(), "admin", &[IMPORT_SCOPE]);
    let edge = "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap();
    let reports = [-900_001, -900_000, -1, 0, 1]
        .map(|ms| report(song, edge + SignedDuration::from_millis(ms)));
    for _ in 0..2 {
        post(&ingest, Some(&token), &reports).await;
    }
    stored(&veza, 10).await;
    let expected = [("2026-02-28", "202602", 3), ("2026-03-01", "202603", 2)];
    assert_eq!(
        days(&veza).await,
        expected.map(|(day, month, plays)| (day.to_owned(), month.to_owned(), plays))
    );
    assert_verified(&veza, 10).await;
}
