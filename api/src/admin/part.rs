//! A part of an answer that has a source of its own, and may be missing while the others are there.

use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartStatus {
    Ok,
    Unavailable,
}

/// What a part is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartSource {
    /// Postgres.
    Database,
    /// ClickHouse.
    Warehouse,
    Prometheus,
    /// Nothing that is away: it failed on our side.
    Other,
}

/// What could be had of one source.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Part<T> {
    pub status: PartStatus,
    /// What does not answer; null: all does.
    #[schema(required)]
    pub missing: Option<PartSource>,
    /// The same in words, or why else it is unavailable; null likewise.
    #[schema(required)]
    pub why: Option<String>,
    /// Null: unavailable.
    pub value: OrNull<T>,
}

/// An `Option`, which `derive(ToSchema)` describes as never null where its type is a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum OrNull<T> {
    Value(T),
    Null,
}

impl<T> OrNull<T> {
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null => None,
        }
    }
}

impl<T> Part<T> {
    pub fn of(value: T) -> Self {
        Self {
            status: PartStatus::Ok,
            missing: None,
            why: None,
            value: OrNull::Value(value),
        }
    }
}

/// A source that fails is said to be unavailable, with what a client would be told, and logged as a failed request is.
impl<T> From<Result<T>> for Part<T> {
    fn from(result: Result<T>) -> Self {
        match result {
            Ok(value) => Self::of(value),
            Err(error) => {
                tracing::warn!(%error, "a part of an answer is unavailable");
                Self {
                    status: PartStatus::Unavailable,
                    missing: Some(PartSource::of(&error)),
                    why: Some(error.detail()),
                    value: OrNull::Null,
                }
            }
        }
    }
}

impl PartSource {
    fn of(error: &ApiError) -> Self {
        match error {
            ApiError::Postgres(_) => Self::Database,
            ApiError::ClickHouse(_) => Self::Warehouse,
            ApiError::Prometheus(_) => Self::Prometheus,
            _ => Self::Other,
        }
    }
}
