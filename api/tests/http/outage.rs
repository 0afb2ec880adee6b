//! What is behind the API goes away, and comes back.

use std::time::Duration;

use serde_json::json;
use veza_standalone::testing::{Installation, Servers, eventually};

use crate::support::Api;

#[tokio::test]
async fn without_postgres_the_answer_is_503_and_with_it_again_it_works() {
    let servers = Servers::dedicated().await;
    let api = Api::on(Installation::on(servers.clone()).await, &[]).await;
    let person = api.user().await;
    servers.postgres.kill9().await;

    let answer = api.get("/api/v1/me", &person.token).await;
    answer.assert_problem(503, "unavailable", "");
    assert!(answer.headers.contains_key("retry-after"));
    let body = json!({"email": person.email, "password": "x"});
    api.post("/api/v1/auth/login", "", body)
        .await
        .assert_problem(503, "unavailable", "");
    api.get("/api/v1/config", "").await.assert_status(200);
    eventually(Duration::from_secs(10), || async {
        let ready = format!("{}/readyz", api.service.metrics_url());
        api.client
            .get(ready)
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 503)
    })
    .await;

    servers.postgres.start().await;
    eventually(Duration::from_secs(10), || async {
        api.get("/api/v1/me", &person.token).await.status == 200
    })
    .await;
    api.service.until_ready().await;
}

#[tokio::test]
async fn without_the_object_store_tracks_are_still_listed_and_uploads_wait() {
    let servers = Servers::dedicated().await;
    let api = Api::on(Installation::on(servers.clone()).await, &[]).await;
    let creator = api.creator().await;
    let track = api.track(&creator).await;
    servers.objects.kill9().await;

    api.get("/api/v1/tracks", "").await.assert_status(200);
    let path = format!("/api/v1/tracks/{track}/audio/complete");
    let body = json!({"upload": track});
    api.post(&path, &creator.token, body)
        .await
        .assert_problem(503, "unavailable", "");
}
