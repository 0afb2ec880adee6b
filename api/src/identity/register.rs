//! `POST /auth/register`

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::account::{self, Account};
use super::email::Email;
use super::password::{NewPassword, Passwords};
use crate::error::Result;
use crate::extract::Json;
use crate::text::Line;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    email: Email,
    password: NewPassword,
    /// As others see it.
    name: Line<100>,
}

/// Make an account
///
/// It can listen and follow; `POST /me/creator` makes it a creator. 409 `email_taken` when the e-mail has an account.
#[utoipa::path(post, path = "/auth/register", tag = "identity", request_body = Registration,
    responses((status = 201, body = Reply<Account>)))]
pub async fn register(
    State(db): State<PgPool>,
    State(passwords): State<Passwords>,
    Json(registration): Json<Registration>,
) -> Result<(StatusCode, Reply<Account>)> {
    let hash = passwords.hash(registration.password).await?;
    let user_id = sqlx::query_scalar!(
        "INSERT INTO users (email, password_hash, name) VALUES ($1, $2, $3) RETURNING id",
        registration.email.as_str(),
        hash,
        registration.name.as_str()
    )
    .fetch_one(&db)
    .await?;
    let account = account::fetch(&db, user_id).await?;
    Ok((StatusCode::CREATED, Reply::new(account)))
}
