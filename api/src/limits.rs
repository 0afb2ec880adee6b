//! What one request may take, so that none takes the service down. The time for a request's head is the server's
//! ([`veza_service::shutdown::ServerLimits`]).

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyDeadlineLayer;
use veza_schemas::problem::Code;

use crate::error::ApiError;

/// Longest body of a request; [`crate::extract`] counts.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Longest wait for a whole body.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
/// Longest wait for an answer's begin; a streamed one may go on longer.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);

/// Bounds the time of what `router` serves, and answers for a handler that panics.
pub fn bounded<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .layer(RequestBodyDeadlineLayer::new(BODY_DEADLINE))
        .layer(from_fn(answer_in_time))
        .layer(CatchPanicLayer::custom(after_panic))
}

async fn answer_in_time(request: Request, next: Next) -> Result<Response, ApiError> {
    tokio::time::timeout(ANSWER_DEADLINE, next.run(request))
        .await
        .map_err(|_| ApiError::new(Code::Unavailable, "no answer in time; try again"))
}

/// The panic's own message has gone to standard error by its hook.
fn after_panic(_: Box<dyn Any + Send>) -> Response {
    ApiError::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}
