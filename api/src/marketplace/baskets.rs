//! What some products cost a buyer now: the one place where a total is made, for quotes and for orders.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::{Code, Problem};

use super::cards::ProductState;
use crate::country::Country;
use crate::error::{ApiError, Result};
use crate::money::amount::Amounts;
use crate::money::tax::{Percent, TaxRate};
use crate::timestamptz::Timestamptz;

/// Products of an order.
const MAX_PRODUCTS: usize = 50;

/// What somebody is about to buy.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Basket {
    /// 1 to 50 different products of one seller.
    pub product_ids: Vec<Uuid>,
    /// Where the buyer lives, for the tax.
    pub country: Country,
    /// What the buyer has agreed to: an order that costs more is refused with 409 `price_changed`, one that costs less is
    /// taken. Orders need it.
    pub expected_total_minor: Option<i64>,
}

/// What it costs now. Everything of the whole is the sum of the lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quote {
    pub seller_id: i64,
    pub seller_name: String,
    pub currency: String,
    pub lines: Vec<QuoteLine>,
    #[serde(flatten)]
    pub sums: Sums,
    pub tax: Tax,
    /// By the database's clock, which decides about promotions.
    pub quoted_at: Timestamptz,
    /// When the first of the promotions in it ends, and the total rises; null: there is none in it.
    #[schema(required)]
    pub rises_at: Option<Timestamptz>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuoteLine {
    pub product_id: Uuid,
    pub title: String,
    /// 0: no promotion.
    pub discount_percent: i32,
    #[schema(required)]
    pub promotion_id: Option<Uuid>,
    /// When its promotion ends.
    #[schema(required)]
    pub promotion_ends_at: Option<Timestamptz>,
    #[serde(flatten)]
    pub sums: Sums,
}

/// Amounts in the currency's smallest unit. `list − discount` is `net` where tax comes on top, `total` where prices contain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sums {
    pub list_minor: i64,
    pub discount_minor: i64,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
}

impl From<Amounts> for Sums {
    fn from(amounts: Amounts) -> Self {
        Self {
            list_minor: amounts.list,
            discount_minor: amounts.discount,
            net_minor: amounts.net,
            tax_minor: amounts.tax,
            total_minor: amounts.total,
        }
    }
}

impl From<Sums> for Amounts {
    fn from(sums: Sums) -> Self {
        Self {
            list: sums.list_minor,
            discount: sums.discount_minor,
            net: sums.net_minor,
            tax: sums.tax_minor,
            total: sums.total_minor,
        }
    }
}

/// The tax, and what says that it is that country's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tax {
    /// As declared; it decides.
    pub country: String,
    /// The rate in basis points: 2000 is 20 %.
    pub bps: i32,
    /// Prices contain it.
    pub inclusive: bool,
    /// The country has no rate of its own here: this is the installation's default.
    pub is_default: bool,
    /// What to say about it, where there is something to say.
    #[schema(required)]
    pub note: Option<String>,
    /// Where the buyer's address is; null: unknown.
    #[schema(required)]
    pub address_country: Option<String>,
    /// Address and declaration differ; null: the address's country is unknown.
    #[schema(required)]
    pub evidence_conflict: Option<bool>,
}

impl Tax {
    pub fn new(
        country: String,
        rate: TaxRate,
        is_default: bool,
        address_country: Option<String>,
    ) -> Self {
        let note = is_default.then(|| {
            let (whole, hundredths) = (rate.bps / 100, rate.bps % 100);
            let percent = match hundredths {
                0 => whole.to_string(),
                _ => format!("{whole}.{hundredths:02}")
                    .trim_end_matches('0')
                    .to_owned(),
            };
            format!("no rate is known for {country}; the default of {percent} % applies")
        });
        Self {
            evidence_conflict: address_country.as_ref().map(|address| *address != country),
            country,
            bps: rate.bps,
            inclusive: rate.inclusive,
            is_default,
            note,
            address_country,
        }
    }
}

/// What the price depends on besides the products.
pub struct Terms {
    pub buyer: Uuid,
    pub address_country: Option<String>,
    pub default_rate: Percent,
}

