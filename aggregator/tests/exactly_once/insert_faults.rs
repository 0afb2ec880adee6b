//! An insert that goes wrong as networks and servers make it go wrong: no record is lost, none is stored twice. A proxy between the
//! aggregator and ClickHouse breaks them.

use std::time::{Duration, Instant};

use crate::support::proxy::{Fault, Proxy, Seen};
use crate::support::{
    PATIENCE, assert_exactly_once, creator, heard, play_id, reasons, rows, send_to, stored,
    stored_within, track,
};
use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Service, eventually};

const PARTITION: i32 = 3;

struct World {
    veza: Installation,
    song: Uuid,
    proxy: Proxy,
}

impl World {
    async fn new() -> Self {
        let veza = Installation::new().await;
        let song = track(&veza, &creator(&veza).await, 180_000).await;
        let proxy = Proxy::start(veza.setting("VEZA_CLICKHOUSE_URL")).await;
        Self { veza, song, proxy }
    }

    /// An aggregator that reaches ClickHouse only through the proxy.
    async fn start(&self, settings: &[(&str, &str)]) -> Service {
        let mut all = vec![
            ("VEZA_CLICKHOUSE_URL", self.proxy.url()),
            ("VEZA_AGGREGATOR_SEAL_AGE_MS", "200"),
        ];
        all.extend(settings);
        self.veza.start_aggregator_with(&all).await
    }

    /// Plays over both sides of a month's edge, one of them twice, and a record that is none, all in one range.
    async fn send_range(&self) -> u64 {
        let now = jiff::Timestamp::now().as_millisecond();
        let edge = "2026-03-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
        let mut reports: Vec<PlayReport> = [-900_000, -1, 0, 1]
            .map(|since_edge| PlayReport {
                started_at_ms: edge.as_millisecond() + since_edge,
                sent_at_ms: None,
                received_at_ms: now,
                imported: true,
                ..heard(self.song, 60_000)
            })
            .into();
        reports.push(reports[0].clone());
        send_to(&self.veza, PARTITION, &reports).await;
        self.veza.produce_to(PARTITION, "poison", b"\xff").await;
        reports.len() as u64 + 1
    }
}

/// What came under each token was, in each table, always the same bytes.
fn assert_same_bytes(seen: &[Seen]) {
    for insert in seen {
        let same = |other: &&Seen| (&other.table, &other.token) == (&insert.table, &insert.token);
        assert!(
            seen.iter()
                .filter(same)
                .all(|other| other.hash == insert.hash),
            "{} came with other bytes",
            insert.token
        );
    }
}

fn breakdowns() -> Vec<Fault> {
    vec![
        Fault::AnswerLost,
        Fault::BodyCut,
        Fault::Stale,
        Fault::exception(241, "(total) memory limit exceeded"),
        Fault::exception(242, "Table is in readonly mode"),
        Fault::exception(
            252,
            "Too many parts (3001) in table 'plays'. Merges are processing significantly slower than inserts",
        ),
        Fault::Refused {
            status: 503,
            code: None,
            message: "no healthy upstream",
        },
        Fault::AppliedAndRefused { status: 502 },
    ]
}

