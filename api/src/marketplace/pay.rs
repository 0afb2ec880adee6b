//! `POST /marketplace/orders/{id}/pay`

use axum::extract::State;
use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::{Code, Problem};
use veza_service::reply::Reply;

use super::orders::{self, Order, OrderState, PaymentState};
use super::payment::{Charge, Payments, Verdict};
use super::settlement::{self, Start};
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path};
use crate::objects::Objects;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentMethod {
    /// What the payment provider calls the buyer's means of payment. The test provider takes `approve`, `decline`, `late`
    /// (approves after a while), `late_decline` and `twice` (approves, and says so again).
    #[serde(deserialize_with = "method_name")]
    method: String,
}

/// Pay an order
///
/// 202 while the payment provider has not answered: ask for the order again. A declined payment is 402 `payment_declined`, and
/// the order can still be paid. 409 `payment_under_way` while another attempt is, `order_canceled` after 30 minutes,
/// `already_owned` where a product was bought meanwhile. An order that is paid already is answered as it is.
#[utoipa::path(post, path = "/marketplace/orders/{id}/pay", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = PaymentMethod, responses((status = 200, body = Reply<Order>), (status = 202, body = Reply<Order>)))]
pub async fn pay_order(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    State(payments): State<Payments>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(body): Json<PaymentMethod>,
) -> Result<(StatusCode, Reply<Order>)> {
    if !payments.takes(&body.method) {
        return Err(ApiError::invalid(
            "method",
            "the payment provider doesn't know this",
        ));
    }
    match settlement::start(&db, &payments, caller.user_id, id, &body.method).await? {
        Start::Paid => {}
        Start::Charge(charge) => charge_now(&db, &payments, &charge).await?,
    }
    let order = orders::fetch(&db, &objects, caller.user_id, id).await?;
    answer(order)
}

/// Without an answer of the provider the payment stays as it is: it is looked up later.
async fn charge_now(db: &PgPool, payments: &Payments, charge: &Charge) -> Result<()> {
    match payments.charge(charge).await {
        Ok(Verdict::Pending) => Ok(()),
        Ok(verdict) => settlement::settle(db, payments, charge.payment_id, verdict).await,
        Err(error) => {
            tracing::warn!(%error, payment_id = %charge.payment_id, "the payment provider did not answer");
            Ok(())
        }
    }
}

fn answer(order: Order) -> Result<(StatusCode, Reply<Order>)> {
    if order.state != OrderState::PendingPayment && order.state != OrderState::Canceled {
        return Ok((StatusCode::OK, Reply::new(order)));
    }
    let payment = order.payment.as_ref();
    let reason = payment.and_then(|payment| payment.reason.as_deref());
    match payment.map(|payment| payment.state) {
        Some(PaymentState::Declined) => {
            let reason = reason.unwrap_or("no reason was given");
            let detail =
                format!("the payment was declined: {reason}; try another means of payment");
            Err(ApiError::new(Code::PaymentDeclined, detail))
        }
        Some(PaymentState::Returned) if reason == Some(settlement::ALREADY_OWNED) => {
            Err(ApiError::new(
                Code::AlreadyOwned,
                "a product of this order was bought meanwhile; the money is given back",
            ))
        }
        Some(PaymentState::Returned) => Err(ApiError::new(
            Code::OrderCanceled,
            "the order was canceled before the payment was approved; the money is given back",
        )),
        _ => Ok((StatusCode::ACCEPTED, Reply::new(order))),
    }
}

fn method_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_name = (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte));
    match is_name {
        true => Ok(text),
        false => Err(D::Error::custom(
            "expected 1 to 100 letters, digits, `_`, `-`, `:` or `.`",
        )),
    }
}

/// What a canceled order is told.
pub fn canceled() -> Problem {
    Problem::new(
        Code::OrderCanceled,
        "the order was not paid in time; order again",
    )
}
