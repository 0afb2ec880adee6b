//! Every operation of the OpenAPI document × who calls it. An operation without a row fails.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Api, PASSWORD, Person};

enum Body {
    None,
    Json(Value),
    /// With `{product}` for the owner's product.
    WithProduct(Value),
    /// A registration of somebody new.
    Registration,
    /// A refresh token that nobody has used.
    RefreshToken,
}

/// What is answered to, in this order: nobody, a user, another creator, the owner of track and creator in the path, an
/// administrator, a token that imports, a token that reads reports.
type Statuses = [u16; 7];

const ANYONE: Statuses = [200; 7];
const SIGNED_IN: Statuses = [401, 200, 200, 200, 200, 403, 403];
const REPORTS: Statuses = [401, 403, 200, 200, 200, 403, 200];
const CREATORS: Statuses = [401, 403, 200, 200, 403, 403, 403];
/// Orders belong to who bought: here, to the owner.
const BUYER: Statuses = [401, 404, 404, 200, 404, 403, 403];
const ADMINS: Statuses = [401, 403, 403, 403, 200, 403, 403];
/// Disputes are the business of buyer, seller and administrators: here, the owner is the seller.
const PARTY: Statuses = [401, 404, 404, 200, 200, 403, 403];
/// A grant that was never given out.
const GRANT: &str = "GET /api/v1/marketplace/downloads/{item}/{file}?grant=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The operation's required parameters are part of its row.
const COMPARE: &str = "GET /api/v1/analytics/compare?period1_start=2026-02-01&period1_end=2026-03-01\
                       &period2_start=2026-03-01&period2_end=2026-04-01";

