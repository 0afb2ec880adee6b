//! `GET /admin/analytics/transactions`: what was sold and given back, by currency. Money of two currencies is never added.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::IntoResponse;
use futures::try_join;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use veza_service::reply::Reply;

use super::calendar::Length;
use super::signups::RangeMeta;
use crate::analytics::context::refused;
use crate::analytics::csv::{Answer, Cell, Format, Table, Tabular};
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::time::edges::Edges;
use crate::time::range::{Asked, Range};
use crate::timestamptz::Timestamptz;

/// Entries of a list of products or sellers.
const LISTED: usize = 50;

/// What else the money is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Product,
    Seller,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// Start, included: a date in `tz`, or RFC 3339. Rounded down to the quarter hour. 28 days before `to` unless given.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// End, excluded. The end of today unless given.
    #[param(example = "2026-04-01")]
    to: Option<String>,
    /// IANA zone of dates and buckets; `UTC` unless given.
    #[param(example = "Europe/Paris")]
    tz: Option<String>,
    /// `day` unless given.
    #[serde(default)]
    #[param(inline, value_type = Option<Length>)]
    bucket: Length,
    /// ISO 4217; all currencies unless given.
    #[param(example = "EUR")]
    currency: Option<String>,
    /// Also by product or by seller.
    #[param(inline)]
    group: Option<Group>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Transactions {
    /// Those in which anything was paid or refunded, by code.
    pub currencies: Vec<CurrencyTransactions>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CurrencyTransactions {
    /// ISO 4217.
    pub currency: String,
    pub total: TransactionSums,
    pub buckets: Vec<TransactionBucket>,
    /// By what was paid, the most first, at most 50; null: not asked for.
    #[schema(required)]
    pub groups: Option<Vec<TransactionGroup>>,
    /// All other groups; null: not asked for, or there are none.
    #[schema(required)]
    pub groups_rest: Option<TransactionRest>,
}

/// Money in the currency's smallest unit: of orders by the time they were paid, of refunds by the time they were decided.
/// *paid = gross − discounts + tax*, where prices are before tax; where they contain it, tax is in gross.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TransactionSums {
    /// Orders paid; of a product, lines sold.
    pub count: u64,
    /// List prices.
    pub gross_minor: i64,
    pub discounts_minor: i64,
    pub tax_minor: i64,
    /// What buyers paid.
    pub paid_minor: i64,
    /// What was given back, with its tax.
    pub refunds_minor: i64,
    /// The tax in it.
    pub refunded_tax_minor: i64,
    /// What is left to the sellers: (paid − tax) − (refunds − refunded tax).
    pub net_minor: i64,
    /// paid ÷ count, rounded; null without orders.
    #[schema(required)]
    pub average_ticket_minor: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TransactionBucket {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Excluded.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// It has ended.
    pub complete: bool,
    /// Cut by the range's ends.
    pub partial: bool,
    /// Null: it has not begun.
    #[schema(required)]
    pub sums: Option<TransactionSums>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TransactionGroup {
    /// Of the product (UUID) or the seller (number).
    pub id: String,
    pub label: String,
    #[serde(flatten)]
    pub sums: TransactionSums,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TransactionRest {
    /// How many products or sellers.
    pub groups: u64,
    #[serde(flatten)]
    pub sums: TransactionSums,
}

/// What was sold and given back
#[utoipa::path(get, path = "/admin/analytics/transactions", operation_id = "transactions", tag = "admin", params(Parameters),
    responses((status = 200, description = "Orders and refunds by currency and bucket, and by product or seller on request",
               content((Reply<Transactions, RangeMeta> = "application/json"), (String = "text/csv")))))]
pub async fn transactions(
    State(db): State<PgPool>,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let now = Timestamp::now();
    let range = Asked {
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
        tz: asked.tz.as_deref(),
        bucket: Some(asked.bucket.into()),
    };
    let range = Range::resolve(&range, now).map_err(|error| refused(&error, error.field()))?;
    let currency = asked.currency.as_deref().map(currency).transpose()?;
    let edges = Edges::of(&range);
    let (series, groups) = try_join!(
        by_bucket(&db, &edges, currency),
        by_group(&db, &range, currency, asked.group)
    )?;
    let currencies = series.into_iter().map(|(currency, sums)| {
        let groups = asked.group.map(|_| groups.get(&currency));
        CurrencyTransactions::of(currency, &edges, &sums, groups, now)
    });
    let data = Transactions {
        currencies: currencies.collect(),
    };
    Ok(Answer::new(
        format,
        "transactions",
        data,
        RangeMeta::new(&range),
    ))
}

fn currency(code: &str) -> Result<&str> {
    match code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Ok(code),
        false => Err(ApiError::invalid(
            "currency",
            format!("`{code}` is not a currency; right is ISO 4217, such as `EUR`"),
        )),
    }
}

