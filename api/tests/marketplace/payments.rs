//! Paying: once, whatever the provider answers, however late, and how often.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;
use veza_standalone::testing::eventually;

use crate::market::Market;

/// Late answers that don't keep a test waiting.
const SOON: (&str, &str) = ("VEZA_API_TEST_PAYMENT_DELAY_MS", "300");
const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of the payments of an order.
async fn payments(market: &Market, order: Uuid) -> Vec<(String, Option<String>, bool)> {
    sqlx::query_as("SELECT state, reason, returned_at IS NOT NULL FROM payments WHERE order_id = $1 ORDER BY id")
        .bind(order)
        .fetch_all(market.api.db())
        .await
        .unwrap()
}

async fn expire(market: &Market, order: Uuid) {
    sqlx::query("UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = $1")
        .bind(order)
        .execute(market.api.db())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_declined_order_stays_pending_and_can_be_paid() {
    let market = Market::new().await;
    let order = market
        .order(&market.buyer, &[market.product(1_000).await])
        .await;
    let buyer = &market.buyer;
    market
        .pay(buyer, order, "nonsense")
        .await
        .assert_problem(422, "invalid", "method");
    market
        .pay(buyer, order, "decline")
        .await
        .assert_problem(402, "payment_declined", "");
    let told = market.told_order(buyer, order).await;
    assert_eq!(
        (told["state"].clone(), told["payment"]["state"].clone()),
        (json!("pending_payment"), json!("declined"))
    );
    market
        .get(&format!("orders/{order}/download"), &buyer.token)
        .await
        .assert_problem(409, "not_paid", "");
    let paid = market
        .pay(buyer, order, "approve")
        .await
        .assert_status(200)
        .data()
        .clone();
    assert_eq!(
        (paid["state"].clone(), paid["payment"]["state"].clone()),
        (json!("paid"), json!("approved"))
    );
    // Paid is paid.
    for method in ["approve", "decline", "late"] {
        assert_eq!(
            market
                .pay(buyer, order, method)
                .await
                .assert_status(200)
                .data()["state"],
            "paid"
        );
    }
    assert_eq!(payments(&market, order).await.len(), 2);
}

#[tokio::test]
async fn an_answer_that_comes_late_or_twice_pays_once() {
    let market = Market::with(&[SOON]).await;
    let buyer = &market.buyer;
    let late = market.order(buyer, &[market.product(1_000).await]).await;
    let waiting = market.pay(buyer, late, "late").await;
    assert_eq!(
        (waiting.status, waiting.data()["payment"]["state"].clone()),
        (202, json!("started"))
    );
    market
        .pay(buyer, late, "approve")
        .await
        .assert_problem(409, "payment_under_way", "");
    eventually(PATIENCE, || async {
        market.told_order(buyer, late).await["state"] == "paid"
    })
    .await;

    let declined = market.order(buyer, &[market.product(1_000).await]).await;
    market
        .pay(buyer, declined, "late_decline")
        .await
        .assert_status(202);
    eventually(PATIENCE, || async {
        market.told_order(buyer, declined).await["payment"]["state"] == "declined"
    })
    .await;
    market
        .pay(buyer, declined, "approve")
        .await
        .assert_status(200);

    let twice = market.order(buyer, &[market.product(1_000).await]).await;
    let paid = market
        .pay(buyer, twice, "twice")
        .await
        .assert_status(200)
        .data()
        .clone();
    // Its second answer comes before this one's first.
    let after = market.order(buyer, &[market.product(1_000).await]).await;
    market.pay(buyer, after, "late").await.assert_status(202);
    eventually(PATIENCE, || async {
        market.told_order(buyer, after).await["state"] == "paid"
    })
    .await;
    assert_eq!(
        market.told_order(buyer, twice).await["paid_at"],
        paid["paid_at"]
    );
    assert_eq!(
        payments(&market, twice).await,
        [("approved".to_owned(), None, false)]
    );
}

#[tokio::test]
async fn an_unpaid_order_is_canceled_and_a_late_approval_given_back_at_once() {
    let market = Market::with(&[SOON]).await;
    let (buyer, product) = (&market.buyer, market.product(1_000).await);
    let order = market.order(buyer, &[product]).await;
    let half_an_hour: bool =
        sqlx::query_scalar("SELECT expires_at = created_at + interval '30 minutes' FROM orders")
            .fetch_one(market.api.db())
            .await
            .unwrap();
    assert!(half_an_hour);
    market.pay(buyer, order, "late").await.assert_status(202);
    expire(&market, order).await;
    // Told so before anybody has written it down.
    assert_eq!(market.told_order(buyer, order).await["state"], "canceled");
    market
        .pay(buyer, order, "approve")
        .await
        .assert_problem(409, "order_canceled", "");
    eventually(PATIENCE, || async {
        payments(&market, order).await
            == [(
                "returned".to_owned(),
                Some("order_canceled".to_owned()),
                true,
            )]
    })
    .await;
    assert_eq!(market.told_order(buyer, order).await["state"], "canceled");
    assert_eq!(
        market
            .count(
                "SELECT count(*) FROM orders WHERE state = 'canceled' AND canceled_at IS NOT NULL"
            )
            .await,
        1
    );
    assert_eq!(
        market
            .count("SELECT count(*) FROM order_items WHERE owned_from IS NOT NULL")
            .await,
        0
    );
    assert_eq!(
        market.get("sales", &market.seller.token).await.data(),
        &json!([])
    );
    market.buy(buyer, &[product]).await;
}

#[tokio::test]
async fn an_order_nobody_asks_for_is_canceled_by_itself() {
    let market = Market::new().await;
    let order = market
        .order(&market.buyer, &[market.product(1_000).await])
        .await;
    expire(&market, order).await;
    eventually(PATIENCE, || async {
        market
            .count(
                "SELECT count(*) FROM orders WHERE state = 'canceled' AND canceled_at = expires_at",
            )
            .await
            == 1
    })
    .await;
}

#[tokio::test]
async fn what_was_bought_meanwhile_is_not_paid_again() {
    let market = Market::with(&[SOON]).await;
    let (buyer, product) = (&market.buyer, market.product(1_000).await);
    let (first, second, third) = (
        market.order(buyer, &[product]).await,
        market.order(buyer, &[product]).await,
        market.order(buyer, &[product]).await,
    );
    market.pay(buyer, first, "late").await.assert_status(202);
    market
        .pay(buyer, second, "approve")
        .await
        .assert_status(200);
    market
        .pay(buyer, third, "approve")
        .await
        .assert_problem(409, "already_owned", "");
    eventually(PATIENCE, || async {
        payments(&market, first).await
            == [(
                "returned".to_owned(),
                Some("already_owned".to_owned()),
                true,
            )]
    })
    .await;
    assert_eq!(market.told_order(buyer, first).await["state"], "canceled");
    assert_eq!(payments(&market, third).await, []);
    assert_eq!(
        market
            .count("SELECT count(*) FROM order_items WHERE owned_from IS NOT NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn a_verdict_that_got_lost_is_looked_up() {
    let market = Market::with(&[("VEZA_API_TEST_PAYMENT_DELAY_MS", "600000")]).await;
    let buyer = &market.buyer;
    let order = market.order(buyer, &[market.product(1_000).await]).await;
    market.pay(buyer, order, "late").await.assert_status(202);
    // The service that would have been told is gone, and the provider has decided long ago.
    market.api.service.kill9().await;
    sqlx::query("UPDATE payments SET created_at = created_at - interval '20 minutes'")
        .execute(market.api.db())
        .await
        .unwrap();
    market.api.service.restart().await;
    eventually(PATIENCE, || async {
        market.told_order(buyer, order).await["state"] == "paid"
    })
    .await;
}
