//! `/healthz`, `/readyz` and `/metrics`, on a port of their own: what operators and Prometheus ask is not what the world may.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::shutdown::{self, ServerLimits};

/// How often histograms are folded while nobody scrapes them; without it they would grow.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The named conditions that must all hold before a service is ready. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    /// Why each condition does not hold; `None`: it holds.
    conditions: Arc<RwLock<BTreeMap<&'static str, Option<String>>>>,
}

impl Readiness {
    /// Adds a condition; it does not hold until [`Condition::ready`] is called.
    pub fn condition(&self, name: &'static str) -> Condition {
        let condition = Condition {
            name,
            readiness: self.clone(),
        };
        condition.not_ready("starting");
        condition
    }

    /// Whether every condition holds.
    pub fn is_ready(&self) -> bool {
        self.report().ready
    }

    fn report(&self) -> ReadinessReport {
        let conditions = self
            .conditions
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let not_ready: Vec<NotReady> = conditions
            .iter()
            .filter_map(|(name, why)| {
                Some(NotReady {
                    name,
                    why: why.clone()?,
                })
            })
            .collect();
        ReadinessReport {
            ready: not_ready.is_empty(),
            not_ready,
        }
    }
}

/// One named condition of a [`Readiness`]; whoever observes it holds this.
#[derive(Debug, Clone)]
pub struct Condition {
    name: &'static str,
    readiness: Readiness,
}

impl Condition {
    pub fn ready(&self) {
        self.set(None);
    }

    /// `why` is shown to operators at `/readyz`.
    pub fn not_ready(&self, why: impl Into<String>) {
        self.set(Some(why.into()));
    }

    fn set(&self, state: Option<String>) {
        let mut conditions = self
            .readiness
            .conditions
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let before = conditions.insert(self.name, state.clone());
        match (before, state) {
            (Some(Some(_)), None) => tracing::info!(condition = self.name, "condition holds"),
            (Some(None), Some(why)) => {
                tracing::warn!(condition = self.name, why, "condition no longer holds");
            }
            _ => {}
        }
    }
}

/// The body of `/readyz`.
#[derive(Debug, Serialize)]
struct ReadinessReport {
    ready: bool,
    not_ready: Vec<NotReady>,
}

#[derive(Debug, Serialize)]
struct NotReady {
    name: &'static str,
    why: String,
}

/// Serves the probes on `listener` until `stop`. Probes should outlast the service that they report on: give a token
/// that is cancelled after the drain.
pub async fn serve(
    listener: TcpListener,
    readiness: Readiness,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) {
    let upkeep = metrics.clone();
    let fold = async move {
        let mut tick = tokio::time::interval(UPKEEP_INTERVAL);
        loop {
            tick.tick().await;
            upkeep.run_upkeep();
        }
    };
    tokio::spawn(stop.clone().run_until_cancelled_owned(fold));
    shutdown::serve(
        listener,
        router(readiness, metrics),
        ServerLimits::default(),
        stop,
    )
    .await;
}

fn router(readiness: Readiness, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz).with_state(readiness))
        .route(
            "/metrics",
            get(move || std::future::ready(exposition(&metrics))),
        )
}

async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, Json<ReadinessReport>) {
    let report = readiness.report();
    let status = if report.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report))
}

fn exposition(metrics: &PrometheusHandle) -> ([(http::HeaderName, &'static str); 1], String) {
    let text_format = "text/plain; version=0.0.4; charset=utf-8";
    (
        [(http::header::CONTENT_TYPE, text_format)],
        metrics.render(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt;

    async fn get(readiness: &Readiness, path: &str) -> (StatusCode, String) {
        let handle = PrometheusBuilder::new().build_recorder().handle();
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let response = router(readiness.clone(), handle)
            .oneshot(request)
            .await
            .unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn readyz_names_what_is_not_ready_and_why() {
        let readiness = Readiness::default();
        let kafka = readiness.condition("kafka");
        readiness.condition("warehouse").ready();
        kafka.not_ready("no broker answers");
        let (status, body) = get(&readiness, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            body,
            r#"{"ready":false,"not_ready":[{"name":"kafka","why":"no broker answers"}]}"#
        );

        kafka.ready();
        assert_eq!(get(&readiness, "/readyz").await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_service_that_is_not_ready_is_still_alive() {
        let readiness = Readiness::default();
        readiness.condition("kafka");
        assert_eq!(get(&readiness, "/healthz").await.0, StatusCode::OK);
        assert_eq!(get(&readiness, "/metrics").await.0, StatusCode::OK);
        assert!(!readiness.is_ready());
    }
}
