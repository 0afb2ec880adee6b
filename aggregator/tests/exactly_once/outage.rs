//! ClickHouse, Postgres or Kafka away for a while, under load: nothing is missing afterwards, nothing is twice, and no track that is
//! known is unknown.
//!
//! The ordinary run is short; `cargo test -- --ignored` does the same for as long as an outage may last in life.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::{
    PATIENCE, assert_each_offset_once, assert_verified, creator, heard, send_at_once,
    stored_within, track,
};
use uuid::Uuid;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Servers, Service, eventually};

const SHORT: Duration = Duration::from_secs(6);
const LONG: Duration = Duration::from_secs(30);
const TWO_MINUTES: Duration = Duration::from_secs(120);

/// What an aggregator may hold, of records that are this long, while so many come.
const BUDGET_MIB: u64 = 8;
const LONG_RECORD_BYTES: usize = 8 << 10;
const LONG_RECORDS: usize = 16_000;
/// The budget, what librdkafka fetches ahead (16 MiB), and the range in hand once more as rows, as bytes and as the allocator rounds;
/// half of what comes.
const MOST_MORE_MIB: u64 = 64;

/// Load goes on before, during and after an outage; then everything must be there.
async fn outage(of: impl AsyncFn(&Servers), end: impl AsyncFn(&Servers), lasts: Duration) {
    let veza = Installation::on(Servers::dedicated().await).await;
    let owner = creator(&veza).await;
    let mut songs: Vec<Uuid> = Vec::new();
    for _ in 0..20 {
        songs.push(track(&veza, &owner, 180_000).await);
    }
    let aggregator = veza.start_aggregator().await;
    let (begun, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let load = async {
        let mut sent = 0;
        while !over.load(Ordering::Relaxed) {
            // Half of the tracks are asked for while something is away, and not before.
            let known = match begun.load(Ordering::Relaxed) {
                false => &songs[..10],
                true => &songs,
            };
            let batch: Vec<_> = known.iter().map(|song| heard(*song, 60_000)).collect();
            send_at_once(&veza, &batch).await;
            sent += batch.len() as u64;
        }
        sent
    };
    let events = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        of(veza.servers()).await;
        begun.store(true, Ordering::Relaxed);
        tokio::time::sleep(lasts).await;
        end(veza.servers()).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        over.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(load, events);
    stored_within(&veza, sent, Duration::from_secs(60)).await;
    assert_each_offset_once(&veza, sent).await;
    let counted = &veza
        .clickhouse(
            "SELECT countIf(counted) AS counted, groupUniqArray(reason) AS reasons FROM plays",
        )
        .await[0];
    assert_eq!(
        counted["counted"].as_u64(),
        Some(sent),
        "reasons: {}",
        counted["reasons"]
    );
    aggregator.until_ready().await;
}

/// Many times the budget comes while ClickHouse is away; then load goes on until it is back, and after.
async fn clickhouse_killed(lasts: Duration) {
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let budget = BUDGET_MIB.to_string();
    let aggregator = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_BUDGET_MIB", &budget)])
        .await;
    let long = || PlayReport {
        page_url: Some(format!(
            "https://veza.example/?q={}",
            "a".repeat(LONG_RECORD_BYTES)
        )),
        ..heard(song, 60_000)
    };
    let mut sent = 0;
    let mut send = async |reports: Vec<PlayReport>| {
        send_at_once(&veza, &reports).await;
        sent += reports.len() as u64;
        sent
    };
    // What a process holds that has seen all of it once.
    let warm = send((0..2_000).map(|_| long()).collect()).await;
    stored_within(&veza, warm, PATIENCE).await;

    veza.servers().warehouse.kill9().await;
    let killed = Instant::now();
    let before = Memory::of(&aggregator);
    before.forget_peak();
    send((0..LONG_RECORDS).map(|_| long()).collect()).await;
    while killed.elapsed() < lasts {
        send((0..20).map(|_| heard(song, 60_000)).collect()).await;
    }
    let more = before.peak_mib() - before.resident_mib;
    println!("{} MiB, and {more} MiB more at most", before.resident_mib);
    assert!(
        more < MOST_MORE_MIB,
        "it took {more} MiB more, with a budget of {BUDGET_MIB}"
    );
    veza.servers().warehouse.start().await;
    let all = send((0..200).map(|_| heard(song, 60_000)).collect()).await;
    stored_within(&veza, all, Duration::from_secs(120)).await;
    assert_verified(&veza, all).await;
    let counted = &veza.clickhouse("SELECT sum(counted) AS n FROM plays").await[0];
    assert_eq!(counted["n"].as_u64(), Some(all));
    aggregator.until_ready().await;
}

/// The memory of a process, as the kernel counts it.
struct Memory {
    folder: String,
    resident_mib: u64,
}

impl Memory {
    fn of(service: &Service) -> Self {
        let folder = format!("/proc/{}", service.pid());
        let resident_mib = mib(&folder, "VmRSS:");
        Self {
            folder,
            resident_mib,
        }
    }

    /// From now on the peak is that of what follows.
    fn forget_peak(&self) {
        std::fs::write(format!("{}/clear_refs", self.folder), "5").unwrap();
    }

    fn peak_mib(&self) -> u64 {
        mib(&self.folder, "VmHWM:")
    }
}

fn mib(folder: &str, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib >> 10
}

async fn clickhouse_hangs(lasts: Duration) {
    outage(
        async |servers| servers.warehouse.pause(),
        async |servers| servers.warehouse.resume(),
        lasts,
    )
    .await;
}

async fn postgres_killed(lasts: Duration) {
    outage(
        async |servers| servers.postgres.kill9().await,
        async |servers| servers.postgres.start().await,
        lasts,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_killed_under_load_loses_nothing_and_keeps_memory_inside_the_budget() {
    clickhouse_killed(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn clickhouse_away_for_two_minutes_loses_nothing_and_keeps_memory_inside_the_budget() {
    clickhouse_killed(TWO_MINUTES).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn clickhouse_hanging_under_load_loses_nothing() {
    clickhouse_hangs(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_under_load_makes_no_track_unknown() {
    postgres_killed(SHORT).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn postgres_killed_for_long_under_load_makes_no_track_unknown() {
    postgres_killed(LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_alone_and_with_clickhouse_killed_in_the_middle_of_inserts_loses_and_doubles_nothing()
{
    const BACKLOG: u64 = 3_000;
    let veza = Installation::on(Servers::dedicated().await).await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    // Many inserts, so that there is a middle.
    let aggregator = veza
        .start_aggregator_with(&[("VEZA_AGGREGATOR_SEAL_ROWS", "20")])
        .await;
    let Servers {
        kafka, warehouse, ..
    } = &**veza.servers();
    let mut sent = 0;
    for with_clickhouse in [false, true] {
        let backlog: Vec<_> = (0..BACKLOG).map(|_| heard(song, 60_000)).collect();
        send_at_once(&veza, &backlog).await;
        let stored = eventually(PATIENCE, async || {
            let rows = veza.clickhouse("SELECT count() AS n FROM plays").await;
            rows[0]["n"].as_u64().filter(|stored| *stored > sent)
        })
        .await;
        sent += BACKLOG;
        assert!(stored < sent, "everything was stored before the kill");
        if with_clickhouse {
            tokio::join!(kafka.kill9(), warehouse.kill9());
            tokio::join!(kafka.start(), warehouse.start());
        } else {
            kafka.kill9().await;
            kafka.start().await;
        }
        send_at_once(&veza, &[heard(song, 60_000)]).await;
        sent += 1;
        stored_within(&veza, sent, Duration::from_secs(90)).await;
        assert_verified(&veza, sent).await;
        aggregator.until_ready().await;
    }
}
