//! Why a whole request is refused, as its sender reads it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use veza_schemas::problem::{self, Code, Problem};
use veza_schemas::report::{Receipt, RefusedReport};
use veza_service::reply::ProblemResponse;

/// Why a whole request is refused.
pub enum Refusal {
    Problem(ProblemResponse),
    AllReports(Box<AllRefused>),
}

/// A problem that names every report too.
#[derive(Debug, Serialize)]
pub struct AllRefused {
    #[serde(flatten)]
    problem: Problem,
    #[serde(flatten)]
    receipt: Receipt,
}

impl Refusal {
    /// The name in metrics.
    pub fn code(&self) -> Code {
        match self {
            Self::Problem(response) => response.problem().code,
            Self::AllReports(all) => all.problem.code,
        }
    }
}

impl<P: Into<ProblemResponse>> From<P> for Refusal {
    fn from(problem: P) -> Self {
        Self::Problem(problem.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(response) => response.into_response(),
            Self::AllReports(all) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                [(CONTENT_TYPE, problem::CONTENT_TYPE)],
                Json(all),
            )
                .into_response(),
        }
    }
}

impl AllRefused {
    pub fn new(rejected: Vec<RefusedReport>) -> Self {
        let first = rejected.first();
        let detail = match (rejected.len(), first) {
            (1, Some(only)) => only.message.clone(),
            (count, Some(first)) => format!(
                "all {count} reports are refused; the first: {}",
                first.message
            ),
            (_, None) => "all reports are refused".to_owned(),
        };
        // A report that is no object has no field; its place in the request is what is wrong.
        let field = first.map(|first| {
            first
                .field
                .clone()
                .unwrap_or_else(|| format!("[{}]", first.index))
        });
        let mut problem = Problem::new(Code::AllRefused, detail);
        problem.field = field;
        let receipt = Receipt {
            accepted: 0,
            rejected,
        };
        Self { problem, receipt }
    }
}