/// The sums of each bucket, from 0, by currency; those without any are left out.
async fn by_bucket(
    db: &PgPool,
    edges: &Edges,
    currency: Option<&str>,
) -> Result<BTreeMap<String, BTreeMap<usize, TransactionSums>>> {
    let starts: Vec<f64> = edges
        .spans()
        .map(|span| span.start.as_second() as f64)
        .collect();
    let end = edges.spans().last().map(|span| span.end);
    let (from, to) = (
        edges.spans().next().map(|span| Timestamptz(span.start)),
        end.map(Timestamptz),
    );
    let rows = sqlx::query!(
        r#"SELECT currency AS "currency!", width_bucket(extract(epoch FROM at)::float8, $1::float8[]) AS "bucket!",
                  sum(orders)::bigint AS "count!", sum(list)::bigint AS "gross!", sum(discount)::bigint AS "discounts!",
                  sum(tax)::bigint AS "tax!", sum(total)::bigint AS "paid!", sum(refunded)::bigint AS "refunds!",
                  sum(refunded_tax)::bigint AS "refunded_tax!"
           FROM (SELECT currency, paid_at AS at, 1 AS orders, list_minor AS list, discount_minor AS discount, tax_minor AS tax,
                        total_minor AS total, 0 AS refunded, 0 AS refunded_tax
                 FROM orders WHERE paid_at >= $2 AND paid_at < $3
                 UNION ALL
                 SELECT o.currency, r.refunded_at, 0, 0, 0, 0, 0, r.amount_minor, r.tax_minor
                 FROM refunds r JOIN orders o ON o.id = r.order_id WHERE r.refunded_at >= $2 AND r.refunded_at < $3) money
           WHERE $4::text IS NULL OR currency = $4
           GROUP BY 1, 2"#,
        &starts,
        from as Option<Timestamptz>,
        to as Option<Timestamptz>,
        currency
    )
    .fetch_all(db)
    .await?;
    let mut currencies: BTreeMap<String, BTreeMap<usize, TransactionSums>> = BTreeMap::new();
    for row in rows {
        let sums = TransactionSums {
            count: row.count.unsigned_abs(),
            gross_minor: row.gross,
            discounts_minor: row.discounts,
            tax_minor: row.tax,
            paid_minor: row.paid,
            refunds_minor: row.refunds,
            refunded_tax_minor: row.refunded_tax,
            ..TransactionSums::default()
        };
        // Postgres numbers buckets from 1.
        let bucket = usize::try_from(row.bucket - 1).unwrap_or(0);
        let of = currencies.entry(row.currency).or_default();
        of.insert(bucket, sums.reckoned());
    }
    Ok(currencies)
}