impl Basket {
    /// 422 where it can't be an order whatever the database holds.
    pub fn check(&self) -> Result<()> {
        if !(1..=MAX_PRODUCTS).contains(&self.product_ids.len()) {
            let detail = format!("expected 1 to {MAX_PRODUCTS} products");
            return Err(ApiError::invalid("product_ids", detail));
        }
        let mut sorted = self.product_ids.clone();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ApiError::invalid("product_ids", "a product is bought once"));
        }
        if self.expected_total_minor.is_some_and(|total| total < 0) {
            return Err(ApiError::invalid(
                "expected_total_minor",
                "expected 0 or more",
            ));
        }
        Ok(())
    }

    /// Keeps prices and promotions of the products as they are until the transaction ends.
    pub async fn lock(&self, tx: &mut PgConnection) -> Result<()> {
        sqlx::query!(
            "SELECT 1 AS locked FROM products WHERE id = ANY($1) ORDER BY id FOR SHARE",
            &self.product_ids
        )
        .fetch_all(tx)
        .await?;
        Ok(())
    }

    /// What it costs `terms.buyer` by the database's clock now. Refuses what can't be bought.
    pub async fn price(&self, connection: &mut PgConnection, terms: &Terms) -> Result<Quote> {
        // One statement after the locks: what it sees holds as long as they do, and so does the time.
        let rows = sqlx::query!(
            r#"SELECT p.id, p.title, p.state AS "state: ProductState", p.price_minor, p.currency, p.seller_id, c.name AS seller_name,
                 coalesce(c.user_id = $2, false) AS "own!", r.id AS "promotion_id?", r.discount_percent AS "discount_percent?",
                 r.ends_at AS "promotion_ends_at?: Timestamptz", t.bps AS "bps?", t.inclusive AS "inclusive?",
                 n.at AS "at!: Timestamptz",
                 EXISTS (SELECT FROM order_items i WHERE i.buyer_id = $2 AND i.product_id = p.id
                   AND i.owned_from IS NOT NULL AND i.owned_until IS NULL) AS "owned!"
               FROM (SELECT clock_timestamp() AS at OFFSET 0) n
               CROSS JOIN unnest($1::uuid[]) WITH ORDINALITY AS chosen (id, place)
               JOIN products p ON p.id = chosen.id AND p.state <> 'draft'
               JOIN creators c ON c.id = p.seller_id
               LEFT JOIN promotions r ON r.product_id = p.id AND r.is_active AND r.starts_at <= n.at AND n.at < r.ends_at
               LEFT JOIN tax_rates t ON t.country = $3 AND t.valid @> n.at
               ORDER BY chosen.place"#,
            &self.product_ids,
            terms.buyer,
            self.country.as_str()
        )
        .fetch_all(connection)
        .await?;
        let missing = self
            .product_ids
            .iter()
            .position(|id| rows.iter().all(|row| row.id != *id));
        if let Some(index) = missing {
            return Err(ApiError::invalid(
                format!("product_ids[{index}]"),
                "there is no such product",
            ));
        }
        let first = rows.first().ok_or_else(|| ApiError::not_found("product"))?;
        for (index, row) in rows.iter().enumerate() {
            let refusal = if row.own {
                Problem::new(Code::OwnProduct, "you sell this yourself")
            } else if row.seller_id != first.seller_id {
                Problem::new(
                    Code::SeveralSellers,
                    "an order has one seller; make one order each",
                )
            } else if row.owned {
                Problem::new(
                    Code::AlreadyOwned,
                    format!("you have bought `{}` before", row.title),
                )
            } else if row.state == ProductState::Archived {
                Problem::new(
                    Code::NotForSale,
                    format!("`{}` is not sold any more", row.title),
                )
            } else {
                continue;
            };
            return Err(refusal.at(format!("product_ids[{index}]")).into());
        }
        let (rate, is_default) = match (first.bps, first.inclusive) {
            (Some(bps), Some(inclusive)) => (TaxRate { bps, inclusive }, false),
            _ => (
                TaxRate {
                    bps: terms.default_rate.0,
                    inclusive: false,
                },
                true,
            ),
        };
        let lines: Vec<QuoteLine> = rows
            .iter()
            .map(|row| {
                let percent = row.discount_percent.unwrap_or_default();
                QuoteLine {
                    product_id: row.id,
                    title: row.title.clone(),
                    discount_percent: percent,
                    promotion_id: row.promotion_id,
                    promotion_ends_at: row.promotion_ends_at,
                    sums: rate.line(row.price_minor, percent).into(),
                }
            })
            .collect();
        let sums: Amounts = lines.iter().map(|line| Amounts::from(line.sums)).sum();
        Ok(Quote {
            seller_id: first.seller_id,
            seller_name: first.seller_name.clone(),
            currency: first.currency.clone(),
            rises_at: lines.iter().filter_map(|line| line.promotion_ends_at).min(),
            lines,
            sums: sums.into(),
            tax: Tax::new(
                self.country.as_str().to_owned(),
                rate,
                is_default,
                terms.address_country.clone(),
            ),
            quoted_at: first.at,
        })
    }
}