#[rustfmt::skip]
fn rows() -> Vec<(&'static str, Body, Statuses)> {
    use Body::{Json, None, RefreshToken, Registration, WithProduct};
    let login = json!({"email": "nobody@example.org", "password": PASSWORD});
    let track = json!({"title": "New", "artist": "Someone", "duration_ms": 1_000});
    let audio = json!({"type": "audio/mpeg", "size": 3});
    let import = json!({"tracks": [{"artist": "a", "title": "b", "duration_ms": 1_000}]});
    let unknown = json!({"email": "nobody@example.org"});
    let scopes = json!({"scopes": ["analytics:read"], "expires_in": 60});
    let product = json!({"title": "New", "kind": "ep", "price_minor": 500});
    let file = json!({"name": "a.zip", "size": 3, "type": "application/zip"});
    let cover = json!({"type": "image/png", "size": 3});
    let promotion = json!({"product_id": "{product}", "discount_percent": 10, "starts_at": in_days(1), "ends_at": in_days(2)});
    let basket = json!({"product_ids": ["{product}"], "country": "FR", "expected_total_minor": 1_200});
    let review = json!({"product_id": "{product}", "rating": 5});
    let text = json!({"text": "So it is."});
    let issue = json!({"reason": "other", "details": "Something is wrong."});
    let decision = json!({"resolution": "rejected", "reason": "Nothing is wrong."});
    vec![
        ("GET /api/v1/config",                       None,                                 ANYONE),

        ("POST /api/v1/auth/register",               Registration,                         [201; 7]),
        ("POST /api/v1/auth/login",                  Json(login),                          [401; 7]), // wrong for everybody
        ("POST /api/v1/auth/refresh",                RefreshToken,                         ANYONE),
        ("POST /api/v1/auth/logout",                 RefreshToken,                         [204; 7]),
        ("POST /api/v1/auth/tokens",                 Json(scopes),                         [401, 403, 403, 403, 201, 403, 403]),
        ("GET /api/v1/me",                           None,                                 SIGNED_IN),
        ("PATCH /api/v1/me",                         Json(json!({"language": "fr"})),      SIGNED_IN),
        ("POST /api/v1/me/creator",                  None,                                 [401, 201, 409, 409, 403, 403, 403]),
        ("PATCH /api/v1/me/creator",                 Json(json!({"name": "Another"})),     [401, 403, 200, 200, 403, 403, 403]),
        ("GET /api/v1/me/following",                 None,                                 SIGNED_IN),
        ("GET /api/v1/me/listening",                 None,                                 SIGNED_IN),
        ("DELETE /api/v1/me/listening",              None,                                 [401, 202, 202, 202, 202, 403, 403]),
        ("GET /api/v1/me/listening/export?format=csv", None,                               SIGNED_IN),
        ("GET /api/v1/me/listening/erasures/{id}",   None,                                 [401, 404, 404, 404, 404, 403, 403]),
        ("POST /api/v1/me/listening/imports?name=a.zip", None,                             [401, 422, 422, 422, 422, 403, 403]), // of nothing
        ("GET /api/v1/me/listening/imports",         None,                                 SIGNED_IN),
        ("GET /api/v1/me/listening/imports/{id}",    None,                                 [401, 404, 404, 404, 404, 403, 403]),

        ("GET /api/v1/tracks",                       None,                                 ANYONE),
        ("POST /api/v1/tracks",                      Json(track),                          [401, 403, 201, 201, 403, 403, 403]),
        ("GET /api/v1/tracks/{id}",                  None,                                 ANYONE),
        ("PATCH /api/v1/tracks/{id}",                Json(json!({"title": "Renamed"})),    [401, 403, 404, 200, 403, 403, 403]),
        ("POST /api/v1/tracks/{id}/audio",           Json(audio),                          [401, 403, 404, 201, 403, 403, 403]),
        ("POST /api/v1/tracks/{id}/audio/complete",  Json(json!({"upload": Uuid::nil()})), [401, 403, 404, 409, 403, 403, 403]),
        ("POST /api/v1/catalog/import",              Json(import),                         [401, 403, 403, 403, 403, 200, 403]),
        ("POST /api/v1/catalog/import/listener",     Json(unknown),                        [401, 403, 403, 403, 403, 422, 403]),
        ("POST /api/v1/catalog/import/outcomes",     Json(json!({"listener": "anyone"})),  [401, 403, 403, 403, 403, 200, 403]),
        ("GET /api/v1/creators",                     None,                                 ANYONE),
        ("GET /api/v1/creators/{id}",                None,                                 ANYONE),
        ("POST /api/v1/creators/{id}/follow",        None,                                 [401, 204, 204, 409, 204, 403, 403]),
        ("DELETE /api/v1/creators/{id}/follow",      None,                                 [401, 204, 204, 204, 204, 403, 403]),

        ("GET /api/v1/analytics/overview",           None,                                 REPORTS),
        ("GET /api/v1/analytics/geography",          None,                                 REPORTS),
        ("GET /api/v1/analytics/demographics",       None,                                 REPORTS),
        ("GET /api/v1/analytics/traffic-sources",    None,                                 REPORTS),
        ("GET /api/v1/analytics/tracks",             None,                                 REPORTS),
        (COMPARE,                                    None,                                 REPORTS),
        ("GET /api/v1/analytics/revenue",            None,                                 REPORTS),
        ("GET /api/v1/analytics/revenue/projection", None,                                 REPORTS),
        ("GET /api/v1/analytics/live",               None,                                 REPORTS),
        ("GET /api/v1/analytics/excluded",           None,                                 REPORTS),
        ("GET /api/v1/analytics/plays",              None,                                 REPORTS),
        ("GET /api/v1/analytics/plays/{play_id}",    None,                                 [401, 403, 404, 404, 404, 403, 404]),
        ("GET /api/v1/analytics/export?format=csv",  None,                                 REPORTS),

        ("GET /api/v1/marketplace/products",                            None,                                 ANYONE),
        ("POST /api/v1/marketplace/products",                           Json(product),                        [401, 403, 201, 201, 403, 403, 403]),
        ("GET /api/v1/marketplace/products/{id}",                       None,                                 ANYONE),
        ("PATCH /api/v1/marketplace/products/{id}",                     Json(json!({"title": "Renamed"})),    [401, 403, 404, 200, 403, 403, 403]),
        ("POST /api/v1/marketplace/products/{id}/cover",                Json(cover),                          [401, 403, 404, 201, 403, 403, 403]),
        ("POST /api/v1/marketplace/products/{id}/cover/complete",       Json(json!({"upload": Uuid::nil()})), [401, 403, 404, 409, 403, 403, 403]),
        ("POST /api/v1/marketplace/products/{id}/files",                Json(file),                           [401, 403, 404, 201, 403, 403, 403]),
        ("POST /api/v1/marketplace/products/{id}/files/{file}/complete", None,                                [401, 403, 404, 409, 403, 403, 403]),
        ("DELETE /api/v1/marketplace/products/{id}/files/{file}",       None,                                 [401, 403, 404, 409, 403, 403, 403]),
        ("GET /api/v1/marketplace/selling",                             None,                                 CREATORS),
        ("GET /api/v1/marketplace/deals",                               None,                                 ANYONE),
        ("GET /api/v1/marketplace/promotions",                          None,                                 CREATORS),
        ("POST /api/v1/marketplace/promotions",                         WithProduct(promotion),               [401, 403, 422, 201, 403, 403, 403]),
        ("PATCH /api/v1/marketplace/promotions/{id}",                   Json(json!({"discount_percent": 9})), [401, 403, 404, 200, 403, 403, 403]),
        ("DELETE /api/v1/marketplace/promotions/{id}",                  None,                                 [401, 403, 404, 204, 403, 403, 403]),
        ("GET /api/v1/marketplace/wishlist",                            None,                                 SIGNED_IN),
        ("POST /api/v1/marketplace/wishlist/{product_id}",              None,                                 [401, 204, 204, 422, 204, 403, 403]),
        ("DELETE /api/v1/marketplace/wishlist/{product_id}",            None,                                 [401, 204, 204, 204, 204, 403, 403]),
        ("GET /api/v1/marketplace/demand",                              None,                                 CREATORS),
        ("POST /api/v1/marketplace/quotes",                             WithProduct(basket.clone()),          [401, 200, 200, 422, 200, 403, 403]),
        ("GET /api/v1/marketplace/orders",                              None,                                 SIGNED_IN),
        ("POST /api/v1/marketplace/orders",                             WithProduct(basket),                  [401, 201, 201, 422, 201, 403, 403]),
        ("GET /api/v1/marketplace/orders/{id}",                         None,                                 BUYER),
        ("POST /api/v1/marketplace/orders/{id}/pay",                    Json(json!({"method": "approve"})),   BUYER),
        ("GET /api/v1/marketplace/orders/{id}/download",                None,                                 BUYER),
        (GRANT,                                                         None,                                 [403; 7]),
        ("GET /api/v1/marketplace/sales",                               None,                                 CREATORS),

        ("GET /api/v1/marketplace/products/{id}/reviews",               None,                                 ANYONE),
        ("GET /api/v1/marketplace/reviews",                             None,                                 SIGNED_IN),
        ("POST /api/v1/marketplace/reviews",                            WithProduct(review),                  [401, 403, 403, 403, 403, 403, 403]), // not bought
        ("POST /api/v1/marketplace/reviews/{id}/reply",                 Json(text.clone()),                   [401, 403, 404, 201, 403, 403, 403]),
        ("POST /api/v1/marketplace/orders/{id}/dispute",                Json(issue),                          [401, 404, 404, 201, 404, 403, 403]),
        ("GET /api/v1/marketplace/disputes",                            None,                                 SIGNED_IN),
        ("GET /api/v1/marketplace/disputes/{id}",                       None,                                 PARTY),
        ("POST /api/v1/marketplace/disputes/{id}/messages",             Json(text.clone()),                   [401, 404, 404, 201, 201, 403, 403]),
        ("POST /api/v1/marketplace/disputes/{id}/respond",              Json(text),                           [401, 404, 404, 201, 403, 403, 403]),
        ("POST /api/v1/marketplace/disputes/{id}/withdraw",             None,                                 [401, 404, 404, 403, 403, 403, 403]), // the buyer's
        ("GET /api/v1/admin/disputes",                                  None,                                 ADMINS),
        ("POST /api/v1/admin/disputes/{id}/review",                     None,                                 ADMINS),
        ("POST /api/v1/admin/disputes/{id}/resolve",                    Json(decision),                       ADMINS),

        ("GET /api/v1/admin/analytics/users",        None,                                 ADMINS),
        ("GET /api/v1/admin/analytics/signups",      None,                                 ADMINS),
        ("GET /api/v1/admin/analytics/retention",    None,                                 ADMINS),
        ("GET /api/v1/admin/analytics/transactions", None,                                 ADMINS),
        ("GET /api/v1/admin/analytics/performance",  None,                                 ADMINS),
        ("GET /api/v1/admin/analytics/pipeline",     None,                                 ADMINS),
        ("GET /api/v1/admin/analytics/pipeline/rejected", None,                            ADMINS),
        ("GET /api/v1/admin/analytics/pipeline/plays/{play_id}", None,                     [401, 403, 403, 403, 404, 403, 403]),
    ]
}

