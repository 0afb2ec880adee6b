//! Signing in, going on, and what ends it.

use futures::future::join_all;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD};

async fn refresh(api: &Api, token: &Value) -> Answer {
    let body = json!({"refresh_token": token});
    api.post("/api/v1/auth/refresh", "", body).await
}

#[tokio::test]
async fn a_session_goes_on_with_each_new_token() {
    let api = Api::start().await;
    let person = api.user().await;
    let mut session = api.log_in(&person.email).await;
    for _ in 0..3 {
        let next = refresh(&api, &session["refresh_token"])
            .await
            .data()
            .clone();
        assert_ne!(next["refresh_token"], session["refresh_token"]);
        assert_eq!(next["expires_in"], 900);
        let token = next["access_token"].as_str().unwrap();
        assert_eq!(
            api.get("/api/v1/me", token).await.data()["email"],
            person.email.as_str()
        );
        session = next;
    }
}

#[tokio::test]
async fn a_used_refresh_token_ends_its_family_and_no_other() {
    let api = Api::start().await;
    let person = api.user().await;
    let stolen = api.log_in(&person.email).await;
    let elsewhere = api.log_in(&person.email).await;
    let second = refresh(&api, &stolen["refresh_token"]).await.data().clone();

    let reused = refresh(&api, &stolen["refresh_token"]).await;
    reused.assert_problem(401, "unauthenticated", "");
    let newest = refresh(&api, &second["refresh_token"]).await;
    newest.assert_problem(401, "unauthenticated", "");
    refresh(&api, &elsewhere["refresh_token"])
        .await
        .assert_status(200);
}

#[tokio::test]
async fn of_uses_at_once_one_wins_and_the_family_ends() {
    let api = Api::start().await;
    let person = api.user().await;
    for _ in 0..10 {
        let session = api.log_in(&person.email).await;
        let answers = join_all((0..8).map(|_| refresh(&api, &session["refresh_token"]))).await;
        let won: Vec<&Answer> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert_eq!(
            answers.iter().filter(|answer| answer.status == 401).count(),
            7
        );
        let newest = refresh(&api, &won[0].data()["refresh_token"]).await;
        newest.assert_problem(401, "unauthenticated", "");
    }
}

/// The thief goes on with the newest token while the owner comes with the old one: whoever is first, nobody is left in.
#[tokio::test]
async fn a_reuse_ends_a_family_that_goes_on_at_the_same_time() {
    let api = Api::start().await;
    let person = api.user().await;
    for _ in 0..20 {
        let first = api.log_in(&person.email).await;
        let second = refresh(&api, &first["refresh_token"]).await.data().clone();
        let (reuse, going_on) = tokio::join!(
            refresh(&api, &first["refresh_token"]),
            refresh(&api, &second["refresh_token"])
        );
        reuse.assert_status(401);
        if going_on.status == 200 {
            let third = refresh(&api, &going_on.data()["refresh_token"]).await;
            third.assert_problem(401, "unauthenticated", "");
        }
    }
}

#[tokio::test]
async fn an_expired_or_unknown_refresh_token_is_refused() {
    let api = Api::start().await;
    let person = api.user().await;
    let session = api.log_in(&person.email).await;
    sqlx::query("UPDATE refresh_tokens SET expires_at = now()")
        .execute(api.db())
        .await
        .unwrap();
    for token in [&session["refresh_token"], &json!("nonsense"), &json!("")] {
        refresh(&api, token)
            .await
            .assert_problem(401, "unauthenticated", "");
    }
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let api = Api::start().await;
    let person = api.user().await;
    let session = api.log_in(&person.email).await;
    let body = json!({"refresh_token": session["refresh_token"]});
    for _ in 0..2 {
        api.post("/api/v1/auth/logout", "", body.clone())
            .await
            .assert_status(204);
    }
    refresh(&api, &session["refresh_token"])
        .await
        .assert_status(401);
}

