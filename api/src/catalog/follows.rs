//! `POST·DELETE /creators/{id}/follow`, `GET /me/following`
//!
//! A row is a time of following; one who comes back has a second. Gained and lost followers of a day are counted from them.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_schemas::problem::Code;

use crate::caller::Caller;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Path, Query};
use crate::timestamptz::Timestamptz;

/// A creator that one follows.
#[derive(Serialize, ToSchema)]
pub struct Following {
    creator_id: i64,
    creator_name: String,
    followed_at: Timestamptz,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowingList {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<i64>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Follow a creator
///
/// Following twice changes nothing. 409 `conflict` for oneself.
#[utoipa::path(post, path = "/creators/{id}/follow", tag = "catalog", params(("id" = i64, Path)),
    responses((status = 204, description = "Followed")))]
pub async fn follow(
    State(db): State<PgPool>,
    caller: Caller,
    Path(creator_id): Path<i64>,
) -> Result<StatusCode> {
    let creator = sqlx::query!(
        r#"SELECT user_id = $2 AS own FROM creators WHERE id = $1 AND NOT library"#,
        creator_id,
        caller.user_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("creator"))?;
    if creator.own == Some(true) {
        return Err(ApiError::new(
            Code::Conflict,
            "nobody can follow themselves",
        ));
    }
    sqlx::query!(
        "INSERT INTO follows (creator_id, user_id) VALUES ($1, $2)
         ON CONFLICT (creator_id, user_id) WHERE unfollowed_at IS NULL DO NOTHING",
        creator_id,
        caller.user_id
    )
    .execute(&db)
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop following a creator
///
/// Not to follow it in the first place is no error.
#[utoipa::path(delete, path = "/creators/{id}/follow", tag = "catalog", params(("id" = i64, Path)),
    responses((status = 204, description = "Not followed (any more)")))]
pub async fn unfollow(
    State(db): State<PgPool>,
    caller: Caller,
    Path(creator_id): Path<i64>,
) -> Result<StatusCode> {
    sqlx::query_scalar!("SELECT 1 FROM creators WHERE id = $1", creator_id)
        .fetch_optional(&db)
        .await?
        .ok_or_else(|| ApiError::not_found("creator"))?;
    sqlx::query!(
        "UPDATE follows SET unfollowed_at = now() WHERE creator_id = $1 AND user_id = $2 AND unfollowed_at IS NULL",
        creator_id,
        caller.user_id
    )
    .execute(&db)
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Creators that one follows
#[utoipa::path(get, path = "/me/following", tag = "catalog", params(FollowingList),
    responses((status = 200, body = Page<Following>)))]
pub async fn list_following(
    State(db): State<PgPool>,
    caller: Caller,
    Query(list): Query<FollowingList>,
) -> Result<Page<Following>> {
    let following = sqlx::query_as!(
        Following,
        r#"SELECT f.creator_id, c.name AS creator_name, f.followed_at AS "followed_at: Timestamptz"
           FROM follows f JOIN creators c ON c.id = f.creator_id
           WHERE f.user_id = $1 AND f.unfollowed_at IS NULL AND ($2::bigint IS NULL OR f.creator_id < $2)
           ORDER BY f.creator_id DESC LIMIT $3"#,
        caller.user_id,
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    Ok(page(following, list.limit, |row| row.creator_id)?)
}
