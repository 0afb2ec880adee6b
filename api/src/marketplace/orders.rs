//! `GET·POST /marketplace/orders`, `GET /marketplace/orders/{id}`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::future::try_join_all;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_schemas::problem::{Code, Problem};
use veza_service::reply::Reply;

use super::baskets::{Basket, Quote, Sums, Tax, Terms};
use super::cards::picture;
use super::idempotency::{self, Claim, IdempotencyKey};
use super::settlement;
use crate::caller::Caller;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, PriceChanged, Result};
use crate::extract::{Json, Path, Query};
use crate::money::tax::TaxRate;
use crate::objects::{Objects, SignedUrl};
use crate::timestamptz::Timestamptz;

/// How long an order waits for its payment.
const PAYMENT_MINUTES: i32 = 30;

/// `pending_payment → paid → partially_refunded → refunded`, or `canceled` when it was not paid in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OrderState {
    PendingPayment,
    Paid,
    PartiallyRefunded,
    Refunded,
    Canceled,
}

/// What was bought, priced as it was when it was ordered.
#[derive(Serialize, ToSchema)]
pub struct Order {
    pub id: Uuid,
    seller_id: i64,
    seller_name: String,
    currency: String,
    pub state: OrderState,
    items: Vec<OrderItem>,
    #[serde(flatten)]
    sums: Sums,
    /// Of the total; the tax in it beside it.
    refunded_minor: i64,
    refunded_tax_minor: i64,
    tax: Tax,
    created_at: Timestamptz,
    /// Unpaid at this time, it is canceled.
    expires_at: Timestamptz,
    #[schema(required)]
    paid_at: Option<Timestamptz>,
    #[schema(required)]
    canceled_at: Option<Timestamptz>,
    /// The last attempt to pay; null: there was none.
    #[schema(required)]
    pub payment: Option<Payment>,
}

#[derive(Serialize, ToSchema)]
pub struct OrderItem {
    pub id: Uuid,
    product_id: Uuid,
    /// As it was called when it was ordered.
    title: String,
    #[schema(required)]
    cover: Option<SignedUrl>,
    discount_percent: i32,
    tax_bps: i32,
    #[serde(flatten)]
    sums: Sums,
    refunded_minor: i64,
}

#[derive(Serialize, ToSchema)]
pub struct Payment {
    pub state: PaymentState,
    method: String,
    /// Why it was declined or returned.
    #[schema(required)]
    pub reason: Option<String>,
    created_at: Timestamptz,
    #[schema(required)]
    decided_at: Option<Timestamptz>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentState {
    /// The provider has not answered yet.
    Started,
    Approved,
    Declined,
    /// Approved when the order could not be paid any more, and given back at once.
    Returned,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrderList {
    /// Only with this product.
    product: Option<Uuid>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Order
///
/// Carried out once an `Idempotency-Key`: the same key with the same body gets the same answer, with another body 422
/// `idempotency_mismatch`. Promotions count by the database's clock at this moment. A total that fell below the expected one is
/// passed on; one that rose is refused with 409 `price_changed` and the new quote. A total of 0 is paid at once.
#[utoipa::path(post, path = "/marketplace/orders", tag = "marketplace", request_body = Basket,
    params(("Idempotency-Key" = String, Header, description = "Made anew for each order, kept for its retries; 1 to 255 characters")),
    responses(
        (status = 201, body = Reply<Order>),
        (status = 409, description = "`price_changed` with the new quote: the total rose; `already_owned`, `not_for_sale`", body = PriceChanged,
            content_type = "application/problem+json")))]
pub async fn place_order(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    terms: Terms,
    key: IdempotencyKey,
    Json(basket): Json<Basket>,
) -> Result<Response> {
    let key = key.get()?;
    basket.check()?;
    let expected = basket.expected_total_minor.ok_or_else(|| {
        Problem::new(
            Code::MissingField,
            "give the total that the buyer has agreed to",
        )
        .at("expected_total_minor")
    })?;
    let mut tx = db.begin().await?;
    let answer = match idempotency::claim(&mut tx, terms.buyer, &key, &basket).await? {
        Claim::Answered(answer) => answer,
        Claim::New => {
            settlement::lock_buyer(&mut tx, terms.buyer).await?;
            basket.lock(&mut tx).await?;
            let quote = basket.price(&mut tx, &terms).await?;
            if quote.sums.total_minor > expected {
                return Err(ApiError::PriceChanged(Box::new(quote)));
            }
            let id = insert(&mut tx, &terms, &quote).await?;
            if quote.sums.total_minor == 0 {
                settlement::mark_paid(&mut tx, id).await?;
            }
            let order = fetch_in(&mut tx, &objects, terms.buyer, id).await?;
            let answer = serde_json::to_string(&Reply::new(order)).map_err(anyhow::Error::from)?;
            idempotency::remember(&mut tx, terms.buyer, &key, id, &answer).await?;
            answer
        }
    };
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        [(CONTENT_TYPE, "application/json")],
        answer,
    )
        .into_response())
}

