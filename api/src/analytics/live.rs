//! `GET /analytics/live`: what has just been received.

use std::collections::HashMap;

use axum::response::IntoResponse;
use futures::try_join;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use super::breakdown::Counts;
use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::meta::ScopeMeta;
use super::parameters::parameters;
use super::query::{Dimension, Minute};
use super::series::{is_complete, is_known};
use super::titles::{Title, TrackName, titles};
use crate::error::Result;
use crate::extract::Query;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const MINUTES: i32 = 30;
/// Plays that began earlier are old news, however late they are received.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);
const TRACKS: usize = 5;

parameters! { Parameters: filters {} }

/// The last half hour, by the time of receipt, of plays begun in the last 24 h.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    /// When the last 5 and 30 minutes end, and the last of the minutes stands.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// 30 minutes, the last of them running.
    pub minutes: Vec<LiveMinute>,
    pub last_5: Counts,
    pub last_30: Counts,
    /// Up to five, by plays of the last 30 minutes.
    pub tracks: Vec<LiveTrack>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveMinute {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// It ended before `as_of`.
    pub complete: bool,
    /// Null: not known yet.
    #[schema(required)]
    pub plays: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LiveTrack {
    pub track: TrackName,
    pub plays: u64,
}

/// What is heard right now
#[utoipa::path(get, path = "/analytics/live", operation_id = "live", tag = "analytics", params(Parameters),
    responses((status = 200, description = "The last 30 minutes by the time of receipt",
               content((Reply<Live, ScopeMeta> = "application/json"), (String = "text/csv")))))]
pub async fn live(
    context: Context,
    format: Format,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let now = context.now;
    let (mut selection, completeness) = context
        .select(&asked.filter(), now - OLDEST, now + MINUTE)
        .await?;
    selection.filter.rows.received_from = Some(now - MINUTE * MINUTES);
    selection.filter.rows.received_to = Some(now + MINUTE);
    let as_of = completeness.as_of;
    let warehouse = &context.warehouse;
    let (minutes, recent, ranked) = try_join!(
        warehouse.minutes(&selection),
        warehouse.recent(&selection, now),
        warehouse.ranked(&selection, Dimension::Track, &[], TRACKS),
    )?;
    let plays: Vec<(Uuid, u64)> = ranked
        .into_iter()
        .filter_map(|entry| Some((entry.key.parse().ok()?, entry.plays)))
        .collect();
    let ids: Vec<Uuid> = plays.iter().map(|(id, _)| *id).collect();
    let titles = titles(&context.db, &ids).await?;
    let since = |minutes: i32, plays: u64, listeners: u64| {
        let is_known = is_known(now - MINUTE * minutes, plays > 0, as_of);
        Counts {
            plays: is_known.then_some(plays),
            listeners: is_known.then_some(listeners),
        }
    };
    let data = Live {
        until: now,
        minutes: last_minutes(now, &minutes, as_of),
        last_5: since(5, recent.last_5_plays, recent.last_5_listeners),
        last_30: since(30, recent.last_30_plays, recent.last_30_listeners),
        tracks: named(plays, &titles),
    };
    let mut scope = ScopeMeta::new(&asked.filter(), &selection, completeness);
    scope.without_listener = data.last_30.plays.map(|_| recent.without_listener);
    Ok(Answer::new(format, "live", data, scope))
}

fn named(plays: Vec<(Uuid, u64)>, titles: &HashMap<Uuid, Title>) -> Vec<LiveTrack> {
    let track = |(id, plays)| LiveTrack {
        track: TrackName::of(id, titles),
        plays,
    };
    plays.into_iter().map(track).collect()
}

/// The 30 minutes that end with the one that holds `now`. What is there is shown at once, though it may not be all yet.
fn last_minutes(now: Timestamp, rows: &[Minute], as_of: Option<Timestamp>) -> Vec<LiveMinute> {
    let plays: HashMap<i64, u64> = rows
        .iter()
        .map(|row| (i64::from(row.start), row.plays))
        .collect();
    let running = now - SignedDuration::from_millis(now.as_millisecond().rem_euclid(60_000));
    let running = running - SignedDuration::from_nanos(i64::from(running.subsec_nanosecond()));
    (0..MINUTES)
        .rev()
        .map(|ago| {
            let start = running - MINUTE * ago;
            let found = plays.get(&start.as_second()).copied();
            let is_known = found.is_some() || is_known(start, false, as_of);
            LiveMinute {
                start,
                complete: is_complete(start + MINUTE, as_of),
                plays: is_known.then(|| found.unwrap_or(0)),
            }
        })
        .collect()
}

impl Tabular for Live {
    fn table(&self) -> Table {
        let mut table = Table::new(&["kind", "start", "track", "label", "plays", "listeners"]);
        let none = || Cell::from(None::<u64>);
        for minute in &self.minutes {
            table.push(vec![
                "minute".into(),
                minute.start.into(),
                none(),
                none(),
                minute.plays.into(),
                none(),
            ]);
        }
        for (kind, counts) in [("last_5", self.last_5), ("last_30", self.last_30)] {
            table.push(vec![
                kind.into(),
                none(),
                none(),
                none(),
                counts.plays.into(),
                counts.listeners.into(),
            ]);
        }
        for entry in &self.tracks {
            let label = entry.track.title.as_deref();
            table.push(vec![
                "track".into(),
                none(),
                entry.track.id.into(),
                label.into(),
                entry.plays.into(),
                none(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_thirty_minutes_is_the_running_one() {
        let now: Timestamp = "2026-11-23T14:20:08.123456789Z".parse().unwrap();
        let rows = [Minute {
            start: now.as_second() as u32 - 8,
            plays: 3,
        }];
        let as_of = "2026-11-23T14:18:30Z".parse().unwrap();
        let minutes = last_minutes(now, &rows, Some(as_of));
        assert_eq!(minutes.len(), 30);
        let last: Vec<(String, bool, Option<u64>)> = minutes[26..]
            .iter()
            .map(|minute| (minute.start.to_string(), minute.complete, minute.plays))
            .collect();
        let expected = [
            ("2026-11-23T14:17:00Z", true, Some(0)),
            ("2026-11-23T14:18:00Z", false, Some(0)),
            ("2026-11-23T14:19:00Z", false, None),
            ("2026-11-23T14:20:00Z", false, Some(3)),
        ];
        assert_eq!(
            last,
            expected.map(|(start, complete, plays)| (start.to_owned(), complete, plays))
        );
    }
}
