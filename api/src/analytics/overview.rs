//! `GET /analytics/overview`: plays, listeners, heard time, completion and skips, over time and in total.

use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::meta::{ReportMeta, ScopeMeta};
use super::parameters::parameters;
use super::series::{self, MeasuredBucket, Measures};
use crate::error::Result;
use crate::extract::Query;
use crate::time::edges::Edges;

parameters! { Parameters: range, filters {} }

/// Measures over time and in total.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    /// In order, without gaps.
    pub buckets: Vec<MeasuredBucket>,
    /// Of the whole range; `listeners` are distinct in it, not the sum of the buckets'.
    pub total: Measures,
}

/// Plays, listeners, heard time, completion and skips over time
#[utoipa::path(get, path = "/analytics/overview", operation_id = "overview", tag = "analytics", params(Parameters),
    responses((status = 200, description = "The measures by bucket, and their total",
               content((Reply<Overview, ReportMeta> = "application/json"), (String = "text/csv")))))]
pub async fn overview(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let range = context.range(&asked.range())?;
    let (selection, completeness) = context
        .select(&asked.filter(), range.from, range.to)
        .await?;
    let as_of = completeness.as_of;
    let edges = Edges::of(&range);
    let starts = edges.starts_in_seconds();
    let measured = context.warehouse.measured(&selection, &starts).await?;
    let total = measured.total;
    let shown = series::shown(range.from, Some(&total), as_of);
    let mut scope = ScopeMeta::new(&asked.filter(), &selection, completeness);
    scope.without_listener = shown.plays.map(|_| total.without_listener);
    let data = Overview {
        buckets: series::buckets(&edges, &measured.buckets, as_of),
        total: shown,
    };
    Ok(Answer::new(
        format,
        "overview",
        data,
        ReportMeta::new(&range, scope),
    ))
}

impl Tabular for Overview {
    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "kind",
            "start",
            "end",
            "complete",
            "partial",
            "plays",
            "listeners",
            "heard_ms",
            "completion",
            "skip_rate",
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
            table.push(head.into_iter().chain(cells(&bucket.measures)).collect());
        }
        let head = ["total".into(), nothing(), nothing(), nothing(), nothing()];
        table.push(head.into_iter().chain(cells(&self.total)).collect());
        table
    }
}

fn cells(measures: &Measures) -> [Cell; 5] {
    [
        measures.plays.into(),
        measures.listeners.into(),
        measures.heard_ms.into(),
        measures.completion.into(),
        measures.skip_rate.into(),
    ]
}