/// `name=value` of the cookie that the answer sets, after a check of its attributes.
fn cookie(answer: &Answer) -> String {
    let line = answer.headers[SET_COOKIE].to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"] {
        assert!(line.split("; ").any(|part| part == attribute), "{line}");
    }
    line.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_cookie_holds_the_session_of_a_browser() {
    let api = Api::start().await;
    let person = api.user().await;
    let body = json!({"email": person.email, "password": PASSWORD, "session": "cookie"});
    let login = api.post("/api/v1/auth/login", "", body).await;
    assert_eq!(login.data()["refresh_token"], Value::Null);
    let first = cookie(&login);

    let with = async |path: &str, cookie: &str| {
        let request = api
            .request(reqwest::Method::POST, path, "")
            .header(COOKIE, cookie);
        api.read(request).await
    };
    let refreshed = with("/api/v1/auth/refresh", &first).await;
    assert_eq!(refreshed.data()["refresh_token"], Value::Null);
    let second = cookie(&refreshed);
    assert_ne!(first, second);

    let logout = with("/api/v1/auth/logout", &second).await;
    assert!(
        logout.headers[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    with("/api/v1/auth/refresh", &second)
        .await
        .assert_status(401);
    let none = api
        .call(reqwest::Method::POST, "/api/v1/auth/refresh", "")
        .await;
    none.assert_problem(401, "unauthenticated", "");
}

#[tokio::test]
async fn behind_https_the_cookie_is_for_tls_only() {
    let api = Api::start_with(&[("VEZA_API_PUBLIC_URL", "https://veza.example")]).await;
    let person = api.user().await;
    let body = json!({"email": person.email, "password": PASSWORD, "session": "cookie"});
    let login = api.post("/api/v1/auth/login", "", body).await;
    assert!(
        login.headers[SET_COOKIE]
            .to_str()
            .unwrap()
            .ends_with("; Secure")
    );
}

#[tokio::test]
async fn a_new_creator_has_a_token_at_once_and_after_the_next_refresh() {
    let api = Api::start().await;
    let person = api.user().await;
    let made = api
        .call(reqwest::Method::POST, "/api/v1/me/creator", &person.token)
        .await;
    made.assert_status(201);
    assert_eq!(made.data()["name"], "Someone", "the account's name");
    let fresh = made.data()["access_token"].as_str().unwrap();
    let track = json!({"title": "t", "artist": "a", "duration_ms": 1});
    api.post("/api/v1/tracks", &person.token, track.clone())
        .await
        .assert_status(403);
    api.post("/api/v1/tracks", fresh, track.clone())
        .await
        .assert_status(201);

    let next = refresh(&api, &json!(person.refresh_token))
        .await
        .data()
        .clone();
    let token = next["access_token"].as_str().unwrap();
    api.post("/api/v1/tracks", token, track)
        .await
        .assert_status(201);
    let account = api.get("/api/v1/me", token).await.data().clone();
    assert_eq!(account["role"], "creator");
    assert_eq!(account["creator_id"], made.data()["creator_id"]);
}

#[tokio::test]
async fn an_account_is_the_same_however_its_email_is_written() {
    let api = Api::start().await;
    let person = api.user().await;
    let shouted = person.email.to_uppercase();
    let body = json!({"email": format!(" {shouted} "), "password": PASSWORD});
    api.post("/api/v1/auth/login", "", body)
        .await
        .assert_status(200);
    let body = json!({"email": shouted, "password": PASSWORD, "name": "Twin"});
    let twin = api.post("/api/v1/auth/register", "", body).await;
    twin.assert_problem(409, "email_taken", "email");
}

#[tokio::test]
async fn an_account_changes_what_is_given_and_keeps_the_rest() {
    let api = Api::start().await;
    let person = api.user().await;
    let changes = json!({"zone": "asia/kathmandu", "language": "fr"});
    let changed = api
        .patch("/api/v1/me", &person.token, changes)
        .await
        .data()
        .clone();
    assert_eq!(changed["zone"], "Asia/Kathmandu", "as IANA writes it");
    assert_eq!(changed["name"], "Someone");
    assert_eq!(api.get("/api/v1/me", &person.token).await.data(), &changed);
    for (field, value) in [("zone", "Mars/Olympus"), ("language", "tlh"), ("name", "")] {
        let answer = api
            .patch("/api/v1/me", &person.token, json!({field: value}))
            .await;
        answer.assert_problem(422, "invalid", field);
    }
}
