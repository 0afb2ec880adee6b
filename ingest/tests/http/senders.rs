//! Whose play it is: by token, address, and what the listener asked for.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Collector, answer, report, report_with};

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test]
async fn a_spoofed_forwarding_header_from_an_untrusted_peer_changes_nothing() {
    let collector = Collector::start().await;
    let spoofed = collector
        .post()
        .header("x-forwarded-for", "8.8.8.8")
        .json(&report());
    assert_eq!(answer(spoofed).await.status, 202);
    assert_eq!(
        collector.only_record().address.as_deref(),
        Some("127.0.0.1")
    );
}

#[tokio::test]
async fn behind_a_configured_proxy_the_address_that_it_vouches_for_counts() {
    let collector = Collector::start_with(&[("VEZA_INGEST_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let forwarded = collector
        .post()
        .header("x-forwarded-for", "8.8.8.8, 203.0.113.9")
        .json(&report());
    assert_eq!(answer(forwarded).await.status, 202);
    assert_eq!(
        collector.only_record().address.as_deref(),
        Some("203.0.113.9")
    );
}

#[tokio::test]
async fn a_token_gives_the_account_which_wins_over_the_listener() {
    let collector = Collector::start().await;
    let account = Uuid::new_v4();
    let token = collector.installation.token(account, "user", &[]);
    let request = collector
        .post()
        .bearer_auth(token)
        .json(&report_with(json!({"listener": "l-1"})));
    assert_eq!(answer(request).await.status, 202);
    let record = collector.only_record();
    assert_eq!(
        (record.subject, record.listener),
        (Some(account.to_string()), None)
    );
}

#[tokio::test]
async fn a_bad_token_is_401_and_never_anonymous() {
    let collector = Collector::start().await;
    let claims = |name: &str, value: Value| {
        let mut claims = json!({"sub": Uuid::new_v4(), "role": "user", "scopes": [], "iss": "veza", "aud": "veza", "iat": now(), "exp": now() + 60});
        claims[name] = value;
        collector.installation.sign(&claims)
    };
    let good = collector.installation.token(Uuid::new_v4(), "user", &[]);
    let forged = format!("{}x", &good[..good.len() - 5]);
    for (name, authorization) in [
        ("no JWT", "Bearer nonsense".to_owned()),
        ("another scheme", format!("Basic {good}")),
        ("forged", format!("Bearer {forged}")),
        (
            "unsigned",
            format!(
                "Bearer eyJhbGciOiJub25lIn0.{}.",
                good.split('.').nth(1).unwrap()
            ),
        ),
        (
            "expired",
            format!("Bearer {}", claims("exp", json!(now() - 3_600))),
        ),
        (
            "another issuer",
            format!("Bearer {}", claims("iss", json!("evil"))),
        ),
        (
            "another audience",
            format!("Bearer {}", claims("aud", json!("evil"))),
        ),
        (
            "no account",
            format!("Bearer {}", claims("sub", json!("me"))),
        ),
    ] {
        let answer = answer(
            collector
                .post()
                .header("authorization", authorization)
                .json(&report()),
        )
        .await;
        assert_eq!(answer.problem(), (401, "unauthenticated", None), "{name}");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{name}");
    }
    assert_eq!(collector.records().len(), 0);
    collector.accepts_a_good_report().await;
}

#[tokio::test]
async fn an_import_says_who_where_and_with_what_back_to_2000() {
    let collector = Collector::start().await;
    let listener = Uuid::new_v4();
    let recorded = report_with(json!({
        "started_at": "2005-06-07T08:09:10Z", "address": "198.51.100.7", "user_agent": "Old/1", "country": "FR", "subject": listener,
        "listener": "l-1", "heard_basis": "assumed",
    }));
    let request = collector
        .post()
        .bearer_auth(collector.importer())
        .json(&recorded);
    let accepted = answer(request).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let record = collector.only_record();
    assert_eq!(record.address.as_deref(), Some("198.51.100.7"));
    assert_eq!(record.user_agent.as_deref(), Some("Old/1"));
    assert_eq!(record.country.as_deref(), Some("FR"));
    assert_eq!(
        (record.subject, record.listener.as_deref()),
        (Some(listener.to_string()), Some("l-1"))
    );
    assert!(record.imported && record.heard_assumed);

    let ancient = report_with(json!({"started_at": "1999-12-31T23:59:59Z"}));
    let refused = answer(
        collector
            .post()
            .bearer_auth(collector.importer())
            .json(&ancient),
    )
    .await;
    assert_eq!(refused.problem(), (422, "all_refused", Some("started_at")));
    let other_scope = collector
        .installation
        .token(listener, "admin", &["analytics:read"]);
    let refused = answer(collector.post().bearer_auth(other_scope).json(&recorded)).await;
    assert_eq!(
        refused.body["rejected"][0]["code"], "scope_required",
        "{refused:?}"
    );
}

#[tokio::test]
async fn who_asks_not_to_be_tracked_is_counted_without_a_listener_id() {
    let collector = Collector::start().await;
    for (name, value) in [("dnt", "1"), ("sec-gpc", "1"), ("dnt", "0")] {
        let request = collector
            .post()
            .header(name, value)
            .json(&report_with(json!({"listener": "l-1"})));
        assert_eq!(answer(request).await.status, 202);
    }
    let records = collector.records();
    let asked: Vec<_> = records
        .iter()
        .filter(|record| record.report.do_not_track)
        .collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|record| record.report.listener.is_none()));
    let others = records.iter().filter(|record| !record.report.do_not_track);
    assert!(
        others
            .map(|record| record.report.listener.as_deref())
            .eq([Some("l-1")])
    );
}
