//! `GET /admin/analytics/performance`: how fast the services answer, and how often they fail, as Prometheus has scraped it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use futures::try_join;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use veza_service::reply::Reply;

use super::part::Part;
use crate::error::Result;
use crate::extract::Query;
use crate::prometheus::{Labels, Point, Prometheus};

/// The time that ends now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Window {
    #[default]
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "6h")]
    SixHours,
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
}

impl Window {
    fn seconds(self) -> u64 {
        match self {
            Self::Hour => 3_600,
            Self::SixHours => 6 * 3_600,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
        }
    }

    /// Between two points of a series: 60 to 96 of them.
    fn step(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hour => 60,
            Self::SixHours => 300,
            Self::Day => 900,
            Self::Week => 7_200,
        })
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Parameters {
    /// `1h` unless given.
    #[serde(default)]
    #[param(inline, value_type = Option<Window>)]
    window: Window,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Performance {
    /// The services that Prometheus scrapes.
    pub services: Vec<ScrapedService>,
    /// By requests, the most first.
    pub routes: Vec<RoutePerformance>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ScrapedService {
    pub service: String,
    pub instance: String,
    /// The last scrape was answered.
    pub up: bool,
}

/// One operation of a service that had requests in the window, or may have had: null where there was no traffic.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoutePerformance {
    pub service: String,
    /// The template of its path; `unmatched`: requests to no operation at all.
    pub route: String,
    pub method: String,
    /// As Prometheus extrapolates from its scrapes, rounded.
    pub requests: u64,
    /// Half of the answers began within so many seconds: between the edges of a histogram's bucket.
    #[schema(required)]
    pub p50_seconds: Option<f64>,
    /// 95 of 100 did.
    #[schema(required)]
    pub p95_seconds: Option<f64>,
    /// Answers with 5xx ÷ requests, 0 … 1.
    #[schema(required)]
    pub error_rate: Option<f64>,
    pub series: Vec<PerformancePoint>,
}

/// The step that ends at `at`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct PerformancePoint {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(required)]
    pub requests_per_second: Option<f64>,
    #[schema(required)]
    pub p50_seconds: Option<f64>,
    #[schema(required)]
    pub p95_seconds: Option<f64>,
    #[schema(required)]
    pub error_rate: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PerformanceMeta {
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    pub window: Window,
    /// Between two points of a series.
    pub step_seconds: u64,
}

/// How fast the services answer
///
/// With Prometheus away the answer is 200 with `data.status` = `unavailable`, and why.
#[utoipa::path(get, path = "/admin/analytics/performance", operation_id = "performance", tag = "admin", params(Parameters),
    responses((status = 200, description = "p50, p95 and error rate by service and route",
               body = Reply<Part<Performance>, PerformanceMeta>)))]
pub async fn performance(
    State(prometheus): State<Prometheus>,
    Query(asked): Query<Parameters>,
) -> Reply<Part<Performance>, PerformanceMeta> {
    let to = Timestamp::now();
    let window = asked.window;
    let from = to - SignedDuration::from_secs(window.seconds() as i64);
    let read = Performance::read(&prometheus, from, to, window).await;
    let meta = PerformanceMeta {
        from,
        to,
        window,
        step_seconds: window.step().as_secs(),
    };
    Reply::with_meta(Part::from(read), meta)
}

/// Service, route, method.
type Key = (String, String, String);

