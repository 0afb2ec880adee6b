//! Promotions: their seller's, without overlap, by the database's clock.

use reqwest::Method;
use serde_json::json;

use crate::clock::Frozen;
use crate::market::{Market, id_of};

#[tokio::test]
async fn starts_at_counts_and_ends_at_does_not() {
    let frozen = Frozen::at("2026-06-01T00:00:00Z").await;
    let market = &frozen.market;
    let product = market.product(1_000).await;
    market
        .promote_between(product, 25, "2026-06-10T08:00:00Z", "2026-06-10T18:00:00Z")
        .await;
    let path = format!("products/{product}");
    for (time, payable, deals) in [
        ("2026-06-10T07:59:59.999999Z", 1_000, 0),
        ("2026-06-10T08:00:00Z", 750, 1),
        ("2026-06-10T17:59:59.999999Z", 750, 1),
        ("2026-06-10T18:00:00Z", 1_000, 0),
    ] {
        frozen.set(time).await;
        assert_eq!(
            market.get(&path, "").await.data()["payable_minor"],
            payable,
            "page at {time}"
        );
        let quote = market.quote(&market.buyer, &[product]).await;
        assert_eq!(quote.data()["net_minor"], payable, "quote at {time}");
        let buyer = market.api.user().await;
        let order = market.order(&buyer, &[product]).await;
        assert_eq!(
            market.told_order(&buyer, order).await["net_minor"],
            payable,
            "order at {time}"
        );
        let listed = market.get("deals", "").await;
        assert_eq!(
            listed.data().as_array().unwrap().len(),
            deals,
            "deals at {time}"
        );
    }
}

#[tokio::test]
async fn windows_of_one_product_touch_and_never_overlap() {
    let frozen = Frozen::at("2026-06-01T00:00:00Z").await;
    let market = &frozen.market;
    let (product, other) = (market.product(1_000).await, market.product(1_000).await);
    market
        .promote_between(product, 10, "2026-06-10T00:00:00Z", "2026-06-20T00:00:00Z")
        .await;
    let attempt = |product, from: &'static str, to: &'static str| {
        let body = json!({"product_id": product, "discount_percent": 20, "starts_at": from, "ends_at": to});
        market.post("promotions", &market.seller.token, body)
    };
    for (from, to) in [
        ("2026-06-09T00:00:00Z", "2026-06-10T00:00:00.000001Z"),
        ("2026-06-12T00:00:00Z", "2026-06-13T00:00:00Z"),
        ("2026-06-19T23:59:59.999999Z", "2026-06-21T00:00:00Z"),
        ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z"),
    ] {
        attempt(product, from, to)
            .await
            .assert_problem(409, "promotion_overlap", "");
    }
    attempt(product, "2026-06-05T00:00:00Z", "2026-06-10T00:00:00Z")
        .await
        .assert_status(201);
    let after = attempt(product, "2026-06-20T00:00:00Z", "2026-06-25T00:00:00Z").await;
    attempt(other, "2026-06-12T00:00:00Z", "2026-06-13T00:00:00Z")
        .await
        .assert_status(201);

    let path = format!("promotions/{}", after.data()["id"].as_str().unwrap());
    let token = &market.seller.token;
    let earlier = json!({"starts_at": "2026-06-19T00:00:00Z"});
    market
        .patch(&path, token, earlier.clone())
        .await
        .assert_problem(409, "promotion_overlap", "");
    let changed = market
        .patch(
            &path,
            token,
            json!({"discount_percent": 33, "ends_at": "2026-06-30T00:00:00Z"}),
        )
        .await;
    assert_eq!(changed.data()["discount_percent"], 33);
    assert_eq!(changed.data()["starts_at"], "2026-06-20T00:00:00Z");

    // A canceled one makes room.
    let list = market
        .get(&format!("promotions?product={product}"), token)
        .await;
    let middle = list
        .data()
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["discount_percent"] == 10)
        .unwrap()
        .clone();
    let middle = format!("promotions/{}", middle["id"].as_str().unwrap());
    market
        .call(Method::DELETE, &middle, token)
        .await
        .assert_status(204);
    market
        .call(Method::DELETE, &middle, token)
        .await
        .assert_status(204);
    market
        .patch(&middle, token, json!({"discount_percent": 11}))
        .await
        .assert_problem(409, "conflict", "");
    market.patch(&path, token, earlier).await.assert_status(200);
}