fn in_days(days: i64) -> jiff::Timestamp {
    jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)
}

struct World {
    api: Api,
    /// As [`Statuses`].
    tokens: [String; 7],
    owner: Person,
    track: Uuid,
    shop: Shop,
}

/// What the owner sells, and what it bought.
struct Shop {
    product: Uuid,
    /// Not uploaded yet.
    file: Uuid,
    promotion: Uuid,
    order: Uuid,
    /// Of the product, by the merchant who bought it.
    review: Uuid,
    /// Of that purchase.
    dispute: Uuid,
}

impl Shop {
    async fn of(api: &Api, owner: &Person) -> Self {
        let merchant = api.creator().await;
        let (product, bought) = (
            Self::product(api, owner).await,
            Self::product(api, &merchant).await,
        );
        let body = json!({"name": "b.zip", "size": 3, "type": "application/zip"});
        let path = format!("/api/v1/marketplace/products/{product}/files");
        let file = api.post(&path, &owner.token, body).await;
        let body = json!({"product_id": product, "discount_percent": 10, "starts_at": in_days(3), "ends_at": in_days(4)});
        let promotion = api
            .post("/api/v1/marketplace/promotions", &owner.token, body)
            .await;
        let order = Self::purchase(api, owner, bought).await;
        let sold = Self::purchase(api, &merchant, product).await;
        let body = json!({"product_id": product, "rating": 4});
        let review = api
            .post("/api/v1/marketplace/reviews", &merchant.token, body)
            .await;
        let path = format!("/api/v1/marketplace/orders/{sold}/dispute");
        let body = json!({"reason": "other", "details": "Something is wrong."});
        let dispute = api.post(&path, &merchant.token, body).await;
        Self {
            review: id(&review.data()["id"]),
            dispute: id(&dispute.data()["id"]),
            product,
            file: id(&file.data()["file"]),
            promotion: id(&promotion.data()["id"]),
            order,
        }
    }

