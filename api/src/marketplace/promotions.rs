//! `GET·POST /marketplace/promotions`, `PATCH·DELETE /marketplace/promotions/{id}`

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::{PgConnection, PgPool};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::cards::ProductState;
use super::products::lock_own;
use crate::caller::Creator;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path, Query};
use crate::timestamptz::Timestamptz;

/// How far ahead a promotion may end.
const MAX_AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 366 * 2);

/// A discount on a product for the time from `starts_at` up to, and without, `ends_at`.
#[derive(Serialize, ToSchema)]
pub struct Promotion {
    id: Uuid,
    product_id: Uuid,
    product_title: String,
    discount_percent: i32,
    starts_at: Timestamptz,
    ends_at: Timestamptz,
    state: PromotionState,
    /// False: canceled.
    is_active: bool,
    created_at: Timestamptz,
}

/// By the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PromotionState {
    Scheduled,
    Live,
    Ended,
    /// Before it began: it has no time. One that was canceled while it ran has ended.
    Canceled,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPromotion {
    product_id: Uuid,
    discount_percent: DiscountPercent,
    /// Now, if left out; not in the past.
    starts_at: Option<PromotionTime>,
    ends_at: PromotionTime,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionChanges {
    discount_percent: Option<DiscountPercent>,
    starts_at: Option<PromotionTime>,
    ends_at: Option<PromotionTime>,
}

/// 1 to 90.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = i32, minimum = 1, maximum = 90)]
pub struct DiscountPercent(i32);

impl<'de> Deserialize<'de> for DiscountPercent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match i64::deserialize(deserializer)? {
            percent @ 1..=90 => Ok(Self(percent as i32)),
            _ => Err(D::Error::custom("expected 1 to 90 percent")),
        }
    }
}

/// RFC 3339, at most two years ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct PromotionTime(Timestamptz);

impl<'de> Deserialize<'de> for PromotionTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let time = Timestamp::deserialize(deserializer)
            .map_err(|_| D::Error::custom("expected a time such as `2026-03-01T00:00:00Z`"))?;
        let ahead = time.duration_since(Timestamp::now());
        if ahead > MAX_AHEAD || ahead < -MAX_AHEAD {
            return Err(D::Error::custom("expected a time within two years"));
        }
        Ok(Self(Timestamptz(time)))
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PromotionList {
    /// Only of this product.
    product: Option<Uuid>,
    state: Option<PromotionState>,
    /// `meta.next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(i64, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// Promotions of one's own products, the last to begin first
#[utoipa::path(get, path = "/marketplace/promotions", tag = "marketplace", params(PromotionList),
    responses((status = 200, body = Page<Promotion>)))]
pub async fn list_promotions(
    State(db): State<PgPool>,
    creator: Creator,
    Query(list): Query<PromotionList>,
) -> Result<Page<Promotion>> {
    let (starts, id) = list.cursor.map(|Cursor(place)| place).unzip();
    let promotions = sqlx::query_as!(
        Promotion,
        r#"SELECT * FROM (
             SELECT r.id, r.product_id, p.title AS product_title, r.discount_percent, r.starts_at AS "starts_at: Timestamptz",
               r.ends_at AS "ends_at: Timestamptz", r.is_active, r.created_at AS "created_at: Timestamptz",
               CASE WHEN r.starts_at = r.ends_at THEN 'canceled' WHEN r.ends_at <= now() THEN 'ended'
                 WHEN r.starts_at <= now() THEN 'live' ELSE 'scheduled' END AS "state!: PromotionState"
             FROM promotions r JOIN products p ON p.id = r.product_id
             WHERE r.seller_id = $1 AND ($2::uuid IS NULL OR r.product_id = $2)
               AND ($3::bigint IS NULL OR (r.starts_at, r.id) < (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
             ORDER BY r.starts_at DESC, r.id DESC) told
           WHERE ($5::text IS NULL OR "state!: PromotionState" = $5) LIMIT $6"#,
        creator.creator_id,
        list.product,
        starts,
        id,
        list.state as Option<PromotionState>,
        list.limit.plus_one()
    )
    .fetch_all(&db)
    .await?;
    Ok(page(promotions, list.limit, |promotion| {
        (promotion.starts_at.0.as_microsecond(), promotion.id)
    })?)
}

/// Promote a product of one's own
///
/// 409 `promotion_overlap` where another promotion of it is in force at that time. Until the promotion ends, the list price
/// can't be changed.
#[utoipa::path(post, path = "/marketplace/promotions", tag = "marketplace", request_body = NewPromotion,
    responses((status = 201, body = Reply<Promotion>)))]
