//! `POST /auth/refresh`, `POST /auth/logout`

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use veza_service::reply::Reply;
use veza_service::token::TokenSigner;

use super::cookie::{self, SetRefreshCookie};
use super::login::{Session, SessionKind, SessionReply, answer};
use super::session::{self, RefreshToken};
use crate::activity::Activity;
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::settings::Settings;

/// Left out where the cookie holds the token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    refresh_token: RefreshToken,
}

/// Where the caller holds the token, and the token.
fn held(body: Option<Json<Held>>, headers: &HeaderMap) -> Option<(SessionKind, RefreshToken)> {
    match body {
        Some(Json(held)) => Some((SessionKind::Body, held.refresh_token)),
        None => cookie::read(headers).map(|token| (SessionKind::Cookie, token)),
    }
}

/// Go on with a session
///
/// Each refresh token is good for one use and gives the next, in the body or the cookie, as it came. When a used one comes
/// back, the session ends: 401 for every token of it. The new access token has the role that the account has now.
#[utoipa::path(post, path = "/auth/refresh", tag = "identity", request_body = Option<Held>,
    responses((status = 200, body = Reply<Session>)))]
pub async fn refresh(
    State(db): State<PgPool>,
    State(signer): State<TokenSigner>,
    State(activity): State<Activity>,
    State(settings): State<Arc<Settings>>,
    headers: HeaderMap,
    body: Option<Json<Held>>,
) -> Result<SessionReply> {
    let (kind, token) = held(body, &headers).ok_or_else(|| {
        ApiError::unauthenticated("send the refresh token, as `refresh_token` or in its cookie")
    })?;
    let tokens = session::rotate(&db, &signer, &token).await?;
    activity.seen(tokens.user_id);
    Ok(answer(tokens, kind, settings.is_https()))
}

/// Log out
///
/// Ends the session of the refresh token, in the body or the cookie, and takes the cookie away. The access token lives on
/// until it expires.
#[utoipa::path(post, path = "/auth/logout", tag = "identity", request_body = Option<Held>,
    responses((status = 204, description = "There is no such session (any more)")))]
pub async fn logout(
    State(db): State<PgPool>,
    State(settings): State<Arc<Settings>>,
    headers: HeaderMap,
    body: Option<Json<Held>>,
) -> Result<(SetRefreshCookie, StatusCode)> {
    if let Some((_, token)) = held(body, &headers) {
        session::end(&db, &token).await?;
    }
    let gone = SetRefreshCookie::gone(settings.is_https());
    Ok((gone, StatusCode::NO_CONTENT))
}