    /// A paid order of it.
    async fn purchase(api: &Api, buyer: &Person, product: Uuid) -> Uuid {
        let body =
            json!({"product_ids": [product], "country": "FR", "expected_total_minor": 1_200});
        let request = api.request(Method::POST, "/api/v1/marketplace/orders", &buyer.token);
        let order = api
            .read(request.header("idempotency-key", "first").json(&body))
            .await;
        let order = id(&order.data()["id"]);
        let path = format!("/api/v1/marketplace/orders/{order}/pay");
        api.post(&path, &buyer.token, json!({"method": "approve"}))
            .await
            .assert_status(200);
        order
    }

    /// For sale, with a file that is nowhere.
    async fn product(api: &Api, seller: &Person) -> Uuid {
        let body = json!({"title": "A product", "kind": "album", "price_minor": 1_000});
        let product = id(&api
            .post("/api/v1/marketplace/products", &seller.token, body)
            .await
            .data()["id"]);
        sqlx::query(
            "INSERT INTO product_files (id, product_id, name, content_type, size, object_key, sha256, completed_at)
             VALUES ($1, $1, 'a', 'a/b', 1, $1::text, sha256('a'), now())",
        )
        .bind(product)
        .execute(api.db())
        .await
        .expect("a file");
        let path = format!("/api/v1/marketplace/products/{product}");
        api.patch(&path, &seller.token, json!({"state": "published"}))
            .await
            .assert_status(200);
        product
    }
}

fn id(value: &Value) -> Uuid {
    value.as_str().expect("an id").parse().expect("a UUID")
}

impl World {
    async fn new() -> Self {
        let api = Api::start().await;
        let (user, other) = (api.user().await, api.creator().await);
        let (owner, admin) = (api.creator().await, api.admin().await);
        let importer = api.machine(&admin, "plays:import").await;
        let reader = api.machine(&admin, "analytics:read").await;
        let track = api.track(&owner).await;
        let shop = Shop::of(&api, &owner).await;
        let tokens = [
            String::new(),
            user.token,
            other.token,
            owner.token.clone(),
            admin.token,
            importer,
            reader,
        ];
        Self {
            api,
            tokens,
            owner,
            track,
            shop,
        }
    }

