//! Only what Kafka has acknowledged is promised, and what is promised is there: through Kafka's death, its silence, and
//! the collector's own end.

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Collector, report};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;
use veza_standalone::testing::{Installation, Servers, eventually};

const DEADLINE: Duration = Duration::from_secs(3);
/// What a busy machine may add to a deadline.
const SLACK: Duration = Duration::from_secs(2);

/// With [`DEADLINE`] and no quota in the way.
async fn collector(servers: &Arc<Servers>) -> Collector {
    let installation = Installation::on(Arc::clone(servers)).await;
    let deadline = DEADLINE.as_millis().to_string();
    let settings = [
        ("VEZA_KAFKA_DELIVERY_DEADLINE_MS", deadline.as_str()),
        ("VEZA_INGEST_QUEUE_REPORTS", "1000"),
        ("VEZA_INGEST_REQUESTS_PER_S", "1000000"),
        ("VEZA_INGEST_REPORTS_PER_S", "1000000"),
    ];
    Collector::start_in(installation, &settings).await
}

/// Players that report batches of new plays without a pause.
struct Load {
    stop: Arc<AtomicBool>,
    /// Plays that the collector said yes to.
    promised: Arc<Mutex<HashSet<Uuid>>>,
    /// Status (0: no answer) and duration of each request.
    answers: Arc<Mutex<Vec<(u16, Duration)>>>,
    players: JoinSet<()>,
}

impl Load {
    fn start(collector: &Collector, players: usize) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            promised: Arc::default(),
            answers: Arc::default(),
            players: JoinSet::new(),
        };
        for _ in 0..players {
            let (stop, promised, answers) = (
                load.stop.clone(),
                load.promised.clone(),
                load.answers.clone(),
            );
            let (http, url) = (collector.http.clone(), collector.url());
            load.players.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let batch: Vec<Value> = (0..20).map(|_| report()).collect();
                    let begun = Instant::now();
                    let status = match http.post(&url).json(&batch).send().await {
                        Ok(response) => response.status().as_u16(),
                        Err(_) => 0,
                    };
                    answers.lock().unwrap().push((status, begun.elapsed()));
                    match status {
                        202 => promised.lock().unwrap().extend(batch.iter().map(play_id)),
                        // A refused connection answers at once; ask no faster than a player would.
                        _ => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                }
            });
        }
        load
    }

    fn answered(&self, status: u16) -> usize {
        self.answers
            .lock()
            .unwrap()
            .iter()
            .filter(|(s, _)| *s == status)
            .count()
    }

    async fn until_answered(&self, status: u16, more: usize) {
        let target = self.answered(status) + more;
        eventually(Duration::from_secs(60), async || {
            self.answered(status) >= target
        })
        .await;
    }

    async fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(player) = self.players.join_next().await {
            player.unwrap();
        }
    }

    fn assert_that_all_promised_are_in(&self, collector: &Collector) {
        let stored: HashSet<Uuid> = collector
            .records()
            .iter()
            .map(|record| record.play_id())
            .collect();
        let promised = self.promised.lock().unwrap();
        let missing = promised.difference(&stored).count();
        assert_eq!(missing, 0, "of {} promised plays", promised.len());
    }
}

fn play_id(report: &Value) -> Uuid {
    report["play_id"].as_str().unwrap().parse().unwrap()
}

