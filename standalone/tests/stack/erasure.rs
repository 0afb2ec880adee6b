//! Erasing a listener, through everything: plays over HTTP, the request over HTTP, the aggregator, the warehouse, and `verify`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use prost::Message;
use serde_json::{Value, json};
use uuid::Uuid;
use veza_enrich::listener::ListenerKey;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Service, eventually};

const PATIENCE: Duration = Duration::from_secs(60);
/// So that what an hour would decide is not waited for.
const SOON: (&str, &str) = ("VEZA_AGGREGATOR_ERASURE_INTERVAL_SECONDS", "1");
/// `lock::REWRITING` of the aggregator.
const REWRITING: i64 = 0x7665_7a61_0001;

struct Stage {
    veza: Installation,
    ingest: Service,
    api: Service,
    /// Of two creators.
    tracks: [Uuid; 2],
}

impl Stage {
    async fn new() -> Self {
        let veza = Installation::new().await;
        let (ingest, api) = tokio::join!(veza.start_ingest(), veza.start_api());
        let tracks = [track(&veza).await, track(&veza).await];
        Self {
            veza,
            ingest,
            api,
            tracks,
        }
    }

    async fn account(&self) -> Account {
        let id = sqlx::query_scalar(
            "INSERT INTO users (email, password_hash, name) VALUES ($1, '', 'Someone') RETURNING id",
        )
        .bind(format!("{}@example.org", Uuid::new_v4()))
        .fetch_one(self.veza.postgres())
        .await
        .unwrap();
        let key: ListenerKey = self.veza.setting("VEZA_LISTENER_KEY").parse().unwrap();
        Account {
            id,
            token: self.veza.token(id, "user", &[]),
            listener: key.of_account(id),
        }
    }

    /// Reports plays that ended just now, of both creators' tracks in turn.
    async fn listen(&self, account: Option<&Account>, plays: usize) {
        let now = Timestamp::now();
        let reports: Vec<Value> = (0..plays)
            .map(|i| {
                json!({
                    "play_id": Uuid::new_v4(), "track_id": self.tracks[i % 2], "heard_ms": 60_000, "sent_at": now,
                    "started_at": now - SignedDuration::from_secs(90), "listener": format!("anonymous {}", i % 6),
                })
            })
            .collect();
        let request = reqwest::Client::new()
            .post(format!("{}/v1/plays", self.ingest.url()))
            .json(&reports);
        let request = match account {
            Some(account) => request.bearer_auth(&account.token),
            None => request,
        };
        assert_eq!(request.send().await.unwrap().status(), 202);
    }

    async fn stored(&self, rows: u64) {
        eventually(PATIENCE, || async {
            let found = self.count("SELECT count() AS n FROM plays").await;
            match found == rows {
                true => Ok(()),
                false => Err(format!("{found} of {rows}")),
            }
        })
        .await;
    }

    async fn count(&self, sql: &str) -> u64 {
        self.veza.clickhouse(sql).await[0]["n"].as_u64().unwrap()
    }

    async fn rows_of(&self, account: &Account) -> u64 {
        let sql = format!(
            "SELECT count() AS n FROM plays WHERE listener = {}",
            account.listener
        );
        self.count(&sql).await
    }

    /// What each creator is told: plays, heard time and exactly counted listeners.
    async fn told(&self) -> Vec<Value> {
        self.veza
            .clickhouse(
                "SELECT creator_id, sum(counted) AS plays, sum(heard_ms) AS heard, uniqExactIf(listener, counted AND listener != 0) \
                 AS listeners, countIf(listener = 0) AS without FROM plays GROUP BY creator_id ORDER BY creator_id",
            )
            .await
    }

    async fn call(&self, account: &Account, method: reqwest::Method, path: &str) -> Value {
        let url = format!("{}/api/v1/me/listening{path}", self.api.url());
        let request = reqwest::Client::new().request(method, url);
        let response = request.bearer_auth(&account.token).send().await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
        response.json::<Value>().await.unwrap()["data"].take()
    }

    async fn erase(&self, account: &Account) -> String {
        let receipt = self.call(account, reqwest::Method::DELETE, "").await;
        receipt["id"].as_str().unwrap().to_owned()
    }

    async fn receipt(&self, account: &Account, id: &str) -> Value {
        self.call(account, reqwest::Method::GET, &format!("/erasures/{id}"))
            .await
    }

    /// The receipt, once it says so.
    async fn until(&self, account: &Account, id: &str, state: &str) -> Value {
        eventually(PATIENCE, || async {
            let receipt = self.receipt(account, id).await;
            match receipt["state"] == state {
                true => Ok(receipt),
                false => Err(receipt),
            }
        })
        .await
    }

    async fn assert_balanced(&self) {
        let proof = self.veza.verify(PATIENCE).await;
        assert_eq!(proof.findings, []);
    }
}

struct Account {
    id: Uuid,
    token: String,
    listener: u64,
}

async fn track(veza: &Installation) -> Uuid {
    sqlx::query_scalar(
        "WITH creator AS (INSERT INTO creators (name) VALUES ('Odile') RETURNING id)
         INSERT INTO tracks (creator_id, title, artist, duration_ms) SELECT id, 'Kelp', 'Odile', 180000 FROM creator RETURNING id",
    )
    .fetch_one(veza.postgres())
    .await
    .unwrap()
}

