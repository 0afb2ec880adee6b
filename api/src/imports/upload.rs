//! `POST /me/listening/imports`, `GET /me/listening/imports`, `GET /me/listening/imports/{id}`

use axum::body::Body;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;
use veza_service::reply::Reply;

use super::answer::{ListeningImport, imports};
use super::run::Imports;
use crate::analytics::File;
use crate::caller::Caller;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Path, Query};
use crate::state::AppState;
use crate::text::Line;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadParameters {
    /// The file's name, as it is shown again.
    #[param(inline)]
    name: Line<255>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Bring a listening history along
///
/// The file as it was downloaded, at most 128 MiB: Spotify's account data or extended streaming history, ListenBrainz (JSONL),
/// Last.fm (CSV), or the zip that holds them. It is read in the background, one a listener at a time. What was brought in before
/// changes no count. The tracks belong to nobody's catalog but the installation's library.
#[utoipa::path(post, path = "/me/listening/imports", operation_id = "upload_history", tag = "listening", params(UploadParameters),
    request_body(content = File, content_type = "application/octet-stream"),
    responses((status = 202, description = "It is being read", body = Reply<ListeningImport>)))]
pub async fn upload_history(
    State(state): State<AppState>,
    State(histories): State<Imports>,
    caller: Caller,
    Query(asked): Query<UploadParameters>,
    body: Body,
) -> Result<(StatusCode, Reply<ListeningImport>)> {
    let db = state.db.clone();
    let id = histories.begin(state, caller, asked.name, body).await?;
    let import = find(&db, caller, id).await?;
    Ok((StatusCode::ACCEPTED, Reply::new(import)))
}

/// Listening histories that I have brought along, the latest first
#[utoipa::path(get, path = "/me/listening/imports", operation_id = "imports", tag = "listening", params(ListParameters),
    responses((status = 200, body = Page<ListeningImport>)))]
pub async fn list_imports(
    State(db): State<PgPool>,
    caller: Caller,
    Query(asked): Query<ListParameters>,
) -> Result<Page<ListeningImport>> {
    let before = asked.cursor.map(|Cursor(id)| id);
    let rows = imports(&db, caller.user_id, None, before, asked.limit.plus_one()).await?;
    Ok(page(rows, asked.limit, |import| import.id)?)
}

/// How far an import is
#[utoipa::path(get, path = "/me/listening/imports/{id}", operation_id = "import", tag = "listening",
    params(("id" = Uuid, Path)), responses((status = 200, body = Reply<ListeningImport>)))]
pub async fn get_import(
    State(db): State<PgPool>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Reply<ListeningImport>> {
    Ok(Reply::new(find(&db, caller, id).await?))
}

async fn find(db: &PgPool, caller: Caller, id: Uuid) -> Result<ListeningImport> {
    let found = imports(db, caller.user_id, Some(id), None, 1).await?.pop();
    found.ok_or_else(|| ApiError::not_found("import"))
}
