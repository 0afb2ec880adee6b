//! `POST·DELETE /marketplace/wishlist/{productId}`, `GET /marketplace/wishlist`

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::cards::{Card, CardPageMeta, cards};
use crate::caller::{Caller, Visitor};
use crate::cursor::{Cursor, Limit, page};
use crate::error::{ApiError, Result};
use crate::extract::{Path, Query};
use crate::objects::Objects;
use crate::timestamptz::Timestamptz;

/// Something that one would like to have.
#[derive(Serialize, ToSchema)]
pub struct Wish {
    product: Card,
    added_at: Timestamptz,
    /// What was payable when it was added.
    price_when_added_minor: i64,
    /// By how much it costs less now than when it was added; 0: it doesn't.
    drop_minor: i64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WishList {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(i64, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Put a product on one's wishlist
///
/// Twice changes nothing. 422 `own_product` for what one sells oneself, 409 `not_for_sale` for what is archived.
#[utoipa::path(post, path = "/marketplace/wishlist/{product_id}", tag = "marketplace", params(("product_id" = Uuid, Path)),
    responses((status = 204, description = "On the wishlist")))]
pub async fn wish(
    State(db): State<PgPool>,
    caller: Caller,
    Path(product): Path<Uuid>,
) -> Result<StatusCode> {
    let known = sqlx::query!(
        r#"SELECT p.state = 'published' AS "published!", coalesce(c.user_id = $2, false) AS "own!"
           FROM products p JOIN creators c ON c.id = p.seller_id WHERE p.id = $1 AND p.state <> 'draft'"#,
        product,
        caller.user_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("product"))?;
    if known.own {
        let own = veza_schemas::problem::Problem::new(Code::OwnProduct, "you sell this yourself");
        return Err(own.at("product_id").into());
    }
    if !known.published {
        return Err(ApiError::new(Code::NotForSale, "this is not sold any more"));
    }
    sqlx::query!(
        "INSERT INTO wishlist (user_id, product_id, price_minor)
         SELECT $1, p.id, coalesce(discounted(p.price_minor, r.discount_percent), p.price_minor)
         FROM products p
         LEFT JOIN promotions r ON r.product_id = p.id AND r.is_active AND r.starts_at <= now() AND now() < r.ends_at
         WHERE p.id = $2
         ON CONFLICT DO NOTHING",
        caller.user_id,
        product
    )
    .execute(&db)
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a product from one's wishlist
///
/// That it was not there is no error.
#[utoipa::path(delete, path = "/marketplace/wishlist/{product_id}", tag = "marketplace", params(("product_id" = Uuid, Path)),
    responses((status = 204, description = "Not on the wishlist (any more)")))]
pub async fn unwish(
    State(db): State<PgPool>,
    caller: Caller,
    Path(product): Path<Uuid>,
) -> Result<StatusCode> {
    sqlx::query!(
        "DELETE FROM wishlist WHERE user_id = $1 AND product_id = $2",
        caller.user_id,
        product
    )
    .execute(&db)
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's wishlist, the last wish first
#[utoipa::path(get, path = "/marketplace/wishlist", tag = "marketplace", params(WishList),
    responses((status = 200, body = Reply<Vec<Wish>, CardPageMeta>)))]
pub async fn list_wishes(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    caller: Caller,
    Query(list): Query<WishList>,
) -> Result<Reply<Vec<Wish>, CardPageMeta>> {
    let (added, product) = list.cursor.map(|Cursor(place)| place).unzip();
    let rows = sqlx::query!(
        r#"SELECT product_id, price_minor, added_at AS "added_at: Timestamptz" FROM wishlist
           WHERE user_id = $1
             AND ($2::bigint IS NULL OR (added_at, product_id) < (timestamptz 'epoch' + $2 * interval '1 microsecond', $3::uuid))
           ORDER BY added_at DESC, product_id DESC LIMIT $4"#,
        caller.user_id,
        added,
        product,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let rows = page(rows, list.limit, |row| {
        (row.added_at.0.as_microsecond(), row.product_id)
    })?;
    let ids: Vec<Uuid> = rows.data.iter().map(|row| row.product_id).collect();
    let visitor = Visitor {
        user_id: Some(caller.user_id),
    };
    // Products are never deleted: each id has its card.
    let cards = cards(&db, &objects, visitor, &ids).await?;
    let wishes = cards.into_iter().zip(rows.data).map(|(product, row)| Wish {
        added_at: row.added_at,
        price_when_added_minor: row.price_minor,
        drop_minor: (row.price_minor - product.payable_minor).max(0),
        product,
    });
    let meta = CardPageMeta {
        next_cursor: rows.meta.next_cursor,
        server_time: Timestamp::now(),
    };
    Ok(Reply::with_meta(wishes.collect(), meta))
}
