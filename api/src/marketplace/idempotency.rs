//! `Idempotency-Key`: a request is carried out once a key, in the transaction of what it does.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;
use veza_schemas::problem::{Code, Problem};

use crate::error::{ApiError, Result};

/// The header, and the field that problems name.
const HEADER: &str = "idempotency-key";

/// The request's key, checked only when it is asked for: what is wrong with the body is said first.
pub struct IdempotencyKey(Result<String, Box<Problem>>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get(HEADER) else {
            let detail =
                "send `Idempotency-Key`, made anew for each order and kept for its retries";
            let missing = Problem::new(Code::MissingField, detail).at(HEADER);
            return Ok(Self(Err(Box::new(missing))));
        };
        let key = value.to_str().ok().map(str::trim);
        let key = key.filter(|key| (1..=255).contains(&key.len()));
        Ok(Self(key.map(str::to_owned).ok_or_else(|| {
            Box::new(Problem::new(Code::Invalid, "expected 1 to 255 visible characters").at(HEADER))
        })))
    }
}

/// What came of a key so far.
pub enum Claim {
    /// Nothing: it is ours, as long as the transaction is open.
    New,
    /// The answer of the request that was carried out.
    Answered(String),
}

impl IdempotencyKey {
    /// The key, or what is wrong with it.
    pub fn get(self) -> Result<String> {
        self.0.map_err(|problem| Problem::clone(&problem).into())
    }
}

/// Claims `key` for `request`. Waits for a request with the same key that is under way; when that one fails, this one goes on.
pub async fn claim(
    tx: &mut PgConnection,
    user: Uuid,
    key: &str,
    request: &impl Serialize,
) -> Result<Claim> {
    let body = serde_json::to_vec(request).map_err(anyhow::Error::from)?;
    let hash = Sha256::digest(body);
    let claimed = sqlx::query!(
        "INSERT INTO idempotency_keys (user_id, key, body_sha256) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        user,
        key,
        &hash[..]
    )
    .execute(&mut *tx)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    let known = sqlx::query!(
        "SELECT body_sha256, answer FROM idempotency_keys WHERE user_id = $1 AND key = $2",
        user,
        key
    )
    .fetch_one(tx)
    .await?;
    if known.body_sha256 != hash[..] {
        let detail = "this key was used for another request; make a new one";
        return Err(Problem::new(Code::IdempotencyMismatch, detail)
            .at(HEADER)
            .into());
    }
    let answer = known
        .answer
        .ok_or_else(|| anyhow::anyhow!("a key without an answer was committed"))?;
    Ok(Claim::Answered(answer))
}

/// Remembers what was answered.
pub async fn remember(
    tx: &mut PgConnection,
    user: Uuid,
    key: &str,
    order: Uuid,
    answer: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE idempotency_keys SET order_id = $3, answer = $4 WHERE user_id = $1 AND key = $2",
        user,
        key,
        order,
        answer
    )
    .execute(tx)
    .await?;
    Ok(())
}
