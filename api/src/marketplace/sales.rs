//! `GET /marketplace/sales`: the lines that a seller sold.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::baskets::Sums;
use super::orders::OrderState;
use crate::caller::Creator;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::Result;
use crate::extract::Query;
use crate::timestamptz::Timestamptz;

/// A sold line. It doesn't tell who bought.
#[derive(Serialize, ToSchema)]
pub struct Sale {
    item_id: Uuid,
    order_id: Uuid,
    product_id: Uuid,
    /// As it was called when it was ordered.
    title: String,
    currency: String,
    /// Of the order.
    state: OrderState,
    discount_percent: i32,
    tax_bps: i32,
    tax_country: String,
    #[serde(flatten)]
    sums: Sums,
    refunded_minor: i64,
    refunded_tax_minor: i64,
    /// What it brought: net, less what was refunded of it.
    earned_minor: i64,
    paid_at: Timestamptz,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SaleList {
    /// Only of this product.
    product: Option<Uuid>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(i64, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// What one sold, the last first
#[utoipa::path(get, path = "/marketplace/sales", tag = "marketplace", params(SaleList),
    responses((status = 200, body = Page<Sale>)))]
pub async fn list_sales(
    State(db): State<PgPool>,
    creator: Creator,
    Query(list): Query<SaleList>,
) -> Result<Page<Sale>> {
    let (paid, item) = list.cursor.map(|Cursor(place)| place).unzip();
    let rows = sqlx::query!(
        r#"SELECT i.id, i.order_id, i.product_id, i.title, o.currency, o.state AS "state: OrderState", i.discount_percent, i.tax_bps,
             o.tax_country, i.list_minor, i.discount_minor, i.net_minor, i.tax_minor, i.total_minor, i.refunded_minor,
             i.refunded_tax_minor, o.paid_at AS "paid_at!: Timestamptz"
           FROM orders o JOIN order_items i ON i.order_id = o.id
           WHERE o.seller_id = $1 AND o.paid_at IS NOT NULL AND ($2::uuid IS NULL OR i.product_id = $2)
             AND ($3::bigint IS NULL OR o.paid_at <= timestamptz 'epoch' + $3 * interval '1 microsecond')
             AND ($3::bigint IS NULL OR (o.paid_at, i.id) < (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
           ORDER BY o.paid_at DESC, i.id DESC LIMIT $5"#,
        creator.creator_id,
        list.product,
        paid,
        item,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let sales = rows.into_iter().map(|row| Sale {
        item_id: row.id,
        order_id: row.order_id,
        product_id: row.product_id,
        title: row.title,
        currency: row.currency,
        state: row.state,
        discount_percent: row.discount_percent,
        tax_bps: row.tax_bps,
        tax_country: row.tax_country,
        sums: Sums {
            list_minor: row.list_minor,
            discount_minor: row.discount_minor,
            net_minor: row.net_minor,
            tax_minor: row.tax_minor,
            total_minor: row.total_minor,
        },
        refunded_minor: row.refunded_minor,
        refunded_tax_minor: row.refunded_tax_minor,
        earned_minor: row.net_minor - (row.refunded_minor - row.refunded_tax_minor),
        paid_at: row.paid_at,
    });
    Ok(page(sales.collect(), list.limit, |sale: &Sale| {
        (sale.paid_at.0.as_microsecond(), sale.item_id)
    })?)
}
