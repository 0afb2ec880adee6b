//! A market with an administrator, in which things are sold and go wrong.

use std::ops::Deref;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::market::{Market, id_of};
use crate::support::{Answer, Person};

pub struct Shop {
    pub market: Market,
    pub admin: Person,
}

impl Deref for Shop {
    type Target = Market;

    fn deref(&self) -> &Market {
        &self.market
    }
}

impl Shop {
    pub async fn new() -> Self {
        let market = Market::new().await;
        let admin = market.api.admin().await;
        Self { market, admin }
    }

    /// An order of these products that is paid.
    pub async fn sell(&self, buyer: &Person, products: &[Uuid]) -> Uuid {
        let order = self.order(buyer, products).await;
        self.pay(buyer, order, "approve").await.assert_status(200);
        order
    }

    /// An order of the buyer's, over a new product of this net price, that is paid.
    pub async fn sold(&self, price_minor: i64) -> Uuid {
        let product = self.quick_product(price_minor).await;
        self.sell(&self.buyer, &[product]).await
    }

    pub async fn report(&self, buyer: &Person, order: Uuid) -> Answer {
        let body = json!({"reason": "corrupt_file", "details": "It stops at 61 %."});
        self.post(&format!("orders/{order}/dispute"), &buyer.token, body)
            .await
    }

    /// A dispute of a new order of the buyer's.
    pub async fn dispute(&self, price_minor: i64) -> Uuid {
        let order = self.sold(price_minor).await;
        self.dispute_of(order).await
    }

    pub async fn dispute_of(&self, order: Uuid) -> Uuid {
        id_of(&self.report(&self.buyer, order).await.data()["id"])
    }

    /// Does something with a dispute, as its path is called.
    pub async fn act(&self, token: &str, dispute: Uuid, action: &str) -> Answer {
        let body = match action {
            "resolve" => json!({"resolution": "rejected", "reason": "Nothing is wrong with it."}),
            "review" | "withdraw" => Value::Null,
            _ => json!({"text": "Look again."}),
        };
        let area = match action {
            "review" | "resolve" => "admin",
            _ => "marketplace",
        };
        let path = format!("/api/v1/{area}/disputes/{dispute}/{action}");
        match body {
            Value::Null => self.api.call(reqwest::Method::POST, &path, token).await,
            body => self.api.post(&path, token, body).await,
        }
    }

    pub async fn resolve(&self, dispute: Uuid, decision: Value) -> Answer {
        self.resolve_as(&self.admin, dispute, decision).await
    }

    pub async fn resolve_as(&self, admin: &Person, dispute: Uuid, mut decision: Value) -> Answer {
        decision["reason"] = "As it seems to me.".into();
        let path = format!("/api/v1/admin/disputes/{dispute}/resolve");
        loop {
            let answer = self.api.post(&path, &admin.token, decision.clone()).await;
            // Too many at once for this machine: as the answer says, again.
            if answer.status != 503 {
                return answer;
            }
        }
    }

    /// `data` of a dispute, as somebody sees it.
    pub async fn seen(&self, person: &Person, dispute: Uuid) -> Value {
        let path = format!("disputes/{dispute}");
        self.get(&path, &person.token).await.data().clone()
    }

    pub async fn number(&self, sql: &'static str, id: Uuid) -> i64 {
        sqlx::query_scalar(sql)
            .bind(id)
            .fetch_one(self.api.db())
            .await
            .expect("a number")
    }

    /// As if it had been opened so many hours earlier.
    pub async fn let_pass(&self, dispute: Uuid, hours: i32) {
        sqlx::query(
            "UPDATE disputes SET created_at = created_at - $2 * interval '1 hour' WHERE id = $1",
        )
        .bind(dispute)
        .bind(hours)
        .execute(self.api.db())
        .await
        .expect("an older dispute");
    }
}
