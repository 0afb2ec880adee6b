//! `POST /v1/plays`, and what becomes of a request on its way: who sends it, how much they may send, what it says, and
//! whether Kafka has it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{FromRef, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use veza_schemas::problem::Code;
use veza_schemas::record::PlayReport;
use veza_schemas::report::{IMPORT_SCOPE, Receipt, RefusedReport};
use veza_service::client_address::{ClientAddress, TrustedProxies};
use veza_service::reply::ProblemResponse;
use veza_service::token::{self, Claims, TokenError, TokenVerifier};

use crate::body;
use crate::outcome::Outcomes;
use crate::producer::{Producer, Undelivered};
use crate::quota::Quotas;
use crate::refusal::{AllRefused, Refusal};
use crate::validate::{RequestContext, validate};

/// How long a browser may remember that it may send here.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(86_400);
/// When to try again while Kafka is away.
const KAFKA_RETRY: Duration = Duration::from_secs(5);

/// What requests are served with.
pub struct Collector {
    pub verifier: TokenVerifier,
    pub proxies: TrustedProxies,
    pub quotas: Quotas,
    pub producer: Producer,
    pub body_timeout: Duration,
}

#[derive(Clone)]
struct Shared(Arc<Collector>);

impl FromRef<Shared> for TrustedProxies {
    fn from_ref(shared: &Shared) -> Self {
        shared.0.proxies.clone()
    }
}

/// The collector's whole interface.
pub fn router(collector: Collector) -> Router {
    let plays = post(report_plays).fallback(wrong_method).layer(cors());
    let routes = Router::new()
        .route("/v1/plays", plays)
        .fallback(unknown_path)
        .layer(CatchPanicLayer::custom(|_| {
            let detail = "a fault of ours; the reports were not taken, send them again";
            ProblemResponse::new(Code::Internal, detail).into_response()
        }))
        .with_state(Shared(Arc::new(collector)));
    veza_service::metrics::observe("ingest", routes)
}

/// Players report from any page; nothing that a browser adds by itself (a cookie) counts here.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING])
        .expose_headers([RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
}

async fn unknown_path() -> ProblemResponse {
    ProblemResponse::new(Code::NotFound, "plays are reported to POST /v1/plays")
}

async fn wrong_method() -> impl IntoResponse {
    let detail = "plays are reported with POST";
    (
        [(http::header::ALLOW, "POST")],
        ProblemResponse::new(Code::MethodNotAllowed, detail),
    )
}

async fn report_plays(
    State(Shared(collector)): State<Shared>,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Response {
    let deadline = tokio::time::Instant::now() + collector.body_timeout;
    let (head, mut body) = request.into_parts();
    let taken = collector
        .take(address, &head.headers, &mut body, deadline)
        .await;
    match taken {
        Ok(receipt) => (StatusCode::ACCEPTED, Json(receipt)).into_response(),
        Err(refusal) => {
            body::discard(&head.headers, body, deadline).await;
            metrics::counter!("ingest_requests_refused_total", "code" => refusal.code().name())
                .increment(1);
            refusal.into_response()
        }
    }
}

impl Collector {
    /// Takes a request's reports; returns when Kafka has them.
    async fn take(
        &self,
        address: IpAddr,
        headers: &HeaderMap,
        body: &mut Body,
        body_deadline: tokio::time::Instant,
    ) -> Result<Receipt, Refusal> {
        let claims = self.admit(address, headers).await?;
        let may_import = may_import(claims.as_ref());
        let (format, text) = body::read(headers, body, body_deadline).await?;
        let reports = body::reports(format, &text)?;
        if !may_import {
            self.charge_reports(address, reports.len())?;
        }
        let context = RequestContext {
            received_at_ms: Timestamp::now().as_millisecond(),
            address,
            user_agent: user_agent(headers),
            subject: claims.map(|claims| claims.sub),
            do_not_track: asks_not_to_be_tracked(headers),
            may_import,
        };
        let (valid, rejected) = judge(&reports, &context);
        let outcomes = Outcomes::of(valid.len(), &rejected);
        if valid.is_empty() {
            let all = AllRefused::new(rejected);
            return Err(Refusal::AllReports(Box::new(all)));
        }
        self.deliver(&valid, outcomes).await?;
        Ok(Receipt {
            accepted: valid.len(),
            rejected,
        })
    }

    /// Whose request it is, if it may be made at all. A bad token counts as a request of its address, and is refused: taken
    /// for anonymous, its holder's plays would be counted as somebody else's without a word.
    async fn admit(&self, address: IpAddr, headers: &HeaderMap) -> Result<Option<Claims>, Refusal> {
        let claims = self.authenticate(headers).await;
        let exempt = claims
            .as_ref()
            .is_ok_and(|claims| may_import(claims.as_ref()));
        if !exempt {
            self.quotas
                .take_request(address, Instant::now())
                .map_err(|wait| over_quota("requests", wait))?;
        }
        Ok(claims?)
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Claims>, TokenError> {
        match token::bearer(headers)? {
            None => Ok(None),
            Some(token) => self.verifier.verify(token).await.map(Some),
        }
    }

    fn charge_reports(&self, address: IpAddr, count: usize) -> Result<(), Refusal> {
        self.quotas
            .take_reports(address, count, Instant::now())
            .map_err(|wait| over_quota("reports", wait).into())
    }

    async fn deliver(&self, reports: &[PlayReport], outcomes: Outcomes) -> Result<(), Refusal> {
        let begun = Instant::now();
        let delivered = self.producer.deliver(reports).await;
        metrics::histogram!("ingest_delivery_duration_seconds")
            .record(begun.elapsed().as_secs_f64());
        match delivered {
            Ok(()) => {
                outcomes.accepted();
                Ok(())
            }
            Err(undelivered) => {
                outcomes.undelivered(&undelivered);
                Err(unavailable(&undelivered).into())
            }
        }
    }
}

fn may_import(claims: Option<&Claims>) -> bool {
    claims.is_some_and(|claims| claims.has_scope(IMPORT_SCOPE))
}

fn over_quota(what: &str, wait: Duration) -> ProblemResponse {
    let detail = format!(
        "too many {what} from this address (IPv6: its /64); send them again after Retry-After"
    );
    ProblemResponse::new(Code::TooManyRequests, detail).retry_after(wait)
}

fn unavailable(undelivered: &Undelivered) -> ProblemResponse {
    let detail = format!("{undelivered}; nothing was promised, send the same reports again");
    ProblemResponse::new(Code::Unavailable, detail).retry_after(KAFKA_RETRY)
}

fn judge(reports: &[&str], context: &RequestContext) -> (Vec<PlayReport>, Vec<RefusedReport>) {
    let mut valid = Vec::with_capacity(reports.len());
    let mut refused = Vec::new();
    for (index, report) in reports.iter().enumerate() {
        match validate(report, context) {
            Ok(record) => valid.push(record),
            Err(refusal) => refused.push(refusal.at(index)),
        }
    }
    (valid, refused)
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(USER_AGENT)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned()).filter(|agent| !agent.is_empty())
}

fn asks_not_to_be_tracked(headers: &HeaderMap) -> bool {
    ["dnt", "sec-gpc"]
        .iter()
        .any(|name| headers.get(*name).is_some_and(|value| value == "1"))
}