/// Writes the order and its lines down as they were quoted.
async fn insert(tx: &mut PgConnection, terms: &Terms, quote: &Quote) -> Result<Uuid> {
    let (sums, tax) = (&quote.sums, &quote.tax);
    let id = sqlx::query_scalar!(
        "INSERT INTO orders (buyer_id, seller_id, currency, state, list_minor, discount_minor, net_minor, tax_minor, total_minor,
           tax_country, tax_bps, tax_inclusive, tax_is_default, address_country, created_at, expires_at)
         VALUES ($1, $2, $3, 'pending_payment', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::timestamptz, $14::timestamptz + $15 * interval '1 minute')
         RETURNING id",
        terms.buyer,
        quote.seller_id,
        quote.currency,
        sums.list_minor,
        sums.discount_minor,
        sums.net_minor,
        sums.tax_minor,
        sums.total_minor,
        tax.country,
        tax.bps,
        tax.inclusive,
        tax.is_default,
        tax.address_country,
        quote.quoted_at as Timestamptz,
        f64::from(PAYMENT_MINUTES)
    )
    .fetch_one(&mut *tx)
    .await?;
    let lines = &quote.lines;
    let column = |value: fn(&Sums) -> i64| -> Vec<i64> {
        lines.iter().map(|line| value(&line.sums)).collect()
    };
    let products: Vec<Uuid> = lines.iter().map(|line| line.product_id).collect();
    let promotions: Vec<Option<Uuid>> = lines.iter().map(|line| line.promotion_id).collect();
    let titles: Vec<String> = lines.iter().map(|line| line.title.clone()).collect();
    let percents: Vec<i32> = lines.iter().map(|line| line.discount_percent).collect();
    sqlx::query!(
        "INSERT INTO order_items (order_id, line, buyer_id, product_id, promotion_id, title, list_minor, discount_percent,
           discount_minor, net_minor, tax_bps, tax_inclusive, tax_minor, total_minor)
         SELECT $1, l.line, $2, l.product_id, l.promotion_id, l.title, l.list_minor, l.discount_percent, l.discount_minor, l.net_minor,
           $3, $4, l.tax_minor, l.total_minor
         FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::bigint[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
           WITH ORDINALITY AS l (product_id, promotion_id, title, list_minor, discount_percent, discount_minor, net_minor, tax_minor,
             total_minor, line)",
        id,
        terms.buyer,
        tax.bps,
        tax.inclusive,
        &products,
        &promotions as &[Option<Uuid>],
        &titles,
        &column(|sums| sums.list_minor),
        &percents,
        &column(|sums| sums.discount_minor),
        &column(|sums| sums.net_minor),
        &column(|sums| sums.tax_minor),
        &column(|sums| sums.total_minor)
    )
    .execute(&mut *tx)
    .await?;
    Ok(id)
}

/// One's own orders, the newest first
#[utoipa::path(get, path = "/marketplace/orders", tag = "marketplace", params(OrderList),
    responses((status = 200, body = Page<Order>)))]
