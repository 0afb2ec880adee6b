//! `GET·POST /marketplace/products`, `GET·PATCH /marketplace/products/{id}`

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use unicode_normalization::UnicodeNormalization;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use super::cards::{Card, CardPageMeta, Kind, ProductState, cards, page_of};
use super::files::{ProductFile, files_of};
use crate::caller::{Creator, Visitor};
use crate::catalog::given;
use crate::cursor::{Cursor, Limit, Page, page};
use crate::error::{ApiError, Result};
use crate::extract::{Json, Path, Query};
use crate::money::amount::Price;
use crate::objects::Objects;
use crate::text::{Line, Lines};

/// A product's page.
#[derive(Serialize, ToSchema)]
pub struct Product {
    #[serde(flatten)]
    card: Card,
    description: String,
    /// What one gets; those whose upload is complete.
    files: Vec<ProductFile>,
    /// What is heard on its page; its audio is at `GET /tracks/{id}`.
    #[schema(required)]
    track: Option<ProductTrack>,
}

#[derive(Serialize, ToSchema)]
pub struct ProductTrack {
    id: Uuid,
    title: String,
    artist: String,
    duration_ms: i32,
}

#[derive(Serialize, ToSchema)]
pub struct ServerTime {
    /// For countdowns: the time here.
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    title: Line<200>,
    description: Option<Lines<5000>>,
    kind: Kind,
    price_minor: Price,
    /// A track of one's own, which is heard on the product's page.
    track_id: Option<Uuid>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductChanges {
    title: Option<Line<200>>,
    description: Option<Lines<5000>>,
    kind: Option<Kind>,
    /// 409 `promotion_running` while a promotion is scheduled or runs.
    price_minor: Option<Price>,
    /// Null: nothing is heard any more.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    track_id: Option<Option<Uuid>>,
    /// `published` or, after that, `archived`: there is no way back.
    state: Option<ProductState>,
}

/// Orders of the catalog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductOrder {
    #[default]
    Newest,
    /// By what is payable now.
    PriceLow,
    PriceHigh,
    /// Best rated first.
    Rating,
}

/// What is payable now, where `r` is the promotion that runs.
macro_rules! payable {
    () => {
        "coalesce(discounted(p.price_minor, r.discount_percent), p.price_minor)"
    };
}

impl ProductOrder {
    /// What is sorted by, ascending; then by id.
    fn key(self) -> &'static str {
        match self {
            Self::Newest => "-(extract(epoch FROM p.published_at) * 1000000)::bigint",
            Self::PriceLow => payable!(),
            Self::PriceHigh => concat!("-", payable!()),
            Self::Rating => "-coalesce(p.rating_sum * 1000000::bigint / nullif(p.ratings, 0), 0)",
        }
    }

    /// The newest first are read off their index, which ends as soon as the page is full.
    fn order(self) -> &'static str {
        match self {
            Self::Newest => "p.published_at DESC, p.id DESC",
            Self::PriceLow | Self::PriceHigh | Self::Rating => "key, p.id",
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductList {
    /// Words of title, seller, kind or description; each may be cut at its end.
    #[serde(default, deserialize_with = "words")]
    #[param(value_type = Option<String>)]
    q: Option<String>,
    kind: Option<Kind>,
    /// Only this creator's.
    seller: Option<i64>,
    /// Only with this track.
    track: Option<Uuid>,
    /// Only with a promotion that runs now.
    #[serde(default)]
    on_promotion: bool,
    /// By what is payable now.
    min_price_minor: Option<i64>,
    max_price_minor: Option<i64>,
    /// Such as `EUR`.
    #[param(value_type = Option<String>)]
    currency: Option<Line<3>>,
    #[serde(default)]
    #[param(value_type = Option<ProductOrder>, inline)]
    sort: ProductOrder,
    /// `meta.next_cursor` of the page before, of the same sort.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<(i64, Uuid)>>,
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
}

/// A place in the catalog: `key` ascends.
#[derive(sqlx::FromRow)]
struct Place {
    id: Uuid,
    key: i64,
}

/// Published products
#[utoipa::path(get, path = "/marketplace/products", tag = "marketplace", params(ProductList),
    responses((status = 200, body = Reply<Vec<Card>, CardPageMeta>)))]