/// Each of `faults` for the rows of a range, then for the rejections of another.
async fn broken_by(faults: Vec<Fault>, patience: Duration) {
    let world = World::new().await;
    let aggregator = world.start(&[]).await;
    let mut sent = 0;
    for fault in &faults {
        for table in ["plays", "rejected"] {
            world.proxy.next(table, [fault.clone()]);
            sent += world.send_range().await;
            stored_within(&world.veza, sent, patience).await;
        }
    }
    let seen = world.proxy.seen();
    for fault in &faults {
        let hits = seen
            .iter()
            .filter(|insert| insert.fault.as_ref() == Some(fault));
        assert_eq!(hits.count(), 2, "{fault:?}");
    }
    assert_same_bytes(&seen);
    assert_exactly_once(&world.veza, sent).await;
    let row = &world
        .veza
        .clickhouse("SELECT sum(counted) AS counted, countIf(reason = 'duplicate') AS duplicates, uniqExact(toYYYYMM(slot)) AS months FROM plays")
        .await[0];
    let ranges = 2 * faults.len() as u64;
    assert_eq!(row["counted"].as_u64(), Some(4 * ranges));
    assert_eq!(row["duplicates"].as_u64(), Some(ranges));
    assert_eq!(row["months"].as_u64(), Some(2));
    aggregator.until_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_an_insert_its_records_are_stored_once() {
    broken_by(breakdowns(), PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: the aggregator gives a silent server 40 s"]
async fn a_server_that_accepts_and_never_answers_loses_and_doubles_nothing() {
    broken_by(vec![Fault::Silence], Duration::from_secs(90)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insert_broken_in_every_way_one_after_the_other_is_stored_once() {
    let world = World::new().await;
    let _aggregator = world.start(&[]).await;
    world.proxy.next("plays", breakdowns());
    world.proxy.next("rejected", breakdowns());
    let sent = world.send_range().await;
    // Both went through all of it, and to ClickHouse in the end.
    let tries = 2 * (breakdowns().len() + 1);
    eventually(Duration::from_secs(60), async || {
        world.proxy.seen().len() >= tries
    })
    .await;
    stored(&world.veza, sent).await;
    let seen = world.proxy.seen();
    assert_eq!(seen.len(), tries, "{seen:?}");
    assert_same_bytes(&seen);
    assert_exactly_once(&world.veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_over_too_many_months_stops_its_partition_and_is_not_skipped() {
    let world = World::new().await;
    let aggregator = world.start(&[]).await;
    let too_many = Fault::exception(
        252,
        "Too many partitions for single INSERT block (more than 100)",
    );
    world.proxy.always("plays", too_many);
    let mut sent = world.send_range().await;
    let why = eventually(PATIENCE, async || {
        let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url()))
            .await
            .ok()?;
        let body = answer.text().await.ok()?;
        body.contains("partition 3 stopped").then_some(body)
    })
    .await;
    assert!(why.contains("can't be stored"), "{why}");
    let tries = world.proxy.seen().len();
    assert_eq!(tries, 1, "it was tried again though it can't succeed");
    world.proxy.heal();
    sent += world.send_range().await;
    aggregator.restart().await;
    stored(&world.veza, sent).await;
    assert_exactly_once(&world.veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejections_that_fail_beside_rows_that_are_stored_are_repeated_alone() {
    let world = World::new().await;
    let aggregator = world
        .start(&[("VEZA_AGGREGATOR_SEAL_AGE_MS", "1500")])
        .await;
    let memory = Fault::exception(241, "(total) memory limit exceeded");
    world.proxy.always("rejected", memory);
    let sent = world.send_range().await;
    eventually(PATIENCE, async || tries(&world, "rejected") > 2).await;
    assert_eq!(counts(&world.veza).await, (5, 0));
    assert_eq!(tries(&world, "plays"), 1);

    aggregator.kill9().await;
    world.proxy.heal();
    aggregator.restart().await;
    stored(&world.veza, sent).await;
    assert_eq!(counts(&world.veza).await, (5, 1));
    assert_eq!(tries(&world, "plays"), 1, "the rows were sent again");
    assert_exactly_once(&world.veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_fail_beside_rejections_that_are_stored_are_repeated_alone() {
    let world = World::new().await;
    let settings = [
        ("VEZA_AGGREGATOR_SEAL_AGE_MS", "1500"),
        ("VEZA_AGGREGATOR_FAIL_POINT", "uncommitted"),
    ];
    let aggregator = world.start(&settings).await;
    let sent = world.send_range().await;
    eventually(PATIENCE, async || {
        aggregator.log().contains("fail point hit")
    })
    .await;
    aggregator.kill9().await;
    // As if the rows had never arrived: their token is forgotten too.
    world.veza.clickhouse("TRUNCATE TABLE plays").await;
    assert_eq!(counts(&world.veza).await, (0, 1));

    let memory = Fault::exception(241, "(total) memory limit exceeded");
    world.proxy.always("plays", memory);
    let before = tries(&world, "plays");
    let second = world.start(&[]).await;
    eventually(PATIENCE, async || tries(&world, "plays") > before + 2).await;
    assert_eq!(counts(&world.veza).await, (0, 1));
    second.kill9().await;
    world.proxy.heal();
    second.restart().await;
    stored(&world.veza, sent).await;
    assert_eq!(counts(&world.veza).await, (5, 1));
    assert_eq!(tries(&world, "rejected"), 1, "the rejection was sent again");
    assert_exactly_once(&world.veza, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_in_the_middle_of_a_flush_stores_and_commits_it() {
    let world = World::new().await;
    let aggregator = world.start(&[]).await;
    world
        .proxy
        .next("plays", [Fault::Slow(Duration::from_secs(3))]);
    let play = heard(world.song, 60_000);
    send_to(&world.veza, PARTITION, std::slice::from_ref(&play)).await;
    eventually(PATIENCE, async || tries(&world, "plays") == 1).await;
    let begun = Instant::now();
    assert!(
        aggregator.terminate().await.success(),
        "{}",
        aggregator.log()
    );
    assert!(begun.elapsed() > Duration::from_secs(1), "it did not wait");
    stored(&world.veza, 1).await;

    aggregator.restart().await;
    send_to(&world.veza, PARTITION, std::slice::from_ref(&play)).await;
    stored(&world.veza, 2).await;
    assert!(
        !aggregator.log().contains("a range was on its way"),
        "what was stored was not committed"
    );
    assert_eq!(
        reasons(&rows(&world.veza).await, &play),
        ["", "duplicate"],
        "{}",
        play_id(&play)
    );
}

/// Inserts into `table` that came to the proxy.
fn tries(world: &World, table: &str) -> usize {
    let seen = world.proxy.seen();
    seen.iter().filter(|insert| insert.table == table).count()
}

/// Rows and rejections that are stored.
async fn counts(veza: &Installation) -> (u64, u64) {
    let sql =
        "SELECT (SELECT count() FROM plays) AS plays, (SELECT count() FROM rejected) AS rejected";
    let row = &veza.clickhouse(sql).await[0];
    (
        row["plays"].as_u64().unwrap(),
        row["rejected"].as_u64().unwrap(),
    )
}
