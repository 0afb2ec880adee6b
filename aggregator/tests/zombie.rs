//! A consumer that is stopped past its session, so that others take its partitions, and that is woken again: it writes nothing
//! twice, and leaves its successors' journals alone.

mod support;

use std::time::Duration;

use support::{PATIENCE, assert_exactly_once, creator, stored_within, track, under_load};
use veza_standalone::testing::{Installation, Service, eventually};

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