pub async fn list_products(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    visitor: Visitor,
    Query(list): Query<ProductList>,
) -> Result<Reply<Vec<Card>, CardPageMeta>> {
    let places: Vec<Place> = list.statement().build_query_as().fetch_all(&db).await?;
    let places = page(places, list.limit, |place| (place.key, place.id))?;
    let ids = Page {
        data: places.data.into_iter().map(|place| place.id).collect(),
        meta: places.meta,
    };
    page_of(&db, &objects, visitor, ids).await
}

impl ProductList {
    /// Only the conditions that were asked for are in it: of a statement with all of them, each `$1 IS NULL OR …`, Postgres takes hardly
    /// any row to be left, and chooses the slowest plan.
    fn statement(&self) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new("SELECT p.id, ");
        sql.push(self.sort.key());
        sql.push(
            " AS key FROM products p
              LEFT JOIN promotions r ON r.product_id = p.id AND r.is_active AND r.starts_at <= now() AND now() < r.ends_at
              WHERE p.state = 'published'",
        );
        if let Some(words) = &self.q {
            sql.push(" AND p.search @@ to_tsquery('simple', ");
            sql.push_bind(words.clone()).push(")");
        }
        if let Some(kind) = self.kind {
            sql.push(" AND p.kind = ").push_bind(kind);
        }
        if let Some(seller) = self.seller {
            sql.push(" AND p.seller_id = ").push_bind(seller);
        }
        if let Some(track) = self.track {
            sql.push(" AND p.track_id = ").push_bind(track);
        }
        if self.on_promotion {
            sql.push(" AND r.id IS NOT NULL");
        }
        if let Some(least) = self.min_price_minor {
            sql.push(concat!(" AND ", payable!(), " >= "))
                .push_bind(least);
        }
        if let Some(most) = self.max_price_minor {
            sql.push(concat!(" AND ", payable!(), " <= "))
                .push_bind(most);
        }
        if let Some(currency) = &self.currency {
            sql.push(" AND p.currency = ");
            sql.push_bind(currency.as_str().to_owned());
        }
        if let Some(Cursor((key, id))) = self.cursor {
            self.push_after(&mut sql, key, id);
        }
        sql.push(" ORDER BY ").push(self.sort.order());
        sql.push(" LIMIT ").push_bind(self.limit.plus_one());
        sql
    }

    fn push_after(&self, sql: &mut QueryBuilder<Postgres>, key: i64, id: Uuid) {
        match self.sort {
            ProductOrder::Newest => {
                sql.push(" AND (p.published_at, p.id) < (timestamptz 'epoch' - interval '1 microsecond' * ");
            }
            order => {
                sql.push(" AND (").push(order.key()).push(", p.id) > (");
            }
        }
        sql.push_bind(key).push(", ").push_bind(id).push(")");
    }
}

/// A product
///
/// Drafts are their seller's alone. Archived products are told, and not sold.
#[utoipa::path(get, path = "/marketplace/products/{id}", tag = "marketplace", params(("id" = Uuid, Path)),
    responses((status = 200, body = Reply<Product, ServerTime>)))]
pub async fn get_product(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    visitor: Visitor,
    Path(id): Path<Uuid>,
) -> Result<Reply<Product, ServerTime>> {
    fetch(&db, &objects, visitor, id).await
}

/// Offer a product
///
/// It begins as a draft: its files come next (`POST /marketplace/products/{id}/files`), then `PATCH` with `state: published`.
/// Its currency is the seller's.
#[utoipa::path(post, path = "/marketplace/products", tag = "marketplace", request_body = NewProduct,
    responses((status = 201, body = Reply<Product, ServerTime>)))]
