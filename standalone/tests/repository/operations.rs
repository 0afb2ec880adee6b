//! What `deploy/` watches an installation with: the alerts do what they say, and everything that alerts and dashboards
//! name is really told by the services.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use veza_standalone::testing::{Installation, eventually, repository};

#[test]
fn the_alerts_are_raised_when_they_should_be_and_not_otherwise() {
    let folder = repository().join("deploy/prometheus");
    for args in [
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "alerts.test.yml"],
    ] {
        let output = Command::new("promtool")
            .args(args)
            .current_dir(&folder)
            .output()
            .expect("promtool, which comes with prometheus; make deps FOR=test installs it");
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "promtool {args:?}:\n{said}");
    }
    // An alert without a test could be one that never fires.
    let rules = fs::read_to_string(folder.join("alerts.yml")).unwrap();
    let tests = fs::read_to_string(folder.join("alerts.test.yml")).unwrap();
    for line in rules.lines() {
        if let Some(alert) = line.trim().strip_prefix("- alert: ") {
            let expected = format!("alertname: {alert}\n        exp_alerts:");
            assert!(tests.contains(&expected), "{alert} is never expected");
        }
    }
}

#[tokio::test]
async fn every_metric_of_alerts_and_dashboards_is_told_by_a_service() {
    let named = named_metrics();
    assert!(named.len() > 15, "{named:?}");

    let veza = Installation::new().await;
    let (ingest, aggregator, api) = tokio::join!(
        veza.start_ingest(),
        veza.start_aggregator(),
        veza.start_api()
    );
    let play = json!({
        "play_id": Uuid::new_v4(), "track_id": Uuid::new_v4(), "heard_ms": 1_000,
        "started_at": jiff::Timestamp::now().to_string(),
    });
    let client = reqwest::Client::new();
    let sent = client
        .post(format!("{}/v1/plays", ingest.url()))
        .json(&play);
    assert_eq!(sent.send().await.unwrap().status(), 202);
    reqwest::get(format!("{}/api/v1/config", api.url()))
        .await
        .unwrap();

    // The disk is looked at each minute.
    eventually(Duration::from_secs(90), || async {
        let mut told = BTreeSet::new();
        for service in [&ingest, &aggregator, &api] {
            let text = reqwest::get(format!("{}/metrics", service.metrics_url()))
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            let samples = text.lines().filter(|line| !line.starts_with('#'));
            told.extend(samples.filter_map(|line| {
                let name = line.split(['{', ' ']).next()?;
                Some(name.to_owned())
            }));
        }
        let missing: Vec<&String> = named.difference(&told).collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(format!("nobody tells {missing:?}")),
        }
    })
    .await;
}

/// All metrics of ours in the expressions of rules and dashboards.
fn named_metrics() -> BTreeSet<String> {
    let deploy = repository().join("deploy");
    let mut expressions = vec![fs::read_to_string(deploy.join("prometheus/alerts.yml")).unwrap()];
    for entry in fs::read_dir(deploy.join("grafana")).unwrap() {
        let path = entry.unwrap().path();
        let dashboard: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for panel in dashboard["panels"].as_array().expect("panels") {
            for target in panel["targets"].as_array().expect("targets") {
                expressions.push(target["expr"].as_str().expect("an expression").to_owned());
            }
        }
    }
    let is_ours = |word: &&str| {
        ["veza_", "ingest_", "http_"]
            .iter()
            .any(|prefix| word.starts_with(prefix))
    };
    expressions
        .iter()
        .flat_map(|text| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .filter(is_ours)
        .map(str::to_owned)
        .collect()
}