impl Performance {
    async fn read(
        prometheus: &Prometheus,
        from: Timestamp,
        to: Timestamp,
        window: Window,
    ) -> Result<Self> {
        let whole = window.seconds();
        let step = window.step();
        let part = step.as_secs();
        // A point stands for the step before it.
        let first = from + SignedDuration::from_secs(part as i64);
        let at = |expression| prometheus.at(expression, to);
        let series = |expression| prometheus.series(expression, first, to, step);
        let (up, requests, failures, p50, p95, rate, failed_rate, p50s, p95s) = try_join!(
            at("up{service!=\"\"}".to_owned()),
            at(format!(
                "{BY_ROUTE} (increase(http_requests_total[{whole}s]))"
            )),
            at(format!(
                "{BY_ROUTE} (increase(http_requests_total{{status=\"5xx\"}}[{whole}s]))"
            )),
            at(quantile(0.5, whole)),
            at(quantile(0.95, whole)),
            series(format!("{BY_ROUTE} (rate(http_requests_total[{part}s]))")),
            series(format!(
                "{BY_ROUTE} (rate(http_requests_total{{status=\"5xx\"}}[{part}s]))"
            )),
            series(quantile(0.5, part)),
            series(quantile(0.95, part)),
        )?;
        let (failures, p50, p95) = (by_key(failures), by_key(p50), by_key(p95));
        let (rate, failed_rate) = (by_key(rate), by_key(failed_rate));
        let (p50s, p95s) = (by_key(p50s), by_key(p95s));
        let mut routes: Vec<RoutePerformance> = by_key(requests)
            .into_iter()
            .map(|(key, requests)| {
                let has = |of: &BTreeMap<Key, Option<f64>>| of.get(&key).copied().flatten();
                let steps = |of| steps(of, &key);
                let requests = requests.unwrap_or(0.0);
                let failed = has(&failures).unwrap_or(0.0);
                RoutePerformance {
                    requests: requests.round() as u64,
                    p50_seconds: has(&p50),
                    p95_seconds: has(&p95),
                    error_rate: (requests > 0.0).then(|| (failed / requests).min(1.0)),
                    series: points(
                        steps(&rate),
                        &steps(&failed_rate),
                        &steps(&p50s),
                        &steps(&p95s),
                    ),
                    service: key.0,
                    route: key.1,
                    method: key.2,
                }
            })
            .collect();
        routes.sort_by(|a, b| {
            let name = |route: &RoutePerformance| (route.route.clone(), route.method.clone());
            (b.requests, name(a)).cmp(&(a.requests, name(b)))
        });
        Ok(Self {
            services: up.into_iter().map(ScrapedService::of).collect(),
            routes,
        })
    }
}

const BY_ROUTE: &str = "sum by (service, route, method)";

/// Of the times to the begin of the answer; requests whose client left have none.
fn quantile(q: f64, seconds: u64) -> String {
    format!(
        "histogram_quantile({q}, sum by (service, route, method, le) \
         (rate(http_request_duration_seconds_bucket{{status!=\"cancelled\"}}[{seconds}s])))"
    )
}

fn by_key<T>(series: Vec<(Labels, T)>) -> BTreeMap<Key, T> {
    let keyed = series.into_iter().map(|(mut labels, of)| {
        let mut label = |name: &str| labels.remove(name).unwrap_or_default();
        ((label("service"), label("route"), label("method")), of)
    });
    keyed.collect()
}

/// A series by its times.
fn steps(of: &BTreeMap<Key, Vec<Point>>, key: &Key) -> BTreeMap<Timestamp, Option<f64>> {
    let points = of.get(key).map(Vec::as_slice).unwrap_or_default();
    points.iter().map(|point| (point.at, point.value)).collect()
}

fn points(
    rate: BTreeMap<Timestamp, Option<f64>>,
    failed: &BTreeMap<Timestamp, Option<f64>>,
    p50: &BTreeMap<Timestamp, Option<f64>>,
    p95: &BTreeMap<Timestamp, Option<f64>>,
) -> Vec<PerformancePoint> {
    let value =
        |of: &BTreeMap<Timestamp, Option<f64>>, at: &Timestamp| of.get(at).copied().flatten();
    rate.into_iter()
        .map(|(at, rate)| PerformancePoint {
            at,
            requests_per_second: rate,
            p50_seconds: value(p50, &at),
            p95_seconds: value(p95, &at),
            error_rate: rate
                .filter(|rate| *rate > 0.0)
                .map(|rate| (value(failed, &at).unwrap_or(0.0) / rate).min(1.0)),
        })
        .collect()
}

impl ScrapedService {
    fn of((mut labels, up): (Labels, Option<f64>)) -> Self {
        let mut label = |name: &str| labels.remove(name).unwrap_or_default();
        Self {
            service: label("service"),
            instance: label("instance"),
            up: up == Some(1.0),
        }
    }
}
