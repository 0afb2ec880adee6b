//! What is sold goes to the store by a signed request, and can't be changed afterwards.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::market::{Market, id_of};

const BYTES: &[u8] = b"PK not really a zip";

async fn begin(market: &Market, product: Uuid) -> Value {
    let body = json!({"name": "all.zip", "size": BYTES.len(), "type": "application/zip"});
    market
        .post(
            &format!("products/{product}/files"),
            &market.seller.token,
            body,
        )
        .await
        .data()
        .clone()
}

#[tokio::test]
async fn the_store_takes_the_signed_size_and_type_and_tells_size_and_hash() {
    let market = Market::new().await;
    let (product, token) = (market.draft("Files", 100).await, &market.seller.token);
    let begun = begin(&market, product).await;
    let complete = format!(
        "products/{product}/files/{}/complete",
        begun["file"].as_str().unwrap()
    );
    market
        .call(Method::POST, &complete, token)
        .await
        .assert_problem(409, "conflict", "");

    assert_eq!(
        market.put(&begun["put"], b"PK not really a zi").await,
        403,
        "shorter"
    );
    assert_eq!(
        market.put(&begun["put"], b"PK not really a zip!").await,
        403,
        "longer"
    );
    let other_type = json!({"url": begun["put"]["url"], "headers": {"content-type": "text/html"}});
    assert_eq!(market.put(&other_type, BYTES).await, 403, "another type");
    assert_eq!(market.put(&begun["put"], BYTES).await, 200);

    let other = market.api.creator().await;
    market
        .call(Method::POST, &complete, &other.token)
        .await
        .assert_problem(404, "not_found", "");
    for _ in 0..2 {
        let file = market
            .call(Method::POST, &complete, token)
            .await
            .data()
            .clone();
        let hash: String = Sha256::digest(BYTES)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            (file["size"].clone(), file["sha256"].clone()),
            (json!(BYTES.len()), json!(hash))
        );
    }
}

#[tokio::test]
async fn a_complete_file_never_changes_though_its_upload_is_signed_for_a_while_yet() {
    let market = Market::new().await;
    let (product, token) = (market.draft("Files", 100).await, &market.seller.token);
    let begun = begin(&market, product).await;
    let complete = format!(
        "products/{product}/files/{}/complete",
        begun["file"].as_str().unwrap()
    );
    assert_eq!(market.put(&begun["put"], BYTES).await, 200);
    let before = market
        .call(Method::POST, &complete, token)
        .await
        .data()
        .clone();
    market.publish(product).await;
    let order = market.buy(&market.buyer, &[product]).await;

    assert_eq!(market.put(&begun["put"], b"PK something else!!").await, 200);
    let after = market
        .call(Method::POST, &complete, token)
        .await
        .data()
        .clone();
    assert_eq!(after, before);
    let downloads = market
        .get(&format!("orders/{order}/download"), &market.buyer.token)
        .await;
    let url = downloads.data()[0]["url"].as_str().unwrap();
    let bytes = market.api.client.get(url).send().await.unwrap();
    assert_eq!(bytes.headers()[CONTENT_TYPE], "application/zip");
    assert_eq!(
        bytes.headers()["content-disposition"],
        "attachment; filename=\"all.zip\"; filename*=UTF-8''all.zip"
    );
    assert_eq!(bytes.bytes().await.unwrap(), BYTES);
}

#[tokio::test]
async fn files_are_added_to_what_was_bought_and_removed_only_from_drafts() {
    let market = Market::new().await;
    let (product, token) = (market.draft("Files", 100).await, &market.seller.token);
    let (first, second) = (
        market.file(product, "1.zip", b"one").await,
        market.file(product, "2.zip", b"two").await,
    );
    let path = |file: Uuid| format!("products/{product}/files/{file}");
    market
        .call(Method::DELETE, &path(first), token)
        .await
        .assert_status(204);
    market
        .call(Method::DELETE, &path(first), token)
        .await
        .assert_problem(404, "not_found", "");
    market.publish(product).await;
    market
        .call(Method::DELETE, &path(second), token)
        .await
        .assert_problem(409, "conflict", "");

    let order = market.buy(&market.buyer, &[product]).await;
    market.file(product, "3.zip", b"three").await;
    let downloads = market
        .get(&format!("orders/{order}/download"), &market.buyer.token)
        .await;
    let names: Vec<&str> = downloads
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["2.zip", "3.zip"]);
}

#[tokio::test]
async fn what_is_no_file_is_refused_before_it_is_sent() {
    let market = Market::new().await;
    let path = format!("products/{}/files", market.draft("Files", 100).await);
    for (body, field) in [
        (
            json!({"name": "a/b.zip", "size": 1, "type": "application/zip"}),
            "name",
        ),
        (
            json!({"name": "..", "size": 1, "type": "application/zip"}),
            "name",
        ),
        (
            json!({"name": "a.zip", "size": 0, "type": "application/zip"}),
            "size",
        ),
        (
            json!({"name": "a.zip", "size": 2_147_483_649_i64, "type": "application/zip"}),
            "size",
        ),
        (json!({"name": "a.zip", "size": 1, "type": "zip"}), "type"),
        (
            json!({"name": "a.zip", "size": 1, "type": "a/b\r\nx: y"}),
            "type",
        ),
    ] {
        market
            .post(&path, &market.seller.token, body)
            .await
            .assert_problem(422, "invalid", field);
    }
}

#[tokio::test]
async fn a_cover_is_a_picture_whose_address_stays_the_same_for_a_while() {
    let market = Market::new().await;
    let (product, token) = (market.draft("Covered", 100).await, &market.seller.token);
    let path = format!("products/{product}/cover");
    let svg = json!({"type": "image/svg+xml", "size": 4});
    market
        .post(&path, token, svg)
        .await
        .assert_problem(422, "invalid", "type");
    let begun = market
        .post(&path, token, json!({"type": "image/png", "size": 4}))
        .await
        .data()
        .clone();
    let done = json!({"upload": begun["upload"]});
    let complete = format!("{path}/complete");
    market
        .post(&complete, token, done.clone())
        .await
        .assert_problem(409, "conflict", "");
    assert_eq!(market.put(&begun["put"], b"\x89PNG").await, 200);
    let covered = market.post(&complete, token, done).await.data().clone();
    let url = covered["cover"]["url"].as_str().unwrap();
    let picture = market.api.client.get(url).send().await.unwrap();
    assert_eq!(picture.bytes().await.unwrap(), b"\x89PNG"[..]);
    let again = market
        .get(&format!("products/{product}"), token)
        .await
        .data()
        .clone();
    // The hour may turn between the two.
    let same = |url: &str| url.split('?').next().unwrap().to_owned();
    assert_eq!(same(again["cover"]["url"].as_str().unwrap()), same(url));
    assert_eq!(id_of(&again["id"]), product);
}
