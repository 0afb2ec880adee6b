//! `POST /catalog/import/listener`: the account whose history is imported.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::identity::email::Email;

/// In a body, so that no log of addresses has it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedListener {
    email: Email,
}

#[derive(Serialize, ToSchema)]
pub struct ImportListener {
    /// What reports of theirs carry as `subject`.
    subject: Uuid,
}

/// Find the account whose history is imported
///
/// 422 if no account has this e-mail.
#[utoipa::path(post, path = "/catalog/import/listener", tag = "catalog", request_body = WantedListener,
    responses((status = 200, body = Reply<ImportListener>)))]
pub async fn find_listener(
    State(db): State<PgPool>,
    Json(wanted): Json<WantedListener>,
) -> Result<Reply<ImportListener>> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM users WHERE email = $1",
        wanted.email.as_str()
    )
    .fetch_optional(&db)
    .await?;
    let subject = found.ok_or_else(|| ApiError::invalid("email", "no account has this e-mail"))?;
    Ok(Reply::new(ImportListener { subject }))
}
