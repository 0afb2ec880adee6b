//! Orders: priced once, as quoted, under a key; taxed with evidence.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Frozen;
use crate::market::{Market, new_key};

/// The amounts of a quote, an order or a line.
fn sums(value: &Value) -> [i64; 5] {
    [
        "list_minor",
        "discount_minor",
        "net_minor",
        "tax_minor",
        "total_minor",
    ]
    .map(|name| value[name].as_i64().unwrap())
}

#[tokio::test]
async fn an_order_is_what_was_quoted_and_stays_so() {
    let market = Market::new().await;
    let (first, second) = (
        market.titled("Salt Roads", 1_299).await,
        market.titled("Undertow", 290).await,
    );
    market.promote(first, 30).await;
    let quote = market
        .quote(&market.buyer, &[first, second])
        .await
        .data()
        .clone();
    assert_eq!(sums(&quote["lines"][0]), [1_299, 390, 909, 182, 1_091]);
    assert_eq!(sums(&quote["lines"][1]), [290, 0, 290, 58, 348]);
    assert_eq!(sums(&quote), [1_589, 390, 1_199, 240, 1_439]);
    assert_eq!(
        (
            quote["tax"]["bps"].clone(),
            quote["tax"]["is_default"].clone()
        ),
        (json!(2_000), json!(false))
    );
    assert_eq!(quote["rises_at"], quote["lines"][0]["promotion_ends_at"]);

    let body =
        json!({"product_ids": [first, second], "country": "FR", "expected_total_minor": 1_439});
    let order = market
        .send_order(&market.buyer, &new_key(), body)
        .await
        .assert_status(201)
        .data()
        .clone();
    assert_eq!(sums(&order), sums(&quote));
    assert_eq!(order["state"], "pending_payment");

    // What the seller changes later is another matter.
    let token = &market.seller.token;
    market
        .patch(
            &format!("products/{second}"),
            token,
            json!({"title": "Renamed", "price_minor": 9_999}),
        )
        .await
        .assert_status(200);
    let kept = market
        .told_order(&market.buyer, crate::market::id_of(&order["id"]))
        .await;
    assert_eq!(
        (kept["items"][1]["title"].clone(), sums(&kept)),
        (json!("Undertow"), sums(&quote))
    );
    for line in kept["items"].as_array().unwrap() {
        assert_eq!(
            line["net_minor"].as_i64().unwrap() + line["tax_minor"].as_i64().unwrap(),
            line["total_minor"]
        );
    }
}

#[tokio::test]
async fn a_flash_sale_that_ends_between_quote_and_order_is_refused_with_the_new_quote() {
    let frozen = Frozen::at("2026-06-01T00:00:00Z").await;
    let market = &frozen.market;
    let product = market.product(1_000).await;
    market
        .promote_until(product, 50, "2026-06-01T01:00:00Z")
        .await;
    let quote = market.quote(&market.buyer, &[product]).await.data().clone();
    assert_eq!(quote["total_minor"], 600);
    let body = json!({"product_ids": [product], "country": "FR", "expected_total_minor": 600});
    let key = new_key();

    frozen.set("2026-06-01T01:00:00Z").await;
    let refused = market.send_order(&market.buyer, &key, body.clone()).await;
    refused.assert_problem(409, "price_changed", "");
    assert_eq!(sums(&refused.body["quote"]), [1_000, 0, 1_000, 200, 1_200]);
    assert_eq!(refused.body["quote"]["rises_at"], Value::Null);
    assert_eq!(market.count("SELECT count(*) FROM orders").await, 0);

    // The key was not used up by the refusal, and a total that falls is passed on.
    let agreed = json!({"product_ids": [product], "country": "FR", "expected_total_minor": 5_000});
    let order = market.send_order(&market.buyer, &key, agreed).await;
    assert_eq!(order.assert_status(201).data()["total_minor"], 1_200);
}