/// The sums of each product or seller, by currency, the most paid first.
async fn by_group(
    db: &PgPool,
    range: &Range,
    currency: Option<&str>,
    group: Option<Group>,
) -> Result<BTreeMap<String, Vec<TransactionGroup>>> {
    let Some(group) = group else {
        return Ok(BTreeMap::new());
    };
    let rows = sqlx::query!(
        r#"SELECT currency AS "currency!", id AS "id!", label AS "label!", count(DISTINCT sold) AS "count!",
                  sum(list)::bigint AS "gross!", sum(discount)::bigint AS "discounts!", sum(tax)::bigint AS "tax!",
                  sum(total)::bigint AS "paid!", sum(refunded)::bigint AS "refunds!", sum(refunded_tax)::bigint AS "refunded_tax!"
           FROM (
             SELECT o.currency, CASE WHEN $4 THEN p.id::text ELSE s.id::text END AS id,
                    CASE WHEN $4 THEN p.title ELSE s.name END AS label,
                    CASE WHEN money.is_sale THEN CASE WHEN $4 THEN i.id ELSE o.id END END AS sold,
                    money.list, money.discount, money.tax, money.total, money.refunded, money.refunded_tax
             FROM (SELECT i.id AS item_id, true AS is_sale, i.list_minor AS list, i.discount_minor AS discount, i.tax_minor AS tax,
                          i.total_minor AS total, 0 AS refunded, 0 AS refunded_tax
                   FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.paid_at >= $1 AND o.paid_at < $2
                   UNION ALL
                   SELECT l.item_id, false, 0, 0, 0, 0, l.amount_minor, l.tax_minor
                   FROM refunds r JOIN refund_lines l ON l.refund_id = r.id WHERE r.refunded_at >= $1 AND r.refunded_at < $2) money
             JOIN order_items i ON i.id = money.item_id
             JOIN orders o ON o.id = i.order_id
             JOIN products p ON p.id = i.product_id
             JOIN creators s ON s.id = o.seller_id
             WHERE $3::text IS NULL OR o.currency = $3) lines
           GROUP BY currency, id, label
           ORDER BY sum(total) DESC, label, id"#,
        Timestamptz(range.from) as Timestamptz,
        Timestamptz(range.to) as Timestamptz,
        currency,
        group == Group::Product
    )
    .fetch_all(db)
    .await?;
    let mut currencies: BTreeMap<String, Vec<TransactionGroup>> = BTreeMap::new();
    for row in rows {
        let sums = TransactionSums {
            count: row.count.unsigned_abs(),
            gross_minor: row.gross,
            discounts_minor: row.discounts,
            tax_minor: row.tax,
            paid_minor: row.paid,
            refunds_minor: row.refunds,
            refunded_tax_minor: row.refunded_tax,
            ..TransactionSums::default()
        };
        let group = TransactionGroup {
            id: row.id,
            label: row.label,
            sums: sums.reckoned(),
        };
        currencies.entry(row.currency).or_default().push(group);
    }
    Ok(currencies)
}

impl CurrencyTransactions {
    fn of(
        currency: String,
        edges: &Edges,
        sums: &BTreeMap<usize, TransactionSums>,
        groups: Option<Option<&Vec<TransactionGroup>>>,
        now: Timestamp,
    ) -> Self {
        let bucket = |(number, span): (usize, crate::time::edges::Span)| TransactionBucket {
            start: span.start,
            end: span.end,
            complete: span.end <= now,
            partial: span.partial,
            sums: (span.start < now).then(|| sums.get(&number).copied().unwrap_or_default()),
        };
        let groups = groups.map(|groups| groups.map(Vec::as_slice).unwrap_or_default());
        let rest = groups.and_then(|groups| groups.get(LISTED..).filter(|rest| !rest.is_empty()));
        Self {
            currency,
            total: TransactionSums::of(sums.values()),
            buckets: edges.spans().enumerate().map(bucket).collect(),
            groups: groups.map(|groups| {
                let listed = groups.iter().take(LISTED);
                listed.map(TransactionGroup::copy).collect()
            }),
            groups_rest: rest.map(|rest| TransactionRest {
                groups: rest.len() as u64,
                sums: TransactionSums::of(rest.iter().map(|group| &group.sums)),
            }),
        }
    }
}