    fn path(&self, template: &str) -> String {
        let ids = [
            ("/tracks/", self.track.to_string()),
            ("/erasures/", Uuid::nil().to_string()),
            ("/imports/", Uuid::nil().to_string()),
            ("/products/", self.shop.product.to_string()),
            ("/promotions/", self.shop.promotion.to_string()),
            ("/orders/", self.shop.order.to_string()),
            ("/reviews/", self.shop.review.to_string()),
            ("/disputes/", self.shop.dispute.to_string()),
            ("/", self.owner.creator_id.to_string()),
        ];
        let id = ids.iter().find(|(folder, _)| template.contains(folder));
        template
            .replace("{id}", id.map_or("", |(_, id)| id))
            .replace("{play_id}", &Uuid::nil().to_string())
            .replace("{product_id}", &self.shop.product.to_string())
            .replace("{file}", &self.shop.file.to_string())
            .replace("{item}", &Uuid::nil().to_string())
    }

    async fn body(&self, body: &Body) -> Option<Value> {
        match body {
            Body::None => None,
            Body::Json(body) => Some(body.clone()),
            Body::WithProduct(body) => {
                let text = body
                    .to_string()
                    .replace("{product}", &self.shop.product.to_string());
                Some(serde_json::from_str(&text).expect("JSON as before"))
            }
            Body::Registration => {
                Some(json!({"email": Api::new_email(), "password": PASSWORD, "name": "New"}))
            }
            Body::RefreshToken => {
                let session = self.api.log_in(&self.owner.email).await;
                Some(json!({"refresh_token": session["refresh_token"]}))
            }
        }
    }

    async fn statuses(&self, operation: &str, body: &Body) -> Statuses {
        let (method, template) = operation.split_once(' ').expect("method and path");
        let method: Method = method.parse().expect("a method");
        let mut statuses = [0; 7];
        for (status, token) in statuses.iter_mut().zip(&self.tokens) {
            let request = self
                .api
                .request(method.clone(), &self.path(template), token)
                // Only orders want it.
                .header("idempotency-key", Uuid::new_v4().to_string());
            let request = match self.body(body).await {
                Some(body) => request.json(&body),
                None => request,
            };
            *status = self.api.read(request).await.status;
        }
        statuses
    }
}

#[tokio::test]
async fn each_operation_answers_each_caller_as_its_row_says() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (operation, body, expected) in rows() {
        let found = world.statuses(operation, &body).await;
        if found != expected {
            wrong.push(format!(
                "{operation}: expected {expected:?}, found {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_operation_of_the_document_has_a_row() {
    let api = Api::start().await;
    let document = api.get("/api/openapi.json", "").await.body;
    let paths = document["paths"].as_object().expect("paths");
    let documented: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let rows: BTreeSet<String> = rows()
        .iter()
        .map(|(operation, _, _)| operation.split('?').next().expect("a part").to_owned())
        .collect();
    assert_eq!(documented, rows);
}

#[tokio::test]
async fn forged_expired_and_foreign_tokens_are_nobody() {
    let api = Api::start().await;
    let person = api.user().await;
    let now = jiff::Timestamp::now().as_second();
    let claims = |change: fn(&mut Value)| {
        let mut claims = json!({
            "sub": person.id, "role": "user", "scopes": [], "iss": "veza", "aud": "veza", "iat": now, "exp": now + 60,
        });
        change(&mut claims);
        api.veza.sign(&claims)
    };
    assert_eq!(api.get("/api/v1/me", &claims(|_| {})).await.status, 200);
    let parts: Vec<&str> = person.token.split('.').collect();
    let refused = [
        claims(|claims| claims["exp"] = json!(1_000_000_000)),
        claims(|claims| claims["aud"] = json!("elsewhere")),
        claims(|claims| claims["iss"] = json!("elsewhere")),
        claims(|claims| claims["role"] = json!("emperor")),
        claims(|claims| claims["sub"] = json!("not-a-uuid")),
        // {"alg":"none"}, and no signature
        format!("eyJhbGciOiJub25lIn0.{}.", parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], "AAAA"),
        "x".to_owned(),
        "x".repeat(20_000),
    ];
    for token in refused {
        let answer = api.get("/api/v1/me", &token).await;
        answer.assert_problem(401, "unauthenticated", "");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_token_of_an_account_that_is_gone_is_nobody() {
    let api = Api::start().await;
    let owner = api.creator().await;
    let ghost = api.veza.token(Uuid::new_v4(), "user", &[]);
    api.get("/api/v1/me", &ghost)
        .await
        .assert_problem(401, "unauthenticated", "");
    let follow = format!("/api/v1/creators/{}/follow", owner.creator_id);
    let answer = api.call(Method::POST, &follow, &ghost).await;
    answer.assert_problem(401, "unauthenticated", "");
}
