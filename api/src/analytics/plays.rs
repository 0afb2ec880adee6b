//! `GET /analytics/plays` and `/analytics/plays/{play_id}`: the rows behind any number.

use std::collections::HashMap;

use axum::extract::OriginalUri;
use axum::response::IntoResponse;
use http::Uri;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::PgPool;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_enrich::listener::CreatorsKey;
use veza_schemas::report::HeardBasis;
use veza_schemas::row::{RULE, Reason};
use veza_service::reply::Reply;

use super::context::Context;
use super::csv::{Answer, Cell, Format, Table, Tabular};
use super::filter::{Asked, Bots, RowFilter};
use super::meta::{ReportMeta, ScopeMeta};
use super::outcome::{Exclusion, Outcome, reasons_of};
use super::parameters::parameters;
use super::query::{PlayRow, RowKey};
use super::titles::{Title, TrackName, titles};
use crate::cursor::{Cursor, Limit, page};
use crate::error::{ApiError, Result};
use crate::extract::{Path, Query};

parameters! {
    /// Without `outcome`, `reason`, `completed`, `skipped` and `heard`: the plays that other reports count. With one of them:
    /// all reports of which these tell; with `outcome` and `reason` alone those of bots too, unless `bots` says otherwise.
    Parameters: range, filters {
        /// What became of the report.
        #[serde(default)]
        #[param(inline)]
        outcome: Vec<Outcome>,
        /// Why it is excluded.
        #[serde(default)]
        #[param(inline)]
        reason: Vec<Exclusion>,
        /// Whether this report made its play complete.
        completed: Option<bool>,
        /// Whether this report made its play a skip.
        skipped: Option<bool>,
        /// Whether what was heard in this report is part of `heard_ms`.
        heard: Option<bool>,
        /// Received at this time or later: RFC 3339. Beside `from` and `to`, which are of when the listening began.
        #[param(value_type = Option<String>, format = DateTime)]
        received_from: Option<Timestamp>,
        /// Received before this time: RFC 3339.
        #[param(value_type = Option<String>, format = DateTime)]
        received_to: Option<Timestamp>,
        /// `meta.next_cursor` of the page before.
        #[param(value_type = Option<String>)]
        cursor: Option<Cursor<RowKey>>,
        #[serde(default)]
        #[param(value_type = Option<Limit>, inline)]
        limit: Limit,
    }
}

/// One report of a play, with what it was judged to be. Null: unknown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlayReport {
    pub play_id: Uuid,
    /// Number of the report within the play.
    pub seq: u32,
    pub track: TrackName,
    /// When the listening began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// The same listener has the same id within one creator's plays, and another one in another's.
    #[schema(required)]
    pub listener: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(required)]
    pub country: Option<String>,
    #[schema(required)]
    pub region: Option<String>,
    #[schema(required)]
    pub city: Option<String>,
    #[schema(required)]
    pub device: Option<String>,
    #[schema(required)]
    pub os: Option<String>,
    #[schema(required)]
    pub os_version: Option<String>,
    #[schema(required)]
    pub browser: Option<String>,
    #[schema(required)]
    pub browser_version: Option<String>,
    #[schema(required)]
    pub channel: Option<String>,
    /// `channel/source`.
    #[schema(required)]
    pub source: Option<String>,
    #[schema(required)]
    pub context: Option<String>,
    #[schema(required)]
    pub campaign: Option<String>,
    /// Path of the visit's first page.
    #[schema(required)]
    pub page: Option<String>,
    /// Audio heard in this report, in ms.
    pub heard_ms: u32,
    /// Audio heard in the play's earlier reports, in ms.
    pub heard_before_ms: u32,
    pub heard_basis: HeardBasis,
    /// Of the track, when the report was judged.
    #[schema(required)]
    pub duration_ms: Option<u32>,
    /// The play was over.
    pub ended: bool,
    pub outcome: Outcome,
    /// Why it is excluded; null where it is not.
    #[schema(required)]
    pub reason: Option<Exclusion>,
    /// This report made its play complete.
    pub completed: bool,
    /// This report made its play a skip.
    pub skipped: bool,
    /// Of a declared bot.
    pub bot: bool,
    /// From a listening history.
    pub imported: bool,
    /// The rule by which it was judged.
    pub rule: u8,
}

/// A page of rows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(transparent)]
pub struct PlayReports(pub Vec<PlayReport>);

/// `meta` of a page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaysMeta {
    /// Give it as `cursor` to go on; null: this was the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// What became of the rows that are listed.
    pub outcomes: Vec<Outcome>,
    #[serde(flatten)]
    pub report: ReportMeta,
}

/// One play.
#[derive(Debug, Serialize, ToSchema)]
pub struct Play {
    pub play_id: Uuid,
    /// In the order in which they were made; at most 1,000.
    pub reports: Vec<PlayReport>,
}

