//! A product as lists show it, with the price that is payable now.

use std::sync::Arc;

use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Visitor;
use crate::cursor::Page;
use crate::error::Result;
use crate::objects::{Objects, SignedUrl};
use crate::timestamptz::Timestamptz;

/// What kind of thing is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    Album,
    Ep,
    Single,
    Samples,
    Stems,
    Other,
}

/// `draft → published → archived`: an archived product is not sold any more, and still downloaded by those who bought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ProductState {
    Draft,
    Published,
    Archived,
}

/// A product, as its card shows it.
#[derive(Serialize, ToSchema)]
pub struct Card {
    pub id: Uuid,
    seller_id: i64,
    seller_name: String,
    kind: Kind,
    title: String,
    state: ProductState,
    /// The track that is heard on its page.
    #[schema(required)]
    track_id: Option<Uuid>,
    currency: String,
    /// The list price.
    price_minor: i64,
    /// What is payable now: the list price, or less while a promotion runs. Tax may come on top.
    pub payable_minor: i64,
    /// The promotion that runs now.
    #[schema(required)]
    promotion: Option<RunningPromotion>,
    /// The lowest price that was payable in the 30 days before the running promotion began, or before now where none runs.
    /// Null: it could not be bought then.
    #[schema(required)]
    lowest_30d_minor: Option<i64>,
    #[schema(required)]
    cover: Option<SignedUrl>,
    /// Null: nobody has rated it yet.
    #[schema(required)]
    rating: Option<Rating>,
    /// How many there are to download.
    file_count: i64,
    #[schema(required)]
    published_at: Option<Timestamptz>,
    /// On the caller's wishlist; null: nobody is signed in.
    #[schema(required)]
    wished: Option<bool>,
    /// Bought by the caller; null: nobody is signed in.
    #[schema(required)]
    owned: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct RunningPromotion {
    id: Uuid,
    discount_percent: i32,
    starts_at: Timestamptz,
    /// From then on the list price is payable again.
    pub ends_at: Timestamptz,
}

#[derive(Serialize, ToSchema)]
pub struct Rating {
    /// 1 to 5.
    average: f64,
    count: i32,
}

/// A page of a list of products.
#[derive(Serialize, ToSchema)]
pub struct CardPageMeta {
    /// Give it as `cursor` to go on; null: this was the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// For countdowns: the time here.
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
}

struct Row {
    id: Uuid,
    seller_id: i64,
    seller_name: String,
    kind: Kind,
    title: String,
    state: ProductState,
    track_id: Option<Uuid>,
    currency: String,
    price_minor: i64,
    payable_minor: i64,
    promotion_id: Option<Uuid>,
    discount_percent: Option<i32>,
    starts_at: Option<Timestamptz>,
    ends_at: Option<Timestamptz>,
    lowest_30d_minor: Option<i64>,
    cover_key: Option<String>,
    ratings: i32,
    rating_sum: i32,
    file_count: i64,
    published_at: Option<Timestamptz>,
    wished: Option<bool>,
    owned: Option<bool>,
}

impl Row {
    async fn card(self, objects: Arc<Objects>) -> Result<Card> {
        let promotion = match (
            self.promotion_id,
            self.discount_percent,
            self.starts_at,
            self.ends_at,
        ) {
            (Some(id), Some(discount_percent), Some(starts_at), Some(ends_at)) => {
                Some(RunningPromotion {
                    id,
                    discount_percent,
                    starts_at,
                    ends_at,
                })
            }
            _ => None,
        };
        let rating = (self.ratings > 0).then(|| Rating {
            average: f64::from(self.rating_sum) / f64::from(self.ratings),
            count: self.ratings,
        });
        Ok(Card {
            id: self.id,
            seller_id: self.seller_id,
            seller_name: self.seller_name,
            kind: self.kind,
            title: self.title,
            state: self.state,
            track_id: self.track_id,
            currency: self.currency,
            price_minor: self.price_minor,
            payable_minor: self.payable_minor,
            promotion,
            lowest_30d_minor: self.lowest_30d_minor,
            cover: picture(&objects, self.cover_key.as_deref()).await?,
            rating,
            file_count: self.file_count,
            published_at: self.published_at,
            wished: self.wished,
            owned: self.owned,
        })
    }
}

/// The address of a cover, if there is one.
pub async fn picture(objects: &Objects, key: Option<&str>) -> Result<Option<SignedUrl>> {
    match key {
        Some(key) => objects.signed_picture(key).await.map(Some),
        None => Ok(None),
    }
}

/// The cards of these products, in this order.
pub async fn cards(
    db: &PgPool,
    objects: &Objects,
    visitor: Visitor,
    ids: &[Uuid],
) -> Result<Vec<Card>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // What was payable when: the list price at times that no promotion covered, the discounted one at times of promotions.
    // A promotion that was canceled has the time in which it ran.
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT p.id, p.seller_id, c.name AS seller_name, p.kind AS "kind: Kind", p.title, p.state AS "state: ProductState",
             p.track_id, p.currency, p.price_minor, coalesce(discounted(p.price_minor, r.discount_percent), p.price_minor) AS "payable_minor!",
             r.id AS "promotion_id?", r.discount_percent AS "discount_percent?", r.starts_at AS "starts_at?: Timestamptz",
             r.ends_at AS "ends_at?: Timestamptz", low.payable AS lowest_30d_minor, p.cover_key, p.ratings, p.rating_sum,
             (SELECT count(*) FROM product_files f WHERE f.product_id = p.id AND f.completed_at IS NOT NULL) AS "file_count!",
             p.published_at AS "published_at: Timestamptz",
             CASE WHEN $2::uuid IS NOT NULL THEN EXISTS (SELECT FROM wishlist w WHERE w.user_id = $2 AND w.product_id = p.id) END AS wished,
             CASE WHEN $2::uuid IS NOT NULL THEN EXISTS (SELECT FROM order_items i WHERE i.buyer_id = $2 AND i.product_id = p.id
               AND i.owned_from IS NOT NULL AND i.owned_until IS NULL) END AS owned
           FROM unnest($1::uuid[]) WITH ORDINALITY AS chosen (id, place)
           JOIN products p ON p.id = chosen.id
           JOIN creators c ON c.id = p.seller_id
           LEFT JOIN promotions r ON r.product_id = p.id AND r.is_active AND r.starts_at <= now() AND now() < r.ends_at
           CROSS JOIN LATERAL (SELECT coalesce(r.starts_at, now()) AS to_time) e
           CROSS JOIN LATERAL (SELECT tstzrange(least(greatest(p.published_at, e.to_time - interval '30 days'), e.to_time), e.to_time) AS days) w
           CROSS JOIN LATERAL (
             SELECT min(payable) AS payable FROM (
               SELECT h.price_minor AS payable FROM product_prices h
               WHERE h.product_id = p.id AND NOT isempty(tstzmultirange(tstzrange(h.since, h.until) * w.days)
                 - coalesce((SELECT range_agg(tstzrange(q.starts_at, q.ends_at)) FROM promotions q WHERE q.product_id = p.id), '{}'))
               UNION ALL
               SELECT discounted(h.price_minor, q.discount_percent)
               FROM promotions q JOIN product_prices h ON h.product_id = q.product_id
               WHERE q.product_id = p.id AND NOT isempty(tstzrange(h.since, h.until) * tstzrange(q.starts_at, q.ends_at) * w.days)
             ) payables
             WHERE p.published_at IS NOT NULL) low
           ORDER BY chosen.place"#,
        ids,
        visitor.user_id
    )
    .fetch_all(db)
    .await?;
    let objects = Arc::new(objects.clone());
    try_join_all(rows.into_iter().map(|row| row.card(objects.clone()))).await
}

/// The page whose rows are these ids, as cards.
pub async fn page_of(
    db: &PgPool,
    objects: &Objects,
    visitor: Visitor,
    page: Page<Uuid>,
) -> Result<veza_service::reply::Reply<Vec<Card>, CardPageMeta>> {
    let cards = cards(db, objects, visitor, &page.data).await?;
    let meta = CardPageMeta {
        next_cursor: page.meta.next_cursor,
        server_time: Timestamp::now(),
    };
    Ok(veza_service::reply::Reply::with_meta(cards, meta))
}
