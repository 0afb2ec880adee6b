//! Answers: `{"data": …, "meta": {…}}`, or a problem.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;
use veza_schemas::problem::{self, Code, Problem};

/// A success. With another status than 200: `(StatusCode::CREATED, Reply::new(track))`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Reply<T, M = NoMeta> {
    pub data: T,
    pub meta: M,
}

/// `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoMeta {}

impl<T> Reply<T> {
    pub fn new(data: T) -> Self {
        Self::with_meta(data, NoMeta {})
    }
}

impl<T, M> Reply<T, M> {
    pub fn with_meta(data: T, meta: M) -> Self {
        Self { data, meta }
    }
}

impl<T: Serialize, M: Serialize> IntoResponse for Reply<T, M> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// A [`Problem`] as `application/problem+json`, with `WWW-Authenticate` on 401 and `Retry-After` where given.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemResponse {
    problem: Problem,
    retry_after: Option<Duration>,
}

impl ProblemResponse {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    /// Names the offending field or parameter.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.problem = self.problem.at(field);
        self
    }

    /// When to try again: `Retry-After`, in whole seconds, rounded up, at least 1.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl From<Problem> for ProblemResponse {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            retry_after: None,
        }
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(problem::CONTENT_TYPE),
        );
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        response
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    let round_up = u64::from(wait.subsec_nanos() > 0);
    (wait.as_secs() + round_up).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_data_and_meta() {
        let reply = serde_json::to_value(Reply::new(7)).unwrap();
        assert_eq!(reply, serde_json::json!({"data": 7, "meta": {}}));
    }

    #[test]
    fn a_problem_carries_its_media_type_and_when_to_try_again() {
        let response = ProblemResponse::new(Code::TooManyRequests, "slow down")
            .retry_after(Duration::from_millis(1_200))
            .into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[RETRY_AFTER], "2");
        assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    }

    #[test]
    fn a_401_says_which_scheme_it_wants() {
        let response = ProblemResponse::new(Code::Unauthenticated, "no token").into_response();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn a_wait_of_nothing_is_still_a_second() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_secs(5)), 5);
    }
}
