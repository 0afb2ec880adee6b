//! `GET /analytics/export`: the rows behind numbers as a file, made while it is read, so that it takes the same memory
//! whatever its size.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use clickhouse::query::{BytesCursor, RowCursor};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;
use veza_enrich::listener::CreatorsKey;

use super::context::Context;
use super::csv::{self, CSV, attachment};
use super::filter::{Asked, RowFilter};
use super::outcome::{Exclusion, Outcome, reasons_of};
use super::parameters::parameters;
use super::plays::{COLUMNS, PlayReport};
use super::query::{PlayRow, Selection, Warehouse};
use super::titles::{Title, titles};
use crate::error::{ApiError, Result};
use crate::extract::Query;
use crate::time::range::Range;

/// The media type of Parquet.
pub const PARQUET: &str = "application/vnd.apache.parquet";
/// Files that are made at once; each holds a query of the warehouse for as long as its reader takes.
const AT_ONCE: usize = 4;
/// When to try again, once there are as many.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// A reader that takes nothing for this long is cut off.
const READER_PATIENCE: Duration = Duration::from_secs(60);
/// Rows whose names are looked up, and which are written, at once.
const ROWS_AT_ONCE: usize = 2_000;
/// Tracks whose names are remembered within one file.
const MOST_TITLES: usize = 20_000;
/// Pieces under way between the warehouse and the reader.
const PIECES: usize = 2;

parameters! {
    /// All reports, those of bots too, unless the parameters say otherwise; with `completed`, `skipped` or `heard` those of bots
    /// only if `bots` says so.
    Parameters: range, filters {
        /// `csv` has a line a report; `parquet` the same columns but for the track's title and artist.
        #[param(inline)]
        format: FileFormat,
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
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    Csv,
    Parquet,
}

impl FileFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => CSV,
            Self::Parquet => PARQUET,
        }
    }

    /// Of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

/// A file's bytes.
pub struct File;

impl PartialSchema for File {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for File {}

/// How many files may be made at once.
#[derive(Clone)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    /// A place for one more; 429 if there is none.
    pub fn begin(&self) -> Result<OwnedSemaphorePermit> {
        self.0.clone().try_acquire_owned().map_err(|_| {
            let detail = format!("{AT_ONCE} exports are being made; try again when one has ended");
            ApiError::too_many_requests(detail, RETRY_AFTER)
        })
    }
}

/// Rows as a file, the oldest first
#[utoipa::path(get, path = "/analytics/export", operation_id = "export", tag = "analytics", params(Parameters),
    responses((status = 200, description = "All rows of the range that pass the filters, streamed; a file that is cut off is not whole",
               content((File = "text/csv"), (File = "application/vnd.apache.parquet")))))]
pub async fn export(
    context: Context,
    State(exports): State<Exports>,
    Query(asked): Query<Parameters>,
) -> Result<Response> {
    let rows = asked.rows();
    let filter = Asked {
        bots: asked.bots.or(rows.default_bots()),
        ..asked.filter()
    };
    let range = context.range(&asked.range())?;
    // Before the warehouse is asked anything: those who must wait cost it nothing.
    let place = exports.begin()?;
    let (mut selection, _) = context.select(&filter, range.from, range.to).await?;
    selection.filter.rows = rows;
    let key = context.listener_key.creators_key();
    let file = Source {
        warehouse: context.warehouse,
        db: context.db,
        key,
    };
    let body = streamed(file.pieces(&selection, asked.format)?, place).await?;
    let name = name(&range, asked.format);
    Ok(attachment(body, asked.format.media_type(), &name))
}

/// Where a file's rows come from.
pub struct Source {
    pub warehouse: Warehouse,
    pub db: PgPool,
    pub key: CreatorsKey,
}

impl Source {
    /// A selection's rows, written piece by piece.
    pub fn pieces(self, selection: &Selection, format: FileFormat) -> Result<Pieces> {
        Ok(match format {
            FileFormat::Csv => table(self.warehouse.export(selection)?, self.db, self.key),
            FileFormat::Parquet => whole_file(self.warehouse.export_parquet(selection, self.key)?),
        })
    }
}

