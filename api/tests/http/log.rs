//! What the log must not hold.

use serde_json::json;

use crate::support::{Api, PASSWORD};

#[tokio::test]
async fn no_email_password_token_or_address_is_logged_even_at_debug() {
    let api = Api::start_with(&[
        ("VEZA_LOG_FILTER", "debug"),
        ("VEZA_API_TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let person = api.creator().await;
    let session = api.log_in(&person.email).await;
    let refresh = json!({"refresh_token": session["refresh_token"]});
    for _ in 0..2 {
        api.post("/api/v1/auth/refresh", "", refresh.clone()).await;
    }
    let twin = json!({"email": person.email, "password": PASSWORD, "name": "Twin"});
    api.post("/api/v1/auth/register", "", twin)
        .await
        .assert_status(409);
    let wrong = json!({"email": person.email, "password": "wrong"});
    let request = api.request(reqwest::Method::POST, "/api/v1/auth/login", &person.token);
    api.read(
        request
            .json(&wrong)
            .header("x-forwarded-for", "203.0.113.77"),
    )
    .await;
    api.track(&person).await;

    let log = api.service.log();
    assert!(log.contains("a used refresh token came back"), "{log}");
    let token = session["refresh_token"].as_str().unwrap();
    for secret in [
        &*person.email,
        PASSWORD,
        token,
        &person.token,
        "203.0.113.77",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
