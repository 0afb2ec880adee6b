//! One way through everything: reports over HTTP, Kafka, the aggregator, the warehouse, and the creator's numbers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use veza_standalone::testing::{Installation, Service, eventually};

/// Addresses whose countries have been the same for decades: Free, Google's resolver, the University of Tokyo.
const FRANCE: &str = "212.27.48.10";
const UNITED_STATES: &str = "8.8.8.8";
const JAPAN: &str = "133.11.0.1";

struct Creator {
    token: String,
    track: Uuid,
}

async fn creator(veza: &Installation, name: &str) -> Creator {
    let account: Uuid = sqlx::query_scalar(
        "INSERT INTO users (email, password_hash, name, role) VALUES ($1, '', $1, 'creator') RETURNING id",
    )
    .bind(format!("{name}@example.org"))
    .fetch_one(veza.postgres())
    .await
    .unwrap();
    let track = sqlx::query_scalar(
        "WITH creator AS (INSERT INTO creators (user_id, name) VALUES ($1, $2) RETURNING id)
         INSERT INTO tracks (creator_id, title, artist, duration_ms) SELECT id, 'Undertow', $2, 180000 FROM creator
         RETURNING id",
    )
    .bind(account)
    .bind(name)
    .fetch_one(veza.postgres())
    .await
    .unwrap();
    Creator {
        token: veza.token(account, "creator", &[]),
        track,
    }
}

/// A track of three minutes, heard to its end, just now.
fn report(track: Uuid) -> Value {
    let now = Timestamp::now();
    json!({
        "play_id": Uuid::new_v4(),
        "track_id": track,
        "started_at": now - SignedDuration::from_secs(181),
        "sent_at": now,
        "heard_ms": 180_000,
    })
}

async fn send(ingest: &Service, token: Option<&str>, reports: &Value) -> (u16, Value) {
    let request = reqwest::Client::new()
        .post(format!("{}/v1/plays", ingest.url()))
        .json(reports);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn analytics(api: &Service, creator: &Creator, report: &str) -> Value {
    let response = reqwest::Client::new()
        .get(format!("{}/api/v1/analytics/{report}", api.url()))
        .bearer_auth(&creator.token)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

/// Plays by country, once there are as many as expected.
async fn countries(api: &Service, creator: &Creator, plays: u64) -> Vec<(String, u64)> {
    let geography = eventually(Duration::from_secs(20), || async {
        let answer = analytics(api, creator, "geography").await;
        match answer["data"]["total"]["plays"] == plays {
            true => Ok(answer["data"]["countries"].clone()),
            false => Err(answer),
        }
    })
    .await;
    let entry = |entry: &Value| {
        let key = entry["key"].as_str().unwrap().to_owned();
        (key, entry["plays"].as_u64().unwrap())
    };
    geography.as_array().unwrap().iter().map(entry).collect()
}

#[tokio::test]
async fn of_a_hundred_reports_with_a_bad_one_ninety_nine_become_numbers_of_the_right_creator_and_country()
 {
    let veza = Installation::new().await;
    let (ingest, _aggregator, api) = tokio::join!(
        veza.start_ingest(),
        veza.start_aggregator(),
        veza.start_api()
    );
    let (first, second) = (
        creator(&veza, "first").await,
        creator(&veza, "second").await,
    );
    let importer = veza.token(Uuid::new_v4(), "admin", &["plays:import"]);

    let mut reports: Vec<Value> = Vec::new();
    for (track, address, plays) in [
        (first.track, FRANCE, 30),
        (first.track, UNITED_STATES, 20),
        (first.track, JAPAN, 10),
        (second.track, JAPAN, 25),
        (second.track, FRANCE, 14),
    ] {
        for _ in 0..plays {
            let mut report = report(track);
            report["address"] = address.into();
            reports.push(report);
        }
    }
    let mut bad = report(first.track);
    bad["heard_ms"] = json!(-1);
    let bad_play = bad["play_id"].clone();
    reports.insert(57, bad);

    let (status, receipt) = send(&ingest, Some(&importer), &json!(reports)).await;
    assert_eq!(
        (status, &receipt["accepted"]),
        (202, &json!(99)),
        "{receipt}"
    );
    let rejected = receipt["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), 1);
    let refusal = &rejected[0];
    assert_eq!(
        (&refusal["index"], &refusal["field"]),
        (&json!(57), &json!("heard_ms"))
    );
    assert_eq!(
        (&refusal["play_id"], &refusal["code"]),
        (&bad_play, &json!("out_of_range"))
    );
    assert!(!refusal["message"].as_str().unwrap().is_empty());

    let expected = [("FR", 30), ("US", 20), ("JP", 10)].map(|(key, plays)| (key.to_owned(), plays));
    assert_eq!(countries(&api, &first, 60).await, expected);
    let expected = [("JP", 25), ("FR", 14)].map(|(key, plays)| (key.to_owned(), plays));
    assert_eq!(countries(&api, &second, 39).await, expected);
}

#[tokio::test]
async fn a_play_is_a_number_within_three_seconds_of_its_report() {
    let veza = Installation::new().await;
    let (ingest, _aggregator, api) = tokio::join!(
        veza.start_ingest(),
        veza.start_aggregator(),
        veza.start_api()
    );
    let creator = creator(&veza, "creator").await;
    // The first report finds everything cold: groups to be formed, the catalog to be read.
    send(&ingest, None, &report(creator.track)).await;
    countries(&api, &creator, 1).await;
    for plays in 2..=4 {
        send(&ingest, None, &report(creator.track)).await;
        eventually(Duration::from_secs(3), || async {
            let (overview, live) = tokio::join!(
                analytics(&api, &creator, "overview"),
                analytics(&api, &creator, "live")
            );
            let plays_of = [
                &overview["data"]["total"]["plays"],
                &live["data"]["last_5"]["plays"],
            ];
            match plays_of == [&json!(plays), &json!(plays)] {
                true => Ok(()),
                false => Err((
                    overview["data"]["total"].clone(),
                    live["data"]["last_5"].clone(),
                )),
            }
        })
        .await;
    }
    // What is counted is soon known to be all.
    eventually(Duration::from_secs(15), || async {
        let answer = analytics(&api, &creator, "overview").await;
        let as_of: Option<Timestamp> = answer["meta"]["as_of"]
            .as_str()
            .and_then(|time| time.parse().ok());
        let behind = as_of.map(|as_of| Timestamp::now().duration_since(as_of));
        match behind {
            Some(behind) if behind < SignedDuration::from_secs(10) => Ok(()),
            other => Err(other),
        }
    })
    .await;
}