#[tokio::test]
async fn an_erased_listener_is_nowhere_and_no_count_changes() {
    let stage = Stage::new().await;
    let veza = &stage.veza;
    let aggregator = veza.start_aggregator_with(&[SOON]).await;
    let (account, other) = (stage.account().await, stage.account().await);
    stage.listen(Some(&account), 40).await;
    stage.listen(Some(&other), 10).await;
    stage.listen(None, 30).await;
    veza.produce("poison", b"no report, and 203.0.113.9").await;
    stage.stored(80).await;
    let told = stage.told().await;
    assert_eq!(stage.rows_of(&account).await, 40);

    let before = Timestamp::now();
    let id = stage.erase(&account).await;
    let receipt = stage.until(&account, &id, "erased").await;
    assert_eq!(
        (&receipt["rows"], &receipt["done_at"]),
        (&40.into(), &Value::Null)
    );
    assert_eq!(stage.rows_of(&account).await, 0);
    assert_eq!(stage.rows_of(&other).await, 10);
    assert_eq!(stage.told().await, told);
    // Each creator has a listener of its own now, and none is shared.
    let shared = "SELECT count() AS n FROM (SELECT listener FROM plays WHERE listener != 0 GROUP BY listener HAVING uniqExact(creator_id) > 1)";
    assert_eq!(stage.count(shared).await, 1, "only the other account is");
    stage.assert_balanced().await;

    // Kafka still held a report of before.
    let late = PlayReport {
        play_id: Uuid::new_v4().into_bytes().to_vec().into(),
        track_id: stage.tracks[0].into_bytes().to_vec().into(),
        started_at_ms: before.as_millisecond() - 90_000,
        sent_at_ms: Some(before.as_millisecond() - 1),
        received_at_ms: before.as_millisecond() - 1,
        heard_ms: 60_000,
        ended: true,
        subject: Some(account.id.to_string()),
        ..PlayReport::default()
    };
    veza.produce("late", &late.encode_to_vec()).await;
    stage.stored(81).await;
    assert_eq!(stage.rows_of(&account).await, 1);
    assert_eq!(stage.receipt(&account, &id).await["state"], "erased");

    // Three days and two weeks later.
    aggregator.terminate().await;
    let _aggregator = veza
        .start_aggregator_with(&[
            SOON,
            ("VEZA_AGGREGATOR_ERASURE_LOG_SECONDS", "1"),
            ("VEZA_AGGREGATOR_ERASURE_REJECTED_SECONDS", "1"),
        ])
        .await;
    let receipt = stage.until(&account, &id, "done").await;
    assert_eq!(receipt["rows"], 41);
    assert!(receipt["done_at"].is_string());
    assert_eq!(stage.rows_of(&account).await, 0);
    let raw = stage
        .count("SELECT countIf(raw != '') AS n FROM rejected")
        .await;
    assert_eq!(raw, 0, "rejected records forget theirs");
    let texts = veza
        .clickhouse("SELECT command FROM system.mutations WHERE database = currentDatabase()")
        .await;
    assert!(!texts.is_empty());
    let old = account.listener.to_string();
    assert!(
        texts.iter().all(|text| !text.to_string().contains(&old)),
        "{texts:?}"
    );
    let tables = veza.clickhouse(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'erasing'",
    );
    assert_eq!(tables.await, [] as [Value; 0]);
    stage.assert_balanced().await;

    // What is heard from now on is the account's.
    stage.listen(Some(&account), 2).await;
    stage.stored(83).await;
    assert_eq!(stage.rows_of(&account).await, 2);
    let listening = stage.call(&account, reqwest::Method::GET, "").await;
    assert_eq!(listening["summary"]["total"]["plays"], 2);
    assert_eq!(listening["erasure"]["state"], "done");
}

#[tokio::test]
async fn nothing_is_erased_while_the_table_is_rewritten_and_one_run_an_interval() {
    let stage = Stage::new().await;
    let mut rebuild = stage.veza.postgres().acquire().await.unwrap().detach();
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(REWRITING)
        .execute(&mut rebuild)
        .await
        .unwrap();
    let interval = ("VEZA_AGGREGATOR_ERASURE_INTERVAL_SECONDS", "3");
    let aggregator = stage.veza.start_aggregator_with(&[interval]).await;
    let (first, second) = (stage.account().await, stage.account().await);
    let earlier = stage.erase(&first).await;
    eventually(PATIENCE, || async {
        match aggregator.log().contains("erasures wait") {
            true => Ok(()),
            false => Err(aggregator.log()),
        }
    })
    .await;
    assert_eq!(stage.receipt(&first, &earlier).await["state"], "queued");
    drop(rebuild);
    let receipt = stage.until(&first, &earlier, "erased").await;
    assert_eq!(receipt["rows"], 0);

    let later = stage.erase(&second).await;
    stage.until(&second, &later, "erased").await;
    let between: f64 = sqlx::query_scalar(
        "SELECT extract(epoch FROM max(erased_at) - min(erased_at))::float8 FROM erasures",
    )
    .fetch_one(stage.veza.postgres())
    .await
    .unwrap();
    assert!(between >= 3.0, "{between} s");
}
