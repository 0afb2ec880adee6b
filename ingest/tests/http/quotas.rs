//! How much one address may send.

use std::time::Duration;

use serde_json::json;

use crate::support::{Answer, Collector, answer, report};

const ONE_A_SECOND: (&str, &str) = ("VEZA_INGEST_REQUESTS_PER_S", "1");

/// Asks `count` times at once, so that they come faster than one a second however busy the machine is.
async fn burst(count: usize, ask: impl AsyncFn(usize) -> Answer) -> Vec<Answer> {
    futures::future::join_all((0..count).map(|n| ask(n))).await
}

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

#[tokio::test]
async fn too_many_requests_are_429_and_say_when_to_come_again() {
    let collector = Collector::start_with(&[ONE_A_SECOND]).await;
    let answers = burst(20, async |_| collector.report(&report()).await).await;
    let refused: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status == 429)
        .collect();
    for answer in &refused {
        assert_eq!(answer.problem(), (429, "too_many_requests", None));
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(
            answer.header("access-control-expose-headers"),
            "retry-after"
        );
    }
    assert!(refused.len() > 10);
    assert_eq!(with_status(&answers, 202) + refused.len(), 20);
    assert_eq!(collector.records().len(), with_status(&answers, 202));
    tokio::time::sleep(Duration::from_secs(1)).await;
    collector.accepts_a_good_report().await;
}

#[tokio::test]
async fn a_spoofed_forwarding_header_does_not_widen_the_quota() {
    let collector = Collector::start_with(&[ONE_A_SECOND]).await;
    let answers = burst(20, async |n| {
        let spoofed = collector
            .post()
            .header("x-forwarded-for", format!("203.0.113.{n}"));
        answer(spoofed.json(&report())).await
    });
    assert!(with_status(&answers.await, 429) > 10);
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_its_own_quota_and_a_64_shares_one() {
    let trusted = ("VEZA_INGEST_TRUSTED_PROXIES", "127.0.0.1");
    let collector = Collector::start_with(&[ONE_A_SECOND, trusted]).await;
    let report_for = async |client: String| {
        let forwarded = collector.post().header("x-forwarded-for", client);
        answer(forwarded.json(&report())).await
    };
    let clients = burst(20, async |n| report_for(format!("203.0.113.{n}")).await).await;
    assert_eq!(with_status(&clients, 202), 20);
    let networks = burst(20, async |n| report_for(format!("2001:db8:0:{n}::1")).await).await;
    assert_eq!(with_status(&networks, 202), 20);
    let neighbours = burst(20, async |n| report_for(format!("2001:db8:1:1::{n}")).await).await;
    assert!(with_status(&neighbours, 429) > 10);
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
    let bad = burst(20, async |_| {
        answer(collector.post().bearer_auth("nonsense").json(&report())).await
    })
    .await;
    assert!(with_status(&bad, 401) >= 1 && with_status(&bad, 429) > 10);
}
