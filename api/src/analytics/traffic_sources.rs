//! `GET /analytics/traffic-sources`: where listeners come from, and where on the site they begin.

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
const DEFAULT_LIMIT: ListLimit = ListLimit(10);
/// Channels and contexts are closed lists, shown whole.
const ALL: usize = 300;

parameters! { Parameters: range, filters {
    /// Most sources, and most campaigns; channels and contexts are always listed whole.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 300, default = 10)]
    limit: Option<ListLimit>,
} }

/// A source of visits.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SourceEntry {
    /// `channel/source`, as the filter `source` takes it.
    pub key: String,
    /// The source's name or host.
    pub label: String,
    /// As the filter `channel` takes it.
    pub channel: String,
    pub plays: u64,
    pub listeners: u64,
    /// Of the total's plays, 0 … 1.
    pub share: f64,
}

/// Where listeners come from.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrafficSources {
    pub sources: Vec<SourceEntry>,
    pub rest: Rest,
    pub unknown: Counts,
    pub total: Counts,
    pub channels: Vec<Entry>,
    pub channels_rest: Rest,
    pub channels_unknown: Counts,
    /// Where on the site plays began.
    pub contexts: Vec<Entry>,
    pub contexts_rest: Rest,
    pub contexts_unknown: Counts,
    /// `utm_campaign` of the visit's first page.
    pub campaigns: Vec<Entry>,
    pub campaigns_rest: Rest,
    pub campaigns_unknown: Counts,
}

/// Where listeners come from
#[utoipa::path(get, path = "/analytics/traffic-sources", operation_id = "traffic_sources", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Sources, channels, contexts and campaigns",
               content((Reply<TrafficSources, ReportMeta> = "application/json"), (String = "text/csv")))))]
pub async fn traffic_sources(
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
    let by = |dimension, limit| Asked {
        dimension,
        unknown: &none,
        limit,
    };
    let dimensions = [
        by(Dimension::Source, limit),
        by(Dimension::Channel, ALL),
        by(Dimension::Context, ALL),
        by(Dimension::Campaign, limit),
    ];
    let ([sources, channels, contexts, campaigns], total) =
        Breakdown::query(&context.warehouse, &selection, dimensions).await?;
    let is_known = is_known(range.from, total.plays > 0, completeness.as_of);
    let list = |breakdown| List::plain(breakdown, is_known, &total);
    let sources = List::of(sources, is_known, |group| SourceEntry::of(group, &total));
    let (channels, contexts, campaigns) = (list(channels), list(contexts), list(campaigns));
    let meta = ReportMeta::of_breakdown(
        &range,
        &asked.filter(),
        &selection,
        completeness,
        is_known.then_some(&total),
    );
    let data = TrafficSources {
        sources: sources.entries,
        rest: sources.rest,
        unknown: sources.unknown,
        total: Counts::of(&total, is_known),
        channels: channels.entries,
        channels_rest: channels.rest,
        channels_unknown: channels.unknown,
        contexts: contexts.entries,
        contexts_rest: contexts.rest,
        contexts_unknown: contexts.unknown,
        campaigns: campaigns.entries,
        campaigns_rest: campaigns.rest,
        campaigns_unknown: campaigns.unknown,
    };
    Ok(Answer::new(format, "traffic-sources", data, meta))
}

impl SourceEntry {
    fn of(group: Group, total: &Total) -> Self {
        let (channel, name) = group.key.split_once('/').unwrap_or(("", &group.key));
        Self {
            label: name.to_owned(),
            channel: channel.to_owned(),
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

impl Tabular for TrafficSources {
    fn table(&self) -> Table {
        let sources = self.sources.iter().map(SourceEntry::cells);
        ListTable::new(4)
            .list("sources", sources, &self.rest, &self.unknown)
            .list(
                "channels",
                cells(&self.channels),
                &self.channels_rest,
                &self.channels_unknown,
            )
            .list(
                "contexts",
                cells(&self.contexts),
                &self.contexts_rest,
                &self.contexts_unknown,
            )
            .list(
                "campaigns",
                cells(&self.campaigns),
                &self.campaigns_rest,
                &self.campaigns_unknown,
            )
            .total(&self.total)
    }
}
