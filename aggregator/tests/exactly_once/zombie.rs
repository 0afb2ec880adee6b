//! A consumer that is stopped past its session, so that others take its partitions, and that is woken again: it writes nothing
//! twice, and leaves its successors' journals alone.

use std::time::Duration;

use crate::support::proxy::Proxy;
use crate::support::{
    PATIENCE, assert_exactly_once, assert_verified, committed, creator, heard, reasons, rows,
    send_to, stored, stored_within, track, under_load,
};
use veza_standalone::testing::{Installation, Servers, Service, eventually};

const PARTITION: i32 = 3;

/// Stops one of two consumers under load in each of `rounds`, until the other has all partitions, and wakes it.
async fn stopped_and_woken(rounds: u64) {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let services = [veza.start_aggregator().await, veza.start_aggregator().await];
    let sent = under_load(&veza, song, async {
        for round in 0..rounds {
            let [stopped, other] = if round % 2 == 0 {
                [&services[0], &services[1]]
            } else {
                [&services[1], &services[0]]
            };
            // Both have some, and go on.
            says_more(stopped, TAKEN_UP, 0).await;
            says_more(other, TAKEN_UP, 0).await;
            tokio::time::sleep(Duration::from_millis(1_000 + round * 619 % 1_700)).await;
            let (given_back, taken_up) = (says(stopped, GIVEN_BACK), says(other, TAKEN_UP));
            stopped.pause();
            says_more(other, TAKEN_UP, taken_up).await;
            // Its successor goes on while it sleeps.
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            let taken_up = says(stopped, TAKEN_UP);
            stopped.resume();
            says_more(stopped, GIVEN_BACK, given_back).await;
            says_more(stopped, TAKEN_UP, taken_up).await;
        }
    })
    .await;
    stored_within(&veza, sent, Duration::from_secs(90)).await;
    assert_exactly_once(&veza, sent).await;
    assert_verified(&veza, sent).await;
}

const TAKEN_UP: &str = "partition taken up";
const GIVEN_BACK: &str = "partitions given back";

/// How often a consumer has said so.
fn says(service: &Service, what: &str) -> usize {
    service.log().matches(what).count()
}

async fn says_more(service: &Service, what: &str, than: usize) {
    eventually(PATIENCE, async || says(service, what) > than).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_stopped_past_its_session_and_woken_writes_nothing_twice() {
    stopped_and_woken(1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn consumers_stopped_and_woken_in_turn_write_nothing_twice() {
    stopped_and_woken(10).await;
}

/// Its worker has stored a range and not committed it when the process is stopped; woken, the client rejoins the group before the
/// worker goes on. The broker would take its commit: it fences members, not owners.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_goes_on_after_its_client_rejoined_leaves_its_successors_journal_alone() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let go_on = GoOn::new();
    let zombie = veza
        .start_aggregator_with(&[
            ("VEZA_AGGREGATOR_SEAL_AGE_MS", "1500"),
            ("VEZA_AGGREGATOR_FAIL_POINT", "uncommitted"),
            ("VEZA_AGGREGATOR_FAIL_POINT_UNTIL", go_on.setting()),
        ])
        .await;
    let first: Vec<_> = (0..4).map(|_| heard(song, 60_000)).collect();
    send_to(&veza, PARTITION, &first).await;
    says_more(&zombie, "fail point hit", 0).await;
    zombie.pause();

    let successor = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_SEAL_AGE_MS", "20")])
        .await;
    says_more(&successor, "a range was on its way", 0).await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    stored(&veza, 5).await;
    let offset = async || committed(&veza, PARTITION).map(|(offset, _)| offset);
    eventually(PATIENCE, async || offset().await == Some(5)).await;

    let taken_up = says(&zombie, TAKEN_UP);
    zombie.resume();
    says_more(&zombie, GIVEN_BACK, 0).await;
    says_more(&zombie, TAKEN_UP, taken_up).await;
    go_on.now();
    // By then a commit of its own would long have been answered.
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(offset().await, Some(5), "the zombie has moved the offset");
    }
    send_to(&veza, PARTITION, &first).await;
    stored_within(&veza, 9, Duration::from_secs(60)).await;
    assert_exactly_once(&veza, 9).await;
    assert_verified(&veza, 9).await;
}

/// A file; whoever is held at a fail point goes on once it exists.
struct GoOn(String);

impl GoOn {
    fn new() -> Self {
        let file = std::env::temp_dir().join(format!("veza-go-on-{}", uuid::Uuid::new_v4()));
        Self(file.display().to_string())
    }

    fn setting(&self) -> &str {
        &self.0
    }

    fn now(&self) {
        std::fs::write(&self.0, "").unwrap();
    }
}

impl Drop for GoOn {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// One consumer is stopped exactly between its last check and its send, and woken when its successor has stored `ranges` ranges.
async fn sends_when_woken(ranges: usize) {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let proxy = Proxy::start(veza.setting("VEZA_CLICKHOUSE_URL")).await;
    let go_on = GoOn::new();
    let zombie = veza
        .start_aggregator_with(&[
            ("VEZA_CLICKHOUSE_URL", proxy.url()),
            ("VEZA_AGGREGATOR_SEAL_AGE_MS", "1500"),
            ("VEZA_AGGREGATOR_FAIL_POINT", "checked"),
            ("VEZA_AGGREGATOR_FAIL_POINT_UNTIL", go_on.setting()),
        ])
        .await;
    let first: Vec<_> = (0..4).map(|_| heard(song, 60_000)).collect();
    send_to(&veza, PARTITION, &first).await;
    eventually(PATIENCE, async || zombie.log().contains("fail point hit")).await;
    assert_eq!(proxy.seen().len(), 0, "it has sent already");
    zombie.pause();

    let successor = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_SEAL_AGE_MS", "20")])
        .await;
    stored(&veza, 4).await;
    assert!(successor.log().contains("a range was on its way"));
    let mut sent = 4;
    for _ in 0..ranges {
        // One at a time: each is a range of its own.
        send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
        sent += 1;
        stored(&veza, sent).await;
    }
    // The broker tells it nothing before it has sent.
    veza.servers().kafka.pause();
    go_on.now();
    zombie.resume();
    eventually(PATIENCE, async || proxy.seen().len() == 1).await;
    veza.servers().kafka.resume();
    let token = proxy.seen()[0].token.clone();
    assert!(token.ends_with(":3:0-3"), "{token}");

    // Both go on, whoever has the partition.
    send_to(&veza, PARTITION, &first).await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    sent += 5;
    stored_within(&veza, sent, Duration::from_secs(60)).await;
    assert_exactly_once(&veza, sent).await;
    assert_verified(&veza, sent).await;
    let rows = rows(&veza).await;
    for play in &first {
        assert_eq!(reasons(&rows, play), ["", "duplicate"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zombie_stopped_between_its_last_check_and_its_send_stores_nothing_twice() {
    sends_when_woken(20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn a_zombie_that_slept_through_a_thousand_ranges_stores_nothing_twice() {
    sends_when_woken(1_000).await;
}