#[tokio::test]
async fn a_promotion_is_changed_before_it_begins_and_canceled_while_it_runs() {
    let frozen = Frozen::at("2026-06-01T00:00:00Z").await;
    let market = &frozen.market;
    let (product, token) = (market.product(1_000).await, &market.seller.token);
    let promotion = market
        .promote_between(product, 40, "2026-06-10T00:00:00Z", "2026-06-20T00:00:00Z")
        .await;
    let path = format!("promotions/{promotion}");
    let state = || async {
        let list = market.get("promotions", token).await;
        list.data()[0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state().await, "scheduled");
    let past = json!({"starts_at": "2026-05-31T00:00:00Z"});
    market
        .patch(&path, token, past)
        .await
        .assert_problem(422, "invalid", "starts_at");
    let backwards = json!({"ends_at": "2026-06-10T00:00:00Z"});
    market
        .patch(&path, token, backwards)
        .await
        .assert_problem(422, "invalid", "ends_at");

    frozen.set("2026-06-10T00:00:00Z").await;
    assert_eq!(state().await, "live");
    let change = json!({"discount_percent": 50});
    market
        .patch(&path, token, change)
        .await
        .assert_problem(409, "promotion_running", "");
    frozen.set("2026-06-11T00:00:00Z").await;
    market
        .call(Method::DELETE, &path, token)
        .await
        .assert_status(204);
    assert_eq!(state().await, "ended");
    assert_eq!(
        market.get(&format!("products/{product}"), "").await.data()["payable_minor"],
        1_000
    );
    assert_eq!(market.get("deals", "").await.data(), &json!([]));

    let second = market
        .promote_until(product, 10, "2026-06-12T00:00:00Z")
        .await;
    frozen.set("2026-06-12T00:00:00Z").await;
    let path = format!("promotions/{second}");
    market
        .call(Method::DELETE, &path, token)
        .await
        .assert_problem(409, "conflict", "");
}

#[tokio::test]
async fn promotions_are_of_ones_own_products_and_deals_end_in_order() {
    let market = Market::new().await;
    let product = market.product(1_000).await;
    let promotion = market.promote(product, 30).await;
    let other = market.api.creator().await;
    let body =
        json!({"product_id": product, "discount_percent": 30, "ends_at": "2027-01-01T00:00:00Z"});
    market
        .post("promotions", &other.token, body.clone())
        .await
        .assert_problem(422, "invalid", "product_id");
    let path = format!("promotions/{promotion}");
    market
        .patch(&path, &other.token, json!({"discount_percent": 5}))
        .await
        .assert_problem(404, "not_found", "");
    market
        .call(Method::DELETE, &path, &other.token)
        .await
        .assert_problem(404, "not_found", "");
    assert_eq!(
        market.get("promotions", &other.token).await.data(),
        &json!([])
    );
    for percent in [0, 91] {
        let mut body = body.clone();
        body["discount_percent"] = json!(percent);
        let answer = market.post("promotions", &market.seller.token, body).await;
        answer.assert_problem(422, "invalid", "discount_percent");
    }

    let mut ends = Vec::new();
    for hours in [5, 2, 9, 3] {
        let product = market.quick_product(1_000).await;
        let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        market.promote_until(product, 30, &end.to_string()).await;
        ends.push((hours, product));
    }
    ends.sort_unstable();
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = market.get(&format!("deals?limit=2{cursor}"), "").await;
        assert!(page.body["meta"]["server_time"].is_string());
        listed.extend(
            page.data()
                .as_array()
                .unwrap()
                .iter()
                .map(|deal| id_of(&deal["id"])),
        );
        match page.body["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = [product]
        .into_iter()
        .chain(ends.into_iter().map(|(_, product)| product))
        .collect();
    assert_eq!(listed, expected);
}
