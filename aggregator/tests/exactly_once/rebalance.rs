//! Members of the group that come and go: what one has in hand is stored and committed before the next one reads on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::{
    PATIENCE, assert_each_offset_once, assert_verified, creator, heard, send, send_at_once,
    send_to, stored, stored_within, track,
};
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Servers, Service, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_stores_and_commits_what_is_in_hand() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    let over = AtomicBool::new(false);
    let load = async {
        let mut sent = 0;
        while !over.load(Ordering::Relaxed) {
            send(&veza, &[heard(song, 60_000)]).await;
            sent += 1;
        }
        sent
    };
    let restarts = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1_700)).await;
            let begun = Instant::now();
            let status = aggregator.terminate().await;
            assert!(status.success(), "{status}: {}", aggregator.log());
            assert!(
                begun.elapsed() < Duration::from_secs(15),
                "{:?}",
                begun.elapsed()
            );
            aggregator.restart().await;
        }
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(load, restarts);
    assert!(
        !aggregator.log().contains("commit refused"),
        "{}",
        aggregator.log()
    );
    stored(&veza, sent).await;
    assert_each_offset_once(&veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_member_takes_its_share_and_gives_it_back() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let first = veza.start_aggregator().await;
    send(
        &veza,
        &(0..50).map(|_| heard(song, 60_000)).collect::<Vec<_>>(),
    )
    .await;
    let second = veza.start_aggregator().await;
    eventually(PATIENCE, async || {
        second.log().contains("partition taken up")
    })
    .await;
    send(
        &veza,
        &(0..50).map(|_| heard(song, 60_000)).collect::<Vec<_>>(),
    )
    .await;
    stored(&veza, 100).await;
    assert!(second.terminate().await.success(), "{}", second.log());
    send(
        &veza,
        &(0..50).map(|_| heard(song, 60_000)).collect::<Vec<_>>(),
    )
    .await;
    stored(&veza, 150).await;
    assert_each_offset_once(&veza, 150).await;
    drop(first);
}

/// librdkafka remembers what was paused, also while another process has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_was_paused_when_it_was_given_away_goes_on_when_it_comes_back() {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let first = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_BUDGET_MIB", "8")])
        .await;
    veza.servers().warehouse.pause();
    let long = |_| PlayReport {
        page_url: Some(format!("https://veza.example/?q={}", "a".repeat(8 << 10))),
        ..heard(song, 60_000)
    };
    for partition in 0..6 {
        let beyond_its_share: Vec<_> = (0..400).map(long).collect();
        send_to(&veza, partition, &beyond_its_share).await;
    }
    eventually(PATIENCE, async || pauses(&first).await >= 6).await;
    // The second one asks for its share while the first one can store nothing.
    let (second, ()) = tokio::join!(veza.start_aggregator(), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        veza.servers().warehouse.resume();
    });
    eventually(PATIENCE, async || partitions(&second) == 3).await;
    stored_within(&veza, 2_400, Duration::from_secs(60)).await;

    assert!(second.terminate().await.success(), "{}", second.log());
    for partition in 0..6 {
        send_to(&veza, partition, &[heard(song, 60_000)]).await;
    }
    stored(&veza, 2_406).await;
    assert_verified(&veza, 2_406).await;
}

/// How often a consumer has paused a partition.
async fn pauses(service: &Service) -> u64 {
    let metrics = service.metrics().await;
    let of = |line: &str| {
        line.strip_prefix("veza_aggregator_pauses_total ")?
            .parse()
            .ok()
    };
    metrics.lines().find_map(of).unwrap_or(0)
}

/// Records that a consumer has stored since it was started.
async fn records(service: &Service) -> u64 {
    let metrics = service.metrics().await;
    let values = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("veza_aggregator_records_total{"))
        .filter_map(|series| series.rsplit(' ').next());
    values.map(|value| value.parse::<u64>().unwrap()).sum()
}

