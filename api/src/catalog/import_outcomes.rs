//! `POST /catalog/import/outcomes`: what has become of imported reports.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_enrich::listener::{Identity, ListenerKey};
use veza_service::reply::Reply;

use super::import::owner;
use crate::analytics::Warehouse;
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::identity::email::Email;
use crate::text::Line;

/// Whose history it was, as its reports said: `subject` or `listener`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedHistory {
    /// E-mail of the creator to whom the tracks belong; left out: the installation's library.
    creator: Option<Email>,
    subject: Option<Uuid>,
    listener: Option<Line<64>>,
}

#[derive(Serialize, ToSchema)]
pub struct ImportOutcomes {
    /// Reports stored so far, by outcome: `counted`, or the reason why not.
    outcomes: BTreeMap<String, u64>,
}

/// Count what has become of imported reports
///
/// Of all that was ever imported for this listener under this creator; what one import brought is the difference of two answers.
#[utoipa::path(post, path = "/catalog/import/outcomes", tag = "catalog", request_body = ImportedHistory,
    responses((status = 200, body = Reply<ImportOutcomes>)))]
pub async fn count_outcomes(
    State(db): State<PgPool>,
    State(client): State<clickhouse::Client>,
    State(key): State<ListenerKey>,
    Json(history): Json<ImportedHistory>,
) -> Result<Reply<ImportOutcomes>> {
    let creator = owner(&mut *db.acquire().await?, history.creator.as_ref()).await?;
    let listener = history.listener_id(&key)?;
    let outcomes = outcomes(&Warehouse::new(client), creator, listener).await?;
    Ok(Reply::new(ImportOutcomes { outcomes }))
}

/// Imported reports of this listener (as hashed) under this creator, by outcome.
pub async fn outcomes(
    warehouse: &Warehouse,
    creator: i64,
    listener: u64,
) -> Result<BTreeMap<String, u64>> {
    let rows = warehouse.imported(creator as u64, listener).await?;
    let outcome = |reason: String| {
        if reason.is_empty() {
            "counted".into()
        } else {
            reason
        }
    };
    Ok(rows
        .into_iter()
        .map(|row| (outcome(row.reason), row.reports))
        .collect())
}

impl ImportedHistory {
    fn listener_id(&self, key: &ListenerKey) -> Result<u64> {
        match (self.subject, &self.listener) {
            (Some(subject), None) => Ok(key.of_account(subject)),
            (None, Some(listener)) => Ok(key.of(&Identity {
                listener: Some(listener.as_str()),
                ..Identity::default()
            })),
            _ => Err(ApiError::invalid(
                "listener",
                "one of `subject` and `listener` is needed",
            )),
        }
    }
}
