//! How much one address may send.

use serde_json::json;

use crate::support::{Collector, answer, report};

const ONE_A_SECOND: (&str, &str) = ("VEZA_INGEST_REQUESTS_PER_S", "1");

#[tokio::test]
async fn too_many_requests_are_429_and_say_when_to_come_again() {
    let collector = Collector::start_with(&[ONE_A_SECOND]).await;
    collector.accepts_a_good_report().await;
    let refused = collector.report(&report()).await;
    assert_eq!(refused.problem(), (429, "too_many_requests", None));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(
        refused.header("access-control-expose-headers"),
        "retry-after"
    );
    assert_eq!(collector.records().len(), 1);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    collector.accepts_a_good_report().await;
}

#[tokio::test]
async fn a_spoofed_forwarding_header_does_not_widen_the_quota() {
    let collector = Collector::start_with(&[ONE_A_SECOND]).await;
    collector.accepts_a_good_report().await;
    for n in 1..=5 {
        let spoofed = collector
            .post()
            .header("x-forwarded-for", format!("203.0.113.{n}"));
        assert_eq!(answer(spoofed.json(&report())).await.status, 429);
    }
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_its_own_quota_and_a_64_shares_one() {
    let trusted = ("VEZA_INGEST_TRUSTED_PROXIES", "127.0.0.1");
    let collector = Collector::start_with(&[ONE_A_SECOND, trusted]).await;
    let status = async |client: &str| {
        let forwarded = collector.post().header("x-forwarded-for", client);
        answer(forwarded.json(&report())).await.status
    };
    assert_eq!(status("203.0.113.1").await, 202);
    assert_eq!(status("203.0.113.2").await, 202);
    assert_eq!(status("2001:db8:0:1::1").await, 202);
    assert_eq!(status("2001:db8:0:2::1").await, 202);
    assert_eq!(status("203.0.113.1").await, 429);
    assert_eq!(status("2001:db8:0:1:ffff::9").await, 429);
}

#[tokio::test]
async fn too_many_reports_are_429_as_a_whole() {
    let collector = Collector::start_with(&[("VEZA_INGEST_REPORTS_PER_S", "100")]).await;
    let batch = |count: usize| json!((0..count).map(|_| report()).collect::<Vec<_>>());
    assert_eq!(collector.report(&batch(1_000)).await.status, 202);
    let refused = collector.report(&batch(500)).await;
    assert_eq!(refused.problem(), (429, "too_many_requests", None));
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!(
        (3..=5).contains(&wait),
        "500 reports at 100 a second, less what flowed in meanwhile: {wait}"
    );
    assert_eq!(collector.records().len(), 1_000);
}

#[tokio::test]
async fn imports_are_exempt_and_bad_tokens_are_not() {
    let limits = [ONE_A_SECOND, ("VEZA_INGEST_REPORTS_PER_S", "1")];
    let collector = Collector::start_with(&limits).await;
    let batch = json!((0..1_000).map(|_| report()).collect::<Vec<_>>());
    for _ in 0..5 {
        let imported = answer(
            collector
                .post()
                .bearer_auth(collector.importer())
                .json(&batch),
        )
        .await;
        assert_eq!(imported.status, 202);
    }
    let bad = async || {
        answer(collector.post().bearer_auth("nonsense").json(&report()))
            .await
            .status
    };
    assert_eq!(bad().await, 401);
    assert_eq!(bad().await, 429);
}
