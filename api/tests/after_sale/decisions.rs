//! Decisions: once, whoever decides, however often, and whatever the buyer does at that moment.

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::Shop;
use crate::support::Answer;

const REFUNDS: &str =
    "SELECT count(*) FROM refunds r JOIN disputes d ON d.order_id = r.order_id WHERE d.id = $1";
const DECISIONS: &str =
    "SELECT count(*) FROM dispute_events WHERE dispute_id = $1 AND event = 'resolved'";

#[tokio::test]
async fn deciding_again_the_same_way_is_the_same_answer_and_another_way_is_refused() {
    let shop = Shop::new().await;
    let partial = json!({"resolution": "refund_partial", "amount_minor": 100});
    let decisions = [
        json!({"resolution": "refund_full"}),
        partial.clone(),
        json!({"resolution": "rejected"}),
    ];
    let other_amount = json!({"resolution": "refund_partial", "amount_minor": 99});
    for decision in &decisions {
        let id = shop.dispute(500).await;
        let first = shop.resolve(id, decision.clone()).await;
        first.assert_status(200);
        let again = shop.resolve(id, decision.clone()).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        for other in decisions
            .iter()
            .chain([&other_amount])
            .filter(|other| *other != decision)
        {
            shop.resolve(id, other.clone())
                .await
                .assert_problem(409, "decided_otherwise", "");
        }
        assert_eq!(shop.number(DECISIONS, id).await, 1);
        let refunds = i64::from(decision["resolution"] != "rejected");
        assert_eq!(shop.number(REFUNDS, id).await, refunds);
        shop.act(&shop.buyer.token, id, "withdraw")
            .await
            .assert_problem(409, "dispute_over", "");
    }
}

#[tokio::test]
async fn a_decision_says_how_much_and_why() {
    let shop = Shop::new().await;
    let id = shop.dispute(500).await;
    for (decision, code, field) in [
        (
            json!({"resolution": "refund_partial"}),
            "missing_field",
            "amount_minor",
        ),
        (
            json!({"resolution": "refund_partial", "amount_minor": 0}),
            "invalid",
            "amount_minor",
        ),
        (
            json!({"resolution": "refund_partial", "amount_minor": -1}),
            "invalid",
            "amount_minor",
        ),
        (
            json!({"resolution": "refund_partial", "amount_minor": 601}),
            "invalid",
            "amount_minor",
        ),
        (
            json!({"resolution": "refund_full", "amount_minor": 600}),
            "invalid",
            "amount_minor",
        ),
        (
            json!({"resolution": "rejected", "amount_minor": 1}),
            "invalid",
            "amount_minor",
        ),
        (json!({"resolution": "perhaps"}), "invalid", "resolution"),
    ] {
        shop.resolve(id, decision)
            .await
            .assert_problem(422, code, field);
    }
    let path = format!("/api/v1/admin/disputes/{id}/resolve");
    let silent = shop
        .api
        .post(&path, &shop.admin.token, json!({"resolution": "rejected"}))
        .await;
    silent.assert_problem(422, "missing_field", "reason");
    assert_eq!(shop.seen(&shop.buyer, id).await["status"], "open");
    assert_eq!(shop.number(REFUNDS, id).await, 0);
}

#[tokio::test]
async fn of_two_administrators_at_once_one_decides() {
    let shop = Shop::new().await;
    let second = shop.api.admin().await;
    let ways = [
        json!({"resolution": "refund_full"}),
        json!({"resolution": "refund_partial", "amount_minor": 60}),
    ];
    for round in 0..5 {
        let id = shop.dispute(500 + round).await;
        let answers = join_all((0..50).map(|client| {
            let (admin, way) = match client % 2 {
                0 => (&shop.admin, &ways[0]),
                _ => (&second, &ways[1]),
            };
            shop.resolve_as(admin, id, way.clone())
        }))
        .await;
        let (kept, refused): (Vec<&Answer>, Vec<&Answer>) =
            answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((kept.len(), refused.len()), (25, 25), "{answers:?}");
        assert!(
            kept.iter()
                .all(|answer| answer.body["data"]["resolution"]
                    == kept[0].body["data"]["resolution"])
        );
        assert!(
            refused
                .iter()
                .all(|answer| answer.body["code"] == "decided_otherwise")
        );
        assert_eq!(
            (
                shop.number(REFUNDS, id).await,
                shop.number(DECISIONS, id).await
            ),
            (1, 1)
        );
    }
    let id = shop.dispute(500).await;
    let reviews = join_all((0..50).map(|client| {
        let token = [&shop.admin.token, &second.token][client % 2];
        shop.act(token, id, "review")
    }))
    .await;
    assert!(reviews.iter().all(|answer| answer.status == 200));
    let began =
        "SELECT count(*) FROM dispute_events WHERE dispute_id = $1 AND event = 'review_began'";
    assert_eq!(shop.number(began, id).await, 1);
}

#[tokio::test]
async fn a_decision_and_a_withdrawal_at_once_leave_one_of_them() {
    let shop = Shop::new().await;
    let mut ends = Vec::new();
    for round in 0..20 {
        let id = shop.dispute(500).await;
        let full = json!({"resolution": "refund_full"});
        let (decided, withdrawn): (Answer, Answer) = match round % 2 {
            0 => tokio::join!(
                shop.resolve(id, full),
                shop.act(&shop.buyer.token, id, "withdraw")
            ),
            _ => {
                let (withdrawn, decided) = tokio::join!(
                    shop.act(&shop.buyer.token, id, "withdraw"),
                    shop.resolve(id, full)
                );
                (decided, withdrawn)
            }
        };
        let end = assert_one_end(&shop, id, &decided, &withdrawn).await;
        ends.push(end);
    }
    assert_eq!(ends.len(), 20);
}

/// One of both is answered 200, and only what it says has happened.
async fn assert_one_end(shop: &Shop, id: Uuid, decided: &Answer, withdrawn: &Answer) -> Value {
    assert_ne!(
        decided.status == 200,
        withdrawn.status == 200,
        "{decided:?} {withdrawn:?}"
    );
    let (end, refused, refunds) = match decided.status {
        200 => ("resolved", withdrawn, 1),
        _ => ("withdrawn", decided, 0),
    };
    refused.assert_problem(409, "dispute_over", "");
    let seen = shop.seen(&shop.admin, id).await;
    assert_eq!(seen["status"], end);
    assert_eq!(shop.number(REFUNDS, id).await, refunds);
    let last = seen["history"].as_array().unwrap().last().unwrap();
    assert_eq!(last["kind"], end);
    seen["status"].clone()
}
