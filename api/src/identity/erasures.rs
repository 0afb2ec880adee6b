//! `DELETE /me/listening`, `GET /me/listening/erasures/{id}`: the request and its receipt. An aggregator does the work.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::Path;
use crate::imports;
use crate::timestamptz::Timestamptz;

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureState {
    /// It waits for its turn; there is one an hour.
    Queued,
    /// The stored plays are nobody's any more. The pipeline may still hold reports on their way, for at most two weeks.
    Erased,
    /// Nothing is left anywhere.
    Done,
}

/// What has become of a request to be forgotten as a listener.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureReceipt)]
pub struct Receipt {
    pub id: Uuid,
    pub state: ErasureState,
    /// What was received before is erased.
    pub requested_at: Timestamptz,
    /// Stored reports that became nobody's; null: not yet.
    #[schema(required)]
    pub rows: Option<i64>,
    /// Null: not yet.
    #[schema(required)]
    pub done_at: Option<Timestamptz>,
}

/// A row of `erasures`.
struct Erasure {
    id: Uuid,
    requested_at: Timestamptz,
    erased_at: Option<Timestamptz>,
    done_at: Option<Timestamptz>,
    rows: Option<i64>,
}

impl From<Erasure> for Receipt {
    fn from(row: Erasure) -> Self {
        let state = match (row.erased_at, row.done_at) {
            (_, Some(_)) => ErasureState::Done,
            (Some(_), None) => ErasureState::Erased,
            (None, None) => ErasureState::Queued,
        };
        Self {
            id: row.id,
            state,
            requested_at: row.requested_at,
            rows: row.rows,
            done_at: row.done_at,
        }
    }
}

/// Erase who listened
///
/// Plays received until now stay counted, as some unknown listener's of each creator. What is heard from now on is the
/// account's again. Asking again while the request is queued moves it to now. The list of imports is emptied at once.
#[utoipa::path(delete, path = "/me/listening", operation_id = "erase_listening", tag = "listening",
    responses((status = 202, description = "Queued", body = Reply<Receipt>)))]
pub async fn erase_listening(
    State(db): State<PgPool>,
    caller: Caller,
) -> Result<(StatusCode, Reply<Receipt>)> {
    let row = sqlx::query_as!(
        Erasure,
        r#"INSERT INTO erasures (user_id) SELECT id FROM users WHERE id = $1
           ON CONFLICT (user_id) WHERE erased_at IS NULL DO UPDATE SET requested_at = excluded.requested_at
           RETURNING id, requested_at AS "requested_at: Timestamptz", erased_at AS "erased_at: Timestamptz",
                     done_at AS "done_at: Timestamptz", rows"#,
        caller.user_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::unauthenticated("the token's account is gone"))?;
    imports::forget_ended(&db, caller.user_id).await?;
    Ok((StatusCode::ACCEPTED, Reply::new(row.into())))
}

/// The receipt of an erasure
#[utoipa::path(get, path = "/me/listening/erasures/{id}", operation_id = "erasure", tag = "listening",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "How far it is", body = Reply<Receipt>)))]
pub async fn erasure(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<Receipt>> {
    let row = sqlx::query_as!(
        Erasure,
        r#"SELECT id, requested_at AS "requested_at: Timestamptz", erased_at AS "erased_at: Timestamptz",
                  done_at AS "done_at: Timestamptz", rows
           FROM erasures WHERE id = $1 AND user_id = $2"#,
        id,
        caller.user_id
    )
    .fetch_optional(&db)
    .await?;
    let row = row.ok_or_else(|| ApiError::not_found("erasure"))?;
    Ok(Reply::new(row.into()))
}

/// The account's newest request, if it has made any.
pub async fn newest(db: &PgPool, user_id: Uuid) -> Result<Option<Receipt>> {
    let row = sqlx::query_as!(
        Erasure,
        r#"SELECT id, requested_at AS "requested_at: Timestamptz", erased_at AS "erased_at: Timestamptz",
                  done_at AS "done_at: Timestamptz", rows
           FROM erasures WHERE user_id = $1 ORDER BY requested_at DESC LIMIT 1"#,
        user_id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Receipt::from))
}