#[tokio::test]
async fn a_key_has_one_order_and_one_answer() {
    let market = Market::new().await;
    let (product, other) = (market.product(1_000).await, market.product(500).await);
    let key = new_key();
    let body = json!({"product_ids": [product], "country": "FR", "expected_total_minor": 1_200});
    let first = market.send_order(&market.buyer, &key, body.clone()).await;
    first.assert_status(201);
    let again = market.send_order(&market.buyer, &key, body.clone()).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    // Also when the order has gone on since.
    market
        .pay(
            &market.buyer,
            crate::market::id_of(&first.data()["id"]),
            "approve",
        )
        .await
        .assert_status(200);
    let later = market.send_order(&market.buyer, &key, body.clone()).await;
    assert_eq!((later.status, &later.body), (201, &first.body));

    for another in [
        json!({"product_ids": [other], "country": "FR", "expected_total_minor": 1_200}),
        json!({"product_ids": [product], "country": "DE", "expected_total_minor": 1_200}),
        json!({"product_ids": [product], "country": "FR", "expected_total_minor": 1_201}),
    ] {
        let answer = market.send_order(&market.buyer, &key, another).await;
        answer.assert_problem(422, "idempotency_mismatch", "idempotency-key");
    }
    // Another buyer's key is another key.
    let somebody = market.api.user().await;
    market
        .send_order(&somebody, &key, body.clone())
        .await
        .assert_status(201);
    assert_eq!(market.count("SELECT count(*) FROM orders").await, 2);

    let without = market.post("orders", &market.buyer.token, body).await;
    without.assert_problem(422, "missing_field", "idempotency-key");
}

#[tokio::test]
async fn what_cannot_be_ordered_is_named() {
    let market = Market::new().await;
    let product = market.product(1_000).await;
    let draft = market.draft("A draft", 1_000).await;
    let (buyer, seller) = (&market.buyer, &market.seller);
    market
        .quote(seller, &[product])
        .await
        .assert_problem(422, "own_product", "product_ids[0]");
    market
        .order_as(seller, &new_key(), &[product])
        .await
        .assert_problem(422, "own_product", "product_ids[0]");
    market
        .order_as(buyer, &new_key(), &[draft])
        .await
        .assert_problem(422, "invalid", "product_ids[0]");
    market
        .order_as(buyer, &new_key(), &[product, Uuid::nil()])
        .await
        .assert_problem(422, "invalid", "product_ids[1]");
    market
        .order_as(buyer, &new_key(), &[product, product])
        .await
        .assert_problem(422, "invalid", "product_ids");
    market
        .order_as(buyer, &new_key(), &[])
        .await
        .assert_problem(422, "invalid", "product_ids");
    let nowhere = json!({"product_ids": [product], "country": "XX", "expected_total_minor": 1_200});
    market
        .send_order(buyer, &new_key(), nowhere)
        .await
        .assert_problem(422, "invalid", "country");

    let second = market.api.creator().await;
    let foreign = Market {
        seller: second,
        ..market
    };
    let theirs = foreign.product(10).await;
    foreign
        .order_as(&foreign.buyer, &new_key(), &[product, theirs])
        .await
        .assert_problem(422, "several_sellers", "product_ids[1]");
    foreign.buy(&foreign.buyer, &[product]).await;
    foreign
        .order_as(&foreign.buyer, &new_key(), &[product])
        .await
        .assert_problem(409, "already_owned", "product_ids[0]");
    assert_eq!(
        foreign
            .get(&format!("products/{product}"), &foreign.buyer.token)
            .await
            .data()["owned"],
        true
    );
}

#[tokio::test]
async fn a_total_of_nothing_is_paid_at_once() {
    let market = Market::new().await;
    let product = market.product(0).await;
    let body = json!({"product_ids": [product], "country": "FR", "expected_total_minor": 0});
    let order = market
        .send_order(&market.buyer, &new_key(), body)
        .await
        .assert_status(201)
        .data()
        .clone();
    assert_eq!(
        (
            order["state"].clone(),
            order["total_minor"].clone(),
            order["payment"].clone()
        ),
        (json!("paid"), json!(0), Value::Null)
    );
    let id = crate::market::id_of(&order["id"]);
    let files = market
        .get(&format!("orders/{id}/download"), &market.buyer.token)
        .await;
    assert_eq!(files.data().as_array().unwrap().len(), 1);
    market
        .pay(&market.buyer, id, "approve")
        .await
        .assert_status(200);
    assert_eq!(market.count("SELECT count(*) FROM payments").await, 0);
}