pub async fn create_promotion(
    State(db): State<PgPool>,
    creator: Creator,
    Json(promotion): Json<NewPromotion>,
) -> Result<(StatusCode, Reply<Promotion>)> {
    let mut tx = db.begin().await?;
    let product = lock_own(&mut tx, creator, promotion.product_id)
        .await
        .map_err(|_| ApiError::invalid("product_id", "this is not one of your products"))?;
    if product.state == ProductState::Archived {
        return Err(ApiError::new(
            Code::NotForSale,
            "an archived product is not sold any more",
        ));
    }
    let now = clock(&mut tx).await?;
    let starts_at = match promotion.starts_at {
        Some(time) => not_past(time.0, now)?,
        None => now,
    };
    check_order(starts_at, promotion.ends_at.0)?;
    let id = sqlx::query_scalar!(
        "INSERT INTO promotions (product_id, seller_id, discount_percent, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        promotion.product_id,
        creator.creator_id,
        promotion.discount_percent.0,
        starts_at as Timestamptz,
        promotion.ends_at.0 as Timestamptz
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    let promotion = fetch(&db, id).await?;
    Ok((StatusCode::CREATED, Reply::new(promotion)))
}

/// Change a promotion before it begins
///
/// 409 `promotion_running` once it has begun: cancel it then. 409 `promotion_overlap` as for a new one.
#[utoipa::path(patch, path = "/marketplace/promotions/{id}", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = PromotionChanges, responses((status = 200, body = Reply<Promotion>)))]
pub async fn change_promotion(
    State(db): State<PgPool>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(changes): Json<PromotionChanges>,
) -> Result<Reply<Promotion>> {
    let mut tx = db.begin().await?;
    let before = lock(&mut tx, creator, id).await?;
    let now = clock(&mut tx).await?;
    if !before.is_active {
        return Err(ApiError::new(
            Code::Conflict,
            "the promotion was canceled; make another",
        ));
    }
    if before.starts_at <= now {
        return Err(ApiError::new(
            Code::PromotionRunning,
            "the promotion has begun; it can only be canceled",
        ));
    }
    let starts_at = match changes.starts_at {
        Some(time) => not_past(time.0, now)?,
        None => before.starts_at,
    };
    let ends_at = changes.ends_at.map_or(before.ends_at, |time| time.0);
    check_order(starts_at, ends_at)?;
    sqlx::query!(
        "UPDATE promotions SET discount_percent = coalesce($2, discount_percent), starts_at = $3, ends_at = $4 WHERE id = $1",
        id,
        changes.discount_percent.map(|percent| percent.0),
        starts_at as Timestamptz,
        ends_at as Timestamptz
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    fetch(&db, id).await.map(Reply::new)
}

/// Cancel a promotion
///
/// One that runs ends now. Canceling twice changes nothing; 409 `conflict` when it is over anyway.
#[utoipa::path(delete, path = "/marketplace/promotions/{id}", tag = "marketplace", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Canceled")))]
pub async fn cancel_promotion(
    State(db): State<PgPool>,
    creator: Creator,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let mut tx = db.begin().await?;
    let before = lock(&mut tx, creator, id).await?;
    let now = clock(&mut tx).await?;
    if !before.is_active {
        return Ok(StatusCode::NO_CONTENT);
    }
    if before.ends_at <= now {
        return Err(ApiError::new(Code::Conflict, "the promotion is over"));
    }
    sqlx::query!(
        "UPDATE promotions SET is_active = false, ends_at = greatest(starts_at, $2) WHERE id = $1",
        id,
        now as Timestamptz
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

struct Locked {
    starts_at: Timestamptz,
    ends_at: Timestamptz,
    is_active: bool,
}

/// Locks the promotion's product, then the promotion. 404 unless it is the creator's.
async fn lock(tx: &mut PgConnection, creator: Creator, id: Uuid) -> Result<Locked> {
    let product = sqlx::query_scalar!(
        "SELECT product_id FROM promotions WHERE id = $1 AND seller_id = $2",
        id,
        creator.creator_id
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::not_found("promotion"))?;
    lock_own(tx, creator, product).await?;
    let locked = sqlx::query_as!(
        Locked,
        r#"SELECT starts_at AS "starts_at: Timestamptz", ends_at AS "ends_at: Timestamptz", is_active
           FROM promotions WHERE id = $1 FOR UPDATE"#,
        id
    )
    .fetch_one(tx)
    .await?;
    Ok(locked)
}

/// The database's clock, after the locks were waited for.
async fn clock(tx: &mut PgConnection) -> Result<Timestamptz> {
    let now = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!: Timestamptz""#)
        .fetch_one(tx)
        .await?;
    Ok(now)
}

fn not_past(time: Timestamptz, now: Timestamptz) -> Result<Timestamptz> {
    if time < now {
        return Err(ApiError::invalid(
            "starts_at",
            "this is in the past; leave it out to begin now",
        ));
    }
    Ok(time)
}

fn check_order(starts_at: Timestamptz, ends_at: Timestamptz) -> Result<()> {
    if ends_at <= starts_at {
        return Err(ApiError::invalid(
            "ends_at",
            "a promotion ends after it has begun",
        ));
    }
    Ok(())
}

async fn fetch(db: &PgPool, id: Uuid) -> Result<Promotion> {
    let promotion = sqlx::query_as!(
        Promotion,
        r#"SELECT r.id, r.product_id, p.title AS product_title, r.discount_percent, r.starts_at AS "starts_at: Timestamptz",
             r.ends_at AS "ends_at: Timestamptz", r.is_active, r.created_at AS "created_at: Timestamptz",
             CASE WHEN r.starts_at = r.ends_at THEN 'canceled' WHEN r.ends_at <= now() THEN 'ended'
               WHEN r.starts_at <= now() THEN 'live' ELSE 'scheduled' END AS "state!: PromotionState"
           FROM promotions r JOIN products p ON p.id = r.product_id WHERE r.id = $1"#,
        id
    )
    .fetch_one(db)
    .await?;
    Ok(promotion)
}
