//! `GET /marketplace/disputes`, `GET /marketplace/disputes/{id}`, `GET /admin/disputes`

use axum::extract::State;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_service::reply::Reply;

use super::answer::{Dispute, DisputeReason, DisputeSummary, fetch, summaries};
use super::rule::Status;
use crate::caller::Caller;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::Result;
use crate::extract::{Path, Query};

/// Whose disputes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartySide {
    /// Of what one bought.
    Buyer,
    /// Of what one sold.
    Seller,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisputeList {
    /// Only of what one bought (`buyer`) or sold (`seller`).
    #[param(inline)]
    side: Option<PartySide>,
    /// Given twice: either.
    #[serde(default)]
    #[param(inline)]
    status: Vec<Status>,
    /// Only of this order.
    order: Option<Uuid>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AllDisputeList {
    /// Given twice: either.
    #[serde(default)]
    #[param(inline)]
    status: Vec<Status>,
    /// Given twice: either.
    #[serde(default)]
    #[param(inline)]
    reason: Vec<DisputeReason>,
    /// Only of this creator's sales.
    seller: Option<i64>,
    /// Only of this order.
    order: Option<Uuid>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Disputes of what one bought or sold, the newest first
#[utoipa::path(get, path = "/marketplace/disputes", tag = "disputes", params(DisputeList),
    responses((status = 200, body = Page<DisputeSummary>)))]
pub async fn list_disputes(
    State(db): State<PgPool>,
    caller: Caller,
    Query(list): Query<DisputeList>,
) -> Result<Page<DisputeSummary>> {
    let ids = sqlx::query_scalar!(
        "SELECT d.id FROM disputes d JOIN orders o ON o.id = d.order_id JOIN creators c ON c.id = o.seller_id
         WHERE (d.buyer_id = $1 AND $2 OR c.user_id = $1 AND $3) AND ($4::uuid IS NULL OR d.order_id = $4)
           AND (cardinality($5::text[]) = 0 OR dispute_status(d.status, d.created_at) = ANY($5))
           AND ($6::uuid IS NULL OR d.id < $6)
         ORDER BY d.id DESC LIMIT $7",
        caller.user_id,
        list.side != Some(PartySide::Seller),
        list.side != Some(PartySide::Buyer),
        list.order,
        &list.status as &[Status],
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    told(&db, ids, list.limit).await
}

/// All disputes, the newest first
#[utoipa::path(get, path = "/admin/disputes", tag = "admin", params(AllDisputeList),
    responses((status = 200, body = Page<DisputeSummary>)))]
pub async fn list_all_disputes(
    State(db): State<PgPool>,
    Query(list): Query<AllDisputeList>,
) -> Result<Page<DisputeSummary>> {
    let ids = sqlx::query_scalar!(
        "SELECT d.id FROM disputes d JOIN orders o ON o.id = d.order_id
         WHERE ($1::bigint IS NULL OR o.seller_id = $1) AND ($2::uuid IS NULL OR d.order_id = $2)
           AND (cardinality($3::text[]) = 0 OR dispute_status(d.status, d.created_at) = ANY($3))
           AND (cardinality($4::text[]) = 0 OR d.reason = ANY($4)) AND ($5::uuid IS NULL OR d.id < $5)
         ORDER BY d.id DESC LIMIT $6",
        list.seller,
        list.order,
        &list.status as &[Status],
        &list.reason as &[DisputeReason],
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    told(&db, ids, list.limit).await
}

async fn told(db: &PgPool, ids: Vec<Uuid>, limit: Limit) -> Result<Page<DisputeSummary>> {
    let ids = page(ids, limit, |id| *id)?;
    let mut connection = db.acquire().await?;
    Ok(Page {
        data: summaries(&mut connection, &ids.data).await?,
        meta: ids.meta,
    })
}

/// A dispute with all that happened
///
/// For its buyer, its seller and administrators; `actions` is what they can do now.
#[utoipa::path(get, path = "/marketplace/disputes/{id}", tag = "disputes", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Dispute>)))]
pub async fn get_dispute(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<Dispute>> {
    fetch(&db, caller, id).await.map(Reply::new)
}