#[tokio::test]
async fn the_declared_country_decides_and_its_evidence_is_kept() {
    let rates = r#"{"FR": 20, "UK": 5.5, "CH": {"rate": 8.1, "inclusive": true}, "DE": [{"rate": 16, "until": "2021-01-01"}, {"rate": 19, "from": "2021-01-01"}]}"#;
    let mmdb = std::env::temp_dir().join(format!("veza-market-{}.mmdb", std::process::id()));
    let file = veza_enrich::mmdb::write(
        4,
        &[(
            "203.0.113.0/24",
            veza_enrich::mmdb::map([("country_code", "FR".into())]),
        )],
    );
    std::fs::write(&mmdb, file).unwrap();
    let mmdb = mmdb.display().to_string();
    let market = Market::with(&[
        ("VEZA_API_TAX_RATES", rates),
        ("VEZA_API_DEFAULT_TAX_RATE", "7.25"),
        ("VEZA_API_GEOIP", &mmdb),
        ("VEZA_API_TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let product = market.product(1_000).await;
    let quote = |country: &'static str, address: &'static str| {
        let request = market.api.request(
            reqwest::Method::POST,
            "/api/v1/marketplace/quotes",
            &market.buyer.token,
        );
        let request = request.header("x-forwarded-for", address);
        market
            .api
            .read(request.json(&json!({"product_ids": [product], "country": country})))
    };
    for (country, bps, inclusive, is_default, amounts) in [
        ("FR", 2_000, false, false, [1_000, 0, 1_000, 200, 1_200]),
        ("UK", 550, false, false, [1_000, 0, 1_000, 55, 1_055]),
        ("GB", 550, false, false, [1_000, 0, 1_000, 55, 1_055]),
        ("CH", 810, true, false, [1_000, 0, 925, 75, 1_000]),
        ("DE", 1_900, false, false, [1_000, 0, 1_000, 190, 1_190]),
        ("BR", 725, false, true, [1_000, 0, 1_000, 73, 1_073]),
    ] {
        let quote = quote(country, "203.0.113.7").await.data().clone();
        let tax = &quote["tax"];
        assert_eq!(sums(&quote), amounts, "{country}");
        assert_eq!(
            (
                tax["bps"].clone(),
                tax["inclusive"].clone(),
                tax["is_default"].clone()
            ),
            (json!(bps), json!(inclusive), json!(is_default))
        );
        assert_eq!(tax["note"].is_string(), is_default, "{tax}");
        assert_eq!(
            (
                tax["address_country"].clone(),
                tax["evidence_conflict"].clone()
            ),
            (json!("FR"), json!(country != "FR"))
        );
    }
    let unknown = quote("FR", "198.51.100.1").await.data().clone();
    assert_eq!(
        (
            unknown["tax"]["address_country"].clone(),
            unknown["tax"]["evidence_conflict"].clone()
        ),
        (Value::Null, Value::Null)
    );

    let request = market.api.request(
        reqwest::Method::POST,
        "/api/v1/marketplace/orders",
        &market.buyer.token,
    );
    let body = json!({"product_ids": [product], "country": "BR", "expected_total_minor": 1_073});
    let request = request
        .header("x-forwarded-for", "203.0.113.7")
        .header("idempotency-key", new_key())
        .json(&body);
    let order = market
        .api
        .read(request)
        .await
        .assert_status(201)
        .data()
        .clone();
    assert_eq!(
        (
            order["tax"]["country"].clone(),
            order["tax"]["evidence_conflict"].clone()
        ),
        (json!("BR"), json!(true))
    );
    let kept = market.count("SELECT count(*) FROM orders WHERE tax_country = 'BR' AND address_country = 'FR' AND evidence_conflict AND tax_is_default").await;
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn rates_are_those_of_the_database_unless_others_are_configured() {
    let market = Market::new().await;
    let rates = || market.count("SELECT sum(bps)::bigint * 100 + count(*) FROM tax_rates");
    assert_eq!(rates().await, 400_003, "FR and GB 20 %, US 0 %");
    sqlx::query("UPDATE marketplace_settings SET value = '{\"FR\": 21}' WHERE name = 'TAX_RATES'")
        .execute(market.api.db())
        .await
        .unwrap();
    market.api.service.restart().await;
    assert_eq!(rates().await, 210_001);
}

#[tokio::test]
async fn orders_are_their_buyers_alone_and_sales_their_sellers() {
    let market = Market::new().await;
    let product = market.product(1_000).await;
    let order = market.buy(&market.buyer, &[product]).await;
    let somebody = market.api.user().await;
    for path in [
        format!("orders/{order}"),
        format!("orders/{order}/download"),
    ] {
        market
            .get(&path, &somebody.token)
            .await
            .assert_problem(404, "not_found", "");
        market
            .get(&path, &market.seller.token)
            .await
            .assert_problem(404, "not_found", "");
    }
    market
        .pay(&somebody, order, "approve")
        .await
        .assert_problem(404, "not_found", "");
    assert_eq!(
        market.get("orders", &somebody.token).await.data(),
        &json!([])
    );
    assert_eq!(
        market
            .get("orders", &market.buyer.token)
            .await
            .data()
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let unpaid = market.product(500).await;
    market.order(&market.buyer, &[unpaid]).await;
    let sales = market.get("sales", &market.seller.token).await;
    assert_eq!(sales.data().as_array().unwrap().len(), 1);
    assert_eq!(sales.data()[0]["earned_minor"], 1_000);
    let other = market.api.creator().await;
    assert_eq!(market.get("sales", &other.token).await.data(), &json!([]));
}