pub async fn create_product(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Json(product): Json<NewProduct>,
) -> Result<(StatusCode, Reply<Product, ServerTime>)> {
    let mut connection = db.acquire().await?;
    if let Some(track) = product.track_id {
        check_track(&mut connection, creator, track).await?;
    }
    let id = sqlx::query_scalar!(
        "INSERT INTO products (seller_id, currency, kind, title, description, price_minor, track_id)
         SELECT id, currency, $2, $3, $4, $5, $6 FROM creators WHERE id = $1 RETURNING id",
        creator.creator_id,
        product.kind as Kind,
        product.title.as_str(),
        product.description.as_ref().map_or("", Lines::as_str),
        product.price_minor.get(),
        product.track_id
    )
    .fetch_one(&mut *connection)
    .await?;
    drop(connection);
    let product = fetch(&db, &objects, own(creator), id).await?;
    Ok((StatusCode::CREATED, product))
}

/// Change a product of one's own, publish it, archive it
///
/// 409 `conflict` where its state doesn't allow it: a product is published with at least one file.
#[utoipa::path(patch, path = "/marketplace/products/{id}", tag = "marketplace", params(("id" = Uuid, Path)),
    request_body = ProductChanges, responses((status = 200, body = Reply<Product, ServerTime>)))]
pub async fn change_product(
    State(db): State<PgPool>,
    State(objects): State<Objects>,
    creator: Creator,
    Path(id): Path<Uuid>,
    Json(changes): Json<ProductChanges>,
) -> Result<Reply<Product, ServerTime>> {
    let mut tx = db.begin().await?;
    let before = lock_own(&mut tx, creator, id).await?;
    if changes
        .price_minor
        .is_some_and(|price| price.get() != before.price_minor)
    {
        refuse_while_promoted(&mut tx, id).await?;
    }
    if let Some(Some(track)) = changes.track_id {
        check_track(&mut tx, creator, track).await?;
    }
    let state = changes.state.unwrap_or(before.state);
    check_step(&mut tx, id, before.state, state).await?;
    sqlx::query!(
        "UPDATE products SET title = coalesce($2, title), description = coalesce($3, description), kind = coalesce($4, kind),
           price_minor = coalesce($5, price_minor), track_id = CASE WHEN $6 THEN $7 ELSE track_id END, state = $8,
           published_at = CASE WHEN $8 <> 'draft' THEN coalesce(published_at, clock_timestamp()) END,
           archived_at = CASE WHEN $8 = 'archived' THEN coalesce(archived_at, clock_timestamp()) END, updated_at = clock_timestamp()
         WHERE id = $1",
        id,
        changes.title.as_ref().map(Line::as_str),
        changes.description.as_ref().map(Lines::as_str),
        changes.kind as Option<Kind>,
        changes.price_minor.map(Price::get),
        changes.track_id.is_some(),
        changes.track_id.flatten(),
        state as ProductState
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    fetch(&db, &objects, own(creator), id).await
}

/// A product that is locked for its seller's change.
pub struct Locked {
    pub state: ProductState,
    pub price_minor: i64,
}

/// Keeps orders and other changes of the product waiting until the transaction ends. 404 unless it is the creator's.
pub async fn lock_own(tx: &mut PgConnection, creator: Creator, id: Uuid) -> Result<Locked> {
    sqlx::query_as!(
        Locked,
        r#"SELECT state AS "state: ProductState", price_minor FROM products WHERE id = $1 AND seller_id = $2 FOR NO KEY UPDATE"#,
        id,
        creator.creator_id
    )
    .fetch_optional(tx)
    .await?
    .ok_or_else(|| ApiError::not_found("product"))
}

async fn refuse_while_promoted(tx: &mut PgConnection, id: Uuid) -> Result<()> {
    let promoted = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM promotions WHERE product_id = $1 AND is_active AND ends_at > clock_timestamp()) AS "promoted!""#,
        id
    )
    .fetch_one(tx)
    .await?;
    if promoted {
        return Err(ApiError::new(
            Code::PromotionRunning,
            "the list price stays as it is while a promotion is scheduled or runs; cancel the promotion first",
        ));
    }
    Ok(())
}