impl Parameters {
    fn rows(&self) -> RowFilter {
        RowFilter {
            reasons: Some(reasons_of(&self.outcome, &self.reason)),
            completed: self.completed,
            skipped: self.skipped,
            heard: self.heard,
            received_from: self.received_from,
            received_to: self.received_to,
        }
    }
}

/// `veza-plays-2026-03-01-to-2026-03-31.csv`: the first and the last day, in the range's zone.
fn name(range: &Range, format: FileFormat) -> String {
    let first = range.zone.date_of(range.from);
    let last = range.zone.date_of(range.to - 1.nanosecond());
    format!("veza-plays-{first}-to-{last}.{}", format.ending())
}

/// Pieces of a file; an error ends it.
pub type Pieces = BoxStream<'static, Result<Bytes>>;

/// A body of pieces that are made while it is read. What fails before the first is the request's failure; what fails later
/// cuts the connection, so that no part passes for the whole.
pub async fn streamed(mut pieces: Pieces, place: OwnedSemaphorePermit) -> Result<Body> {
    let first = pieces.try_next().await?;
    let (sender, mut receiver) = mpsc::channel(PIECES);
    tokio::spawn(async move {
        let _place = place;
        let mut next = first.map(Ok);
        while let Some(piece) = next {
            let failed = piece.is_err();
            if let Err(error) = &piece {
                tracing::error!(%error, "an export broke off");
            }
            let sent = tokio::time::timeout(READER_PATIENCE, sender.send(piece)).await;
            if failed || !matches!(sent, Ok(Ok(()))) {
                return;
            }
            next = pieces.next().await;
        }
    });
    let pieces = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
    Ok(Body::from_stream(pieces))
}

/// What the warehouse writes, as it writes it.
fn whole_file(file: BytesCursor) -> Pieces {
    futures::stream::try_unfold(file, |mut file| async move {
        let piece = file.next().await?;
        Ok(piece.map(|piece| (piece, file)))
    })
    .boxed()
}

/// Rows as lines, with the names of their tracks.
fn table(rows: RowCursor<PlayRow>, db: PgPool, key: CreatorsKey) -> Pieces {
    let lines = Lines {
        header: csv::header(&COLUMNS),
        rows,
        db,
        key,
        titles: HashMap::new(),
    };
    futures::stream::try_unfold(lines, |mut lines| async move {
        let piece = lines.next().await?;
        Ok(piece.map(|piece| (piece, lines)))
    })
    .boxed()
}

/// Rows on their way into a table.
struct Lines {
    /// Goes with the first rows: a query that fails must not have begun an answer.
    header: String,
    rows: RowCursor<PlayRow>,
    db: PgPool,
    key: CreatorsKey,
    titles: HashMap<Uuid, Title>,
}

impl Lines {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let mut rows = Vec::with_capacity(ROWS_AT_ONCE);
        while rows.len() < ROWS_AT_ONCE
            && let Some(row) = self.rows.next().await?
        {
            rows.push(row);
        }
        let mut text = std::mem::take(&mut self.header);
        if rows.is_empty() {
            return Ok((!text.is_empty()).then(|| text.into()));
        }
        self.learn_titles(&rows).await?;
        for row in rows {
            let report = PlayReport::of(row, &self.titles, self.key)?;
            csv::write_row(&report.cells(), &mut text);
        }
        Ok(Some(text.into()))
    }

    async fn learn_titles(&mut self, rows: &[PlayRow]) -> Result<()> {
        if self.titles.len() > MOST_TITLES {
            self.titles.clear();
        }
        let unknown = |id: &Uuid| !self.titles.contains_key(id);
        let mut ids: Vec<Uuid> = rows
            .iter()
            .map(|row| row.track_id)
            .filter(unknown)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        self.titles.extend(titles(&self.db, &ids).await?);
        Ok(())
    }
}