impl TransactionGroup {
    fn copy(&self) -> Self {
        Self {
            id: self.id.clone(),
            label: self.label.clone(),
            sums: self.sums,
        }
    }
}

impl TransactionSums {
    fn of<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let sum = all.fold(Self::default(), |sum, one| Self {
            count: sum.count + one.count,
            gross_minor: sum.gross_minor + one.gross_minor,
            discounts_minor: sum.discounts_minor + one.discounts_minor,
            tax_minor: sum.tax_minor + one.tax_minor,
            paid_minor: sum.paid_minor + one.paid_minor,
            refunds_minor: sum.refunds_minor + one.refunds_minor,
            refunded_tax_minor: sum.refunded_tax_minor + one.refunded_tax_minor,
            ..Self::default()
        });
        sum.reckoned()
    }

    /// With what follows from the others.
    fn reckoned(self) -> Self {
        let count = i64::try_from(self.count).unwrap_or(i64::MAX);
        Self {
            net_minor: (self.paid_minor - self.tax_minor)
                - (self.refunds_minor - self.refunded_tax_minor),
            average_ticket_minor: (count > 0).then(|| (self.paid_minor + count / 2) / count),
            ..self
        }
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.count.into(),
            self.gross_minor.into(),
            self.discounts_minor.into(),
            self.tax_minor.into(),
            self.paid_minor.into(),
            self.refunds_minor.into(),
            self.refunded_tax_minor.into(),
            self.net_minor.into(),
            self.average_ticket_minor.into(),
        ]
    }
}

/// Buckets, then groups: a row is of one or the other.
impl Tabular for Transactions {
    fn table(&self) -> Table {
        let columns = [
            "currency",
            "start",
            "end",
            "id",
            "label",
            "count",
            "gross_minor",
            "discounts_minor",
            "tax_minor",
            "paid_minor",
            "refunds_minor",
            "refunded_tax_minor",
            "net_minor",
            "average_ticket_minor",
        ];
        let mut table = Table::new(&columns);
        let none = || Cell::from(None::<u64>);
        for currency in &self.currencies {
            for bucket in &currency.buckets {
                let mut row = vec![
                    Cell::from(&currency.currency),
                    bucket.start.into(),
                    bucket.end.into(),
                    none(),
                    none(),
                ];
                row.extend(
                    bucket
                        .sums
                        .map_or_else(|| vec![none(); 9], |sums| sums.cells()),
                );
                table.push(row);
            }
            for group in currency.groups.iter().flatten() {
                let mut row = vec![
                    Cell::from(&currency.currency),
                    none(),
                    none(),
                    Cell::from(&group.id),
                    Cell::from(&group.label),
                ];
                row.extend(group.sums.cells());
                table.push(row);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_is_what_is_left_without_tax_and_an_average_needs_orders() {
        let sums = TransactionSums {
            count: 3,
            gross_minor: 3_000,
            discounts_minor: 500,
            tax_minor: 500,
            paid_minor: 3_000,
            refunds_minor: 1_200,
            refunded_tax_minor: 200,
            ..TransactionSums::default()
        };
        let sums = sums.reckoned();
        assert_eq!(
            (sums.net_minor, sums.average_ticket_minor),
            (1_500, Some(1_000))
        );
        let refunds_only = TransactionSums {
            refunds_minor: 600,
            refunded_tax_minor: 100,
            ..TransactionSums::default()
        };
        let refunds_only = refunds_only.reckoned();
        assert_eq!(refunds_only.net_minor, -500);
        assert_eq!(refunds_only.average_ticket_minor, None);
        assert_eq!(
            TransactionSums::of([sums, refunds_only].iter()).net_minor,
            1_000
        );
    }
}
