//! `GET /marketplace/selling`: a seller's own products, drafts and archived ones among them.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_service::reply::Reply;

use super::cards::{Card, CardPageMeta, ProductState, cards};
use super::products::own;
use crate::caller::Creator;
use crate::cursor::{Cursor, Limit, page};
use crate::error::Result;
use crate::extract::Query;
use crate::objects::Objects;

/// A product as its seller sees it.
#[derive(Serialize, ToSchema)]
pub struct OwnProduct {
    #[serde(flatten)]
    card: Card,
    /// How often it was paid for, refunded ones included.
    sales: i64,
    /// What these brought without tax, less what was refunded of it.
    net_minor: i64,
    /// On how many wishlists it is.
    wishes: i64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OwnProductList {
    state: Option<ProductState>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// One's own products, the newest first
#[utoipa::path(get, path = "/marketplace/selling", tag = "marketplace", params(OwnProductList),
    responses((status = 200, body = Reply<Vec<OwnProduct>, CardPageMeta>)))]
pub async fn list_own_products(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Query(list): Query<OwnProductList>,
) -> Result<Reply<Vec<OwnProduct>, CardPageMeta>> {
    let rows = sqlx::query!(
        r#"SELECT p.id, sold.lines AS "sales!", sold.net_minor AS "net_minor!",
             (SELECT count(*) FROM wishlist w WHERE w.product_id = p.id) AS "wishes!"
           FROM products p
           CROSS JOIN LATERAL (
             SELECT count(*) AS lines, coalesce(sum(i.net_minor - (i.refunded_minor - i.refunded_tax_minor)), 0)::bigint AS net_minor
             FROM order_items i WHERE i.product_id = p.id AND i.owned_from IS NOT NULL) sold
           WHERE p.seller_id = $1 AND ($2::text IS NULL OR p.state = $2) AND ($3::uuid IS NULL OR p.id < $3)
           ORDER BY p.id DESC LIMIT $4"#,
        creator.creator_id,
        list.state as Option<ProductState>,
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let rows = page(rows, list.limit, |row| row.id)?;
    let ids: Vec<Uuid> = rows.data.iter().map(|row| row.id).collect();
    // Products are never deleted: each id has its card.
    let cards = cards(&db, &objects, own(creator), &ids).await?;
    let products = cards
        .into_iter()
        .zip(rows.data)
        .map(|(card, row)| OwnProduct {
            card,
            sales: row.sales,
            net_minor: row.net_minor,
            wishes: row.wishes,
        });
    let meta = CardPageMeta {
        next_cursor: rows.meta.next_cursor,
        server_time: jiff::Timestamp::now(),
    };
    Ok(Reply::with_meta(products.collect(), meta))
}
