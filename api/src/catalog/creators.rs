//! `GET /creators`, `GET /creators/{id}`

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_service::reply::Reply;

use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Path, Query};
use crate::timestamptz::Timestamptz;

/// A creator, as listeners see it.
#[derive(Serialize, ToSchema)]
pub struct Creator {
    id: i64,
    name: String,
    tracks: i64,
    /// Who follow it now.
    followers: i64,
    created_at: Timestamptz,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CreatorList {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<i64>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Creators, the newest first
#[utoipa::path(get, path = "/creators", tag = "catalog", params(CreatorList),
    responses((status = 200, body = Page<Creator>)))]
pub async fn list_creators(
    State(db): State<PgPool>,
    Query(list): Query<CreatorList>,
) -> Result<Page<Creator>> {
    let creators = sqlx::query_as!(
        Creator,
        r#"SELECT c.id, c.name, c.created_at AS "created_at: Timestamptz",
             (SELECT count(*) FROM tracks WHERE creator_id = c.id) AS "tracks!",
             (SELECT count(*) FROM follows WHERE creator_id = c.id AND unfollowed_at IS NULL) AS "followers!"
           FROM creators c WHERE NOT c.library AND ($1::bigint IS NULL OR c.id < $1)
           ORDER BY c.id DESC LIMIT $2"#,
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    Ok(page(creators, list.limit, |creator| creator.id)?)
}

/// A creator
#[utoipa::path(get, path = "/creators/{id}", tag = "catalog", params(("id" = i64, Path)),
    responses((status = 200, body = Reply<Creator>)))]
pub async fn get_creator(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<Reply<Creator>> {
    let creator = sqlx::query_as!(
        Creator,
        r#"SELECT c.id, c.name, c.created_at AS "created_at: Timestamptz",
             (SELECT count(*) FROM tracks WHERE creator_id = c.id) AS "tracks!",
             (SELECT count(*) FROM follows WHERE creator_id = c.id AND unfollowed_at IS NULL) AS "followers!"
           FROM creators c WHERE c.id = $1"#,
        id
    )
    .fetch_optional(&db)
    .await?;
    creator
        .map(Reply::new)
        .ok_or_else(|| ApiError::not_found("creator"))
}
