//! The health of the pipeline, with a real one.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use veza_standalone::testing::{Installation, Servers, eventually};

use crate::support::Api;

const PIPELINE: &str = "/api/v1/admin/analytics/pipeline";

#[tokio::test]
async fn an_unreadable_record_is_shown_and_the_balance_still_closes() {
    let veza = Installation::new().await;
    let (ingest, _aggregator) = tokio::join!(veza.start_ingest(), veza.start_aggregator());
    let api = Api::on(veza, &[]).await;
    let (admin, creator) = (api.admin().await, api.creator().await);
    let track = api.track(&creator).await;
    // The positions in the log from before what comes.
    eventually(Duration::from_secs(90), || async {
        let answer = api.get(PIPELINE, &admin.token).await;
        let balance = &answer.data()["balance"]["value"];
        balance["since"]
            .is_string()
            .then_some(())
            .ok_or(answer.body)
    })
    .await;

    let play_id = Uuid::new_v4();
    for seq in 0..2 {
        let started = Timestamp::now() - jiff::SignedDuration::from_mins(5);
        let report = json!({
            "play_id": play_id, "seq": seq, "track_id": track, "started_at": started.to_string(),
            "heard_ms": 40_000, "heard_before_ms": 40_000 * seq, "ended": seq == 1, "listener": "someone",
        });
        let sent = api
            .client
            .post(format!("{}/v1/plays", ingest.url()))
            .json(&report)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 202);
    }
    let (partition, offset) = api.veza.produce("by hand", b"caf\xc3\xa9 \xff\x00").await;

    let balance = |body: &Value| body["data"]["balance"]["value"].clone();
    eventually(Duration::from_secs(60), || async {
        let answer = api.get(PIPELINE, &admin.token).await;
        let found = balance(&answer.body);
        (found["received"] == json!(3))
            .then_some(())
            .ok_or(answer.body)
    })
    .await;
    let answer = api.get(PIPELINE, &admin.token).await;
    let found = balance(&answer.body);
    assert_eq!(found["difference"], json!(0), "{found}");
    assert_eq!(found["counted"], json!(1), "{found}");
    assert_eq!(found["continued"], json!(1), "{found}");
    assert_eq!(
        found["rejected_by_code"],
        json!([{"key": "undecodable", "count": 1}])
    );
    let partitions = &answer.data()["partitions"]["value"];
    assert_eq!(partitions["lag"], json!(0), "{partitions}");
    // Prometheus is not there; the others are.
    assert_eq!(answer.data()["refused"]["status"], "unavailable");
    assert_eq!(answer.data()["refused"]["value"], Value::Null);
    let unknown = &answer.data()["unknown"]["value"];
    assert_eq!(
        (&unknown["plays"], &unknown["listener"]),
        (&json!(1), &json!(0.0))
    );

    let rejected = api.get(&format!("{PIPELINE}/rejected"), &admin.token).await;
    let record = &rejected.data()[0];
    assert_eq!(
        (&record["partition"], &record["offset"], &record["code"]),
        (&json!(partition), &json!(offset), &json!("undecodable"))
    );
    assert_eq!(record["hex"], "636166C3A920FF00");
    assert_eq!(record["text"], "café ··");
    assert!(record["what_to_do"].as_str().unwrap().contains("topic"));

    let trace = api
        .get(&format!("{PIPELINE}/plays/{play_id}"), &admin.token)
        .await;
    let reports = trace.data()["reports"].as_array().unwrap().clone();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["outcome"], "counted");
    assert_eq!(reports[1]["outcome"], "continued");
    assert_eq!(reports[0]["partition"], reports[1]["partition"]);
    assert_eq!(reports[0]["creator"], json!(creator.creator_id));
}

#[tokio::test]
async fn each_part_is_there_while_the_others_are_away() {
    let servers = Servers::dedicated().await;
    let api = Api::on(Installation::on(servers.clone()).await, &[]).await;
    let admin = api.admin().await;
    let statuses = || async {
        let answer = api.get(PIPELINE, &admin.token).await;
        let data = answer.data();
        let part = |name: &str| data[name]["status"].as_str().expect("a status").to_owned();
        [part("partitions"), part("balance"), part("unknown")]
    };
    assert_eq!(statuses().await, ["ok", "ok", "ok"]);

    servers.warehouse.kill9().await;
    assert_eq!(statuses().await[0], "ok");
    assert_eq!(statuses().await[2], "unavailable");
    let users = api.get("/api/v1/admin/analytics/users", &admin.token).await;
    assert_eq!(users.data()["listeners"]["status"], "unavailable");
    let latest = &users.data()["latest"];
    assert_eq!(latest["listeners"], Value::Null);
    assert!(latest["dau"].is_u64(), "{latest}");
    servers.warehouse.start().await;

    servers.postgres.kill9().await;
    assert_eq!(statuses().await, ["unavailable", "unavailable", "ok"]);
    let users = api.get("/api/v1/admin/analytics/users", &admin.token).await;
    users.assert_problem(503, "unavailable", "");
}
