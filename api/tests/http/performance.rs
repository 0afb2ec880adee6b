//! How fast the services answer, told by a real Prometheus that scraped real traffic.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use veza_standalone::testing::eventually;

use crate::support::{Api, PASSWORD};

/// The buckets of `http_request_duration_seconds`.
const EDGES: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

fn bucket(seconds: f64) -> usize {
    EDGES.iter().filter(|edge| **edge < seconds).count()
}

#[tokio::test]
async fn p95_is_within_a_bucket_of_the_measured_one_and_without_prometheus_it_says_so() {
    let veza = veza_standalone::testing::Installation::new().await;
    let place = veza.servers().prometheus_place();
    let api = Api::on(veza, &[("VEZA_API_PROMETHEUS_URL", &place.url())]).await;
    let admin = api.admin().await;
    let path = "/api/v1/admin/analytics/performance";

    let nothing = api.get(path, &admin.token).await;
    assert_eq!(nothing.data()["status"], "unavailable");

    let prometheus = place.start(&[("api", api.service.metrics_url())]).await;
    let log_in = json!({"email": admin.email, "password": PASSWORD});
    // Prometheus needs a count to begin with: a series that comes up with 40 in it has grown by nothing.
    api.post("/api/v1/auth/login", "", log_in.clone()).await;
    let known = "http_requests_total{route=\"/api/v1/auth/login\"}";
    eventually(Duration::from_secs(30), || async {
        let asked = api.client.get(format!("{}/api/v1/query", place.url()));
        let answer = asked.query(&[("query", known)]).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let result = answer["data"]["result"].as_array().cloned();
        result.is_some_and(|result| !result.is_empty())
    })
    .await;
    let mut measured = Vec::new();
    for _ in 0..40 {
        let begun = Instant::now();
        api.post("/api/v1/auth/login", "", log_in.clone())
            .await
            .assert_status(200);
        measured.push(begun.elapsed().as_secs_f64());
    }
    measured.sort_by(f64::total_cmp);
    let measured = measured[37];

    let login = |data: &Value| {
        let routes = data["value"]["routes"].as_array().expect("routes").clone();
        routes
            .into_iter()
            .find(|route| route["route"] == "/api/v1/auth/login")
    };
    eventually(Duration::from_secs(60), || async {
        let answer = api.get(path, &admin.token).await;
        let route = login(answer.data());
        let requests = route.as_ref().and_then(|route| route["requests"].as_u64());
        (requests >= Some(36)).then_some(()).ok_or(answer.body)
    })
    .await;
    let answer = api.get(path, &admin.token).await;
    let route = login(answer.data()).expect("the route");
    assert_eq!(
        (&route["service"], &route["method"]),
        (&json!("api"), &json!("POST"))
    );
    let p95 = route["p95_seconds"].as_f64().expect("a number");
    assert!(
        bucket(p95).abs_diff(bucket(measured)) <= 1,
        "measured {measured} s, told {p95} s"
    );
    assert!(route["p50_seconds"].as_f64().expect("a number") <= p95);
    assert_eq!(route["error_rate"], json!(0.0));
    assert_eq!(answer.data()["value"]["services"][0]["up"], json!(true));
    // Steps without traffic have no times.
    let idle = route["series"].as_array().unwrap().iter();
    for point in idle.filter(|point| point["requests_per_second"] == json!(0.0)) {
        assert_eq!(point["p95_seconds"], Value::Null, "{point}");
        assert_eq!(point["error_rate"], Value::Null, "{point}");
    }

    prometheus.kill9().await;
    let answer = api.get(path, &admin.token).await;
    let data = answer.data();
    assert_eq!(data["status"], "unavailable");
    assert_eq!(data["value"], Value::Null);
    let why = data["why"].as_str().expect("why");
    assert!(why.contains("Prometheus"), "{why}");
    assert!(!why.contains("127.0.0.1"), "{why}");
}
