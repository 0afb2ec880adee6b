//! Fifty at once, on real Postgres.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use crate::market::{Market, id_of, new_key};
use crate::support::Answer;

const CLIENTS: usize = 50;

fn statuses(answers: &[Answer]) -> BTreeSet<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// Asks again when the service is too busy to begin, as clients do: on a busy machine, fifty at once wait long for a connection.
async fn patient(request: impl AsyncFn() -> Answer) -> Answer {
    loop {
        let answer = request().await;
        if answer.status != 503 {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Postgres counts the deadlocks that it had to break.
async fn assert_no_deadlock(market: &Market) {
    sqlx::query("SELECT pg_stat_clear_snapshot()")
        .execute(market.api.db())
        .await
        .unwrap();
    let deadlocks = market
        .count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        .await;
    assert_eq!(deadlocks, 0);
}

#[tokio::test]
async fn fifty_requests_with_one_key_make_one_order() {
    let market = Market::new().await;
    let products = [market.product(1_000).await, market.product(700).await];
    let key = new_key();
    let answers = join_all(
        (0..CLIENTS)
            .map(|_| patient(async || market.order_as(&market.buyer, &key, &products).await)),
    )
    .await;
    assert_eq!(statuses(&answers), BTreeSet::from([201]));
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    assert_eq!(market.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(market.count("SELECT count(*) FROM order_items").await, 2);
    assert_no_deadlock(&market).await;
}

#[tokio::test]
async fn fifty_hearts_are_one_wish() {
    let market = Market::new().await;
    let path = format!("wishlist/{}", market.product(1_000).await);
    let answers =
        join_all((0..CLIENTS).map(|_| {
            patient(async || market.call(Method::POST, &path, &market.buyer.token).await)
        }))
        .await;
    assert_eq!(statuses(&answers), BTreeSet::from([204]));
    assert_eq!(market.count("SELECT count(*) FROM wishlist").await, 1);
    let answers = join_all((0..CLIENTS).map(|_| {
        patient(async || {
            market
                .call(Method::DELETE, &path, &market.buyer.token)
                .await
        })
    }))
    .await;
    assert_eq!(statuses(&answers), BTreeSet::from([204]));
    assert_eq!(market.count("SELECT count(*) FROM wishlist").await, 0);
}

#[tokio::test]
async fn fifty_payments_of_an_order_pay_it_once() {
    let market = Market::new().await;
    let order = market
        .order(&market.buyer, &[market.product(1_000).await])
        .await;
    let answers = join_all(
        (0..CLIENTS).map(|_| patient(async || market.pay(&market.buyer, order, "twice").await)),
    )
    .await;
    assert!(
        statuses(&answers).is_subset(&BTreeSet::from([200, 409])),
        "{:?}",
        statuses(&answers)
    );
    assert_eq!(
        market.told_order(&market.buyer, order).await["state"],
        "paid"
    );
    assert_eq!(
        market.count("SELECT count(*) FROM payments").await,
        1,
        "the provider was asked once"
    );
    assert_no_deadlock(&market).await;
}

#[tokio::test]
async fn fifty_orders_of_one_product_are_paid_once() {
    let market = Market::new().await;
    let (one, two) = (market.product(1_000).await, market.product(1_000).await);
    // In both orders, so that whoever locks products one by one would meet another.
    let orders = join_all((0..CLIENTS).map(|n| {
        let products = if n % 2 == 0 {
            vec![one, two]
        } else {
            vec![two, one]
        };
        let market = &market;
        async move {
            let key = new_key();
            let order =
                patient(async || market.order_as(&market.buyer, &key, &products).await).await;
            id_of(&order.data()["id"])
        }
    }))
    .await;
    let answers = join_all(
        orders
            .iter()
            .map(|order| patient(async || market.pay(&market.buyer, *order, "approve").await)),
    )
    .await;
    let paid = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(paid, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.assert_problem(409, "already_owned", "");
    }
    assert_eq!(
        market
            .count("SELECT count(*) FROM order_items WHERE owned_from IS NOT NULL")
            .await,
        2
    );
    assert_eq!(
        market
            .count("SELECT count(*) FROM payments WHERE state = 'returned' AND returned_at IS NULL")
            .await,
        0
    );
    assert_no_deadlock(&market).await;
}

#[tokio::test]
async fn fifty_promotions_at_once_never_overlap() {
    let market = Market::new().await;
    let product = market.product(1_000).await;
    let start = Timestamp::now() + SignedDuration::from_hours(24);
    let answers = join_all((0..CLIENTS).map(|n| {
        // Ten windows that touch, each five times; each second one is moved so that it overlaps two.
        let slot = (n % 10) as i64;
        let begin = start + SignedDuration::from_mins(60 * slot + if n % 2 == 0 { 0 } else { 30 });
        let body = json!({"product_id": product, "discount_percent": 10, "starts_at": begin, "ends_at": begin + SignedDuration::from_mins(60)});
        let market = &market;
        async move { patient(async || market.post("promotions", &market.seller.token, body.clone()).await).await }
    }))
    .await;
    assert!(
        statuses(&answers).is_subset(&BTreeSet::from([201, 409])),
        "{:?}",
        statuses(&answers)
    );
    let made = answers.iter().filter(|answer| answer.status == 201).count() as i64;
    assert!(made >= 4, "{made}");
    assert_eq!(market.count("SELECT count(*) FROM promotions").await, made);
    let overlaps = market
        .count("SELECT count(*) FROM promotions a JOIN promotions b ON a.id < b.id AND a.product_id = b.product_id
                AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at")
        .await;
    assert_eq!(overlaps, 0);
    assert_no_deadlock(&market).await;
}

#[tokio::test]
async fn orders_prices_and_promotions_changing_at_once_never_deadlock_nor_disagree() {
    let market = Market::with(&[("VEZA_POSTGRES_CONNECTIONS", "30")]).await;
    let products = [
        market.product(1_000).await,
        market.product(2_000).await,
        market.product(3_000).await,
    ];
    let buyers = join_all((0..5).map(|_| market.api.user())).await;
    let work = (0..CLIENTS).map(|n| {
        let (market, buyer) = (&market, &buyers[n % 5]);
        async move {
            let product = products[n % 3];
            match n % 5 {
                0 => {
                    let price = json!({"price_minor": 900 + n});
                    let path = format!("products/{product}");
                    patient(async || {
                        market
                            .patch(&path, &market.seller.token, price.clone())
                            .await
                    })
                    .await
                }
                1 => {
                    let end = Timestamp::now() + SignedDuration::from_mins(n as i64);
                    let body =
                        json!({"product_id": product, "discount_percent": 20, "ends_at": end});
                    let made = patient(async || {
                        market
                            .post("promotions", &market.seller.token, body.clone())
                            .await
                    })
                    .await;
                    match made.status {
                        201 => {
                            let path = format!("promotions/{}", id_of(&made.data()["id"]));
                            patient(async || {
                                market
                                    .call(Method::DELETE, &path, &market.seller.token)
                                    .await
                            })
                            .await
                        }
                        _ => made,
                    }
                }
                _ => {
                    let mut basket = products.to_vec();
                    basket.rotate_left(n % 3);
                    let key = new_key();
                    let order = patient(async || market.order_as(buyer, &key, &basket).await).await;
                    match order.status {
                        201 => {
                            let order = id_of(&order.data()["id"]);
                            patient(async || market.pay(buyer, order, "approve").await).await
                        }
                        _ => order,
                    }
                }
            }
        }
    });
    let answers = join_all(work).await;
    let unexpected: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status >= 500)
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    assert_no_deadlock(&market).await;
    // Each line has the list price that its product had at that moment, and a promotion that ran.
    let wrong = market
        .count(
            "SELECT count(*) FROM order_items i JOIN orders o ON o.id = i.order_id
             WHERE NOT EXISTS (SELECT FROM product_prices h WHERE h.product_id = i.product_id AND h.price_minor = i.list_minor
               AND h.since <= o.created_at AND (h.until IS NULL OR o.created_at < h.until))
             OR i.promotion_id IS NOT NULL AND NOT EXISTS (SELECT FROM promotions r WHERE r.id = i.promotion_id
               AND r.starts_at <= o.created_at AND o.created_at < r.ends_at)
             OR i.promotion_id IS NULL AND EXISTS (SELECT FROM promotions r WHERE r.product_id = i.product_id
               AND r.starts_at <= o.created_at AND o.created_at < r.ends_at)",
        )
        .await;
    assert_eq!(wrong, 0);
}
