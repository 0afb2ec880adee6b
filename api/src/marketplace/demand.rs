//! `GET /marketplace/demand`: how many would like to have what one sells.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::Creator;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::Result;
use crate::extract::Query;
use crate::timestamptz::Timestamptz;

/// Wishes for a product.
#[derive(Serialize, ToSchema)]
pub struct Demand {
    product_id: Uuid,
    title: String,
    currency: String,
    /// The list price.
    price_minor: i64,
    /// On how many wishlists it is, of people who don't have it.
    wishes: i64,
    /// Of these, those of the last 7 days.
    wishes_7d: i64,
    #[schema(required)]
    last_wished_at: Option<Timestamptz>,
    /// How often it was paid for.
    sales: i64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DemandList {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(i64, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Wishes per product of one's own that is sold, the most wanted first
#[utoipa::path(get, path = "/marketplace/demand", tag = "marketplace", params(DemandList),
    responses((status = 200, body = Page<Demand>)))]
pub async fn list_demand(
    State(db): State<PgPool>,
    creator: Creator,
    Query(list): Query<DemandList>,
) -> Result<Page<Demand>> {
    let (wishes, product) = list.cursor.map(|Cursor(place)| place).unzip();
    let demand = sqlx::query_as!(
        Demand,
        r#"SELECT p.id AS product_id, p.title, p.currency, p.price_minor, w.wishes AS "wishes!", w.wishes_7d AS "wishes_7d!",
             w.last_wished_at AS "last_wished_at: Timestamptz",
             (SELECT count(*) FROM order_items i WHERE i.product_id = p.id AND i.owned_from IS NOT NULL) AS "sales!"
           FROM products p
           CROSS JOIN LATERAL (
             SELECT count(*) AS wishes, count(*) FILTER (WHERE added_at > now() - interval '7 days') AS wishes_7d, max(added_at) AS last_wished_at
             FROM wishlist w WHERE w.product_id = p.id AND NOT EXISTS (
               SELECT FROM order_items i WHERE i.buyer_id = w.user_id AND i.product_id = p.id
                 AND i.owned_from IS NOT NULL AND i.owned_until IS NULL)) w
           WHERE p.seller_id = $1 AND p.state = 'published' AND ($2::bigint IS NULL OR (w.wishes, p.id) < ($2, $3::uuid))
           ORDER BY w.wishes DESC, p.id DESC LIMIT $4"#,
        creator.creator_id,
        wishes,
        product,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    Ok(page(demand, list.limit, |row| {
        (row.wishes, row.product_id)
    })?)
}
