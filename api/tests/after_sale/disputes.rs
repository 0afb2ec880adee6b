//! What a buyer reports, and who may do what with it until it is over.

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::Shop;
use crate::support::Answer;

/// A status and the way there.
const STATES: [(&str, &[(&str, &str)]); 6] = [
    ("open", &[]),
    ("seller_responded", &[("seller", "respond")]),
    ("under_review", &[("admin", "review")]),
    (
        "under_review",
        &[("seller", "respond"), ("admin", "review")],
    ),
    ("resolved", &[("admin", "resolve")]),
    ("withdrawn", &[("buyer", "withdraw")]),
];

/// Callers: those whom it is no business of, then those who are on a side.
const CALLERS: [&str; 6] = ["nobody", "user", "creator", "buyer", "seller", "admin"];

/// What each caller is answered, and where the dispute is after it. Problems are told by their code, in the order of [`CALLERS`].
#[rustfmt::skip]
const TABLE: [(&str, [[&str; 6]; 6]); 5] = {
    const N: &str = "unauthenticated";
    const M: &str = "not_found";
    const F: &str = "forbidden";
    const OVER: &str = "dispute_over";
    const TWICE: &str = "already_responded";
    // In the order of STATES.
    [
        ("messages", [
            [N, M, M, "open", "open", "open"],
            [N, M, M, "seller_responded", "seller_responded", "seller_responded"],
            [N, M, M, "under_review", "under_review", "under_review"],
            [N, M, M, "under_review", "under_review", "under_review"],
            [N, M, M, OVER, OVER, OVER],
            [N, M, M, OVER, OVER, OVER]]),
        ("respond", [
            [N, M, M, F, "seller_responded", F],
            [N, M, M, F, TWICE, F],
            [N, M, M, F, "under_review", F],
            [N, M, M, F, TWICE, F],
            [N, M, M, F, OVER, F],
            [N, M, M, F, OVER, F]]),
        ("withdraw", [
            [N, M, M, "withdrawn", F, F],
            [N, M, M, "withdrawn", F, F],
            [N, M, M, "withdrawn", F, F],
            [N, M, M, "withdrawn", F, F],
            [N, M, M, OVER, F, F],
            [N, M, M, "withdrawn", F, F]]),
        ("review", [
            [N, F, F, F, F, "under_review"],
            [N, F, F, F, F, "under_review"],
            [N, F, F, F, F, "under_review"],
            [N, F, F, F, F, "under_review"],
            [N, F, F, F, F, OVER],
            [N, F, F, F, F, OVER]]),
        ("resolve", [
            [N, F, F, F, F, "resolved"],
            [N, F, F, F, F, "resolved"],
            [N, F, F, F, F, "resolved"],
            [N, F, F, F, F, "resolved"],
            [N, F, F, F, F, "resolved"],
            [N, F, F, F, F, OVER]]),
    ]
};

fn outcome(answer: &Answer) -> &str {
    let told = match answer.status {
        200 | 201 => &answer.body["data"]["status"],
        _ => &answer.body["code"],
    };
    told.as_str().unwrap_or("nothing")
}

