//! `GET /marketplace/deals`

use axum::extract::State;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;
use veza_service::reply::Reply;

use super::cards::{Card, CardPageMeta, page_of};
use crate::caller::Visitor;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::Result;
use crate::extract::Query;
use crate::objects::Objects;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DealList {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(i64, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Products under a promotion that runs now, the first to end first
#[utoipa::path(get, path = "/marketplace/deals", tag = "marketplace", params(DealList),
    responses((status = 200, body = Reply<Vec<Card>, CardPageMeta>)))]
pub async fn list_deals(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    visitor: Visitor,
    Query(list): Query<DealList>,
) -> Result<Reply<Vec<Card>, CardPageMeta>> {
    let (ends, id) = list.cursor.map(|Cursor(place)| place).unzip();
    let rows = sqlx::query!(
        r#"SELECT r.id, r.product_id, (extract(epoch FROM r.ends_at) * 1000000)::bigint AS "ends_us!"
           FROM promotions r JOIN products p ON p.id = r.product_id
           WHERE r.is_active AND r.starts_at <= now() AND r.ends_at > now() AND p.state = 'published'
             AND ($1::bigint IS NULL OR (r.ends_at, r.id) > (timestamptz 'epoch' + $1 * interval '1 microsecond', $2::uuid))
           ORDER BY r.ends_at, r.id LIMIT $3"#,
        ends,
        id,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let rows = page(rows, list.limit, |row| (row.ends_us, row.id))?;
    let ids = Page {
        data: rows.data.into_iter().map(|row| row.product_id).collect(),
        meta: rows.meta,
    };
    page_of(&db, &objects, visitor, ids).await
}
