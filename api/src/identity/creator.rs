//! `POST /me/creator`, `PATCH /me/creator`

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use veza_service::reply::Reply;
use veza_service::token::{Role, TokenSigner};

use super::session::AccessToken;
use crate::caller::{Caller, Creator};
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::money::amount::Currency;
use crate::text::Line;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatorName {
    /// As listeners see it.
    name: Line<100>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatorToBe {
    /// As listeners see it; the account's, if left out.
    name: Option<Line<100>>,
    /// Of everything that it will sell: EUR, USD, GBP, CHF, CAD, AUD, SEK, NOK, DKK, PLN, CZK or JPY; EUR, if left out.
    currency: Option<Currency>,
}

/// An account's creator.
#[derive(Serialize, ToSchema)]
pub struct OwnCreator {
    creator_id: i64,
    name: String,
}

/// The creator, and a token of the new role: the one that asked still says `user`.
#[derive(Serialize, ToSchema)]
pub struct NewCreator {
    creator_id: i64,
    name: String,
    /// `Authorization: Bearer …`
    access_token: String,
    /// Seconds that the access token lives.
    expires_in: u64,
}

/// Become a creator
///
/// For good: an account of role `user` becomes one of role `creator`. Without a body it takes the account's name. 409
/// `already_creator` the second time; 403 for administrators.
#[utoipa::path(post, path = "/me/creator", tag = "identity", request_body = Option<CreatorToBe>,
    responses((status = 201, body = Reply<NewCreator>)))]
pub async fn become_creator(
    State(db): State<PgPool>,
    State(signer): State<TokenSigner>,
    caller: Caller,
    body: Option<Json<CreatorToBe>>,
) -> Result<(StatusCode, Reply<NewCreator>)> {
    let mut tx = db.begin().await?;
    let (name, currency) = match &body {
        Some(Json(body)) => (body.name.as_ref(), body.currency.as_ref()),
        None => (None, None),
    };
    let creator = sqlx::query!(
        "INSERT INTO creators (user_id, name, currency) SELECT id, coalesce($2, name), coalesce($3, 'EUR')
           FROM users WHERE id = $1 AND role <> 'admin'
         RETURNING id, name",
        caller.user_id,
        name.map(Line::as_str),
        currency.map(Currency::as_str)
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::forbidden("an administrator's account can't be a creator's; make another"))?;
    sqlx::query!(
        "UPDATE users SET role = 'creator' WHERE id = $1",
        caller.user_id
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    let token = AccessToken::issue(&signer, caller.user_id, Role::Creator)?;
    let creator = NewCreator {
        creator_id: creator.id,
        name: creator.name,
        access_token: token.access_token,
        expires_in: token.expires_in,
    };
    Ok((StatusCode::CREATED, Reply::new(creator)))
}

/// Change the name that listeners see
#[utoipa::path(patch, path = "/me/creator", tag = "identity", request_body = CreatorName,
    responses((status = 200, body = Reply<OwnCreator>)))]
pub async fn rename_creator(
    State(db): State<PgPool>,
    creator: Creator,
    Json(body): Json<CreatorName>,
) -> Result<Reply<OwnCreator>> {
    let renamed = sqlx::query_as!(
        OwnCreator,
        "UPDATE creators SET name = $2 WHERE id = $1 RETURNING id AS creator_id, name",
        creator.creator_id,
        body.name.as_str()
    )
    .fetch_one(&db)
    .await?;
    Ok(Reply::new(renamed))
}
