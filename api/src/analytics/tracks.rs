//! `GET /analytics/tracks`: which tracks are heard, and how each began after its release.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use super::breakdown::{Asked, Breakdown, Counts, List, ListTable, Rest, share};
use super::context::Context;
use super::csv::{Answer, Format, Table, Tabular};
use super::meta::ReportMeta;
use super::parameters::{ListLimit, parameters};
use super::query::{Dimension, Group, Selection, Total, Warehouse};
use super::series::{is_complete, is_known};
use super::titles::{Title, titles};
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::time::alignment::{elapsed_days, release_day};
use crate::time::slot_seconds;
use crate::time::zone::Zone;
use crate::timestamptz::Timestamptz;

/// Entries of the list, unless asked for otherwise.
const DEFAULT_LIMIT: ListLimit = ListLimit(20);
/// Most tracks whose days are told.
const MAX_ALIGNED: usize = 50;
/// Days since the release, unless asked for otherwise.
const DEFAULT_DAYS: u16 = 28;
const MAX_DAYS: u16 = 366;

/// What series begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Each track's release, at the start of its local day.
    Release,
}

parameters! { Parameters: range, filters {
    /// Most entries; with `align`, at most 50.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 300, default = 20)]
    limit: Option<ListLimit>,
    /// `release`: each track also brings its plays by days since its release, whatever the range.
    #[param(inline)]
    align: Option<Align>,
    /// How many days, with `align=release`: 1 to 366.
    #[param(minimum = 1, maximum = 366, default = 28)]
    days: Option<u16>,
} }

/// A track in a report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrackEntry {
    /// The track's id, as the filter `track` takes it.
    pub key: Uuid,
    /// Its title; the id where the catalog has it no more.
    pub label: String,
    #[schema(required)]
    pub artist: Option<String>,
    #[schema(required)]
    pub released_at: Option<Timestamptz>,
    pub plays: u64,
    pub listeners: u64,
    /// Of the total's plays, 0 … 1.
    pub share: f64,
    /// With `align=release`: its days since the release, in order; null without, or for a track without release.
    #[schema(required)]
    pub days: Option<Vec<ReleaseDay>>,
}

/// One day since a release.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReleaseDay {
    /// 0 is the local day of the release.
    pub day: u16,
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// It ended before `as_of`.
    pub complete: bool,
    /// Null: not known yet.
    #[schema(required)]
    pub plays: Option<u64>,
}

/// The tracks with the most plays.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tracks {
    pub tracks: Vec<TrackEntry>,
    pub rest: Rest,
    /// Plays of tracks that the catalog didn't have are never counted, so this is 0.
    pub unknown: Counts,
    pub total: Counts,
}

/// Which tracks are heard
#[utoipa::path(get, path = "/analytics/tracks", operation_id = "tracks_report", tag = "analytics", params(Parameters),
    responses((status = 200, description = "Tracks by plays, and, aligned, their days since the release",
               content((Reply<Tracks, ReportMeta> = "application/json"), (String = "text/csv")))))]
pub async fn tracks(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let ListLimit(limit) = asked.limit.unwrap_or(DEFAULT_LIMIT);
    let days = aligned_days(&asked, limit)?;
    let range = context.range(&asked.range())?;
    let (selection, completeness) = context
        .select(&asked.filter(), range.from, range.to)
        .await?;
    let as_of = completeness.as_of;
    let warehouse = &context.warehouse;
    let by_track = Asked {
        dimension: Dimension::Track,
        unknown: &[],
        limit,
    };
    let ([breakdown], total) = Breakdown::query(warehouse, &selection, [by_track]).await?;
    let ids: Vec<Uuid> = breakdown.entries.iter().filter_map(track_id).collect();
    let titles = titles(&context.db, &ids).await?;
    let days_of = match days {
        Some(days) => {
            let releases = released(&ids, &titles, &range.zone, days);
            days_since_release(warehouse, &selection, releases, as_of).await?
        }
        None => HashMap::new(),
    };
    let is_known = is_known(range.from, total.plays > 0, as_of);
    let list = List::of(breakdown, is_known, |group| {
        TrackEntry::of(group, &titles, &days_of, &total)
    });
    let meta = ReportMeta::of_breakdown(
        &range,
        &asked.filter(),
        &selection,
        completeness,
        is_known.then_some(&total),
    );
    let data = Tracks {
        tracks: list.entries,
        rest: list.rest,
        unknown: list.unknown,
        total: Counts::of(&total, is_known),
    };
    Ok(Answer::new(format, "tracks", data, meta))
}

/// How many days since the release are asked for, if any.
fn aligned_days(asked: &Parameters, limit: usize) -> Result<Option<u16>> {
    match (asked.align, asked.days) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(ApiError::invalid("days", "only with `align=release`")),
        (Some(Align::Release), _) if limit > MAX_ALIGNED => Err(ApiError::invalid(
            "limit",
            format!("with `align`, at most {MAX_ALIGNED}"),
        )),
        (Some(Align::Release), None) => Ok(Some(DEFAULT_DAYS)),
        (Some(Align::Release), Some(days @ 1..=MAX_DAYS)) => Ok(Some(days)),
        (Some(Align::Release), Some(_)) => {
            Err(ApiError::invalid("days", format!("1 to {MAX_DAYS}")))
        }
    }
}

