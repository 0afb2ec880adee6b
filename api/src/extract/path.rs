use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use serde::de::DeserializeOwned;
use veza_schemas::problem::Code;

use crate::error::ApiError;

/// Segments of the path. 422 names the one that has the wrong form.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => {
                let only = only_name(parts, state).await;
                Err(of_rejection(rejection, &only))
            }
        }
    }
}

/// The name of a route's only parameter, which axum does not tell when it is read as a plain value.
async fn only_name<S: Send + Sync>(parts: &mut Parts, state: &S) -> String {
    let params = RawPathParams::from_request_parts(parts, state).await.ok();
    let first = params.and_then(|params| params.iter().next().map(|(name, _)| name.to_owned()));
    first.unwrap_or_else(|| "path".to_owned())
}

fn of_rejection(rejection: PathRejection, only: &str) -> ApiError {
    let PathRejection::FailedToDeserializePathParams(refusal) = rejection else {
        return ApiError::Internal(anyhow::anyhow!("a route without parameters asks for them"));
    };
    match refusal.into_kind() {
        ErrorKind::InvalidUtf8InPathParam { .. } => {
            ApiError::new(Code::Unreadable, "the path is not UTF-8")
        }
        ErrorKind::ParseErrorAtKey {
            key,
            value,
            expected_type,
        } => ApiError::invalid(key, format!("`{value}` is not a {expected_type}")),
        ErrorKind::ParseError {
            value,
            expected_type,
        } => ApiError::invalid(only, format!("`{value}` is not a {expected_type}")),
        ErrorKind::DeserializeError {
            key,
            value,
            message,
        } => ApiError::invalid(key, format!("`{value}`: {message}")),
        other => ApiError::invalid(only, other.to_string()),
    }
}
