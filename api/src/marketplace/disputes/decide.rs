//! `POST /admin/disputes/{id}/{review,resolve}`

use axum::extract::State;
use serde::Deserialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::{Code, Problem};
use veza_service::reply::Reply;

use super::answer::{Dispute, Held, Resolution, fetch, hold};
use super::rule::{Action, Status};
use super::talk::{advance, note};
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path};
use crate::marketplace::payment::Payments;
use crate::marketplace::refunds::{self, Amount, Refund};
use crate::marketplace::tidy;
use crate::marketplace::words::Words;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DisputeDecision)]
pub struct Decision {
    resolution: Resolution,
    /// With `refund_partial`, and only with it: how much is given back, tax included; at most what is left.
    #[schema(minimum = 1)]
    amount_minor: Option<i64>,
    /// Why; buyer and seller read it.
    reason: Words<2000>,
}

impl Decision {
    /// What is to be given back. 422 where resolution and amount don't go together.
    fn amount(&self) -> Result<Option<Amount>> {
        match (self.resolution, self.amount_minor) {
            (Resolution::RefundPartial, Some(amount @ 1..)) => Ok(Some(Amount::Minor(amount))),
            (Resolution::RefundPartial, Some(_)) => {
                Err(ApiError::invalid("amount_minor", "expected at least 1"))
            }
            (Resolution::RefundPartial, None) => {
                let detail = "say how much is to be given back";
                Err(Problem::new(Code::MissingField, detail)
                    .at("amount_minor")
                    .into())
            }
            (_, Some(_)) => Err(ApiError::invalid(
                "amount_minor",
                "only a partial refund has an amount",
            )),
            (Resolution::RefundFull, None) => Ok(Some(Amount::Full)),
            (Resolution::Rejected, None) => Ok(None),
        }
    }

    /// Whether the dispute was decided this way already.
    fn is_that_of(&self, held: &Held) -> bool {
        held.resolution == Some(self.resolution)
            && (self.amount_minor.is_none() || self.amount_minor == held.refunded_minor)
    }
}

/// Take a dispute up
///
/// It is under review then; what is under review already stays as it is.
#[utoipa::path(post, path = "/admin/disputes/{id}/review", tag = "admin", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Dispute>)))]
pub async fn review_dispute(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<Dispute>> {
    let mut tx = db.begin().await?;
    let held = hold(&mut tx, caller, id).await?;
    let status = held.after(Action::Review)?;
    if status != held.status {
        advance(&mut tx, &held, status).await?;
        note(&mut tx, id, "review_began", caller).await?;
    }
    tx.commit().await?;
    fetch(&db, caller, id).await.map(Reply::new)
}

/// Decide a dispute
///
/// In every state until it is over. Deciding again the same way gets the same answer; another way, 409 `decided_otherwise`. A
/// refund is given back through the payment provider, spread over the order's lines with the tax in each; after a full one the
/// files can't be downloaded any more. 422 at `amount_minor` for more than is left, 409 `nothing_to_refund` where nothing is.
#[utoipa::path(post, path = "/admin/disputes/{id}/resolve", tag = "admin", params(("id" = Uuid, Path)), request_body = Decision,
    responses((status = 200, body = Reply<Dispute>)))]
pub async fn resolve_dispute(
    State(db): State<PgPool>,
    State(payments): State<Payments>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(decision): Json<Decision>,
) -> Result<Reply<Dispute>> {
    let amount = decision.amount()?;
    let mut tx = db.begin().await?;
    let held = hold(&mut tx, caller, id).await?;
    held.after(Action::Resolve)?;
    if held.status == Status::Resolved {
        // The answer takes a connection of its own: who waits for one must hold none.
        tx.rollback().await?;
        return match decision.is_that_of(&held) {
            true => fetch(&db, caller, id).await.map(Reply::new),
            false => Err(ApiError::new(
                Code::DecidedOtherwise,
                "the dispute was decided in another way",
            )),
        };
    }
    let refund = match amount {
        Some(amount) => Some(
            refunds::record(
                &mut tx,
                held.order_id,
                amount,
                decision.reason.as_str(),
                caller.user_id,
            )
            .await?,
        ),
        None => None,
    };
    write_down(&mut tx, id, caller, &decision, refund).await?;
    tx.commit().await?;
    if refund.is_some()
        && let Err(error) = tidy::send_refunds(&db, &payments).await
    {
        tracing::warn!(%error, "a refund could not be sent yet; it is tried again");
    }
    fetch(&db, caller, id).await.map(Reply::new)
}

async fn write_down(
    tx: &mut PgConnection,
    id: Uuid,
    caller: Caller,
    decision: &Decision,
    refund: Option<Refund>,
) -> Result<()> {
    sqlx::query!(
        "WITH decided AS (
           UPDATE disputes SET status = 'resolved', resolution = $2, resolved_by = $3, resolved_at = clock_timestamp() WHERE id = $1
           RETURNING resolved_at)
         INSERT INTO dispute_events (dispute_id, event, actor_id, at, resolution, amount_minor, refund_id, reason)
         SELECT $1, 'resolved', $3, resolved_at, $2, $4, $5, $6 FROM decided",
        id,
        decision.resolution as Resolution,
        caller.user_id,
        refund.map(|refund| refund.amount_minor),
        refund.map(|refund| refund.id),
        decision.reason.as_str()
    )
    .execute(tx)
    .await?;
    Ok(())
}
