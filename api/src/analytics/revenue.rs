//! `GET /analytics/revenue`: net revenue over time and in total, in one currency.

use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::as_of::Completeness;
use super::catalog_scope::{CatalogScope, NotFiltered};
use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::earned::{self, Earned, Earnings, Revenue};
use super::meta::{ReportMeta, ScopeMeta};
use super::parameters::parameters;
use crate::error::Result;
use crate::extract::Query;
use crate::time::edges::{Edges, Span};

parameters! {
    Parameters: range, filters {
        /// ISO 4217. Unless given the creator's, and of all creators the one with the most orders.
        #[param(example = "EUR")]
        currency: Option<String>,
    }
}

/// Net revenue over time and in total.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueReport {
    /// ISO 4217; null: nothing was ever sold, or not known under these filters.
    #[schema(required)]
    pub currency: Option<String>,
    /// In which there are paid orders; each can be asked for.
    pub currencies: Vec<String>,
    /// In order, without gaps.
    pub buckets: Vec<RevenueBucket>,
    pub total: Revenue,
}

/// One bucket.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueBucket {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Excluded.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// It has ended.
    pub complete: bool,
    /// Cut by the range's ends: shorter than its hour, day, week or month.
    pub partial: bool,
    #[serde(flatten)]
    pub revenue: Revenue,
}

/// `meta` of the revenue over a range. `as_of` is the time of the answer: orders are known at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevenueMeta {
    /// `revenue`, where it is null because it knows nothing of the filters in force: it knows `track`.
    pub not_filtered_by: Vec<NotFiltered>,
    #[serde(flatten)]
    pub report: ReportMeta,
}

/// Net revenue over time
///
/// What was paid for products without tax, by the day of its payment, less what was refunded without tax, by the day of the
/// refund. By track: of the products that present it.
#[utoipa::path(get, path = "/analytics/revenue", operation_id = "revenue", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Revenue by bucket, and its total",
               content((Reply<RevenueReport, RevenueMeta> = "application/json"), (String = "text/csv")))))]
pub async fn revenue(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let range = context.range(&asked.range())?;
    let currency = earned::currency(asked.currency.as_deref())?;
    let selection = context
        .selection(&asked.filter(), range.from, range.to)
        .await?;
    let scope = CatalogScope::of(selection.creator(), &selection.filter);
    let edges = Edges::of(&range);
    let data = match &scope {
        Some(scope) => {
            let earned = Earned::of(&context.db, scope, currency).await?;
            let earnings = earned.by_bucket(&context.db, edges.times()).await?;
            told(&earned, &edges, &earnings, context.now)
        }
        None => untold(&edges, context.now),
    };
    let meta = RevenueMeta {
        not_filtered_by: match scope {
            Some(_) => Vec::new(),
            None => vec![NotFiltered::Revenue],
        },
        report: ReportMeta::new(
            &range,
            ScopeMeta::new(
                &asked.filter(),
                &selection,
                Completeness::up_to(context.now),
            ),
        ),
    };
    Ok(Answer::new(format, "revenue", data, meta))
}

fn told(
    earned: &Earned<'_>,
    edges: &Edges,
    earnings: &[Earnings],
    now: Timestamp,
) -> RevenueReport {
    let buckets = edges.spans().zip(earnings);
    let buckets: Vec<_> = buckets
        .map(|(span, earnings)| bucket(span, now, earned.shown(span.start, now, *earnings)))
        .collect();
    let total = match buckets.first() {
        Some(first) => earned.shown(first.start, now, earnings.iter().copied().sum()),
        None => Revenue::default(),
    };
    RevenueReport {
        currency: earned.currency.clone(),
        currencies: earned.currencies.clone(),
        buckets,
        total,
    }
}

/// Null everywhere.
fn untold(edges: &Edges, now: Timestamp) -> RevenueReport {
    let buckets = edges.spans();
    RevenueReport {
        currency: None,
        currencies: Vec::new(),
        buckets: buckets
            .map(|span| bucket(span, now, Revenue::default()))
            .collect(),
        total: Revenue::default(),
    }
}

fn bucket(span: Span, now: Timestamp, revenue: Revenue) -> RevenueBucket {
    RevenueBucket {
        start: span.start,
        end: span.end,
        complete: span.end <= now,
        partial: span.partial,
        revenue,
    }
}

impl Tabular for RevenueReport {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "kind",
            "start",
            "end",
            "complete",
            "partial",
            "currency",
            "net_minor",
            "sold_minor",
            "refunded_minor",
            "orders",
        ]);
        let nothing = || Cell::from(None::<u64>);
        for bucket in &self.buckets {
            let head = [
                "bucket".into(),
                bucket.start.into(),
                bucket.end.into(),
                bucket.complete.into(),
                bucket.partial.into(),
            ];
            table.push(
                head.into_iter()
                    .chain(self.cells(&bucket.revenue))
                    .collect(),
            );
        }
        let head = ["total".into(), nothing(), nothing(), nothing(), nothing()];
        table.push(head.into_iter().chain(self.cells(&self.total)).collect());
        table
    }
}

impl RevenueReport {
    fn cells(&self, revenue: &Revenue) -> [Cell; 5] {
        [
            self.currency.as_ref().into(),
            revenue.net_minor.into(),
            revenue.sold_minor.into(),
            revenue.refunded_minor.into(),
            revenue.orders.into(),
        ]
    }
}
