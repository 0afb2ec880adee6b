//! A sign-in: a short-lived access token, and a refresh token that is good for one use and gives the next.
//!
//! Refresh tokens are 256 random bits, stored as their SHA-256. When one comes back that was used before, somebody has a
//! copy: the session ends, and with it every token of its family (OAuth 2.0 Security BCP, RFC 9700, 4.14.2).

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::token::{Role, TokenSigner};

use crate::error::{ApiError, Result};

pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// A refresh token as its holder has it. Not to be logged, hence the silent `Debug`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct RefreshToken(String);

impl RefreshToken {
    fn generate() -> Self {
        let mut bits = [0; 32];
        rand::rng().fill_bytes(&mut bits);
        Self(URL_SAFE_NO_PAD.encode(bits))
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for RefreshToken {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// An access token, and how many seconds it lives.
#[derive(Serialize, ToSchema)]
pub struct AccessToken {
    /// `Authorization: Bearer …`
    pub access_token: String,
    /// Seconds.
    pub expires_in: u64,
}

impl AccessToken {
    pub fn issue(signer: &TokenSigner, user_id: Uuid, role: Role) -> Result<Self> {
        let signed = signer
            .sign(user_id, role, Vec::new(), ACCESS_LIFETIME)
            .map_err(anyhow::Error::from)?;
        Ok(Self {
            access_token: signed.token,
            expires_in: ACCESS_LIFETIME.as_secs(),
        })
    }
}

/// A session's next pair of tokens.
pub struct Tokens {
    pub user_id: Uuid,
    pub access: AccessToken,
    pub refresh: RefreshToken,
}

/// Begins a session of `user_id`.
pub async fn begin(db: &PgPool, signer: &TokenSigner, user_id: Uuid, role: Role) -> Result<Tokens> {
    let mut tx = db.begin().await?;
    let session_id = sqlx::query_scalar!(
        "INSERT INTO sessions (user_id) VALUES ($1) RETURNING id",
        user_id
    )
    .fetch_one(&mut *tx)
    .await?;
    let refresh = hand_out(&mut tx, session_id).await?;
    tx.commit().await?;
    Ok(Tokens {
        user_id,
        access: AccessToken::issue(signer, user_id, role)?,
        refresh,
    })
}

/// Uses `token` up, and goes on with the session, with the role that the account has now.
pub async fn rotate(db: &PgPool, signer: &TokenSigner, token: &RefreshToken) -> Result<Tokens> {
    let mut tx = db.begin().await?;
    // Two uses of one token at once: the second waits for the row, and then finds it used.
    let used = sqlx::query!(
        "UPDATE refresh_tokens t SET used_at = now()
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE t.token_hash = $1 AND t.used_at IS NULL AND t.expires_at > now()
           AND s.id = t.session_id AND s.ended_at IS NULL
         RETURNING s.id AS session_id, u.id AS user_id, u.role",
        token.hash()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(used) = used else {
        drop(tx);
        end_if_reused(db, token).await?;
        return Err(ApiError::unauthenticated(
            "the refresh token is not valid (any more); log in again",
        ));
    };
    let refresh = hand_out(&mut tx, used.session_id).await?;
    tx.commit().await?;
    Ok(Tokens {
        user_id: used.user_id,
        access: AccessToken::issue(signer, used.user_id, role(&used.role)?)?,
        refresh,
    })
}

/// Ends the session of `token`, if there is one.
pub async fn end(db: &PgPool, token: &RefreshToken) -> Result<()> {
    sqlx::query!(
        "UPDATE sessions s SET ended_at = now() FROM refresh_tokens t
         WHERE t.token_hash = $1 AND s.id = t.session_id AND s.ended_at IS NULL",
        token.hash()
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn end_if_reused(db: &PgPool, token: &RefreshToken) -> Result<()> {
    let ended = sqlx::query_scalar!(
        "UPDATE sessions s SET ended_at = now() FROM refresh_tokens t
         WHERE t.token_hash = $1 AND t.used_at IS NOT NULL AND s.id = t.session_id AND s.ended_at IS NULL
         RETURNING s.user_id",
        token.hash()
    )
    .fetch_optional(db)
    .await?;
    if let Some(user_id) = ended {
        tracing::warn!(%user_id, "a used refresh token came back; its session has ended");
    }
    Ok(())
}

/// Forgets sessions whose last token has expired.
pub async fn forget_old(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM sessions s WHERE NOT EXISTS
           (SELECT FROM refresh_tokens t WHERE t.session_id = s.id AND t.expires_at > now())"
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn hand_out(tx: &mut PgConnection, session_id: Uuid) -> Result<RefreshToken> {
    let token = RefreshToken::generate();
    sqlx::query!(
        "INSERT INTO refresh_tokens (token_hash, session_id, expires_at) VALUES ($1, $2, now() + $3 * interval '1 second')",
        token.hash(),
        session_id,
        REFRESH_LIFETIME.as_secs_f64()
    )
    .execute(tx)
    .await?;
    Ok(token)
}

/// A role as the database spells it, which is as JSON does.
pub fn role(text: &str) -> anyhow::Result<Role> {
    match text {
        "user" => Ok(Role::User),
        "creator" => Ok(Role::Creator),
        "admin" => Ok(Role::Admin),
        other => anyhow::bail!("the database holds a role `{other}`"),
    }
}