/// `meta` of one play.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlayMeta {
    /// The rule by which plays are judged now.
    pub rule: u8,
    /// Everything received before is counted; null: unknown.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
}

/// The rows behind any number, newest first
#[utoipa::path(get, path = "/analytics/plays", operation_id = "plays", tag = "analytics", params(Parameters),
    responses((status = 200, description = "A page of rows; as CSV, the next page's address is in `Link`",
               content((Reply<PlayReports, PlaysMeta> = "application/json"), (String = "text/csv")))))]
pub async fn plays(
    context: Context,
    format: Format,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<Parameters>,
) -> Result<impl IntoResponse> {
    let rows = asked.rows();
    let filter = Asked {
        bots: asked.bots.or(rows.default_bots()),
        ..asked.filter()
    };
    let range = context.range(&asked.range())?;
    let (mut selection, completeness) = context.select(&filter, range.from, range.to).await?;
    selection.filter.rows = rows;
    let outcomes = outcomes(&selection.filter.rows, selection.filter.bots);
    let after = asked.cursor.as_ref().map(|Cursor(key)| key);
    let limit = asked.limit.plus_one();
    let found = context.warehouse.rows(&selection, after, limit).await?;
    let found = page(found, asked.limit, RowKey::of)?;
    let titles = titles_of(&context.db, &found.data).await?;
    let key = context.listener_key.creators_key();
    let report = |row| PlayReport::of(row, &titles, key);
    let data = found.data.into_iter().map(report).collect::<Result<_>>()?;
    let next_cursor = found.meta.next_cursor;
    let next = next_cursor
        .as_deref()
        .map(|cursor| next_address(&uri, cursor));
    let scope = ScopeMeta::new(&filter, &selection, completeness);
    let meta = PlaysMeta {
        next_cursor,
        outcomes,
        report: ReportMeta::new(&range, scope),
    };
    Ok(Answer::new(format, "plays", PlayReports(data), meta).with_next(next))
}

/// One play with all its reports
#[utoipa::path(get, path = "/analytics/plays/{play_id}", operation_id = "play", tag = "analytics",
    params(("play_id" = Uuid, Path)),
    responses((status = 200, description = "The play's reports, the first first", body = Reply<Play, PlayMeta>)))]
pub async fn play(context: Context, Path(play_id): Path<Uuid>) -> Result<Reply<Play, PlayMeta>> {
    let creator = context.creator(None).await?.map(|id| id as u64);
    let completeness = context.completeness().await?;
    let rows = context.warehouse.reports_of_play(creator, play_id).await?;
    if rows.is_empty() {
        return Err(ApiError::not_found("play"));
    }
    let titles = titles_of(&context.db, &rows).await?;
    let key = context.listener_key.creators_key();
    let report = |row| PlayReport::of(row, &titles, key);
    let reports = rows.into_iter().map(report).collect::<Result<_>>()?;
    let meta = PlayMeta {
        rule: RULE,
        as_of: completeness.as_of,
    };
    Ok(Reply::with_meta(Play { play_id, reports }, meta))
}

impl Parameters {
    /// Without a word about rows, the plays that are counted; with one, all rows that it fits.
    fn rows(&self) -> RowFilter {
        let says_nothing = self.outcome.is_empty()
            && self.reason.is_empty()
            && self.completed.is_none()
            && self.skipped.is_none()
            && self.heard.is_none();
        RowFilter {
            reasons: (!says_nothing).then(|| reasons_of(&self.outcome, &self.reason)),
            completed: self.completed,
            skipped: self.skipped,
            heard: self.heard,
            received_from: self.received_from,
            received_to: self.received_to,
        }
    }
}

fn outcomes(rows: &RowFilter, bots: Bots) -> Vec<Outcome> {
    let reasons = match (&rows.reasons, bots) {
        (Some(reasons), _) => reasons.clone(),
        (None, Bots::Exclude) => vec![Reason::Counted],
        (None, Bots::Include) => vec![Reason::Counted, Reason::Bot],
        (None, Bots::Only) => vec![Reason::Bot],
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (outcome, _) in reasons.into_iter().map(Outcome::of) {
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    outcomes
}

/// The names of the rows' tracks.
pub async fn titles_of(db: &PgPool, rows: &[PlayRow]) -> Result<HashMap<Uuid, Title>> {
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.track_id).collect();
    ids.sort_unstable();
    ids.dedup();
    titles(db, &ids).await
}

/// The same address with another cursor.
fn next_address(uri: &Uri, cursor: &str) -> String {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let kept = pairs.filter(|(name, _)| name != "cursor");
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).append_pair("cursor", cursor);
    format!("{}?{}", uri.path(), query.finish())
}