pub async fn list_orders(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    caller: Caller,
    Query(list): Query<OrderList>,
) -> Result<Page<Order>> {
    let ids = sqlx::query_scalar!(
        "SELECT o.id FROM orders o
         WHERE o.buyer_id = $1 AND ($2::uuid IS NULL OR o.id < $2)
           AND ($3::uuid IS NULL OR EXISTS (SELECT FROM order_items i WHERE i.order_id = o.id AND i.product_id = $3))
         ORDER BY o.id DESC LIMIT $4",
        caller.user_id,
        list.cursor.map(|Cursor(id)| id),
        list.product,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let ids = page(ids, list.limit, |id| *id)?;
    let mut connection = db.acquire().await?;
    let data = fetch_all(&mut connection, &objects, caller.user_id, &ids.data).await?;
    Ok(Page {
        data,
        meta: ids.meta,
    })
}

/// One of one's own orders
#[utoipa::path(get, path = "/marketplace/orders/{id}", tag = "marketplace", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Order>)))]
pub async fn get_order(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<Order>> {
    fetch(&db, &objects, caller.user_id, id)
        .await
        .map(Reply::new)
}

/// 404 for somebody else's.
pub async fn fetch(db: &PgPool, objects: &Objects, buyer: Uuid, id: Uuid) -> Result<Order> {
    let mut connection = db.acquire().await?;
    fetch_in(&mut connection, objects, buyer, id).await
}

async fn fetch_in(
    connection: &mut PgConnection,
    objects: &Objects,
    buyer: Uuid,
    id: Uuid,
) -> Result<Order> {
    let order = fetch_all(connection, objects, buyer, &[id]).await?.pop();
    order.ok_or_else(|| ApiError::not_found("order"))
}

/// The buyer's orders of these ids, the newest first. An order whose time is over is canceled, whether or not that is written
/// down already.
async fn fetch_all(
    connection: &mut PgConnection,
    objects: &Objects,
    buyer: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Order>> {
    let orders = sqlx::query!(
        r#"SELECT o.id, o.seller_id, c.name AS seller_name, o.currency,
             CASE WHEN o.state = 'pending_payment' AND o.expires_at <= clock_timestamp() THEN 'canceled' ELSE o.state END AS "state!: OrderState",
             o.list_minor, o.discount_minor, o.net_minor, o.tax_minor, o.total_minor, o.refunded_minor, o.refunded_tax_minor,
             o.tax_country, o.tax_bps, o.tax_inclusive, o.tax_is_default, o.address_country,
             o.created_at AS "created_at: Timestamptz", o.expires_at AS "expires_at: Timestamptz", o.paid_at AS "paid_at: Timestamptz",
             CASE WHEN o.state = 'pending_payment' AND o.expires_at <= clock_timestamp() THEN o.expires_at ELSE o.canceled_at END
               AS "canceled_at: Timestamptz",
             y.state AS "payment_state?: PaymentState", y.method AS "method?", y.reason AS "reason?",
             y.created_at AS "payment_created_at?: Timestamptz", y.decided_at AS "decided_at?: Timestamptz"
           FROM orders o JOIN creators c ON c.id = o.seller_id
           LEFT JOIN LATERAL (SELECT * FROM payments WHERE order_id = o.id ORDER BY id DESC LIMIT 1) y ON true
           WHERE o.id = ANY($1) AND o.buyer_id = $2 ORDER BY o.id DESC"#,
        ids,
        buyer
    )
    .fetch_all(&mut *connection)
    .await?;
    let items = sqlx::query!(
        "SELECT i.id, i.order_id, i.product_id, i.title, i.discount_percent, i.tax_bps, i.list_minor, i.discount_minor, i.net_minor,
           i.tax_minor, i.total_minor, i.refunded_minor, p.cover_key
         FROM order_items i JOIN products p ON p.id = i.product_id
         WHERE i.order_id = ANY($1) AND i.buyer_id = $2 ORDER BY i.order_id, i.line",
        ids,
        buyer
    )
    .fetch_all(connection)
    .await?;
    let mut told = Vec::with_capacity(orders.len());
    for order in orders {
        let own = items.iter().filter(|item| item.order_id == order.id);
        let own = own.map(|item| async move {
            Ok::<_, ApiError>(OrderItem {
                id: item.id,
                product_id: item.product_id,
                title: item.title.clone(),
                cover: picture(objects, item.cover_key.as_deref()).await?,
                discount_percent: item.discount_percent,
                tax_bps: item.tax_bps,
                sums: Sums {
                    list_minor: item.list_minor,
                    discount_minor: item.discount_minor,
                    net_minor: item.net_minor,
                    tax_minor: item.tax_minor,
                    total_minor: item.total_minor,
                },
                refunded_minor: item.refunded_minor,
            })
        });
        let rate = TaxRate {
            bps: order.tax_bps,
            inclusive: order.tax_inclusive,
        };
        let payment = match (order.payment_state, order.method, order.payment_created_at) {
            (Some(state), Some(method), Some(created_at)) => Some(Payment {
                state,
                method,
                reason: order.reason,
                created_at,
                decided_at: order.decided_at,
            }),
            _ => None,
        };
        told.push(Order {
            id: order.id,
            seller_id: order.seller_id,
            seller_name: order.seller_name,
            currency: order.currency,
            state: order.state,
            items: try_join_all(own).await?,
            sums: Sums {
                list_minor: order.list_minor,
                discount_minor: order.discount_minor,
                net_minor: order.net_minor,
                tax_minor: order.tax_minor,
                total_minor: order.total_minor,
            },
            refunded_minor: order.refunded_minor,
            refunded_tax_minor: order.refunded_tax_minor,
            tax: Tax::new(
                order.tax_country,
                rate,
                order.tax_is_default,
                order.address_country,
            ),
            created_at: order.created_at,
            expires_at: order.expires_at,
            paid_at: order.paid_at,
            canceled_at: order.canceled_at,
            payment,
        });
    }
    Ok(told)
}