#[tokio::test]
async fn every_transition_is_answered_to_every_role_as_the_table_says() {
    let shop = Shop::new().await;
    let (user, creator) = (shop.api.user().await, shop.api.creator().await);
    let token = |caller: &str| match caller {
        "nobody" => "",
        "user" => &user.token[..],
        "creator" => &creator.token,
        "buyer" => &shop.buyer.token,
        "seller" => &shop.seller.token,
        _ => &shop.admin.token,
    };
    let mut wrong = Vec::new();
    for (action, rows) in TABLE {
        for ((state, way), expected) in STATES.into_iter().zip(rows) {
            let mut dispute = None;
            for (caller, expected) in CALLERS.into_iter().zip(expected) {
                // What changed nothing leaves it to the next caller.
                let id = match dispute {
                    Some(id) => id,
                    None => {
                        let id = shop.dispute(500).await;
                        for (caller, action) in way {
                            let answer = shop.act(token(caller), id, action).await;
                            assert!(answer.status < 300, "{answer:?}");
                        }
                        id
                    }
                };
                let answer = shop.act(token(caller), id, action).await;
                if outcome(&answer) != expected {
                    wrong.push(format!(
                        "{state} {action} {caller}: expected {expected}, found {answer:?}"
                    ));
                }
                dispute = (answer.status >= 300).then_some(id);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_dispute_tells_its_whole_story_to_both_sides() {
    let shop = Shop::new().await;
    let product = shop.product(1_000).await;
    let order = shop.sell(&shop.buyer, &[product]).await;
    let files = shop
        .get(&format!("orders/{order}/download"), &shop.buyer.token)
        .await;
    files.assert_status(200);
    let opened = shop.report(&shop.buyer, order).await;
    assert_eq!(
        opened.assert_status(201).data()["actions"],
        json!(["message", "withdraw"])
    );
    let id: Uuid = opened.data()["id"].as_str().unwrap().parse().unwrap();
    let seen = shop.seen(&shop.seller, id).await;
    assert_eq!(
        (&seen["side"], &seen["actions"]),
        (&json!("seller"), &json!(["message", "respond"]))
    );
    shop.act(&shop.seller.token, id, "respond")
        .await
        .assert_status(201);
    shop.act(&shop.buyer.token, id, "messages")
        .await
        .assert_status(201);
    shop.act(&shop.admin.token, id, "review")
        .await
        .assert_status(200);
    let decision = json!({"resolution": "refund_partial", "amount_minor": 500});
    let decided = shop.resolve(id, decision).await;
    assert_eq!(decided.data()["status"], "resolved");
    for person in [&shop.buyer, &shop.seller, &shop.admin] {
        let seen = shop.seen(person, id).await;
        let history = seen["history"].as_array().unwrap();
        let story: Vec<(&str, Option<&str>)> = history
            .iter()
            .map(|happening| {
                (
                    happening["kind"].as_str().unwrap(),
                    happening["side"].as_str(),
                )
            })
            .collect();
        assert_eq!(
            story,
            [
                ("purchased", Some("buyer")),
                ("downloaded", Some("buyer")),
                ("opened", Some("buyer")),
                ("responded", Some("seller")),
                ("message", Some("buyer")),
                ("review_began", Some("admin")),
                ("resolved", Some("admin")),
            ]
        );
        assert_eq!(
            (&history[0]["amount_minor"], &history[1]["text"]),
            (&json!(1_200), &json!("all.zip"))
        );
        assert_eq!(history[2]["text"], "It stops at 61 %.");
        assert_eq!(
            (
                &history[6]["resolution"],
                &history[6]["amount_minor"],
                &history[6]["text"]
            ),
            (
                &json!("refund_partial"),
                &json!(500),
                &json!("As it seems to me.")
            )
        );
        assert_eq!(seen["actions"], json!([]));
        assert_eq!(
            (&seen["refunded_minor"], &seen["left_minor"]),
            (&json!(500), &json!(700))
        );
    }
    let stranger = shop.api.user().await;
    shop.get(&format!("disputes/{id}"), &stranger.token)
        .await
        .assert_problem(404, "not_found", "");
}

#[tokio::test]
async fn what_nobody_answers_for_72_hours_is_under_review() {
    let shop = Shop::new().await;
    let id = shop.dispute(500).await;
    shop.let_pass(id, 71).await;
    assert_eq!(shop.seen(&shop.buyer, id).await["status"], "open");
    shop.let_pass(id, 1).await;
    let seen = shop.seen(&shop.seller, id).await;
    assert_eq!(
        (&seen["status"], &seen["actions"]),
        (&json!("under_review"), &json!(["message", "respond"]))
    );
    let began = seen["history"]
        .as_array()
        .unwrap()
        .iter()
        .find(|happening| happening["kind"] == "review_began");
    let began = began.expect("it began");
    assert_eq!(
        (&began["side"], &began["at"]),
        (&Value::Null, &seen["respond_until"])
    );
    // An answer that comes then leaves it there.
    let responded = shop.act(&shop.seller.token, id, "respond").await;
    assert_eq!(responded.data()["status"], "under_review");
    let listed = shop
        .get("disputes?status=under_review", &shop.buyer.token)
        .await;
    assert_eq!(listed.data()[0]["id"], json!(id));

    // One that was answered in time waits for an administrator.
    let id = shop.dispute(500).await;
    shop.act(&shop.seller.token, id, "respond")
        .await
        .assert_status(201);
    shop.let_pass(id, 100).await;
    assert_eq!(
        shop.seen(&shop.buyer, id).await["status"],
        "seller_responded"
    );
}

#[tokio::test]
async fn issues_are_of_ones_own_paid_orders_for_30_days() {
    let shop = Shop::new().await;
    let product = shop.quick_product(500).await;
    let order = shop.order(&shop.buyer, &[product]).await;
    shop.report(&shop.buyer, order)
        .await
        .assert_problem(409, "not_paid", "");
    shop.pay(&shop.buyer, order, "approve")
        .await
        .assert_status(200);
    let stranger = shop.api.user().await;
    shop.report(&stranger, order)
        .await
        .assert_problem(404, "not_found", "");
    shop.report(&shop.seller, order)
        .await
        .assert_problem(404, "not_found", "");
    let path = format!("orders/{order}/dispute");
    for (body, code, field) in [
        (
            json!({"reason": "boredom", "details": "x"}),
            "invalid",
            "reason",
        ),
        (
            json!({"reason": "other", "details": " "}),
            "invalid",
            "details",
        ),
        (json!({"reason": "other"}), "missing_field", "details"),
        (
            json!({"reason": "other", "details": "x", "amount_minor": 3}),
            "unknown_field",
            "amount_minor",
        ),
    ] {
        shop.post(&path, &shop.buyer.token, body)
            .await
            .assert_problem(422, code, field);
    }
    let age = async |days: i32| {
        sqlx::query("UPDATE orders SET paid_at = now() - $2 * interval '1 day' WHERE id = $1")
            .bind(order)
            .bind(days)
            .execute(shop.api.db())
            .await
            .unwrap();
    };
    age(30).await;
    shop.report(&shop.buyer, order)
        .await
        .assert_problem(409, "dispute_period_over", "");
    age(29).await;
    let first = shop.report(&shop.buyer, order).await;
    first.assert_status(201);
    shop.report(&shop.buyer, order)
        .await
        .assert_problem(409, "dispute_running", "");
    // When one is over, there may be another.
    let id: Uuid = first.data()["id"].as_str().unwrap().parse().unwrap();
    shop.act(&shop.buyer.token, id, "withdraw")
        .await
        .assert_status(200);
    shop.report(&shop.buyer, order).await.assert_status(201);
}

#[tokio::test]
async fn fifty_reports_at_once_open_one_dispute() {
    let shop = Shop::new().await;
    let order = shop.sold(500).await;
    let answers = join_all((0..50).map(|_| shop.report(&shop.buyer, order))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 201).count(),
        1
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 201 || answer.body["code"] == "dispute_running")
    );
    assert_eq!(
        shop.number("SELECT count(*) FROM disputes WHERE order_id = $1", order)
            .await,
        1
    );
}

#[tokio::test]
async fn everybody_lists_what_is_theirs() {
    let shop = Shop::new().await;
    let (first, second) = (shop.dispute(500).await, shop.dispute(500).await);
    shop.act(&shop.seller.token, first, "respond")
        .await
        .assert_status(201);
    let ids = |answer: Answer| -> Vec<Value> {
        answer
            .data()
            .as_array()
            .unwrap()
            .iter()
            .map(|dispute| dispute["id"].clone())
            .collect()
    };
    let (both, open, answered) = (
        vec![json!(second), json!(first)],
        vec![json!(second)],
        vec![json!(first)],
    );
    for (person, query, expected) in [
        (&shop.buyer, "", both.clone()),
        (&shop.buyer, "?side=buyer", both.clone()),
        (&shop.buyer, "?side=seller", Vec::new()),
        (&shop.seller, "?side=seller&status=open", open.clone()),
        (
            &shop.seller,
            "?side=seller&status=open&status=seller_responded",
            both.clone(),
        ),
        (&shop.seller, "?side=buyer", Vec::new()),
    ] {
        let answer = shop.get(&format!("disputes{query}"), &person.token).await;
        assert_eq!(ids(answer), expected, "{query}");
    }
    let seller = shop.seller.creator_id;
    for (query, expected) in [
        (String::new(), both.clone()),
        ("?status=seller_responded".into(), answered),
        ("?reason=other".into(), Vec::new()),
        ("?reason=other&reason=corrupt_file".into(), both.clone()),
        (format!("?seller={seller}"), both),
        (format!("?seller={}", seller + 1_000), Vec::new()),
    ] {
        let answer = shop
            .api
            .get(&format!("/api/v1/admin/disputes{query}"), &shop.admin.token)
            .await;
        assert_eq!(ids(answer), expected, "{query}");
    }
    let page = shop
        .api
        .get("/api/v1/admin/disputes?limit=1", &shop.admin.token)
        .await;
    let next = page.body["meta"]["next_cursor"]
        .as_str()
        .expect("a next page")
        .to_owned();
    let page = shop
        .api
        .get(
            &format!("/api/v1/admin/disputes?limit=1&cursor={next}"),
            &shop.admin.token,
        )
        .await;
    assert_eq!(ids(page), [json!(first)]);
}

#[tokio::test]
async fn what_happened_can_only_be_added_to() {
    let shop = Shop::new().await;
    let product = shop.product(500).await;
    let order = shop.sell(&shop.buyer, &[product]).await;
    shop.get(&format!("orders/{order}/download"), &shop.buyer.token)
        .await
        .assert_status(200);
    let id = shop.dispute_of(order).await;
    shop.act(&shop.buyer.token, id, "messages")
        .await
        .assert_status(201);
    for statement in [
        "UPDATE dispute_messages SET text = 'I never said that.'",
        "DELETE FROM dispute_messages",
        "TRUNCATE dispute_messages",
        "UPDATE dispute_events SET at = now()",
        "DELETE FROM dispute_events",
        "TRUNCATE dispute_events",
        "UPDATE downloads SET at = now()",
        "DELETE FROM downloads",
        "TRUNCATE downloads",
    ] {
        let error = sqlx::query(statement)
            .execute(shop.api.db())
            .await
            .expect_err(statement);
        assert!(
            error.to_string().contains("only added to"),
            "{statement}: {error}"
        );
    }
}