impl RowKey {
    pub fn of(row: &PlayRow) -> Self {
        Self {
            started_at_ms: row.started_at_ms,
            topic_id: row.topic_id.clone(),
            partition: row.kafka_partition,
            offset: row.kafka_offset,
        }
    }
}

impl PlayReport {
    pub fn of(row: PlayRow, titles: &HashMap<Uuid, Title>, key: CreatorsKey) -> Result<Self> {
        let reason = Reason::parse(&row.reason).ok_or_else(|| {
            anyhow::anyhow!("the warehouse holds the unknown reason {:?}", row.reason)
        })?;
        let (outcome, exclusion) = Outcome::of(reason);
        let listener = (row.listener != 0).then(|| key.of(row.listener, row.creator_id));
        Ok(Self {
            play_id: row.play_id,
            seq: row.seq,
            track: TrackName::of(row.track_id, titles),
            started_at: time(row.started_at_ms)?,
            received_at: time(row.received_at_ms)?,
            listener: listener.map(|id| format!("{id:016x}")),
            country: known(row.country),
            region: known(row.region),
            city: known(row.city),
            device: known(row.device),
            os: known(row.os),
            os_version: known(row.os_version),
            browser: known(row.browser),
            browser_version: known(row.browser_version),
            channel: known(row.channel),
            source: known(row.source),
            context: known(row.context),
            campaign: known(row.campaign),
            page: known(row.page),
            heard_ms: row.heard_ms,
            heard_before_ms: row.heard_before_ms,
            heard_basis: match row.assumed {
                0 => HeardBasis::Measured,
                _ => HeardBasis::Assumed,
            },
            duration_ms: (row.duration_ms != 0).then_some(row.duration_ms),
            ended: row.ended != 0,
            outcome,
            reason: exclusion,
            completed: row.completed != 0,
            skipped: row.skipped != 0,
            bot: row.bot != 0,
            imported: row.imported != 0,
            rule: row.rule,
        })
    }
}

fn time(unix_ms: i64) -> Result<Timestamp> {
    Ok(Timestamp::from_millisecond(unix_ms).map_err(anyhow::Error::from)?)
}

fn known(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A table of rows.
pub const COLUMNS: [&str; 33] = [
    "play_id",
    "seq",
    "track_id",
    "title",
    "artist",
    "started_at",
    "received_at",
    "listener",
    "country",
    "region",
    "city",
    "device",
    "os",
    "os_version",
    "browser",
    "browser_version",
    "channel",
    "source",
    "context",
    "campaign",
    "page",
    "heard_ms",
    "heard_before_ms",
    "heard_basis",
    "duration_ms",
    "ended",
    "outcome",
    "reason",
    "completed",
    "skipped",
    "bot",
    "imported",
    "rule",
];

impl PlayReport {
    /// As in [`COLUMNS`].
    pub fn cells(&self) -> Vec<Cell> {
        vec![
            self.play_id.into(),
            self.seq.into(),
            self.track.id.into(),
            self.track.title.as_deref().into(),
            self.track.artist.as_deref().into(),
            self.started_at.into(),
            self.received_at.into(),
            self.listener.as_deref().into(),
            self.country.as_deref().into(),
            self.region.as_deref().into(),
            self.city.as_deref().into(),
            self.device.as_deref().into(),
            self.os.as_deref().into(),
            self.os_version.as_deref().into(),
            self.browser.as_deref().into(),
            self.browser_version.as_deref().into(),
            self.channel.as_deref().into(),
            self.source.as_deref().into(),
            self.context.as_deref().into(),
            self.campaign.as_deref().into(),
            self.page.as_deref().into(),
            self.heard_ms.into(),
            self.heard_before_ms.into(),
            match self.heard_basis {
                HeardBasis::Measured => "measured".into(),
                HeardBasis::Assumed => "assumed".into(),
            },
            self.duration_ms.into(),
            self.ended.into(),
            self.outcome.as_str().into(),
            self.reason.map(Exclusion::as_str).into(),
            self.completed.into(),
            self.skipped.into(),
            self.bot.into(),
            self.imported.into(),
            self.rule.into(),
        ]
    }
}

impl Tabular for PlayReports {
    fn table(&self) -> Table {
        let mut table = Table::new(&COLUMNS);
        for row in &self.0 {
            table.push(row.cells());
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_address_keeps_the_filters_and_takes_the_new_cursor() {
        let uri: Uri = "/api/v1/analytics/plays?country=FR&cursor=old&country=DE&source=a%2Fb"
            .parse()
            .unwrap();
        assert_eq!(
            next_address(&uri, "new"),
            "/api/v1/analytics/plays?country=FR&country=DE&source=a%2Fb&cursor=new"
        );
    }
}