/// Partitions that a consumer has, as its log tells.
fn partitions(service: &Service) -> usize {
    let log = service.log();
    let given_back = log
        .lines()
        .filter_map(|line| line.split("partitions given back partitions=").nth(1))
        .map(|rest| rest.split(' ').next().unwrap().parse::<usize>().unwrap());
    log.matches("partition taken up").count() - given_back.sum::<usize>()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_two_three_and_six_members_share_the_work_evenly() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let mut members = Vec::new();
    let mut sent = 0;
    for size in [1, 2, 3, 6] {
        let more = (members.len()..size).map(|_| veza.start_aggregator());
        members.extend(futures::future::join_all(more).await);
        for member in &members {
            eventually(PATIENCE, async || {
                let has = partitions(member);
                if has == 6 / size {
                    Ok(())
                } else {
                    Err(format!("{has} of 6 partitions, {size} members"))
                }
            })
            .await;
        }
        let before = futures::future::join_all(members.iter().map(records)).await;
        for partition in 0..6 {
            let plays: Vec<_> = (0..20).map(|_| heard(song, 60_000)).collect();
            send_to(&veza, partition, &plays).await;
            sent += 20;
        }
        stored(&veza, sent).await;
        for (member, before) in members.iter().zip(before) {
            let share = 120 / size as u64;
            eventually(PATIENCE, async || records(member).await - before == share).await;
        }
    }
    assert_verified(&veza, sent).await;
}

/// Consumers join and leave, two at least and four at most, every `pause_ms` or so, in an order that follows from `seed`, while
/// `batches` of 500 records come, one every `batch_pause`.
async fn joining_and_leaving(batches: usize, batch_pause: Duration, pause_ms: u64, seed: u64) {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let over = AtomicBool::new(false);
    let load = async {
        for _ in 0..batches {
            let batch: Vec<_> = (0..500).map(|_| heard(song, 60_000)).collect();
            send_at_once(&veza, &batch).await;
            tokio::time::sleep(batch_pause).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    let churn = async {
        let mut members = vec![veza.start_aggregator().await, veza.start_aggregator().await];
        let (mut joined, mut left, mut draw) = (0, 0, seed);
        while !over.load(Ordering::Relaxed) || left == 0 {
            // Knuth's generator; its high bits are the good ones.
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pause = pause_ms / 2 + (draw >> 33) % pause_ms;
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if members.len() < 3 || (members.len() < 4 && draw >> 63 == 0) {
                members.push(veza.start_aggregator().await);
                joined += 1;
            } else {
                let leaving = members.remove((draw >> 40) as usize % members.len());
                let status = leaving.terminate().await;
                assert!(status.success(), "{status}: {}", leaving.log());
                left += 1;
            }
        }
        println!("seed {seed}: {joined} joined, {left} left");
        members
    };
    let ((), _members) = tokio::join!(load, churn);
    let sent = batches as u64 * 500;
    stored_within(&veza, sent, Duration::from_secs(120)).await;
    assert_verified(&veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_join_and_leave_under_load_lose_and_double_nothing() {
    joining_and_leaving(40, Duration::from_millis(100), 800, 7).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn members_that_join_and_leave_over_500_000_records_lose_and_double_nothing() {
    joining_and_leaving(1_000, Duration::from_millis(200), 2_500, 42).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classic_protocol_serves_older_brokers() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let classic = [("VEZA_AGGREGATOR_GROUP_PROTOCOL", "classic")];
    let aggregator = veza.start_aggregator_with(&classic).await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    assert!(aggregator.terminate().await.success());
    aggregator.restart().await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 2).await;
    assert_each_offset_once(&veza, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute"]
async fn sigterm_while_clickhouse_is_away_ends_within_its_bound_and_loses_nothing() {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza.start_aggregator().await;
    send(&veza, &[heard(song, 60_000)]).await;
    stored(&veza, 1).await;
    veza.servers().warehouse.kill9().await;
    send(&veza, &[heard(song, 60_000)]).await;
    // What began before its window is asked for first.
    eventually(PATIENCE, async || {
        let log = aggregator.log();
        ["insert failed", "asking again"]
            .iter()
            .any(|said| log.contains(said))
    })
    .await;
    let begun = Instant::now();
    aggregator.terminate().await;
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    veza.servers().warehouse.start().await;
    aggregator.restart().await;
    stored(&veza, 2).await;
    assert_each_offset_once(&veza, 2).await;
}
