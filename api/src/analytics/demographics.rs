//! `GET /analytics/demographics`: devices, operating systems and browsers.

use axum::response::IntoResponse;
use futures::try_join;
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::breakdown::{Breakdown, Counts, Entry, List, ListTable, Rest, cells};
use super::context::Context;
use super::csv::{Answer, Format, Table, Tabular};
use super::meta::{ReportMeta, ScopeMeta};
use super::parameters::{ListLimit, parameters};
use super::query::Dimension;
use super::series::is_known;
use crate::error::Result;
use crate::extract::Query;

/// Entries of each list, unless asked for otherwise.
const DEFAULT_LIMIT: ListLimit = ListLimit(20);

parameters! { Parameters: range, filters {
    /// Most entries of each list.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 300, default = 20)]
    limit: Option<ListLimit>,
} }

/// What people listen on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Demographics {
    pub devices: Vec<Entry>,
    pub rest: Rest,
    pub unknown: Counts,
    pub total: Counts,
    /// Operating systems; the filter is `os`.
    pub systems: Vec<Entry>,
    pub systems_rest: Rest,
    pub systems_unknown: Counts,
    pub browsers: Vec<Entry>,
    pub browsers_rest: Rest,
    pub browsers_unknown: Counts,
}

/// What people listen on
#[utoipa::path(get, path = "/analytics/demographics", operation_id = "demographics", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Devices, operating systems and browsers",
               content((Reply<Demographics, ReportMeta> = "application/json"), (String = "text/csv")))))]
pub async fn demographics(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let range = context.range(&asked.range())?;
    let (selection, completeness) = context
        .select(&asked.filter(), range.from, range.to)
        .await?;
    let ListLimit(limit) = asked.limit.unwrap_or(DEFAULT_LIMIT);
    let by = |dimension| Breakdown::query(&context.warehouse, &selection, dimension, &[], limit);
    let (total, devices, systems, browsers) = try_join!(
        context.warehouse.total(&selection),
        by(Dimension::Device),
        by(Dimension::System),
        by(Dimension::Browser),
    )?;
    let is_known = is_known(range.from, total.plays > 0, completeness.as_of);
    let list = |breakdown| List::plain(breakdown, is_known, &total);
    let (devices, systems, browsers) = (list(devices), list(systems), list(browsers));
    let mut scope = ScopeMeta::new(&asked.filter(), &selection, completeness);
    scope.without_listener = is_known.then_some(total.without_listener);
    let data = Demographics {
        devices: devices.entries,
        rest: devices.rest,
        unknown: devices.unknown,
        total: Counts::of(&total, is_known),
        systems: systems.entries,
        systems_rest: systems.rest,
        systems_unknown: systems.unknown,
        browsers: browsers.entries,
        browsers_rest: browsers.rest,
        browsers_unknown: browsers.unknown,
    };
    Ok(Answer::new(
        format,
        "demographics",
        data,
        ReportMeta::new(&range, scope),
    ))
}

impl Tabular for Demographics {
    fn table(&self) -> Table {
        ListTable::new(3)
            .list("devices", cells(&self.devices), &self.rest, &self.unknown)
            .list(
                "systems",
                cells(&self.systems),
                &self.systems_rest,
                &self.systems_unknown,
            )
            .list(
                "browsers",
                cells(&self.browsers),
                &self.browsers_rest,
                &self.browsers_unknown,
            )
            .total(&self.total)
    }
}
