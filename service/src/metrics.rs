//! Metrics for Prometheus. Names end in their unit; durations are seconds, as histograms.
//!
//! Every HTTP service has `http_requests_total` and `http_request_duration_seconds`, both by `service`, `route` (the template,
//! never the path itself), `method` and `status` (`2xx` … `5xx`, or `cancelled` where the client left before the answer).

use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::{Method, StatusCode};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// 1 ms … 60 s.
const SECONDS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];
/// 256 B … 64 MiB.
const BYTES: [f64; 10] = [
    256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0, 67108864.0,
];
/// 1 … 100,000.
const ROWS: [f64; 11] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5];

/// Installs the process's recorder; its handle renders what [`crate::probes`] serves at `/metrics`. Once a process.
///
/// Histograms have fixed buckets by the end of their name: `_seconds`, `_bytes`, `_rows`.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    builder()?.install_recorder()
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".into()), &BYTES)?
        .set_buckets_for_metric(Matcher::Suffix("_rows".into()), &ROWS)
}

/// Counts and times every request of `router`, those whose client leaves included. The time ends with the head of the
/// answer; a body that streams on is not in it.
pub fn observe<S>(service: &'static str, router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.layer(from_fn_with_state(service, observe_request))
}

async fn observe_request(
    State(service): State<&'static str>,
    request: Request,
    next: Next,
) -> Response {
    let mut observation = Observation::begin(service, &request);
    let response = next.run(request).await;
    observation.status = Some(response.status());
    response
}

/// One request under way. It is recorded when dropped, which happens to a cancelled request too.
struct Observation {
    service: &'static str,
    route: String,
    method: &'static str,
    begun: Instant,
    status: Option<StatusCode>,
}

impl Observation {
    fn begin(service: &'static str, request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        Self {
            service,
            route: route.map_or_else(|| "unmatched".into(), |route| route.as_str().into()),
            method: method_label(request.method()),
            begun: Instant::now(),
            status: None,
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        let labels = [
            ("service", self.service.into()),
            ("route", std::mem::take(&mut self.route).into()),
            ("method", self.method.into()),
            ("status", status_label(self.status).into()),
        ]
        .map(|(name, value): (_, metrics::SharedString)| metrics::Label::new(name, value))
        .to_vec();
        metrics::counter!("http_requests_total", labels.clone()).increment(1);
        metrics::histogram!("http_request_duration_seconds", labels)
            .record(self.begun.elapsed().as_secs_f64());
    }
}

fn status_label(status: Option<StatusCode>) -> &'static str {
    match status.map(|status| status.as_u16() / 100) {
        None => "cancelled",
        Some(1) => "1xx",
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        Some(_) => "5xx",
    }
}

/// Clients choose their methods' names; the label's values must stay few.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    fn request(path: &str) -> http::Request<Body> {
        http::Request::get(path).body(Body::empty()).unwrap()
    }

    fn router() -> Router {
        let routes = Router::new()
            .route("/tracks/{id}", get(|| async { "one" }))
            .route("/slow", get(std::future::pending::<()>));
        observe("test", routes)
    }

    /// Runs `body` with a recorder of its own, and returns what Prometheus would read.
    fn recorded(body: impl Future<Output = ()>) -> String {
        let recorder = builder().unwrap().build_recorder();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        metrics::with_local_recorder(&recorder, || runtime.block_on(body));
        recorder.handle().render()
    }

    #[test]
    fn requests_are_labelled_by_template_and_class_never_by_path() {
        let text = recorded(async {
            router().oneshot(request("/tracks/7")).await.unwrap();
            router().oneshot(request("/nowhere/8")).await.unwrap();
        });
        assert!(
            text.contains(r#"http_requests_total{service="test",route="/tracks/{id}",method="GET",status="2xx"} 1"#),
            "{text}"
        );
        assert!(
            text.contains(r#"route="unmatched",method="GET",status="4xx"} 1"#),
            "{text}"
        );
        assert!(
            text.contains("http_request_duration_seconds_bucket"),
            "{text}"
        );
        assert!(!text.contains("/tracks/7"), "{text}");
    }

    #[test]
    fn a_request_whose_client_left_is_counted_as_cancelled() {
        let text = recorded(async {
            let left = tokio::time::timeout(
                std::time::Duration::from_millis(5),
                router().oneshot(request("/slow")),
            );
            assert!(left.await.is_err());
        });
        assert!(
            text.contains(r#"route="/slow",method="GET",status="cancelled"} 1"#),
            "{text}"
        );
    }
}