fn track_id(group: &Group) -> Option<Uuid> {
    group.key.parse().ok()
}

/// Each released track with the edges of its days.
fn released(
    ids: &[Uuid],
    titles: &HashMap<Uuid, Title>,
    zone: &Zone,
    days: u16,
) -> Vec<(Uuid, Vec<Timestamp>)> {
    let release_of = |id: &Uuid| titles.get(id).and_then(|title| title.released_at);
    ids.iter()
        .filter_map(|id| Some((*id, release_day(zone, release_of(id)?.0))))
        .map(|(id, start)| (id, elapsed_days(zone, start, days)))
        .collect()
}

/// One look at the rows for all tracks, by the edges of all their days: what lies between two edges of a track are whole buckets.
async fn days_since_release(
    warehouse: &Warehouse,
    selection: &Selection,
    releases: Vec<(Uuid, Vec<Timestamp>)>,
    as_of: Option<Timestamp>,
) -> Result<HashMap<Uuid, Vec<ReleaseDay>>> {
    let edges: BTreeSet<Timestamp> = releases
        .iter()
        .flat_map(|(_, edges)| edges)
        .copied()
        .collect();
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else {
        return Ok(HashMap::new());
    };
    let since_release = Selection {
        from: *first,
        to: *last,
        ..selection.clone()
    };
    let tracks: Vec<Uuid> = releases.iter().map(|(track, _)| *track).collect();
    let starts: Vec<u32> = edges.iter().copied().map(slot_seconds).collect();
    let mut plays: HashMap<Uuid, BTreeMap<u32, u64>> = HashMap::new();
    for row in warehouse
        .track_days(&since_release, &tracks, &starts)
        .await?
    {
        plays
            .entry(row.track_id)
            .or_default()
            .insert(row.start, row.plays);
    }
    let days = releases.into_iter().map(|(track, edges)| {
        let days = days_of_track(&edges, plays.get(&track), as_of);
        (track, days)
    });
    Ok(days.collect())
}

/// `plays`: by the starts of buckets, in Unix seconds; none: there are none.
fn days_of_track(
    edges: &[Timestamp],
    plays: Option<&BTreeMap<u32, u64>>,
    as_of: Option<Timestamp>,
) -> Vec<ReleaseDay> {
    let days = edges.windows(2).zip(0u16..).map(|(edges, day)| {
        let of_day = slot_seconds(edges[0])..slot_seconds(edges[1]);
        let found: u64 = plays.map_or(0, |plays| plays.range(of_day).map(|(_, plays)| plays).sum());
        ReleaseDay {
            day,
            start: edges[0],
            complete: is_complete(edges[1], as_of),
            plays: is_known(edges[0], found > 0, as_of).then_some(found),
        }
    });
    days.collect()
}

impl TrackEntry {
    fn of(
        group: Group,
        titles: &HashMap<Uuid, Title>,
        days_of: &HashMap<Uuid, Vec<ReleaseDay>>,
        total: &Total,
    ) -> Self {
        let id = track_id(&group).unwrap_or_default();
        let known = titles.get(&id);
        Self {
            key: id,
            label: known.map_or(group.key, |known| known.title.clone()),
            artist: known.map(|known| known.artist.clone()),
            released_at: known.and_then(|known| known.released_at),
            plays: group.plays,
            listeners: group.listeners,
            share: share(group.plays, total),
            days: days_of.get(&id).cloned(),
        }
    }
}

impl Tabular for Tracks {
    fn table(&self) -> Table {
        if self.tracks.iter().any(|track| track.days.is_some()) {
            return self.days_table();
        }
        let keys: Vec<String> = self
            .tracks
            .iter()
            .map(|track| track.key.to_string())
            .collect();
        let entries = self.tracks.iter().zip(&keys).map(|(track, key)| {
            let cells = (track.plays, track.listeners, track.share);
            (
                key.as_str(),
                track.label.as_str(),
                cells.0,
                cells.1,
                cells.2,
            )
        });
        ListTable::new(1)
            .list("tracks", entries, &self.rest, &self.unknown)
            .total(&self.total)
    }
}

impl Tracks {
    /// Aligned: a row a track and day.
    fn days_table(&self) -> Table {
        let mut table = Table::new(&["key", "label", "day", "start", "complete", "plays"]);
        for track in &self.tracks {
            for day in track.days.iter().flatten() {
                table.push(vec![
                    track.key.into(),
                    (&track.label).into(),
                    day.day.into(),
                    day.start.into(),
                    day.complete.into(),
                    day.plays.into(),
                ]);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_at_the_end_of_what_the_warehouse_can_hold_has_its_days() {
        let edges = [
            "2106-02-06T00:00:00Z",
            "2106-02-07T00:00:00Z",
            "2106-02-08T00:00:00Z",
            "2106-02-09T00:00:00Z",
        ];
        let edges = edges.map(|edge| edge.parse().unwrap());
        let plays = BTreeMap::from([(slot_seconds(edges[1]), 3)]);
        let days = days_of_track(&edges, Some(&plays), None);
        let plays: Vec<Option<u64>> = days.iter().map(|day| day.plays).collect();
        assert_eq!(plays, [None, Some(3), None]);
    }
}
