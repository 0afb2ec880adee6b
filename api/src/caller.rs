//! Who is calling, for handlers: from the token that [`crate::access`] has verified, and from nowhere else. The tenant of
//! every query comes from here.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use sqlx::PgPool;
use uuid::Uuid;
use veza_service::token::{Claims, Role};

use crate::error::{ApiError, Result};

/// Someone with a valid token.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    pub user_id: Uuid,
    pub role: Role,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let claims = parts.extensions.get::<Claims>();
        let claims = claims.ok_or_else(|| ApiError::unauthenticated("this takes a token"))?;
        Ok(Self {
            user_id: claims.sub,
            role: claims.role,
        })
    }
}

/// Someone who may be signed in. A token with scopes is good for what they name, and so for nothing here.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    pub user_id: Option<Uuid>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let claims = parts.extensions.get::<Claims>();
        let claims = claims.filter(|claims| claims.scopes.is_empty());
        Ok(Self {
            user_id: claims.map(|claims| claims.sub),
        })
    }
}

/// A creator, with the id that tracks and plays carry.
#[derive(Debug, Clone, Copy)]
pub struct Creator {
    pub creator_id: i64,
    pub user_id: Uuid,
}

impl<S> FromRequestParts<S> for Creator
where
    PgPool: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let creator_id = creator_of(&PgPool::from_ref(state), caller.user_id).await?;
        Ok(Self {
            creator_id,
            user_id: caller.user_id,
        })
    }
}

/// Whose plays a report may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// A creator's own.
    Creator(i64),
    /// Everyone's: an administrator.
    All,
}

impl<S> FromRequestParts<S> for Tenant
where
    PgPool: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.role {
            Role::Admin => Ok(Self::All),
            Role::Creator => creator_of(&PgPool::from_ref(state), caller.user_id)
                .await
                .map(Self::Creator),
            Role::User => Err(ApiError::forbidden("reports are for creators")),
        }
    }
}

async fn creator_of(db: &PgPool, user_id: Uuid) -> Result<i64> {
    let id = sqlx::query_scalar!("SELECT id FROM creators WHERE user_id = $1", user_id)
        .fetch_optional(db)
        .await?;
    id.ok_or_else(|| {
        ApiError::forbidden("this account is not a creator; `POST /me/creator` makes it one")
    })
}
