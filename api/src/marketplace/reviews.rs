//! `GET /marketplace/products/{id}/reviews`, `GET·POST /marketplace/reviews`, `POST /marketplace/reviews/{id}/reply`
//!
//! A review is of a purchase, one each, and gets at most one reply of the seller. Neither is changed afterwards.

use axum::extract::State;
use http::StatusCode;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::words::Words;
use crate::caller::{Caller, Creator};
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path, Query};
use crate::text::Lines;
use crate::timestamptz::Timestamptz;

/// What somebody who bought it thinks of a product.
#[derive(Serialize, ToSchema)]
pub struct Review {
    id: Uuid,
    product_id: Uuid,
    product_title: String,
    /// 1 to 5.
    rating: i16,
    /// May be empty.
    text: String,
    buyer_name: String,
    created_at: Timestamptz,
    seller_name: String,
    /// The seller's.
    #[schema(required)]
    reply: Option<String>,
    #[schema(required)]
    replied_at: Option<Timestamptz>,
}

/// `meta` of a product's reviews.
#[derive(Serialize, ToSchema)]
pub struct ReviewsMeta {
    /// Give it as `cursor` to go on; null: this was the last page.
    #[schema(required)]
    next_cursor: Option<String>,
    /// Of all its ratings, 1 to 5; null without any.
    #[schema(required)]
    average: Option<f64>,
    count: i64,
    /// How often each rating was given, from 5 down to 1.
    histogram: Vec<RatingCount>,
}

#[derive(Serialize, ToSchema)]
pub struct RatingCount {
    rating: i16,
    count: i64,
}

/// 1 to 5.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = i16, minimum = 1, maximum = 5)]
pub struct Stars(i16);

impl<'de> Deserialize<'de> for Stars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            stars @ 1..=5 => Ok(Self(stars as i16)),
            other => Err(D::Error::custom(format!(
                "{other} is not a whole number from 1 to 5"
            ))),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    product_id: Uuid,
    rating: Stars,
    text: Option<Lines<5000>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    text: Words<5000>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductReviewList {
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Uuid>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Whose reviews.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewSide {
    /// Those that one has written.
    #[default]
    Buyer,
    /// Those of what one sells.
    Seller,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReviewList {
    /// `buyer`, unless given: those that one has written; `seller`: those of what one sells.
    #[serde(default)]
    #[param(inline)]
    side: ReviewSide,
    /// Only with (true) or without (false) a reply.
    replied: Option<bool>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(bool, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// A product's reviews, the newest first
///
/// In `meta`, whatever the page: the average of all its ratings, and how often each was given.
#[utoipa::path(get, path = "/marketplace/products/{id}/reviews", tag = "marketplace", params(("id" = Uuid, Path), ProductReviewList),
    responses((status = 200, body = Reply<Vec<Review>, ReviewsMeta>)))]
pub async fn list_product_reviews(
    State(db): State<PgPool>,
    Path(product): Path<Uuid>,
    Query(list): Query<ProductReviewList>,
) -> Result<Reply<Vec<Review>, ReviewsMeta>> {
    sqlx::query_scalar!(
        "SELECT 1 FROM products WHERE id = $1 AND state <> 'draft'",
        product
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("product"))?;
    let reviews = sqlx::query_as!(
        Review,
        r#"SELECT v.id, v.product_id, p.title AS product_title, v.rating, v.text, u.name AS buyer_name,
             v.created_at AS "created_at: Timestamptz", c.name AS seller_name, v.reply, v.replied_at AS "replied_at: Timestamptz"
           FROM product_reviews v JOIN products p ON p.id = v.product_id JOIN creators c ON c.id = p.seller_id
             JOIN users u ON u.id = v.buyer_id
           WHERE v.product_id = $1 AND ($2::uuid IS NULL OR v.id < $2)
           ORDER BY v.id DESC LIMIT $3"#,
        product,
        list.cursor.map(|Cursor(id)| id),
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    let counts = sqlx::query!(
        r#"SELECT stars::smallint AS "rating!", count(v.id) AS "count!"
           FROM generate_series(5, 1, -1) AS stars
           LEFT JOIN product_reviews v ON v.product_id = $1 AND v.rating = stars
           GROUP BY stars ORDER BY stars DESC"#,
        product
    )
    .fetch_all(&db)
    .await?;
    let count: i64 = counts.iter().map(|row| row.count).sum();
    let sum: i64 = counts
        .iter()
        .map(|row| row.count * i64::from(row.rating))
        .sum();
    let reviews = page(reviews, list.limit, |review| review.id)?;
    let meta = ReviewsMeta {
        next_cursor: reviews.meta.next_cursor,
        average: (count > 0).then(|| sum as f64 / count as f64),
        count,
        histogram: counts
            .into_iter()
            .map(|row| RatingCount {
                rating: row.rating,
                count: row.count,
            })
            .collect(),
    };
    Ok(Reply::with_meta(reviews.data, meta))
}

/// Reviews that one has written, or of what one sells
///
/// Those without a reply come first, then the newest.
#[utoipa::path(get, path = "/marketplace/reviews", tag = "marketplace", params(ReviewList),
    responses((status = 200, body = Page<Review>)))]
pub async fn list_reviews(
    State(db): State<PgPool>,
    caller: Caller,
    Query(list): Query<ReviewList>,
) -> Result<Page<Review>> {
    let (replied, id) = list.cursor.map(|Cursor(place)| place).unzip();
    let reviews = sqlx::query_as!(
        Review,
        r#"SELECT v.id, v.product_id, p.title AS product_title, v.rating, v.text, u.name AS buyer_name,
             v.created_at AS "created_at: Timestamptz", c.name AS seller_name, v.reply, v.replied_at AS "replied_at: Timestamptz"
           FROM product_reviews v JOIN products p ON p.id = v.product_id JOIN creators c ON c.id = p.seller_id
             JOIN users u ON u.id = v.buyer_id
           WHERE CASE WHEN $1 THEN c.user_id = $2 ELSE v.buyer_id = $2 END
             AND ($3::bool IS NULL OR (v.reply IS NOT NULL) = $3)
             AND ($4::bool IS NULL OR (v.reply IS NULL, v.id) < (NOT $4, $5::uuid))
           ORDER BY (v.reply IS NULL) DESC, v.id DESC LIMIT $6"#,
        list.side == ReviewSide::Seller,
        caller.user_id,
        list.replied,
        replied,
        id,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    Ok(page(reviews, list.limit, |review| {
        (review.reply.is_some(), review.id)
    })?)
}

/// Review a product that one has bought
///
/// Once. 403 `not_purchased` without a purchase that is paid and not refunded in full, 409 `already_reviewed` the second time.
#[utoipa::path(post, path = "/marketplace/reviews", tag = "marketplace", request_body = NewReview,
    responses((status = 201, body = Reply<Review>)))]
