//! An installation in which there is one of everything, so that requests for something find it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use veza_standalone::testing::{Service, eventually};

use crate::market::id_of;
use crate::shop::Shop;

pub struct Scene {
    shop: Shop,
    known_ids: Value,
    _pipeline: [Service; 2],
}

impl Scene {
    pub async fn new() -> Self {
        let shop = Shop::new().await;
        let veza = &shop.api.veza;
        let (ingest, aggregator) = tokio::join!(veza.start_ingest(), veza.start_aggregator());
        let track = shop.api.track(&shop.seller).await;
        let play = counted_play(&shop, &ingest, track).await;

        let product = shop.draft("An album", 900).await;
        let file = shop.file(product, "all.zip", b"all that there is").await;
        shop.publish(product).await;
        let promotion = shop.promote(product, 20).await;
        let wish = format!("wishlist/{product}");
        shop.call(reqwest::Method::POST, &wish, &shop.buyer.token)
            .await;
        let order = shop.sell(&shop.buyer, &[product]).await;
        let item = shop.told_order(&shop.buyer, order).await["items"][0]["id"].clone();
        let review = json!({"product_id": product, "rating": 4, "text": "I like it."});
        let review = shop.post("reviews", &shop.buyer.token, review).await;
        let dispute = shop.dispute_of(order).await;

        let known_ids = json!({
            "tracks": track,
            "plays": play,
            "creators": shop.seller.creator_id,
            "products": product,
            "files": file,
            "promotions": promotion,
            "orders": order,
            "items": item,
            "reviews": id_of(&review.data()["id"]),
            "disputes": dispute,
        });
        Self {
            shop,
            known_ids,
            _pipeline: [ingest, aggregator],
        }
    }

    /// What somebody is called, and the token.
    pub fn people(&self) -> [(&'static str, &str); 3] {
        [
            ("the seller", &self.shop.seller.token),
            ("the buyer", &self.shop.buyer.token),
            ("the administrator", &self.shop.admin.token),
        ]
    }

    pub fn url(&self, path: &str) -> String {
        self.shop.api.url(path)
    }

    /// By the noun that stands before it in a path.
    pub fn known_ids(&self) -> &Value {
        &self.known_ids
    }
}

/// A play of the track that counts, once reports tell it.
async fn counted_play(shop: &Shop, ingest: &Service, track: Uuid) -> Uuid {
    let play = Uuid::new_v4();
    let started_at = Timestamp::now() - SignedDuration::from_mins(5);
    let report = json!({
        "play_id": play, "seq": 0, "track_id": track, "started_at": started_at,
        "heard_ms": 40_000, "heard_before_ms": 0, "ended": true, "listener": "someone",
    });
    let request = shop.api.client.post(format!("{}/v1/plays", ingest.url()));
    let sent = request.json(&report).send().await.expect("an answer");
    assert_eq!(sent.status(), 202);
    let told = format!("/api/v1/analytics/plays/{play}");
    eventually(Duration::from_secs(60), || async {
        shop.api.get(&told, &shop.seller.token).await.status == 200
    })
    .await;
    play
}
