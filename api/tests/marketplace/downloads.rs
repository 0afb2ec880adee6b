//! Signed addresses against a store that checks them.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::{Client, Config};
use reqwest::header::{LOCATION, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::market::Market;

/// Larger than what a client reads at once.
static BYTES: [u8; 300_000] = {
    let mut bytes = [0; 300_000];
    let mut index = 0;
    while index < bytes.len() {
        bytes[index] = (index * 31 % 251) as u8;
        index += 1;
    }
    bytes
};

struct Bought {
    market: Market,
    order: Uuid,
}

impl Bought {
    async fn new() -> Self {
        let market = Market::new().await;
        let product = market.draft("Large", 1_000).await;
        market.file(product, "large.zip", &BYTES).await;
        market.publish(product).await;
        let order = market.buy(&market.buyer, &[product]).await;
        Self { market, order }
    }

    async fn download(&self) -> Value {
        let path = format!("orders/{}/download", self.order);
        self.market
            .get(&path, &self.market.buyer.token)
            .await
            .data()[0]
            .clone()
    }

    /// The address of the file, signed by this secret at that time for five minutes.
    async fn signed(&self, secret: &str, age: Duration) -> String {
        let (bucket, key): (String, String) = {
            let url = self.download().await["url"].as_str().unwrap().to_owned();
            let path = url
                .split('?')
                .next()
                .unwrap()
                .splitn(4, '/')
                .nth(3)
                .unwrap()
                .to_owned();
            let (bucket, key) = path.split_once('/').unwrap();
            (bucket.to_owned(), key.to_owned())
        };
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(self.market.api.veza.setting("VEZA_S3_ENDPOINT"))
            .credentials_provider(Credentials::new("veza", secret, None, None, "test"))
            .force_path_style(true);
        let lifetime = PresigningConfig::builder()
            .start_time(SystemTime::now() - age)
            .expires_in(Duration::from_secs(300))
            .build()
            .unwrap();
        let request = Client::from_conf(config.build())
            .get_object()
            .bucket(bucket)
            .key(key);
        request.presigned(lifetime).await.unwrap().uri().to_owned()
    }

    async fn status(&self, url: &str) -> u16 {
        self.market
            .api
            .client
            .get(url)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    async fn part(&self, url: &str, range: &str) -> (u16, Vec<u8>) {
        let answer = self
            .market
            .api
            .client
            .get(url)
            .header(RANGE, range)
            .send()
            .await
            .unwrap();
        (
            answer.status().as_u16(),
            answer.bytes().await.unwrap().to_vec(),
        )
    }
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Follows no redirect.
fn plain() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_signed_address_works_and_no_other_does() {
    let bought = Bought::new().await;
    let file = bought.download().await;
    let url = file["url"].as_str().unwrap();
    let whole = bought
        .market
        .api
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(file["sha256"], hex_sha256(&whole));
    assert_eq!(file["size"], whole.len());
    assert!(
        url.split('&').any(|part| part == "X-Amz-Expires=300"),
        "{url}"
    );

    assert_eq!(
        bought
            .status(&bought.signed("veza-secret", Duration::ZERO).await)
            .await,
        200,
        "our own signer is right"
    );
    assert_eq!(
        bought
            .status(&bought.signed("veza-secret", Duration::from_secs(299)).await)
            .await,
        200
    );
    assert_eq!(
        bought
            .status(&bought.signed("veza-secret", Duration::from_secs(301)).await)
            .await,
        403,
        "expired"
    );
    assert_eq!(
        bought
            .status(&bought.signed("another-key", Duration::ZERO).await)
            .await,
        403,
        "another key"
    );
    let signature = url.find("X-Amz-Signature=").unwrap() + "X-Amz-Signature=".len();
    let mut tampered = url.to_owned();
    let digit = if &tampered[signature..=signature] == "0" {
        "1"
    } else {
        "0"
    };
    tampered.replace_range(signature..=signature, digit);
    for wrong in [
        tampered,
        url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
        url.replace("/files/", "/uploads/"),
        url.split('?').next().unwrap().to_owned(),
    ] {
        assert_eq!(bought.status(&wrong).await, 403, "{wrong}");
    }
}

#[tokio::test]
async fn only_the_buyer_gets_addresses_and_each_is_written_down() {
    let bought = Bought::new().await;
    let path = format!("orders/{}/download", bought.order);
    let somebody = bought.market.api.user().await;
    for token in [&somebody.token, &bought.market.seller.token] {
        bought
            .market
            .get(&path, token)
            .await
            .assert_problem(404, "not_found", "");
    }
    for _ in 0..3 {
        bought.download().await;
    }
    let grant = bought.download().await["grant_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        plain()
            .get(bought.market.api.url(&grant))
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::FOUND
    );
    let count = |sql| bought.market.count(sql);
    assert_eq!(
        count("SELECT count(*) FROM downloads WHERE NOT by_grant").await,
        4
    );
    assert_eq!(
        count("SELECT count(*) FROM downloads WHERE by_grant").await,
        1
    );
}

#[tokio::test]
async fn a_download_that_was_cut_goes_on_across_an_expired_address() {
    let bought = Bought::new().await;
    let file = bought.download().await;
    let (status, mut bytes) = bought
        .part(file["url"].as_str().unwrap(), "bytes=0-99999")
        .await;
    assert_eq!((status, bytes.len()), (206, 100_000));
    let expired = bought.signed("veza-secret", Duration::from_secs(400)).await;
    assert_eq!(bought.part(&expired, "bytes=100000-").await.0, 403);
    // The stable address leads to a fresh one; a client sends its range again there.
    let stable = bought.market.api.url(file["grant_url"].as_str().unwrap());
    let (status, rest) = bought.part(&stable, "bytes=100000-").await;
    assert_eq!(status, 206);
    bytes.extend(rest);
    assert_eq!(file["sha256"], hex_sha256(&bytes));
}

#[tokio::test]
async fn a_grant_is_for_its_item_and_file_and_ends() {
    let bought = Bought::new().await;
    let file = bought.download().await;
    let grant = file["grant_url"].as_str().unwrap().to_owned();
    let follow = |path: String| {
        let request = plain().get(bought.market.api.url(&path));
        let api = &bought.market.api;
        async move { api.read(request).await }
    };
    let followed = follow(grant.clone()).await;
    assert_eq!(followed.status, 302);
    assert_eq!(
        bought
            .status(followed.headers[LOCATION].to_str().unwrap())
            .await,
        200
    );

    let (path, token) = grant.split_once("?grant=").unwrap();
    follow(path.to_owned())
        .await
        .assert_problem(422, "missing_field", "grant");
    follow(format!("{path}?grant=short"))
        .await
        .assert_problem(422, "invalid", "grant");
    let flipped: String = token.chars().rev().collect();
    let unknown = follow(format!("{path}?grant={flipped}")).await;
    assert!([403, 422].contains(&unknown.status), "{unknown:?}");
    let elsewhere = path.replace(file["file_id"].as_str().unwrap(), &Uuid::nil().to_string());
    follow(format!("{elsewhere}?grant={token}"))
        .await
        .assert_problem(403, "grant_ended", "");
    // What is stored can't be used.
    let stored: Vec<u8> = sqlx::query_scalar("SELECT token_sha256 FROM download_grants LIMIT 1")
        .fetch_one(bought.market.api.db())
        .await
        .unwrap();
    use base64::Engine;
    let stored = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(stored);
    follow(format!("{path}?grant={stored}"))
        .await
        .assert_problem(403, "grant_ended", "");

    sqlx::query("UPDATE download_grants SET expires_at = now()")
        .execute(bought.market.api.db())
        .await
        .unwrap();
    follow(grant).await.assert_problem(403, "grant_ended", "");
    assert_eq!(
        bought
            .market
            .call(Method::GET, &format!("orders/{}", bought.order), "")
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_full_refund_ends_downloads_and_grants() {
    let bought = Bought::new().await;
    let grant = bought.download().await["grant_url"]
        .as_str()
        .unwrap()
        .to_owned();
    // As refunds write it down.
    let mut tx = bought.market.api.db().begin().await.unwrap();
    for sql in [
        "INSERT INTO refunds (order_id, payment_id, amount_minor, tax_minor, reason) SELECT o.id, y.id, o.total_minor, o.tax_minor, 'test' FROM orders o JOIN payments y ON y.order_id = o.id",
        "INSERT INTO refund_lines SELECT r.id, i.id, i.total_minor, i.tax_minor FROM refunds r, order_items i",
        "UPDATE order_items SET refunded_minor = total_minor, refunded_tax_minor = tax_minor, owned_until = now()",
        "UPDATE orders SET refunded_minor = total_minor, refunded_tax_minor = tax_minor, state = 'refunded'",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let market = &bought.market;
    market
        .get(
            &format!("orders/{}/download", bought.order),
            &market.buyer.token,
        )
        .await
        .assert_problem(403, "refunded", "");
    market
        .api
        .get(&grant, "")
        .await
        .assert_problem(403, "refunded", "");
    // One may buy again.
    let product: Uuid = sqlx::query_scalar("SELECT product_id FROM order_items")
        .fetch_one(market.api.db())
        .await
        .unwrap();
    market.buy(&market.buyer, &[product]).await;
}
