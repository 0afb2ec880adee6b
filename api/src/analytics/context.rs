//! What every report needs besides its parameters.

use std::time::Instant;

use axum::extract::{FromRef, FromRequestParts};
use futures::try_join;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use sqlx::PgPool;
use uuid::Uuid;
use veza_enrich::listener::ListenerKey;
use veza_schemas::problem::{Code, Problem};

use super::as_of::{self, Completeness};
use super::filter::{Asked, Filter};
use super::query::{Precision, Selection, Warehouse};
use super::volumes::Volumes;
use crate::caller::Tenant;
use crate::error::{ApiError, Result};
use crate::state::AppState;
use crate::time::range::{self, Range, RangeError};
use crate::time::zone::Zone;

/// Who asks, when, and where the answer is.
pub struct Context {
    pub tenant: Tenant,
    pub now: Timestamp,
    pub db: PgPool,
    pub warehouse: Warehouse,
    volumes: Volumes,
    pub listener_key: ListenerKey,
    delivery_deadline: SignedDuration,
}

impl FromRequestParts<AppState> for Context {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let deadline_ms = state.settings.delivery_deadline_ms;
        Ok(Self {
            tenant: Tenant::from_request_parts(parts, state).await?,
            now: Timestamp::now(),
            db: PgPool::from_ref(state),
            warehouse: Warehouse::new(state.warehouse.clone()),
            volumes: state.volumes.clone(),
            listener_key: state.listener_key.clone(),
            delivery_deadline: SignedDuration::from_millis(deadline_ms as i64),
        })
    }
}

impl Context {
    /// The range that was asked for; 422 names the parameter.
    pub fn range(&self, asked: &range::Asked<'_>) -> Result<Range> {
        Range::resolve(asked, self.now).map_err(|error| refused(&error, error.field()))
    }

    /// The zone that was asked for, or UTC; 422 names the parameter.
    pub fn zone(&self, asked: Option<&str>) -> Result<Zone> {
        let Some(name) = asked else {
            return Ok(Zone::utc());
        };
        Zone::named(name).ok_or_else(|| {
            let error = RangeError::UnknownZone(name.to_owned());
            refused(&error, error.field())
        })
    }

    /// Whose plays, and which; and up to when their counts are complete, which is to be known before they are counted.
    pub async fn select(
        &self,
        asked: &Asked<'_>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Selection, Completeness)> {
        let mut selection = self.selection(asked, from, to).await?;
        let (completeness, precision) = try_join!(self.completeness(), self.precision(&selection))?;
        selection.precision = precision;
        Ok((selection, completeness))
    }

    /// How finely the selection's listeners are counted, which depends on how many rows there are to look at.
    async fn precision(&self, selection: &Selection) -> Result<Precision> {
        let (creator, now) = (selection.creator, Instant::now());
        let in_all = match self.volumes.recall(creator, now) {
            Some(rows) => rows,
            None => {
                let rows = self.warehouse.volume_in_all(creator).await?;
                self.volumes.remember(creator, rows, now);
                rows
            }
        };
        match Precision::for_rows(in_all) {
            Precision::Fine => Ok(Precision::Fine),
            Precision::Quick => Ok(Precision::for_rows(self.warehouse.volume(selection).await?)),
        }
    }

    /// The same without a look at the warehouse, which a report of something else does not need.
    pub async fn selection(
        &self,
        asked: &Asked<'_>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Selection> {
        let filter = Filter::resolve(asked)?;
        let creator = self.creator(asked.creator).await?;
        let artist_tracks = self.tracks_of_artists(creator, &filter.artist).await?;
        Ok(Selection {
            creator: creator.map(|id| id as u64),
            listener: None,
            from,
            to,
            filter,
            artist_tracks,
            precision: Precision::default(),
        })
    }

    /// Up to when counts are complete; to be read before them.
    pub async fn completeness(&self) -> Result<Completeness> {
        as_of::read(&self.db, self.delivery_deadline, self.now).await
    }

    /// The creator whose plays are counted: the caller, or the one that an administrator names; none: everyone.
    pub async fn creator(&self, asked: Option<i64>) -> Result<Option<i64>> {
        match (self.tenant, asked) {
            (Tenant::Creator(own), None) => Ok(Some(own)),
            (Tenant::Creator(_), Some(_)) => Err(ApiError::forbidden(
                "`creator` is for administrators; your reports are of your own plays",
            )),
            (Tenant::All, None) => Ok(None),
            (Tenant::All, Some(id)) => {
                let exists = sqlx::query_scalar!("SELECT id FROM creators WHERE id = $1", id)
                    .fetch_optional(&self.db)
                    .await?;
                exists.map(Some).ok_or_else(|| {
                    ApiError::invalid("creator", format!("there is no creator {id}"))
                })
            }
        }
    }

    async fn tracks_of_artists(
        &self,
        creator: Option<i64>,
        artists: &[String],
    ) -> Result<Option<Vec<Uuid>>> {
        if artists.is_empty() {
            return Ok(None);
        }
        let tracks = sqlx::query_scalar!(
            "SELECT id FROM tracks WHERE artist = ANY($1) AND ($2::bigint IS NULL OR creator_id = $2)",
            artists,
            creator,
        )
        .fetch_all(&self.db)
        .await?;
        Ok(Some(tracks))
    }
}

/// 422 at `field`.
pub fn refused(error: &RangeError, field: &str) -> ApiError {
    let code = match error {
        RangeError::TooLong | RangeError::TooLongForHours => Code::RangeTooLong,
        _ => Code::Invalid,
    };
    Problem::new(code, error.to_string()).at(field).into()
}