pub async fn create_review(
    State(db): State<PgPool>,
    caller: Caller,
    Json(review): Json<NewReview>,
) -> Result<(StatusCode, Reply<Review>)> {
    let id = sqlx::query_scalar!(
        "INSERT INTO product_reviews (product_id, buyer_id, item_id, rating, text)
         SELECT product_id, buyer_id, id, $3, $4 FROM order_items
         WHERE product_id = $1 AND buyer_id = $2 AND owned_from IS NOT NULL AND owned_until IS NULL
         RETURNING id",
        review.product_id,
        caller.user_id,
        review.rating.0,
        review.text.as_ref().map_or("", Lines::as_str)
    )
    .fetch_optional(&db)
    .await?;
    match id {
        Some(id) => Ok((StatusCode::CREATED, Reply::new(fetch(&db, id).await?))),
        None => Err(not_purchased(&db, review.product_id).await?),
    }
}

async fn not_purchased(db: &PgPool, product: Uuid) -> Result<ApiError> {
    let known = sqlx::query_scalar!(
        "SELECT 1 FROM products WHERE id = $1 AND state <> 'draft'",
        product
    )
    .fetch_optional(db)
    .await?;
    Ok(match known {
        Some(_) => ApiError::new(
            Code::NotPurchased,
            "reviews are for those who bought it and have not been refunded",
        ),
        None => ApiError::not_found("product"),
    })
}

/// Reply to a review of what one sells
///
/// Once: 409 `already_replied` the second time.
#[utoipa::path(post, path = "/marketplace/reviews/{id}/reply", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = NewReply, responses((status = 201, body = Reply<Review>)))]
pub async fn reply_to_review(
    State(db): State<PgPool>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(reply): Json<NewReply>,
) -> Result<(StatusCode, Reply<Review>)> {
    sqlx::query_scalar!(
        "SELECT 1 FROM product_reviews v JOIN products p ON p.id = v.product_id WHERE v.id = $1 AND p.seller_id = $2",
        id,
        creator.creator_id
    )
    .fetch_optional(&db)
    .await?
    .ok_or_else(|| ApiError::not_found("review"))?;
    // Whoever comes second waits for the first one's row, and then finds that it has its reply.
    let replied = sqlx::query!(
        "UPDATE product_reviews SET reply = $2, replied_at = clock_timestamp() WHERE id = $1 AND reply IS NULL",
        id,
        reply.text.as_str()
    )
    .execute(&db)
    .await?;
    if replied.rows_affected() == 0 {
        return Err(ApiError::new(
            Code::AlreadyReplied,
            "this review has its reply; it can't be changed",
        ));
    }
    Ok((StatusCode::CREATED, Reply::new(fetch(&db, id).await?)))
}

async fn fetch(db: &PgPool, id: Uuid) -> Result<Review> {
    let review = sqlx::query_as!(
        Review,
        r#"SELECT v.id, v.product_id, p.title AS product_title, v.rating, v.text, u.name AS buyer_name,
             v.created_at AS "created_at: Timestamptz", c.name AS seller_name, v.reply, v.replied_at AS "replied_at: Timestamptz"
           FROM product_reviews v JOIN products p ON p.id = v.product_id JOIN creators c ON c.id = p.seller_id
             JOIN users u ON u.id = v.buyer_id
           WHERE v.id = $1"#,
        id
    )
    .fetch_one(db)
    .await?;
    Ok(review)
}
