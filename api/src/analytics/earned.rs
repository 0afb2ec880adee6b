//! Revenue: what was paid for lines, less their tax, on the day it was paid; less what was refunded of it, less the tax in
//! that, on the day it was refunded. Of one currency.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::catalog_scope::CatalogScope;
use crate::error::{ApiError, Result};
use crate::timestamptz::Timestamptz;

/// The revenue of a scope in one currency.
pub struct Earned<'a> {
    scope: &'a CatalogScope,
    /// ISO 4217; none: nothing was ever sold, and nobody says in what currency it would be.
    pub currency: Option<String>,
    /// In which there are paid orders, by name.
    pub currencies: Vec<String>,
    /// When the first order in this currency was paid; none: there is none.
    pub first_paid_at: Option<Timestamp>,
}

/// What a time earned, in minor units, tax not included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earnings {
    pub orders: i64,
    pub sold_minor: i64,
    pub refunded_minor: i64,
}

/// What a time earned. Null: not known yet, or there were no orders ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Revenue {
    /// Sold less refunded; tax is in neither.
    #[schema(required)]
    pub net_minor: Option<i64>,
    /// Of orders paid in this time.
    #[schema(required)]
    pub sold_minor: Option<i64>,
    /// Refunded in this time, whenever it was paid.
    #[schema(required)]
    pub refunded_minor: Option<i64>,
    /// Paid in this time.
    #[schema(required)]
    pub orders: Option<i64>,
}

impl Earnings {
    pub fn net_minor(&self) -> i64 {
        self.sold_minor - self.refunded_minor
    }
}

impl From<Earnings> for Revenue {
    fn from(earnings: Earnings) -> Self {
        Self {
            net_minor: Some(earnings.net_minor()),
            sold_minor: Some(earnings.sold_minor),
            refunded_minor: Some(earnings.refunded_minor),
            orders: Some(earnings.orders),
        }
    }
}

/// Three letters (ISO 4217), or none where none were given; 422 says what would be right.
pub fn currency(asked: Option<&str>) -> Result<Option<String>> {
    let Some(text) = asked else { return Ok(None) };
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(Some(text.to_ascii_uppercase()));
    }
    let detail = format!("`{text}` is not a currency; right is ISO 4217, such as `EUR`");
    Err(ApiError::invalid("currency", detail))
}

impl<'a> Earned<'a> {
    /// Without a currency asked for, it is the creator's, and of all creators the one with the most orders.
    pub async fn of(db: &PgPool, scope: &'a CatalogScope, asked: Option<String>) -> Result<Self> {
        let sold = sqlx::query!(
            r#"SELECT o.currency, min(o.paid_at) AS "first_paid_at!: Timestamptz", count(DISTINCT o.id) AS "orders!"
               FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
               WHERE o.paid_at IS NOT NULL AND ($1::bigint IS NULL OR o.seller_id = $1)
                 AND ($2::uuid[] IS NULL OR p.track_id = ANY($2) OR $3 AND p.track_id IS NULL)
               GROUP BY o.currency ORDER BY o.currency"#,
            scope.creator,
            scope.tracks.as_deref(),
            scope.without_track,
        )
        .fetch_all(db)
        .await?;
        let currency = match (asked, scope.creator) {
            (Some(asked), _) => Some(asked),
            (None, Some(creator)) => {
                sqlx::query_scalar!("SELECT currency FROM creators WHERE id = $1", creator)
                    .fetch_optional(db)
                    .await?
            }
            (None, None) => {
                let most = sold.iter().max_by_key(|row| row.orders);
                most.map(|row| row.currency.clone())
            }
        };
        let first = sold
            .iter()
            .find(|row| Some(&row.currency) == currency.as_ref());
        Ok(Self {
            scope,
            first_paid_at: first.map(|row| row.first_paid_at.0),
            currency,
            currencies: sold.into_iter().map(|row| row.currency).collect(),
        })
    }

    /// What each bucket `[edges[i], edges[i + 1])` earned.
    pub async fn by_bucket(&self, db: &PgPool, edges: &[Timestamp]) -> Result<Vec<Earnings>> {
        let mut earnings = vec![Earnings::default(); edges.len().saturating_sub(1)];
        let ([from, ..], [.., to]) = (edges, edges) else {
            return Ok(earnings);
        };
        let seconds: Vec<f64> = edges.iter().map(|edge| edge.as_second() as f64).collect();
        let rows = sqlx::query!(
            r#"WITH change AS (
                 SELECT o.id AS paid, o.paid_at AS at, i.product_id, i.total_minor - i.tax_minor AS sold, 0 AS refunded
                 FROM orders o JOIN order_items i ON i.order_id = o.id
                 WHERE o.paid_at >= $2 AND o.paid_at < $3 AND ($4::bigint IS NULL OR o.seller_id = $4) AND o.currency = $5
                 UNION ALL
                 SELECT NULL, r.refunded_at, i.product_id, 0, l.amount_minor - l.tax_minor
                 FROM refunds r JOIN refund_lines l ON l.refund_id = r.id
                   JOIN order_items i ON i.id = l.item_id JOIN orders o ON o.id = r.order_id
                 WHERE r.refunded_at >= $2 AND r.refunded_at < $3 AND ($4::bigint IS NULL OR o.seller_id = $4)
                   AND o.currency = $5)
               SELECT width_bucket(extract(epoch FROM change.at)::float8, $1::float8[]) AS "bucket!",
                 count(DISTINCT change.paid) AS "orders!", sum(change.sold)::bigint AS "sold_minor!",
                 sum(change.refunded)::bigint AS "refunded_minor!"
               FROM change JOIN products p ON p.id = change.product_id
               WHERE $6::uuid[] IS NULL OR p.track_id = ANY($6) OR $7 AND p.track_id IS NULL
               GROUP BY 1"#,
            &seconds,
            Timestamptz(*from) as Timestamptz,
            Timestamptz(*to) as Timestamptz,
            self.scope.creator,
            self.currency,
            self.scope.tracks.as_deref(),
            self.scope.without_track,
        )
        .fetch_all(db)
        .await?;
        for row in rows {
            // Postgres numbers buckets from 1.
            let bucket = usize::try_from(row.bucket - 1).ok();
            if let Some(earnings) = bucket.and_then(|bucket| earnings.get_mut(bucket)) {
                *earnings = Earnings {
                    orders: row.orders,
                    sold_minor: row.sold_minor,
                    refunded_minor: row.refunded_minor,
                };
            }
        }
        Ok(earnings)
    }

    /// What may be said of a time that begins at `start`: nothing before it comes, and nothing where nothing was ever sold.
    pub fn shown(&self, start: Timestamp, now: Timestamp, earnings: Earnings) -> Revenue {
        match self.first_paid_at.is_some() && start < now {
            true => earnings.into(),
            false => Revenue::default(),
        }
    }
}

impl std::ops::AddAssign for Earnings {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.sold_minor += other.sold_minor;
        self.refunded_minor += other.refunded_minor;
    }
}

impl std::iter::Sum for Earnings {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}
