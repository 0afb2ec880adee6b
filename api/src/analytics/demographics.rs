//! `GET /analytics/demographics`: devices, operating systems and browsers.

use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::reply::Reply;

use super::breakdown::{
    Asked, Breakdown, Counts, Entry, EntryCells, List, ListTable, Rest, cells, share,
};
use super::context::Context;
use super::csv::{Answer, Format, Table, Tabular};
use super::meta::ReportMeta;
use super::parameters::{ListLimit, parameters};
use super::query::{Dimension, Group, Total};
use super::series::is_known;
use crate::error::Result;
use crate::extract::Query;

/// Entries of each list, unless asked for otherwise.
const DEFAULT_LIMIT: ListLimit = ListLimit(20);

parameters! { Parameters: range, filters {
    /// Most entries of each list.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 300, default = 20)]
    limit: Option<ListLimit>,
    /// Also the versions of systems and browsers; unless asked for, their lists are null.
    #[serde(default)]
    versions: bool,
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
    /// Null unless asked for.
    #[schema(required)]
    pub system_versions: Option<Vec<VersionEntry>>,
    #[schema(required)]
    pub system_versions_rest: Option<Rest>,
    /// Of no known system, or no known version.
    #[schema(required)]
    pub system_versions_unknown: Option<Counts>,
    /// Null unless asked for.
    #[schema(required)]
    pub browser_versions: Option<Vec<VersionEntry>>,
    #[schema(required)]
    pub browser_versions_rest: Option<Rest>,
    /// Of no known browser, or no known version.
    #[schema(required)]
    pub browser_versions_unknown: Option<Counts>,
}

/// A version of a system or a browser.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VersionEntry {
    /// `name/version`.
    pub key: String,
    /// Name and version, to be shown.
    pub label: String,
    /// What the filter `os` or `browser` takes.
    pub name: String,
    pub version: String,
    pub plays: u64,
    pub listeners: u64,
    /// Of the total's plays, 0 … 1.
    pub share: f64,
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
    let none = [String::new()];
    let by = |dimension| Asked {
        dimension,
        unknown: &none,
        limit,
    };
    let names = [Dimension::Device, Dimension::System, Dimension::Browser].map(by);
    let versions = [Dimension::SystemVersion, Dimension::BrowserVersion].map(by);
    let warehouse = &context.warehouse;
    let (names, versions, total) = match asked.versions {
        false => {
            let (names, total) = Breakdown::query(warehouse, &selection, names).await?;
            (names, None, total)
        }
        true => {
            let ([device, system, browser], [of_system, of_browser]) = (names, versions);
            let all = [device, system, browser, of_system, of_browser];
            let ([devices, systems, browsers, of_systems, of_browsers], total) =
                Breakdown::query(warehouse, &selection, all).await?;
            let versions = Some((of_systems, of_browsers));
            ([devices, systems, browsers], versions, total)
        }
    };
    let [devices, systems, browsers] = names;
    let (system_versions, browser_versions) = versions.unzip();
    let is_known = is_known(range.from, total.plays > 0, completeness.as_of);
    let list = |breakdown| List::plain(breakdown, is_known, &total);
    let (devices, systems, browsers) = (list(devices), list(systems), list(browsers));
    let versions =
        |breakdown| List::of(breakdown, is_known, |group| VersionEntry::of(group, &total));
    let system_versions = system_versions.map(versions);
    let browser_versions = browser_versions.map(versions);
    let meta = ReportMeta::of_breakdown(
        &range,
        &asked.filter(),
        &selection,
        completeness,
        is_known.then_some(&total),
    );
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
        system_versions_rest: system_versions.as_ref().map(|list| list.rest),
        system_versions_unknown: system_versions.as_ref().map(|list| list.unknown),
        system_versions: system_versions.map(|list| list.entries),
        browser_versions_rest: browser_versions.as_ref().map(|list| list.rest),
        browser_versions_unknown: browser_versions.as_ref().map(|list| list.unknown),
        browser_versions: browser_versions.map(|list| list.entries),
    };
    Ok(Answer::new(format, "demographics", data, meta))
}

impl VersionEntry {
    fn of(group: Group, total: &Total) -> Self {
        // A name may hold a slash, a version does not.
        let (name, version) = group.key.rsplit_once('/').unwrap_or((&group.key, ""));
        Self {
            label: format!("{name} {version}"),
            name: name.to_owned(),
            version: version.to_owned(),
            plays: group.plays,
            listeners: group.listeners,
            share: share(group.plays, total),
            key: group.key,
        }
    }

    fn cells(&self) -> EntryCells<'_> {
        (
            &self.key,
            &self.label,
            self.plays,
            self.listeners,
            self.share,
        )
    }
}

impl Tabular for Demographics {
    fn table(&self) -> Table {
        let mut table = ListTable::new(3)
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
            );
        let on_request = [
            (
                "system_versions",
                &self.system_versions,
                self.system_versions_rest,
                self.system_versions_unknown,
            ),
            (
                "browser_versions",
                &self.browser_versions,
                self.browser_versions_rest,
                self.browser_versions_unknown,
            ),
        ];
        for (name, entries, rest, unknown) in on_request {
            if let (Some(entries), Some(rest), Some(unknown)) = (entries, rest, unknown) {
                let entries = entries.iter().map(VersionEntry::cells);
                table = table.list(name, entries, &rest, &unknown);
            }
        }
        table.total(&self.total)
    }
}
