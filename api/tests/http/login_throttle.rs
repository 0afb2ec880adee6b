//! Ten failed sign-ins an account and address in 15 minutes.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Api, PASSWORD};

/// An API behind a proxy that it trusts, so that a test can come from any address.
async fn behind_proxy() -> Api {
    Api::start_with(&[("VEZA_API_TRUSTED_PROXIES", "127.0.0.1")]).await
}

async fn try_from(api: &Api, address: &str, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    let request = api
        .request(Method::POST, "/api/v1/auth/login", "")
        .json(&body);
    api.read(request.header("x-forwarded-for", address)).await
}

#[tokio::test]
async fn the_eleventh_attempt_waits_and_only_from_there_and_for_that_account() {
    let api = behind_proxy().await;
    let (person, other) = (api.user().await, api.user().await);
    for _ in 0..10 {
        let failed = try_from(&api, "203.0.113.1", &person.email, "wrong").await;
        failed.assert_problem(401, "bad_credentials", "");
    }
    let refused = try_from(&api, "203.0.113.1", &person.email, PASSWORD).await;
    refused.assert_problem(429, "too_many_requests", "");
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((800..=900).contains(&wait), "{wait}");

    try_from(&api, "203.0.113.2", &person.email, PASSWORD)
        .await
        .assert_status(200);
    try_from(&api, "203.0.113.1", &other.email, PASSWORD)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn a_neighbour_in_the_same_ipv6_network_is_the_same_address() {
    let api = behind_proxy().await;
    let person = api.user().await;
    for host in 1..=10 {
        let address = format!("2001:db8:0:1::{host}");
        try_from(&api, &address, &person.email, "wrong")
            .await
            .assert_status(401);
    }
    let neighbour = try_from(&api, "2001:db8:0:1::99", &person.email, PASSWORD).await;
    neighbour.assert_status(429);
    let further = try_from(&api, "2001:db8:0:2::1", &person.email, PASSWORD).await;
    further.assert_status(200);
}

#[tokio::test]
async fn after_15_minutes_and_after_a_success_the_count_begins_again() {
    let api = behind_proxy().await;
    let person = api.user().await;
    let from = "203.0.113.1";
    for _ in 0..9 {
        try_from(&api, from, &person.email, "wrong")
            .await
            .assert_status(401);
    }
    try_from(&api, from, &person.email, PASSWORD)
        .await
        .assert_status(200);
    for _ in 0..10 {
        try_from(&api, from, &person.email, "wrong")
            .await
            .assert_status(401);
    }
    try_from(&api, from, &person.email, PASSWORD)
        .await
        .assert_status(429);
    sqlx::query("UPDATE login_failures SET at = at - interval '15 minutes'")
        .execute(api.db())
        .await
        .unwrap();
    try_from(&api, from, &person.email, PASSWORD)
        .await
        .assert_status(200);
}

#[tokio::test]
async fn attempts_at_once_count_each_other() {
    let api = behind_proxy().await;
    let person = api.user().await;
    let attempts = (0..40).map(|_| try_from(&api, "203.0.113.1", &person.email, "wrong"));
    let answers = join_all(attempts).await;
    let checked = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(checked <= 10, "{checked} passwords were checked");
    assert!(
        answers
            .iter()
            .all(|answer| [401, 429].contains(&answer.status)),
        "{answers:?}"
    );
}

#[tokio::test]
async fn an_untrusted_peer_cannot_choose_its_address() {
    let api = Api::start().await;
    let person = api.user().await;
    for n in 1..=10 {
        let address = format!("203.0.113.{n}");
        try_from(&api, &address, &person.email, "wrong")
            .await
            .assert_status(401);
    }
    try_from(&api, "203.0.113.99", &person.email, PASSWORD)
        .await
        .assert_status(429);
}

#[tokio::test]
async fn an_unknown_account_takes_as_long_as_a_wrong_password() {
    let api = behind_proxy().await;
    let person = api.user().await;
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for n in 0..9 {
        let address = format!("203.0.113.{n}");
        for (times, email) in [
            (&mut known, &*person.email),
            (&mut unknown, "nobody@example.org"),
        ] {
            let begun = Instant::now();
            try_from(&api, &address, email, "wrong")
                .await
                .assert_problem(401, "bad_credentials", "");
            times.push(begun.elapsed());
        }
    }
    let (known, unknown) = (median(known), median(unknown));
    // Without a hash to check it would be a tenth or less.
    assert!(unknown * 2 > known, "known {known:?}, unknown {unknown:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
