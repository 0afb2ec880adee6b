//! What a page of another origin may do.

use reqwest::Method;

use crate::support::{Collector, answer, report};

#[tokio::test]
async fn a_beacon_needs_no_preflight() {
    let collector = Collector::start().await;
    // What `navigator.sendBeacon(url, text)` sends; its page never sees the answer.
    let beacon = collector
        .post()
        .header("origin", "https://music.example")
        .header("content-type", "text/plain;charset=UTF-8")
        .body(report().to_string());
    let answer = answer(beacon).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(collector.records().len(), 1);
}

#[tokio::test]
async fn a_preflight_allows_what_players_send_for_a_day() {
    let collector = Collector::start().await;
    let preflight = |path: &str| {
        collector
            .http
            .request(
                Method::OPTIONS,
                format!("{}{path}", collector.service.url()),
            )
            .header("origin", "https://music.example")
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-encoding,content-type",
            )
    };
    let allowed = answer(preflight("/v1/plays")).await;
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), "*");
    assert_eq!(allowed.header("access-control-max-age"), "86400");
    assert_eq!(allowed.header("access-control-allow-methods"), "POST");
    let headers = allowed.header("access-control-allow-headers");
    assert!(
        ["authorization", "content-type", "content-encoding"]
            .iter()
            .all(|name| headers.contains(name)),
        "{headers}"
    );

    let elsewhere = answer(preflight("/elsewhere")).await;
    assert_eq!(elsewhere.status, 404);
    assert_eq!(
        elsewhere.header("access-control-allow-origin"),
        "",
        "open for this path only"
    );
}
