//! What is sold: listed, searched, filtered, sorted; drafts are their seller's alone.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};

use crate::clock::Frozen;
use crate::market::{Market, id_of};

fn titles(answer: &crate::support::Answer) -> Vec<String> {
    let products = answer.data().as_array().expect("a list");
    products
        .iter()
        .map(|product| product["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_product_is_published_with_a_file_and_then_found_until_it_is_archived() {
    let market = Market::new().await;
    let token = &market.seller.token;
    let draft = market.draft("Fjärilar över Öland", 750).await;
    let path = format!("products/{draft}");
    market
        .get(&path, "")
        .await
        .assert_problem(404, "not_found", "");
    market
        .get(&path, &market.buyer.token)
        .await
        .assert_problem(404, "not_found", "");
    assert_eq!(market.get(&path, token).await.data()["state"], "draft");
    market
        .patch(&path, token, json!({"state": "published"}))
        .await
        .assert_problem(409, "conflict", "");
    market
        .patch(&path, token, json!({"state": "archived"}))
        .await
        .assert_problem(409, "conflict", "");
    assert_eq!(
        titles(&market.get("products", "").await),
        Vec::<String>::new()
    );

    market.file(draft, "öland.zip", b"butterflies").await;
    market.publish(draft).await;
    let product = market.get(&path, "").await.data().clone();
    assert_eq!(
        (
            product["price_minor"].clone(),
            product["payable_minor"].clone()
        ),
        (json!(750), json!(750))
    );
    assert_eq!(product["currency"], "EUR");
    assert_eq!(product["files"][0]["name"], "öland.zip");
    assert_eq!(product["file_count"], 1);
    assert_eq!(product["promotion"], Value::Null);
    assert_eq!(
        (product["wished"].clone(), product["owned"].clone()),
        (Value::Null, Value::Null)
    );
    for (query, found) in [
        ("fjarilar", 1),
        ("FJÄRILAR oland", 1),
        ("fjä", 1),
        ("album", 1),
        ("creator", 1),
        ("motylki", 0),
        ("'&|", 1),
    ] {
        let url = format!("products?q={}", query.replace('&', "%26"));
        assert_eq!(titles(&market.get(&url, "").await).len(), found, "{query}");
    }

    market
        .patch(&path, token, json!({"state": "archived"}))
        .await
        .assert_status(200);
    assert_eq!(
        titles(&market.get("products", "").await),
        Vec::<String>::new()
    );
    assert_eq!(market.get(&path, "").await.data()["state"], "archived");
    market
        .patch(&path, token, json!({"state": "published"}))
        .await
        .assert_problem(409, "conflict", "");
    market.quote(&market.buyer, &[draft]).await.assert_problem(
        409,
        "not_for_sale",
        "product_ids[0]",
    );
}

#[tokio::test]
async fn pages_of_each_sort_meet_every_product_once_and_in_order() {
    let market = Market::new().await;
    let mut random = StdRng::seed_from_u64(7);
    let mut all = BTreeSet::new();
    for index in 0..20 {
        // Prices that meet, so that ties are among them.
        let product = market.quick_product(100 * random.random_range(1..6)).await;
        if index % 3 == 0 {
            market
                .promote(product, 10 * random.random_range(1..9))
                .await;
        }
        all.insert(product);
    }
    for (sort, field, ascends) in [
        ("newest", "published_at", false),
        ("price_low", "payable_minor", true),
        ("price_high", "payable_minor", false),
        ("rating", "id", true),
    ] {
        for search in ["", "&q=quick"] {
            let (mut seen, mut last, mut cursor) = (BTreeSet::new(), None::<Value>, String::new());
            loop {
                let page = market
                    .get(&format!("products?sort={sort}&limit=7{search}{cursor}"), "")
                    .await;
                for product in page.data().as_array().unwrap() {
                    let (value, before) =
                        (product[field].clone(), last.replace(product[field].clone()));
                    let in_order = before.is_none_or(|before| {
                        let order = match value.as_i64() {
                            Some(value) => before.as_i64().unwrap().cmp(&value),
                            None => before.as_str().unwrap().cmp(value.as_str().unwrap()),
                        };
                        order.is_eq() || order.is_lt() == ascends
                    });
                    assert!(in_order, "{sort}: {product}");
                    assert!(
                        seen.insert(id_of(&product["id"])),
                        "{sort}: twice: {product}"
                    );
                }
                match page.body["meta"]["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(seen, all, "{sort}{search}");
        }
    }
    for (filter, expected) in [
        ("on_promotion=true", market.count("SELECT count(*) FROM promotions").await),
        ("max_price_minor=200", market.count(
            "SELECT count(*) FROM products p LEFT JOIN promotions r ON r.product_id = p.id
             WHERE p.price_minor - (p.price_minor * coalesce(r.discount_percent, 0) + 50) / 100 <= 200").await),
        ("kind=samples", 0),
        ("currency=USD", 0),
        ("seller=0", 0),
    ] {
        for sort in ["newest", "price_low"] {
            let listed = market.get(&format!("products?limit=100&sort={sort}&{filter}"), "").await;
            assert_eq!(listed.data().as_array().unwrap().len() as i64, expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn list_prices_are_kept_and_stay_while_a_promotion_is_scheduled_or_runs() {
    let market = Market::new().await;
    let (product, token) = (market.product(1_000).await, &market.seller.token);
    let path = format!("products/{product}");
    market
        .patch(&path, token, json!({"price_minor": 1_200}))
        .await
        .assert_status(200);
    market
        .patch(&path, token, json!({"price_minor": 1_200}))
        .await
        .assert_status(200);
    assert_eq!(market.count("SELECT count(*) FROM product_prices").await, 2);
    assert_eq!(
        market
            .count("SELECT count(*) FROM product_prices WHERE until IS NULL AND price_minor = 1200")
            .await,
        1
    );

    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let later = tomorrow + jiff::SignedDuration::from_hours(1);
    let body = json!({"product_id": product, "discount_percent": 10, "starts_at": tomorrow, "ends_at": later});
    let scheduled = market.post("promotions", token, body).await.data().clone();
    market
        .patch(&path, token, json!({"price_minor": 900}))
        .await
        .assert_problem(409, "promotion_running", "");
    market
        .patch(
            &path,
            token,
            json!({"price_minor": 1_200, "title": "Renamed"}),
        )
        .await
        .assert_status(200);
    let promotion = format!("promotions/{}", scheduled["id"].as_str().unwrap());
    market
        .call(Method::DELETE, &promotion, token)
        .await
        .assert_status(204);
    market
        .patch(&path, token, json!({"price_minor": 900}))
        .await
        .assert_status(200);

    market.promote(product, 50).await;
    market
        .patch(&path, token, json!({"price_minor": 800}))
        .await
        .assert_problem(409, "promotion_running", "");
}

#[tokio::test]
async fn the_lowest_price_of_30_days_is_what_was_payable_before_the_promotion() {
    let frozen = Frozen::at("2026-01-01T00:00:00Z").await;
    let market = &frozen.market;
    let (product, token) = (market.product(1_000).await, &market.seller.token);
    let path = format!("products/{product}");
    let lowest = || async { market.get(&path, "").await.data()["lowest_30d_minor"].clone() };
    let price = |minor: i64| market.patch(&path, token, json!({"price_minor": minor}));
    assert_eq!(
        lowest().await,
        Value::Null,
        "it was not for sale before now"
    );

    frozen.set("2026-01-05T00:00:00Z").await;
    assert_eq!(lowest().await, 1_000);
    price(700).await.assert_status(200);
    assert_eq!(lowest().await, 1_000, "nobody could pay 700 before now");
    frozen.set("2026-01-10T00:00:00Z").await;
    price(1_500).await.assert_status(200);
    assert_eq!(lowest().await, 700);

    // A promotion that is canceled while it runs: its price was payable as long as it ran.
    frozen.set("2026-02-08T00:00:00Z").await;
    let promotion = market
        .promote_until(product, 60, "2026-02-20T00:00:00Z")
        .await;
    assert_eq!(market.get(&path, "").await.data()["payable_minor"], 600);
    assert_eq!(
        lowest().await,
        700,
        "30 days before the promotion began, 700 was still payable"
    );
    frozen.set("2026-02-10T00:00:00Z").await;
    assert_eq!(lowest().await, 700, "as before: from the promotion's begin");
    market
        .call(Method::DELETE, &format!("promotions/{promotion}"), token)
        .await
        .assert_status(204);
    assert_eq!(lowest().await, 600);

    // One that is canceled before it begins was never payable.
    let scheduled = market
        .promote_between(product, 90, "2026-02-12T00:00:00Z", "2026-02-14T00:00:00Z")
        .await;
    market
        .call(Method::DELETE, &format!("promotions/{scheduled}"), token)
        .await
        .assert_status(204);
    frozen.set("2026-02-20T00:00:00Z").await;
    assert_eq!(lowest().await, 600);
    frozen.set("2026-03-12T00:00:00Z").await;
    assert_eq!(
        lowest().await,
        1_500,
        "the promotion ended 30 days ago, to the instant"
    );
}

#[tokio::test]
async fn the_databases_discount_is_the_rule() {
    let market = Market::new().await;
    let wrong = market
        .count(
            "SELECT count(*) FROM generate_series(0, 3000) list, generate_series(0, 90) percent
             WHERE list - discounted(list, percent) <> floor(list * percent / 100.0 + 0.5)",
        )
        .await;
    assert_eq!(wrong, 0);
}
