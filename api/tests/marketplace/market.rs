//! A running API with somebody who sells and somebody who buys.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use uuid::Uuid;
use veza_standalone::testing::Installation;

use crate::support::{Answer, Api, Person};

pub struct Market {
    pub api: Api,
    pub seller: Person,
    pub buyer: Person,
}

/// The id in an answer.
#[track_caller]
pub fn id_of(value: &Value) -> Uuid {
    let text = value.as_str().unwrap_or_else(|| panic!("no id: {value}"));
    text.parse().expect("a UUID")
}

/// A key that nobody has used.
pub fn new_key() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("key-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Market {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(Installation::new().await, settings).await
    }

    pub async fn on(veza: Installation, settings: &[(&str, &str)]) -> Self {
        let api = Api::on(veza, settings).await;
        let (seller, buyer) = (api.creator().await, api.user().await);
        Self { api, seller, buyer }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.api
            .get(&format!("/api/v1/marketplace/{path}"), token)
            .await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.api
            .post(&format!("/api/v1/marketplace/{path}"), token, body)
            .await
    }

    pub async fn patch(&self, path: &str, token: &str, body: Value) -> Answer {
        self.api
            .patch(&format!("/api/v1/marketplace/{path}"), token, body)
            .await
    }

    pub async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        self.api
            .call(method, &format!("/api/v1/marketplace/{path}"), token)
            .await
    }

    /// A draft of the seller's.
    pub async fn draft(&self, title: &str, price_minor: i64) -> Uuid {
        let body = json!({"title": title, "kind": "album", "price_minor": price_minor});
        id_of(&self.post("products", &self.seller.token, body).await.data()["id"])
    }

    /// Uploads a file of a product of the seller's; its id.
    pub async fn file(&self, product: Uuid, name: &str, bytes: &'static [u8]) -> Uuid {
        let path = format!("products/{product}/files");
        let body = json!({"name": name, "size": bytes.len(), "type": "application/zip"});
        let begun = self
            .post(&path, &self.seller.token, body)
            .await
            .data()
            .clone();
        assert_eq!(self.put(&begun["put"], bytes).await, 200);
        let file = id_of(&begun["file"]);
        let path = format!("{path}/{file}/complete");
        self.call(Method::POST, &path, &self.seller.token)
            .await
            .assert_status(200);
        file
    }

    /// Sends `bytes` by a signed request, as a browser would; the store's status.
    pub async fn put(&self, signed: &Value, bytes: &'static [u8]) -> u16 {
        let url = signed["url"].as_str().expect("an address");
        let kind = signed["headers"][CONTENT_TYPE.as_str()]
            .as_str()
            .expect("a type");
        let request = self
            .api
            .client
            .put(url)
            .header(CONTENT_TYPE, kind)
            .body(bytes);
        request.send().await.expect("an answer").status().as_u16()
    }

    /// A product of the seller's that is for sale, with a file.
    pub async fn product(&self, price_minor: i64) -> Uuid {
        self.titled("A product", price_minor).await
    }

    pub async fn titled(&self, title: &str, price_minor: i64) -> Uuid {
        let product = self.draft(title, price_minor).await;
        self.file(product, "all.zip", b"all that there is").await;
        self.publish(product).await;
        product
    }

    pub async fn publish(&self, product: Uuid) {
        let path = format!("products/{product}");
        self.patch(&path, &self.seller.token, json!({"state": "published"}))
            .await
            .assert_status(200);
    }

    /// Puts a file beside a product without the store, for tests that sell a lot and download nothing.
    pub async fn quick_product(&self, price_minor: i64) -> Uuid {
        let product = self.draft("A quick product", price_minor).await;
        sqlx::query(
            "INSERT INTO product_files (id, product_id, name, content_type, size, object_key, sha256, completed_at)
             VALUES ($1, $2, 'a', 'a/b', 1, $1::text, sha256('a'), now())",
        )
        .bind(Uuid::now_v7())
        .bind(product)
        .execute(self.api.db())
        .await
        .expect("a file");
        self.publish(product).await;
        product
    }

    /// A promotion that runs from now on.
    pub async fn promote(&self, product: Uuid, percent: i32) -> Uuid {
        let in_an_hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
        let body =
            json!({"product_id": product, "discount_percent": percent, "ends_at": in_an_hour});
        id_of(
            &self
                .post("promotions", &self.seller.token, body)
                .await
                .data()["id"],
        )
    }

    pub async fn quote(&self, buyer: &Person, products: &[Uuid]) -> Answer {
        let body = json!({"product_ids": products, "country": "FR"});
        self.post("quotes", &buyer.token, body).await
    }

    /// Orders under a key, whatever it costs.
    pub async fn order_as(&self, buyer: &Person, key: &str, products: &[Uuid]) -> Answer {
        let body = json!({"product_ids": products, "country": "FR", "expected_total_minor": 1_000_000_000});
        self.send_order(buyer, key, body).await
    }

    pub async fn send_order(&self, buyer: &Person, key: &str, body: Value) -> Answer {
        let request = self
            .api
            .request(Method::POST, "/api/v1/marketplace/orders", &buyer.token);
        self.api
            .read(request.header("idempotency-key", key).json(&body))
            .await
    }

    pub async fn order(&self, buyer: &Person, products: &[Uuid]) -> Uuid {
        let order = self.order_as(buyer, &new_key(), products).await;
        id_of(&order.data()["id"])
    }

    pub async fn pay(&self, buyer: &Person, order: Uuid, method: &str) -> Answer {
        let path = format!("orders/{order}/pay");
        self.post(&path, &buyer.token, json!({"method": method}))
            .await
    }

    /// An order that is paid.
    pub async fn buy(&self, buyer: &Person, products: &[Uuid]) -> Uuid {
        let order = self.order(buyer, products).await;
        self.pay(buyer, order, "approve").await.assert_status(200);
        order
    }

    pub async fn told_order(&self, buyer: &Person, order: Uuid) -> Value {
        self.get(&format!("orders/{order}"), &buyer.token)
            .await
            .data()
            .clone()
    }

    /// One number of the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.api.db())
            .await
            .expect("a count")
    }
}

/// With times of their own.
impl Market {
    pub async fn promote_until(&self, product: Uuid, percent: i32, ends_at: &str) -> Uuid {
        let body = json!({"product_id": product, "discount_percent": percent, "ends_at": ends_at});
        id_of(
            &self
                .post("promotions", &self.seller.token, body)
                .await
                .data()["id"],
        )
    }

    pub async fn promote_between(
        &self,
        product: Uuid,
        percent: i32,
        starts_at: &str,
        ends_at: &str,
    ) -> Uuid {
        let body = json!({"product_id": product, "discount_percent": percent, "starts_at": starts_at, "ends_at": ends_at});
        id_of(
            &self
                .post("promotions", &self.seller.token, body)
                .await
                .data()["id"],
        )
    }
}