async fn readyz(collector: &Collector) -> (u16, Value) {
    let response = reqwest::get(format!("{}/readyz", collector.service.metrics_url()))
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_killed_under_load_is_503_within_the_deadline_and_nothing_promised_is_missing() {
    let servers = Servers::dedicated().await;
    let collector = collector(&servers).await;
    let mut load = Load::start(&collector, 8);
    for _ in 0..2 {
        load.until_answered(202, 50).await;
        servers.kafka.kill9().await;
        load.until_answered(503, 8).await;
        eventually(SLACK + DEADLINE, async || readyz(&collector).await.0 == 503).await;
        let (_, report) = readyz(&collector).await;
        assert_eq!(report["not_ready"][0]["name"], "kafka", "{report}");
        servers.kafka.start().await;
    }
    load.until_answered(202, 50).await;
    load.stop().await;

    let answers = load.answers.lock().unwrap().clone();
    assert!(
        answers
            .iter()
            .all(|(status, _)| [202, 503].contains(status)),
        "{answers:?}"
    );
    let slowest = answers.iter().map(|(_, took)| *took).max().unwrap();
    assert!(slowest < DEADLINE + SLACK, "{slowest:?}");
    eventually(SLACK, async || readyz(&collector).await.0 == 200).await;
    load.assert_that_all_promised_are_in(&collector);
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_that_hangs_is_503_within_the_deadline_and_a_full_queue_is_503_at_once() {
    let servers = Servers::dedicated().await;
    let collector = collector(&servers).await;
    collector.accepts_a_good_report().await;
    servers.kafka.pause();

    let begun = Instant::now();
    let refused = collector.report(&report()).await;
    let took = begun.elapsed();
    assert!(DEADLINE / 2 < took && took < DEADLINE + SLACK, "{took:?}");
    assert_eq!(refused.problem(), (503, "unavailable", None));
    assert_eq!(refused.header("retry-after"), "5");

    // The queue holds a thousand, so two of these do not fit at the same time.
    let batch = json!((0..600).map(|_| report()).collect::<Vec<_>>());
    let timed = async || {
        let begun = Instant::now();
        let answer = collector.report(&batch).await;
        assert_eq!(answer.problem(), (503, "unavailable", None));
        begun.elapsed()
    };
    let (one, other) = tokio::join!(timed(), timed());
    assert!(one.min(other) < DEADLINE / 2, "{one:?} {other:?}");
    let metrics = collector.service.metrics().await;
    let reports = |code| {
        support::metric(
            &metrics,
            &format!("ingest_reports_total{{code=\"{code}\"}}"),
        )
    };
    assert_eq!(
        (reports("deadline"), reports("queue_full")),
        (601.0, 600.0),
        "{metrics}"
    );

    servers.kafka.resume();
    eventually(Duration::from_secs(30), async || {
        collector.report(&report()).await.status == 202
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_finishes_what_is_under_way_and_loses_nothing_promised() {
    let collector = collector(&Servers::shared().await).await;
    let mut load = Load::start(&collector, 8);
    load.until_answered(202, 50).await;

    // A request of which the collector has only half.
    let body = report().to_string();
    let (early, late) = body.split_at(body.len() / 2);
    let head = format!(
        "POST /v1/plays HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut half = TcpStream::connect(collector.address()).await.unwrap();
    half.write_all(format!("{head}{early}").as_bytes())
        .await
        .unwrap();
    // It is being read once a whole request that came later is answered.
    collector.accepts_a_good_report().await;

    let end = collector.service.terminate();
    let finish = async {
        // Nobody new is let in: it is stopping.
        eventually(Duration::from_secs(5), async || {
            TcpStream::connect(collector.address()).await.is_err()
        })
        .await;
        half.write_all(late.as_bytes()).await.unwrap();
        let mut answer = String::new();
        half.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let (status, answer) = tokio::join!(end, finish);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert!(status.success(), "{status}");
    load.stop().await;
    let answers = load.answers.lock().unwrap().clone();
    assert!(
        answers.iter().all(|(status, _)| [0, 202].contains(status)),
        "{answers:?}"
    );
    load.assert_that_all_promised_are_in(&collector);
    let stored = collector.records();
    assert!(
        stored
            .iter()
            .any(|record| record.key == play_id(&serde_json::from_str(&body).unwrap()).to_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_killed_has_kept_its_promises() {
    let collector = collector(&Servers::shared().await).await;
    let mut load = Load::start(&collector, 8);
    for _ in 0..3 {
        load.until_answered(202, 20).await;
        collector.service.kill9().await;
        collector.service.restart().await;
    }
    load.stop().await;
    load.assert_that_all_promised_are_in(&collector);
}
