//! The public catalog, and a creator's own tracks.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Api;

#[tokio::test]
async fn a_track_is_public_as_it_was_made_and_changed() {
    let api = Api::start().await;
    let creator = api.creator().await;
    let body = json!({
        "title": "  Für Elise ", "artist": "Ludwig", "duration_ms": 175_000, "released_at": "1867-01-01T01:00:00+01:00",
    });
    let made = api.post("/api/v1/tracks", &creator.token, body).await;
    made.assert_status(201);
    let made = made.data().clone();
    assert_eq!(made["title"], "Für Elise");
    assert_eq!(made["released_at"], "1867-01-01T00:00:00Z");
    assert_eq!(made["creator_id"], creator.creator_id);
    assert_eq!(made["audio"], Value::Null);
    let path = format!("/api/v1/tracks/{}", made["id"].as_str().unwrap());
    assert_eq!(api.get(&path, "").await.data(), &made);

    let changes = json!({"duration_ms": 176_000});
    let changed = api
        .patch(&path, &creator.token, changes)
        .await
        .data()
        .clone();
    assert_eq!(changed["duration_ms"], 176_000);
    assert_eq!(
        changed["released_at"], made["released_at"],
        "left out: kept"
    );
    let changed = api
        .patch(&path, &creator.token, json!({"released_at": null}))
        .await;
    assert_eq!(
        changed.data()["released_at"],
        Value::Null,
        "null: no longer said"
    );
}

#[tokio::test]
async fn pages_hold_every_track_once() {
    let api = Api::start().await;
    let creator = api.creator().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(api.track(&creator).await.to_string());
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api
            .get(&format!("/api/v1/tracks?limit=3{cursor}"), "")
            .await;
        let tracks = page.data().as_array().unwrap();
        assert!(tracks.len() <= 3);
        found.extend(
            tracks
                .iter()
                .map(|track| track["id"].as_str().unwrap().to_owned()),
        );
        match page.body["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    made.reverse();
    assert_eq!(found, made, "the newest first");
}

#[tokio::test]
async fn one_creator_s_tracks_can_be_listed_alone() {
    let api = Api::start().await;
    let (one, other) = (api.creator().await, api.creator().await);
    let track = api.track(&one).await;
    api.track(&other).await;
    let path = format!("/api/v1/tracks?creator={}", one.creator_id);
    let list = api.get(&path, "").await.data().clone();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["id"], track.to_string());
}

#[tokio::test]
async fn what_is_not_there_and_what_is_someone_else_s_answer_alike() {
    let api = Api::start().await;
    let (owner, other) = (api.creator().await, api.creator().await);
    let track = api.track(&owner).await;
    let mut answers = Vec::new();
    for id in [track, Uuid::new_v4()] {
        let path = format!("/api/v1/tracks/{id}");
        answers.push(
            api.patch(&path, &other.token, json!({"title": "Mine"}))
                .await,
        );
    }
    assert_eq!(answers[0].body, answers[1].body);
    answers[0].assert_problem(404, "not_found", "");
    let unchanged = api.get(&format!("/api/v1/tracks/{track}"), "").await;
    assert_eq!(unchanged.data()["title"], "A track");
}

#[tokio::test]
async fn creators_show_their_tracks_and_followers() {
    let api = Api::start().await;
    let (creator, fan) = (api.creator().await, api.user().await);
    api.track(&creator).await;
    let path = format!("/api/v1/creators/{}", creator.creator_id);
    api.call(Method::POST, &format!("{path}/follow"), &fan.token)
        .await
        .assert_status(204);
    let shown = api.get(&path, "").await.data().clone();
    assert_eq!(
        (&shown["tracks"], &shown["followers"]),
        (&json!(1), &json!(1))
    );
    let list = api.get("/api/v1/creators", "").await.data().clone();
    assert_eq!(list, json!([shown]));
    api.get("/api/v1/creators/999999", "")
        .await
        .assert_problem(404, "not_found", "");
}

#[tokio::test]
async fn a_creator_can_take_another_name() {
    let api = Api::start().await;
    let creator = api.creator().await;
    let renamed = api
        .patch(
            "/api/v1/me/creator",
            &creator.token,
            json!({"name": "Ada & Co"}),
        )
        .await;
    assert_eq!(renamed.data()["name"], "Ada & Co");
    let path = format!("/api/v1/creators/{}", creator.creator_id);
    assert_eq!(api.get(&path, "").await.data()["name"], "Ada & Co");
}
