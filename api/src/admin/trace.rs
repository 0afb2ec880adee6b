//! `GET /admin/analytics/pipeline/plays/{play_id}`: all that the warehouse holds of one play, and where it came from.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;

use crate::analytics::context::Context;
use crate::analytics::plays::{PlayReport, titles_of};
use crate::error::{ApiError, Result};
use crate::extract::Path;

#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    pub play_id: Uuid,
    /// In the order in which they were made; at most 1,000.
    pub reports: Vec<TracedReport>,
}

/// A report as it is stored, and its record in Kafka.
#[derive(Debug, Serialize, ToSchema)]
pub struct TracedReport {
    /// Kafka's UUID of the topic.
    pub topic_id: String,
    pub partition: u16,
    pub offset: u64,
    /// Whose track it was when it was judged; null: the track was not in the catalog.
    #[schema(required)]
    pub creator: Option<u64>,
    #[serde(flatten)]
    pub report: PlayReport,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TraceMeta {
    /// Everything received before is stored; null: unknown.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
}

/// One play's way through the pipeline
///
/// 404 when nothing is stored of it: it was never received, or waits, which `as_of` of the pipeline tells.
#[utoipa::path(get, path = "/admin/analytics/pipeline/plays/{play_id}", operation_id = "trace", tag = "admin",
    params(("play_id" = Uuid, Path)), responses((status = 200, body = Reply<Trace, TraceMeta>)))]
pub async fn trace(context: Context, Path(play_id): Path<Uuid>) -> Result<Reply<Trace, TraceMeta>> {
    let completeness = context.completeness().await?;
    let rows = context.warehouse.reports_of_play(None, play_id).await?;
    if rows.is_empty() {
        return Err(ApiError::not_found("play"));
    }
    let titles = titles_of(&context.db, &rows).await?;
    let key = context.listener_key.creators_key();
    let reports = rows
        .into_iter()
        .map(|row| {
            Ok(TracedReport {
                topic_id: row.topic_id.clone(),
                partition: row.kafka_partition,
                offset: row.kafka_offset,
                creator: Some(row.creator_id).filter(|id| *id > 0),
                report: PlayReport::of(row, &titles, key)?,
            })
        })
        .collect::<Result<_>>()?;
    let meta = TraceMeta {
        as_of: completeness.as_of,
    };
    Ok(Reply::with_meta(Trace { play_id, reports }, meta))
}
