//! `GET /me/listening`, `GET /me/listening/export`: what the account itself has listened to, whoever's tracks they are.

use axum::extract::State;
use axum::response::Response;
use futures::try_join;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use veza_schemas::row::RULE;
use veza_service::reply::Reply;

use super::as_of;
use super::context::refused;
use super::csv::attachment;
use super::export::{self, FileFormat};
use super::filter::{Bots, Filter};
use super::habits::{Habits, HeardArtist, HeardTrack, ListeningBucket, ListeningTotal, Streaks};
use super::outcome::reasons_of;
use super::parameters::parameters;
use super::plays::{PlayReport, titles_of};
use super::query::{Precision, RowKey, Selection, Warehouse};
use super::series::is_known;
use super::titles::titles;
use crate::caller::Caller;
use crate::cursor::{Cursor, Limit, page};
use crate::error::Result;
use crate::extract::Query;
use crate::identity::erasures::{self, Receipt};
use crate::state::AppState;
use crate::time::edges::Edges;
use crate::time::range::{Bucket, Range};

parameters! { Parameters: range {
    /// `meta.next_cursor` of the page before. The pages after the first have no summary.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<RowKey>>,
    /// Plays of a page.
    #[serde(default)]
    #[param(value_type = Option<Limit>, inline)]
    limit: Limit,
} }

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportParameters {
    /// `csv` has a line a report; `parquet` the same columns but for the track's title and artist.
    #[param(inline)]
    format: FileFormat,
}

/// One's own listening.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listening {
    /// Null on later pages.
    #[schema(required)]
    pub summary: Option<ListeningSummary>,
    /// The plays that count, newest first.
    pub plays: Vec<PlayReport>,
    /// The newest request to be forgotten; null: there was none.
    #[schema(required)]
    pub erasure: Option<Receipt>,
}

/// What a range's listening amounts to. Plays are those that count; heard time also has what was skipped.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListeningSummary {
    /// Null: not known yet.
    #[schema(required)]
    pub total: Option<ListeningTotal>,
    /// The 20 with the most plays.
    pub artists: Vec<HeardArtist>,
    /// The 20 with the most plays.
    pub tracks: Vec<HeardTrack>,
    /// Plays by weekday, Monday first, and hour of the day, 24 of each.
    pub clock: Vec<Vec<u64>>,
    /// In order, without gaps.
    pub buckets: Vec<ListeningBucket>,
    pub streaks: Streaks,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ListeningMeta {
    /// Give it as `cursor` to go on; null: this was the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// Start of the range, included, on a quarter hour.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// End of the range, excluded, on a quarter hour.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// IANA zone of dates, clock and buckets.
    pub tz: String,
    pub bucket: Bucket,
    /// The rule by which plays are judged now.
    pub rule: u8,
    /// Everything received before is there; null: unknown.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
}

/// What I listened to
#[utoipa::path(get, path = "/me/listening", operation_id = "listening", tag = "listening", params(Parameters),
    responses((status = 200, description = "A page of plays, and what they amount to", body = Reply<Listening, ListeningMeta>)))]
pub async fn listening(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<Parameters>,
) -> Result<Reply<Listening, ListeningMeta>> {
    let now = Timestamp::now();
    let range =
        Range::resolve(&asked.range(), now).map_err(|error| refused(&error, error.field()))?;
    let deadline = SignedDuration::from_millis(state.settings.delivery_deadline_ms as i64);
    let as_of = as_of::read(&state.db, deadline, now).await?.as_of;
    let warehouse = Warehouse::new(state.warehouse.clone());
    let selection = of_listener(&state, caller, range.from, range.to);
    let after = asked.cursor.as_ref().map(|Cursor(key)| key);
    let (rows, summary, erasure) = try_join!(
        warehouse.rows(&selection, after, asked.limit.plus_one()),
        async {
            match after {
                None => summary(&state, &warehouse, &selection, &range, as_of, now)
                    .await
                    .map(Some),
                Some(_) => Ok(None),
            }
        },
        erasures::newest(&state.db, caller.user_id),
    )?;
    let found = page(rows, asked.limit, RowKey::of)?;
    let titles = titles_of(&state.db, &found.data).await?;
    let key = state.listener_key.creators_key();
    let report = |row| PlayReport::of(row, &titles, key);
    let plays = found.data.into_iter().map(report).collect::<Result<_>>()?;
    let data = Listening {
        summary,
        plays,
        erasure,
    };
    let meta = ListeningMeta {
        next_cursor: found.meta.next_cursor,
        from: range.from,
        to: range.to,
        tz: range.zone.name().to_owned(),
        bucket: range.bucket,
        rule: RULE,
        as_of,
    };
    Ok(Reply::with_meta(data, meta))
}

/// All that is stored of my listening, as a file
#[utoipa::path(get, path = "/me/listening/export", operation_id = "export_listening", tag = "listening", params(ExportParameters),
    responses((status = 200, description = "Every stored report, the oldest first, streamed; a file that is cut off is not whole",
               content((export::File = "text/csv"), (export::File = "application/vnd.apache.parquet")))))]
pub async fn export_listening(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ExportParameters>,
) -> Result<Response> {
    let mut selection = of_listener(&state, caller, Timestamp::UNIX_EPOCH, Timestamp::MAX);
    selection.filter.bots = Bots::Include;
    selection.filter.rows.reasons = Some(reasons_of(&[], &[]));
    let place = state.exports.begin()?;
    let file = export::Source {
        warehouse: Warehouse::new(state.warehouse.clone()),
        db: state.db.clone(),
        key: state.listener_key.creators_key(),
    };
    let body = export::streamed(file.pieces(&selection, asked.format)?, place).await?;
    let today = Timestamp::now().strftime("%F");
    let name = format!("veza-listening-{today}.{}", asked.format.ending());
    Ok(attachment(body, asked.format.media_type(), &name))
}

/// The account's plays.
fn of_listener(state: &AppState, caller: Caller, from: Timestamp, to: Timestamp) -> Selection {
    Selection {
        creator: None,
        listener: Some(state.listener_key.of_account(caller.user_id)),
        from,
        to,
        filter: Filter::default(),
        artist_tracks: None,
        precision: Precision::default(),
    }
}

async fn summary(
    state: &AppState,
    warehouse: &Warehouse,
    selection: &Selection,
    range: &Range,
    as_of: Option<Timestamp>,
    now: Timestamp,
) -> Result<ListeningSummary> {
    let heard = warehouse.heard(selection).await?;
    let is_known = is_known(range.from, !heard.is_empty(), as_of);
    let habits = Habits::of(&heard, &range.zone);
    let titles = titles(&state.db, &habits.tracks()).await?;
    Ok(ListeningSummary {
        total: is_known.then(|| habits.total(&titles)),
        artists: habits.top_artists(&titles),
        tracks: habits.top_tracks(&titles),
        clock: habits.clock(),
        buckets: habits.buckets(&Edges::of(range), as_of),
        streaks: habits.streaks(range.zone.date_of(now)),
    })
}