async fn check_step(
    tx: &mut PgConnection,
    id: Uuid,
    from: ProductState,
    to: ProductState,
) -> Result<()> {
    use ProductState::{Archived, Draft, Published};
    match (from, to) {
        (Draft, Draft) | (Published, Published) | (Archived, Archived) | (Published, Archived) => {
            Ok(())
        }
        (Draft, Published) => {
            let has_file = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT FROM product_files WHERE product_id = $1 AND completed_at IS NOT NULL) AS "has_file!""#,
                id
            )
            .fetch_one(tx)
            .await?;
            match has_file {
                true => Ok(()),
                false => Err(ApiError::new(
                    Code::Conflict,
                    "there is nothing to download yet; upload a file, then publish",
                )),
            }
        }
        (Draft, Archived) => Err(ApiError::new(
            Code::Conflict,
            "a draft was never sold; only what is published is archived",
        )),
        (Published | Archived, _) => Err(ApiError::new(
            Code::Conflict,
            "drafts become published, and published products archived; there is no way back",
        )),
    }
}

async fn check_track(connection: &mut PgConnection, creator: Creator, track: Uuid) -> Result<()> {
    sqlx::query_scalar!(
        "SELECT 1 FROM tracks WHERE id = $1 AND creator_id = $2",
        track,
        creator.creator_id
    )
    .fetch_optional(connection)
    .await?
    .map(drop)
    .ok_or_else(|| ApiError::invalid("track_id", "this is not one of your tracks"))
}

pub fn own(creator: Creator) -> Visitor {
    Visitor {
        user_id: Some(creator.user_id),
    }
}

/// 404 for a draft of somebody else.
pub async fn fetch(
    db: &PgPool,
    objects: &Objects,
    visitor: Visitor,
    id: Uuid,
) -> Result<Reply<Product, ServerTime>> {
    let row = sqlx::query!(
        r#"SELECT p.description, t.id AS "track_id?", t.title AS "track_title?", t.artist AS "artist?", t.duration_ms AS "duration_ms?"
           FROM products p JOIN creators c ON c.id = p.seller_id LEFT JOIN tracks t ON t.id = p.track_id
           WHERE p.id = $1 AND (p.state <> 'draft' OR c.user_id = $2)"#,
        id,
        visitor.user_id
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| ApiError::not_found("product"))?;
    let card = cards(db, objects, visitor, &[id]).await?.pop();
    let card = card.ok_or_else(|| ApiError::not_found("product"))?;
    let track = match (row.track_id, row.track_title, row.artist, row.duration_ms) {
        (Some(id), Some(title), Some(artist), Some(duration_ms)) => Some(ProductTrack {
            id,
            title,
            artist,
            duration_ms,
        }),
        _ => None,
    };
    let product = Product {
        card,
        description: row.description,
        files: files_of(db, id).await?,
        track,
    };
    let meta = ServerTime {
        server_time: Timestamp::now(),
    };
    Ok(Reply::with_meta(product, meta))
}

/// What is typed into a search field as a query of Postgres' text search: every word, each cut at its end. None: no words.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    const MAX_WORDS: usize = 20;
    let text = String::deserialize(deserializer)?;
    // As `folded` in `migrations/100_sellers.sql` does with what is searched.
    let text: String = text
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect();
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| format!("{word}:*"))
        .collect();
    Ok((!words.is_empty()).then(|| words.join(" & ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;

    #[test]
    fn a_search_is_words_and_nothing_that_postgres_would_read_as_operators() {
        let query = |text: &str| words(IntoDeserializer::<Error>::into_deserializer(text)).unwrap();
        assert_eq!(query("Salt Roads").as_deref(), Some("Salt:* & Roads:*"));
        assert_eq!(query("a|b & !c:<->'\\").as_deref(), Some("a:* & b:* & c:*"));
        assert_eq!(query(" -'\" "), None);
        assert_eq!(query("Brandão").as_deref(), Some("Brandao:*"));
        // One letter that stands for several words.
        assert_eq!(query("\u{fdfa}").unwrap().matches(":*").count(), 4);
    }
}
