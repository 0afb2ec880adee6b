//! What somebody would like to have, and what sellers learn of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::market::Market;

#[tokio::test]
async fn a_wish_is_there_once_and_tells_how_far_the_price_fell() {
    let market = Market::new().await;
    let (product, token) = (market.product(1_000).await, &market.buyer.token);
    let path = format!("wishlist/{product}");
    for _ in 0..2 {
        market
            .call(Method::POST, &path, token)
            .await
            .assert_status(204);
    }
    let wishes = market.get("wishlist", token).await;
    assert_eq!(wishes.data().as_array().unwrap().len(), 1);
    assert_eq!(
        (
            wishes.data()[0]["price_when_added_minor"].clone(),
            wishes.data()[0]["drop_minor"].clone()
        ),
        (json!(1_000), json!(0))
    );
    assert_eq!(
        market
            .get(&format!("products/{product}"), token)
            .await
            .data()["wished"],
        true
    );

    market.promote(product, 30).await;
    market
        .call(Method::POST, &path, token)
        .await
        .assert_status(204);
    let wish = market.get("wishlist", token).await.data()[0].clone();
    assert_eq!(
        (
            wish["price_when_added_minor"].clone(),
            wish["drop_minor"].clone()
        ),
        (json!(1_000), json!(300))
    );
    assert_eq!(wish["product"]["promotion"]["discount_percent"], 30);

    for _ in 0..2 {
        market
            .call(Method::DELETE, &path, token)
            .await
            .assert_status(204);
    }
    assert_eq!(market.get("wishlist", token).await.data(), &json!([]));
    // Added while the promotion runs: what was payable then.
    market
        .call(Method::POST, &path, token)
        .await
        .assert_status(204);
    assert_eq!(
        market.get("wishlist", token).await.data()[0]["price_when_added_minor"],
        700
    );
}

#[tokio::test]
async fn drafts_and_ones_own_products_are_not_wished_for() {
    let market = Market::new().await;
    let (draft, product) = (market.draft("A draft", 1).await, market.product(1).await);
    let wish = |product: uuid::Uuid, token: &str| {
        let (market, token) = (&market, token.to_owned());
        async move {
            let path = format!("wishlist/{product}");
            market.call(Method::POST, &path, &token).await
        }
    };
    let token = &market.buyer.token;
    wish(draft, token)
        .await
        .assert_problem(404, "not_found", "");
    wish(uuid::Uuid::nil(), token)
        .await
        .assert_problem(404, "not_found", "");
    wish(product, &market.seller.token)
        .await
        .assert_problem(422, "own_product", "product_id");
    let archived = json!({"state": "archived"});
    market
        .patch(
            &format!("products/{product}"),
            &market.seller.token,
            archived,
        )
        .await
        .assert_status(200);
    wish(product, token)
        .await
        .assert_problem(409, "not_for_sale", "");
}

#[tokio::test]
async fn the_seller_sees_the_demand_for_its_own_products_alone() {
    let market = Market::new().await;
    let (much, little) = (market.product(1_000).await, market.product(2_000).await);
    for index in 0..3 {
        let person = market.api.user().await;
        market
            .call(Method::POST, &format!("wishlist/{much}"), &person.token)
            .await
            .assert_status(204);
        if index == 0 {
            market
                .call(Method::POST, &format!("wishlist/{little}"), &person.token)
                .await
                .assert_status(204);
            // What one has, one doesn't wish for any more.
            market.buy(&person, &[much]).await;
            assert_eq!(
                market
                    .get("wishlist", &person.token)
                    .await
                    .data()
                    .as_array()
                    .unwrap()
                    .len(),
                1
            );
        }
    }
    let demand = market.get("demand", &market.seller.token).await;
    let told: Vec<(Value, Value, Value)> = demand
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["product_id"].clone(),
                row["wishes"].clone(),
                row["sales"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!(much), json!(2), json!(1)),
            (json!(little), json!(1), json!(0))
        ]
    );
    let other = market.api.creator().await;
    assert_eq!(market.get("demand", &other.token).await.data(), &json!([]));
    let own = market.get("selling", &market.seller.token).await;
    assert_eq!(own.data().as_array().unwrap().len(), 2);
    assert_eq!(
        (
            own.data()[1]["wishes"].clone(),
            own.data()[1]["sales"].clone()
        ),
        (json!(2), json!(1))
    );
}
