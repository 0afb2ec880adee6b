//! `POST /marketplace/disputes/{id}/messages`, `…/respond`, `…/withdraw`

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use super::answer::{Dispute, Held, fetch, hold};
use super::rule::{Action, Side, Status};
use crate::caller::Caller;
use crate::error::Result;
use crate::extract::{Json, Path};
use crate::marketplace::words::Words;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    text: Words<5000>,
}

/// Write to the other side and to the administrators
///
/// Both sides and administrators, until it is over: then 409 `dispute_over`.
#[utoipa::path(post, path = "/marketplace/disputes/{id}/messages", tag = "disputes", params(("id" = Uuid, Path)),
    request_body = NewMessage, responses((status = 201, body = Reply<Dispute>)))]
pub async fn write_message(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(message): Json<NewMessage>,
) -> Result<(StatusCode, Reply<Dispute>)> {
    say(&db, caller, id, Action::Message, &message).await
}

/// Respond to a dispute of what one sold
///
/// Once: 409 `already_responded` the second time. Within 72 hours it is `seller_responded` then, else it stays under review.
#[utoipa::path(post, path = "/marketplace/disputes/{id}/respond", tag = "disputes", params(("id" = Uuid, Path)),
    request_body = NewMessage, responses((status = 201, body = Reply<Dispute>)))]
pub async fn respond_to_dispute(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(message): Json<NewMessage>,
) -> Result<(StatusCode, Reply<Dispute>)> {
    say(&db, caller, id, Action::Respond, &message).await
}

async fn say(
    db: &PgPool,
    caller: Caller,
    id: Uuid,
    action: Action,
    message: &NewMessage,
) -> Result<(StatusCode, Reply<Dispute>)> {
    let mut tx = db.begin().await?;
    let held = hold(&mut tx, caller, id).await?;
    let status = held.after(action)?;
    sqlx::query!(
        "INSERT INTO dispute_messages (dispute_id, author_id, side, is_response, text) VALUES ($1, $2, $3, $4, $5)",
        id,
        caller.user_id,
        held.side as Side,
        action == Action::Respond,
        message.text.as_str()
    )
    .execute(&mut *tx)
    .await?;
    if action == Action::Respond {
        advance(&mut tx, &held, status).await?;
    }
    tx.commit().await?;
    Ok((
        StatusCode::CREATED,
        Reply::new(fetch(db, caller, id).await?),
    ))
}

/// Take a dispute back
///
/// The buyer, until it is decided. Twice changes nothing.
#[utoipa::path(post, path = "/marketplace/disputes/{id}/withdraw", tag = "disputes", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Dispute>)))]
pub async fn withdraw_dispute(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<Dispute>> {
    let mut tx = db.begin().await?;
    let held = hold(&mut tx, caller, id).await?;
    let status = held.after(Action::Withdraw)?;
    if status != held.status {
        advance(&mut tx, &held, status).await?;
        note(&mut tx, id, "withdrawn", caller).await?;
    }
    tx.commit().await?;
    fetch(&db, caller, id).await.map(Reply::new)
}

/// Writes the status down.
pub async fn advance(tx: &mut PgConnection, held: &Held, status: Status) -> Result<()> {
    sqlx::query!(
        "UPDATE disputes SET status = $2 WHERE id = $1",
        held.id,
        status as Status
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes down what happened.
pub async fn note(tx: &mut PgConnection, id: Uuid, event: &str, caller: Caller) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dispute_events (dispute_id, event, actor_id) VALUES ($1, $2, $3)",
        id,
        event,
        caller.user_id
    )
    .execute(tx)
    .await?;
    Ok(())
}
