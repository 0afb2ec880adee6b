//! `POST /marketplace/orders/{id}/dispute`

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::answer::{Dispute, DisputeReason, fetch};
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path};
use crate::marketplace::words::Words;
use crate::settings::Settings;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDispute {
    reason: DisputeReason,
    details: Words<5000>,
}

/// Report an issue with an order
///
/// Within 30 days of the payment (a setting), else 409 `dispute_period_over`. 409 `not_paid` before the payment, `dispute_running`
/// while another one is not over, `nothing_to_refund` after all was given back. The seller has 72 hours to respond.
#[utoipa::path(post, path = "/marketplace/orders/{id}/dispute", tag = "disputes", params(("id" = Uuid, Path)),
    request_body = NewDispute, responses((status = 201, body = Reply<Dispute>)))]
pub async fn open_dispute(
    State(db): State<PgPool>,
    State(settings): State<Arc<Settings>>,
    caller: Caller,
    Path(order): Path<Uuid>,
    Json(dispute): Json<NewDispute>,
) -> Result<(StatusCode, Reply<Dispute>)> {
    let mut tx = db.begin().await?;
    let days = settings.dispute_days;
    let known = sqlx::query!(
        r#"SELECT state, paid_at + $3 * interval '1 day' <= clock_timestamp() AS is_late FROM orders
           WHERE id = $1 AND buyer_id = $2 FOR NO KEY UPDATE"#,
        order,
        caller.user_id,
        f64::from(days)
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::not_found("order"))?;
    match known.state.as_str() {
        "paid" | "partially_refunded" => {}
        "refunded" => {
            return Err(ApiError::new(
                Code::NothingToRefund,
                "all that was paid for this order was given back",
            ));
        }
        _ => return Err(ApiError::new(Code::NotPaid, "the order is not paid")),
    }
    if known.is_late == Some(true) {
        let detail = format!("issues are reported within {days} days of the payment");
        return Err(ApiError::new(Code::DisputePeriodOver, detail));
    }
    let id = sqlx::query_scalar!(
        "WITH opened AS (
           INSERT INTO disputes (order_id, buyer_id, reason, details, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())
           RETURNING id, created_at)
         INSERT INTO dispute_events (dispute_id, event, actor_id, at) SELECT id, 'opened', $2, created_at FROM opened
         RETURNING dispute_id",
        order,
        caller.user_id,
        dispute.reason as DisputeReason,
        dispute.details.as_str()
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        Reply::new(fetch(&db, caller, id).await?),
    ))
}
