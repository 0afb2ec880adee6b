//! `POST /auth/login`

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use veza_schemas::problem::Code;
use veza_service::client_address::ClientAddress;
use veza_service::reply::Reply;
use veza_service::token::TokenSigner;

use super::cookie::SetRefreshCookie;
use super::email::Email;
use super::password::{Passwords, TriedPassword};
use super::session::{self, RefreshToken, Tokens};
use super::throttle::Attempt;
use crate::activity::Activity;
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::settings::Settings;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    email: Email,
    password: TriedPassword,
    #[serde(default)]
    session: SessionKind,
}

/// Where the refresh token goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Into the answer's body.
    #[default]
    Body,
    /// Into an HttpOnly cookie on `/api/v1/auth`.
    Cookie,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// `Authorization: Bearer …`
    pub access_token: String,
    /// Good for one `POST /auth/refresh` within 30 days; null where the cookie holds it.
    #[schema(required)]
    pub refresh_token: Option<RefreshToken>,
    /// Seconds that the access token lives.
    pub expires_in: u64,
}

pub type SessionReply = (Option<SetRefreshCookie>, Reply<Session>);

/// Log in
///
/// After ten failures for the account from one address within 15 minutes: 429 with `Retry-After`.
#[utoipa::path(post, path = "/auth/login", tag = "identity", request_body = Login,
    responses((status = 200, body = Reply<Session>)))]
pub async fn login(
    State(db): State<PgPool>,
    State(signer): State<TokenSigner>,
    State(passwords): State<Passwords>,
    State(activity): State<Activity>,
    State(settings): State<Arc<Settings>>,
    ClientAddress(address): ClientAddress,
    Json(login): Json<Login>,
) -> Result<SessionReply> {
    let attempt = Attempt::begin(&db, &login.email, address).await?;
    let account = sqlx::query!(
        "SELECT id, role, password_hash FROM users WHERE email = $1",
        login.email.as_str()
    )
    .fetch_optional(&db)
    .await?;
    let stored = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let matches = passwords.verify(login.password, stored).await?;
    let Some(account) = account.filter(|_| matches) else {
        return Err(ApiError::new(
            Code::BadCredentials,
            "e-mail and password don't belong together",
        ));
    };
    attempt.succeeded(&db).await?;
    let role = session::role(&account.role)?;
    let tokens = session::begin(&db, &signer, account.id, role).await?;
    activity.seen(tokens.user_id);
    Ok(answer(tokens, login.session, settings.is_https()))
}

/// The session's tokens, where `kind` wants them.
pub fn answer(tokens: Tokens, kind: SessionKind, secure: bool) -> SessionReply {
    let cookie =
        (kind == SessionKind::Cookie).then(|| SetRefreshCookie::to(&tokens.refresh, secure));
    let session = Session {
        access_token: tokens.access.access_token,
        expires_in: tokens.access.expires_in,
        refresh_token: (kind == SessionKind::Body).then_some(tokens.refresh),
    };
    (cookie, Reply::new(session))
}
