//! What can go wrong in a handler, and what the client is told: `application/problem+json` with a stable code. Failures of
//! ours are logged here, once, and never described to the client.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use veza_players::client::ClientError;
use veza_schemas::problem::{self, Code, Problem};
use veza_service::reply::ProblemResponse;
use veza_service::token::TokenError;

use crate::marketplace::Quote;

/// What handlers return.
pub type Result<T, E = ApiError> = std::result::Result<T, E>;

/// When a client should try again when something behind us does not answer.
const RETRY_AFTER_OUTAGE: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// For the client to mend: told as it is.
    #[error("{}: {}", .problem.code.name(), .problem.detail)]
    Refused {
        problem: Box<Problem>,
        /// Sent as `Retry-After`.
        retry_after: Option<Duration>,
    },
    #[error("Postgres: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("ClickHouse: {0}")]
    ClickHouse(#[from] clickhouse::error::Error),
    #[error("ingest: {0}")]
    Ingest(#[from] ClientError),
    #[error("Prometheus: {0}")]
    Prometheus(#[from] prometheus_http_query::Error),
    #[error("token: {0}")]
    Token(#[from] TokenError),
    #[error("object store: {0}")]
    ObjectStore(String),
    /// 409, with what it costs now.
    #[error("the total has risen")]
    PriceChanged(Box<Quote>),
    #[error("{0:#}")]
    Internal(#[from] anyhow::Error),
}

impl ApiError {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    /// 404: `what` does not exist, or belongs to someone else; the answer is the same for both.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// 422: `field` has a value that is not allowed; `detail` says which are.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Problem::new(Code::Invalid, detail).at(field).into()
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Code::Forbidden, detail)
    }

    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, detail)
    }

    /// 429, to be tried again after `wait`.
    pub fn too_many_requests(detail: impl Into<String>, wait: Duration) -> Self {
        Self::Refused {
            problem: Box::new(Problem::new(Code::TooManyRequests, detail)),
            retry_after: Some(wait),
        }
    }

    /// What the client is told of it, in words.
    pub fn detail(&self) -> String {
        self.told().problem().detail.clone()
    }

    /// Whether something behind us does not answer, and may later.
    pub fn is_outage(&self) -> bool {
        self.told().problem().status == 503
    }

    /// What the client reads.
    fn told(&self) -> ProblemResponse {
        let problem = match self {
            Self::Refused {
                problem,
                retry_after,
            } => {
                let told = ProblemResponse::from(Problem::clone(problem));
                return match retry_after {
                    Some(wait) => told.retry_after(*wait),
                    None => told,
                };
            }
            Self::Token(error) => return error.clone().into(),
            Self::Postgres(error) => of_postgres(error),
            Self::ClickHouse(error) => of_clickhouse(error),
            Self::Ingest(error) if error.is_retriable() => unavailable("ingest"),
            Self::Ingest(_) => internal(),
            Self::Prometheus(_) => unavailable("Prometheus"),
            Self::ObjectStore(_) => unavailable("the object store"),
            Self::PriceChanged(_) => price_changed(),
            Self::Internal(_) => internal(),
        };
        let outage = problem.status == 503;
        let told = ProblemResponse::from(problem);
        if outage {
            told.retry_after(RETRY_AFTER_OUTAGE)
        } else {
            told
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Refused {
            problem: Box::new(problem),
            retry_after: None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::PriceChanged(quote) = self {
            return PriceChanged {
                problem: price_changed(),
                quote: *quote,
            }
            .into_response();
        }
        let told = self.told();
        let problem = told.problem();
        if problem.status >= 500 {
            tracing::error!(error = %self, code = problem.code.name(), "request failed");
        }
        told.into_response()
    }
}

/// A [`Problem`] with an extension: the quote that now holds.
#[derive(Serialize, ToSchema)]
pub struct PriceChanged {
    #[serde(flatten)]
    problem: Problem,
    /// With `price_changed`, and only with it.
    #[schema(required = false)]
    quote: Quote,
}

impl IntoResponse for PriceChanged {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CONFLICT, Json(self)).into_response();
        let kind = HeaderValue::from_static(problem::CONTENT_TYPE);
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}

fn price_changed() -> Problem {
    Problem::new(
        Code::PriceChanged,
        "the total has risen since it was quoted; agree to the new quote, or leave it",
    )
}

fn internal() -> Problem {
    Problem::new(
        Code::Internal,
        "something failed on our side; it has been logged",
    )
}

fn unavailable(what: &str) -> Problem {
    Problem::new(
        Code::Unavailable,
        format!("{what} does not answer; try again"),
    )
}

fn of_postgres(error: &sqlx::Error) -> Problem {
    match error {
        sqlx::Error::Database(refusal) => refusal
            .constraint()
            .and_then(of_constraint)
            .or_else(|| of_sqlstate(&refusal.code()?))
            .unwrap_or_else(internal),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => unavailable("the database"),
        _ => internal(),
    }
}

/// The one place where a named constraint becomes a problem.
fn of_constraint(name: &str) -> Option<Problem> {
    let (code, field, detail) = match name {
        "users_email_key" => (
            Code::EmailTaken,
            "email",
            "an account with this e-mail exists; log in instead",
        ),
        "creators_user_key" => (
            Code::AlreadyCreator,
            "name",
            "this account is a creator already",
        ),
        "creators_user_id_fkey"
        | "follows_user_id_fkey"
        | "wishlist_user_id_fkey"
        | "orders_buyer_id_fkey"
        | "idempotency_keys_user_id_fkey" => {
            let detail = "this account does not exist (any more)";
            return Some(Problem::new(Code::Unauthenticated, detail));
        }
        "users_name_length" | "creators_name_length" => {
            (Code::Invalid, "name", "1 to 100 characters")
        }
        "users_email_folded" => (Code::Invalid, "email", "at most 254 characters"),
        "users_language" => (Code::Invalid, "language", "`en` or `fr`"),
        "tracks_title_length" => (Code::Invalid, "title", "1 to 300 characters"),
        "tracks_artist_length" => (Code::Invalid, "artist", "1 to 300 characters"),
        "tracks_duration" => (Code::Invalid, "duration_ms", "1 to 86400000"),
        "creators_currency" => (Code::Invalid, "currency", "three letters, such as `EUR`"),
        "products_title_length" => (Code::Invalid, "title", "1 to 200 characters"),
        "products_description_length" => (Code::Invalid, "description", "at most 5000 characters"),
        "products_price" => (Code::Invalid, "price_minor", "0 to 100000000"),
        "product_files_name_length" => (Code::Invalid, "name", "1 to 200 characters"),
        "product_files_size" => (Code::Invalid, "size", "1 to 2147483648 bytes"),
        "promotions_percent" => (Code::Invalid, "discount_percent", "1 to 90"),
        "promotions_in_order" => (Code::Invalid, "ends_at", "later than `starts_at`"),
        "idempotency_keys_length" => (Code::Invalid, "idempotency-key", "1 to 255 characters"),
        "orders_tax_country" => (Code::Invalid, "country", "two letters, such as `FR`"),
        _ => return of_conflict(name),
    };
    Some(Problem::new(code, detail).at(field))
}

/// Constraints that what others did meanwhile can break: no field of the request is wrong.
fn of_conflict(name: &str) -> Option<Problem> {
    let (code, detail) = match name {
        "wishlist_product_id_fkey" => (Code::NotFound, "there is no such product"),
        "product_reviews_one_each" => (
            Code::AlreadyReviewed,
            "you have reviewed this; a review can't be changed",
        ),
        "disputes_one_unresolved" => (
            Code::DisputeRunning,
            "another dispute of this order is not over yet",
        ),
        "listening_imports_one_at_a_time" => (
            Code::ImportRunning,
            "a listening history of yours is being brought in; send the next one when it has ended",
        ),
        "order_items_owned_once" => (Code::AlreadyOwned, "this was bought before"),
        "payments_once" => (
            Code::PaymentUnderWay,
            "a payment of this order is under way or was approved",
        ),
        "promotions_no_overlap" => (
            Code::PromotionOverlap,
            "another promotion of this product is in force at that time",
        ),
        _ => return None,
    };
    Some(Problem::new(code, detail))
}

/// Outages and conflicts that Postgres names by SQLSTATE (its manual, appendix A).
fn of_sqlstate(state: &str) -> Option<Problem> {
    match state {
        // Serialization failure, deadlock: the same request can succeed when repeated.
        "40001" | "40P01" => Some(unavailable("the database")),
        // Connection exceptions, insufficient resources, operator intervention.
        _ if ["08", "53", "57"]
            .iter()
            .any(|class| state.starts_with(class)) =>
        {
            Some(unavailable("the database"))
        }
        _ => None,
    }
}

fn of_clickhouse(error: &clickhouse::error::Error) -> Problem {
    use clickhouse::error::Error;
    match error {
        Error::Network(_) => unavailable("the warehouse"),
        Error::TimedOut => query_timeout(),
        Error::BadResponse(text) => match clickhouse_code(text) {
            // TIMEOUT_EXCEEDED, TOO_SLOW
            Some(159 | 160) => query_timeout(),
            // TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS_OR_BYTES
            Some(158 | 202 | 241 | 307 | 396) => Problem::new(
                Code::Unavailable,
                "the query needs more than the warehouse allows at the moment; try a shorter range",
            ),
            _ => internal(),
        },
        _ => internal(),
    }
}

fn query_timeout() -> Problem {
    Problem::new(
        Code::QueryTimeout,
        "the query took longer than is allowed; try a shorter range",
    )
}

/// The number in `Code: 159. DB::Exception: …`.
fn clickhouse_code(text: &str) -> Option<u32> {
    let rest = text.split_once("Code: ")?.1;
    rest.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_503_and_our_own_fault_500_without_details() {
        let outage = ApiError::from(sqlx::Error::PoolTimedOut).told();
        assert_eq!(outage.problem().code, Code::Unavailable);
        let fault = ApiError::from(anyhow::anyhow!("password=hunter2")).told();
        assert_eq!(fault.problem().code, Code::Internal);
        assert!(!fault.problem().detail.contains("hunter2"));
    }

    #[test]
    fn clickhouse_codes_are_read_from_its_message() {
        let text = "Code: 159. DB::Exception: Timeout exceeded: elapsed 5.1 seconds";
        assert_eq!(clickhouse_code(text), Some(159));
        assert_eq!(clickhouse_code("nonsense"), None);
    }
}
