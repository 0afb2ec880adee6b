//! Reviews of what was bought, one each, and the seller's one reply.

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::market::id_of;
use crate::shop::Shop;
use crate::support::{Answer, Person};

async fn review(shop: &Shop, buyer: &Person, product: Uuid, rating: Value) -> Answer {
    let body = json!({"product_id": product, "rating": rating, "text": "Warm\nand slow."});
    shop.post("reviews", &buyer.token, body).await
}

async fn reply(shop: &Shop, token: &str, review: &str, text: &str) -> Answer {
    shop.post(
        &format!("reviews/{review}/reply"),
        token,
        json!({"text": text}),
    )
    .await
}

#[tokio::test]
async fn a_review_is_of_a_purchase_and_one_each() {
    let shop = Shop::new().await;
    let product = shop.quick_product(900).await;
    let of_product = format!("products/{product}/reviews");
    let none = shop.get(&of_product, "").await;
    assert_eq!(
        (
            none.data(),
            &none.body["meta"]["average"],
            &none.body["meta"]["count"]
        ),
        (&json!([]), &Value::Null, &json!(0))
    );
    review(&shop, &shop.buyer, product, json!(5))
        .await
        .assert_problem(403, "not_purchased", "");
    review(&shop, &shop.buyer, Uuid::new_v4(), json!(5))
        .await
        .assert_problem(404, "not_found", "");
    let unpaid = shop.order(&shop.buyer, &[product]).await;
    review(&shop, &shop.buyer, product, json!(5))
        .await
        .assert_problem(403, "not_purchased", "");
    shop.pay(&shop.buyer, unpaid, "approve")
        .await
        .assert_status(200);
    for refused in [json!(0), json!(6), json!(4.5), json!("5")] {
        review(&shop, &shop.buyer, product, refused)
            .await
            .assert_problem(422, "invalid", "rating");
    }
    let written = review(&shop, &shop.buyer, product, json!(5)).await;
    written.assert_status(201);
    assert_eq!(
        (
            &written.data()["rating"],
            &written.data()["text"],
            &written.data()["reply"]
        ),
        (&json!(5), &json!("Warm\nand slow."), &Value::Null)
    );
    review(&shop, &shop.buyer, product, json!(1))
        .await
        .assert_problem(409, "already_reviewed", "");
    let others = [shop.api.user().await, shop.api.user().await];
    for (other, rating) in others.iter().zip([4, 1]) {
        shop.sell(other, &[product]).await;
        review(&shop, other, product, json!(rating))
            .await
            .assert_status(201);
    }
    let listed = shop.get(&format!("{of_product}?limit=2"), "").await;
    let ratings: Vec<&Value> = listed
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|review| &review["rating"])
        .collect();
    assert_eq!(ratings, [1, 4], "the newest first");
    let meta = &listed.body["meta"];
    assert_eq!(
        (&meta["count"], meta["average"].as_f64()),
        (&json!(3), Some(10.0 / 3.0))
    );
    let histogram = json!([
        {"rating": 5, "count": 1}, {"rating": 4, "count": 1}, {"rating": 3, "count": 0},
        {"rating": 2, "count": 0}, {"rating": 1, "count": 1}
    ]);
    assert_eq!(meta["histogram"], histogram);
    let next = meta["next_cursor"].as_str().unwrap();
    let last = shop
        .get(&format!("{of_product}?limit=2&cursor={next}"), "")
        .await;
    assert_eq!(last.data()[0]["id"], written.data()["id"]);
    // The product's own page says the same.
    let page = shop.get(&format!("products/{product}"), "").await;
    assert_eq!(page.data()["rating"]["count"], 3);
    assert_eq!(page.data()["rating"]["average"].as_f64(), Some(10.0 / 3.0));
}

#[tokio::test]
async fn a_purchase_that_was_refunded_in_full_is_not_reviewed() {
    let shop = Shop::new().await;
    let product = shop.quick_product(900).await;
    let order = shop.sell(&shop.buyer, &[product]).await;
    let dispute = shop.dispute_of(order).await;
    shop.resolve(dispute, json!({"resolution": "refund_full"}))
        .await
        .assert_status(200);
    review(&shop, &shop.buyer, product, json!(1))
        .await
        .assert_problem(403, "not_purchased", "");
}

#[tokio::test]
async fn the_seller_replies_once_and_sees_first_what_waits() {
    let shop = Shop::new().await;
    let mut reviews = Vec::new();
    for rating in 1..=3 {
        let product = shop.quick_product(100).await;
        shop.sell(&shop.buyer, &[product]).await;
        let written = review(&shop, &shop.buyer, product, json!(rating)).await;
        reviews.push(written.data()["id"].as_str().unwrap().to_owned());
    }
    let seller = &shop.seller.token;
    let other = shop.api.creator().await;
    reply(&shop, &shop.buyer.token, &reviews[2], "?")
        .await
        .assert_problem(403, "forbidden", "");
    reply(&shop, &other.token, &reviews[2], "?")
        .await
        .assert_problem(404, "not_found", "");
    reply(&shop, seller, &reviews[2], "  ")
        .await
        .assert_problem(422, "invalid", "text");
    let replied = reply(&shop, seller, &reviews[2], "Thank you.").await;
    assert_eq!(replied.assert_status(201).data()["reply"], "Thank you.");
    assert!(replied.data()["replied_at"].is_string());
    reply(&shop, seller, &reviews[2], "And again.")
        .await
        .assert_problem(409, "already_replied", "");

    // The last one has its reply, and so comes last; pages go on where they ended.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = shop
            .get(&format!("reviews?side=seller&limit=1{cursor}"), seller)
            .await;
        seen.extend(
            page.data()
                .as_array()
                .unwrap()
                .iter()
                .map(|review| review["id"].as_str().unwrap().to_owned()),
        );
        match page.body["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [&reviews[1][..], &reviews[0], &reviews[2]]);
    let count = async |query: &str, token: &str| {
        let listed = shop.get(&format!("reviews?{query}"), token).await;
        listed.data().as_array().unwrap().len()
    };
    assert_eq!(count("side=seller&replied=false", seller).await, 2);
    assert_eq!(count("side=seller&replied=true", seller).await, 1);
    assert_eq!(count("side=seller", &other.token).await, 0);
    assert_eq!(count("side=buyer", seller).await, 0);
    assert_eq!(count("", &shop.buyer.token).await, 3);
}

#[tokio::test]
async fn of_fifty_replies_at_once_one_is_kept() {
    let shop = Shop::new().await;
    let product = shop.quick_product(100).await;
    shop.sell(&shop.buyer, &[product]).await;
    let reviews = join_all((0..50).map(|_| review(&shop, &shop.buyer, product, json!(3)))).await;
    let written: Vec<&Answer> = reviews
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(written.len(), 1);
    assert!(
        reviews
            .iter()
            .all(|answer| answer.status == 201 || answer.body["code"] == "already_reviewed")
    );
    let id = id_of(&written[0].data()["id"]).to_string();
    let texts: Vec<String> = (0..50).map(|number| format!("Reply {number}")).collect();
    let replies = join_all(
        texts
            .iter()
            .map(|text| reply(&shop, &shop.seller.token, &id, text)),
    )
    .await;
    let kept: Vec<&Answer> = replies
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(kept.len(), 1);
    assert!(
        replies
            .iter()
            .all(|answer| answer.status == 201 || answer.body["code"] == "already_replied")
    );
    let listed = shop.get(&format!("products/{product}/reviews"), "").await;
    assert_eq!(listed.data()[0]["reply"], kept[0].data()["reply"]);
    assert_eq!(listed.body["meta"]["count"], 1);
}
