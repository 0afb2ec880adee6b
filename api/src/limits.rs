//! What one request may take, so that none takes the service down. The time for a request's head is the server's
//! ([`veza_service::shutdown::ServerLimits`]).

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::Method;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::DeadlineBody;
use veza_schemas::problem::Code;

use crate::error::ApiError;

/// Longest body of a request; [`crate::extract`] counts.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Longest listening history that is uploaded.
pub const MAX_HISTORY_BYTES: usize = 128 << 20;
/// What takes such a body.
const HISTORIES: (Method, &str) = (Method::POST, "/api/v1/me/listening/imports");

/// How long a request may take.
struct Deadlines {
    /// Until its whole body is here.
    body: Duration,
    /// Until its answer begins; a streamed one may go on longer.
    answer: Duration,
}

const USUAL: Deadlines = Deadlines {
    body: Duration::from_secs(10),
    answer: Duration::from_secs(60),
};
/// 128 MiB in 15 minutes are 1.2 Mbit/s.
const OF_HISTORIES: Deadlines = Deadlines {
    body: Duration::from_secs(15 * 60),
    answer: Duration::from_secs(16 * 60),
};

impl Deadlines {
    fn of(request: &Request) -> &'static Self {
        let (method, path) = HISTORIES;
        if *request.method() == method && request.uri().path() == path {
            &OF_HISTORIES
        } else {
            &USUAL
        }
    }
}

/// Bounds the time of what `router` serves, and answers for a handler that panics.
pub fn bounded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(after_panic))
}

async fn in_time(request: Request, next: Next) -> Result<Response, ApiError> {
    let deadlines = Deadlines::of(&request);
    let request = request.map(|body| Body::new(DeadlineBody::new(deadlines.body, body)));
    tokio::time::timeout(deadlines.answer, next.run(request))
        .await
        .map_err(|_| ApiError::new(Code::Unavailable, "no answer in time; try again"))
}

/// The panic's own message has gone to standard error by its hook.
fn after_panic(_: Box<dyn Any + Send>) -> Response {
    ApiError::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_alone_may_take_long() {
        let body_of = |method: Method, path: &str| {
            let request = Request::builder().method(method).uri(path);
            Deadlines::of(&request.body(Body::empty()).unwrap()).body
        };
        let (method, path) = HISTORIES;
        assert!(crate::routes::access(&method, path).is_some());
        let named = format!("{path}?name=my_spotify_data.zip");
        assert_eq!(body_of(Method::POST, &named), OF_HISTORIES.body);
        assert_eq!(body_of(Method::GET, path), USUAL.body);
        assert_eq!(body_of(Method::POST, "/api/v1/auth/login"), USUAL.body);
    }
}
