//! Ranges, journal and duplicates under any schedule. A partition's worker, as the service runs it, is handed records, held up by
//! back-pressure, refused by ClickHouse, drained, and cut off in whatever it does, in any order that proptest thinks of; Kafka keeps its
//! journal, and the real engine what it stores. Whatever the schedule, the rows are what the log alone says.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::proxy::{Fault, Proxy};
use crate::support::{creator, track};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use prost::Message;
use rdkafka::consumer::BaseConsumer;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use uuid::Uuid;
use veza_aggregator::catalog::Catalog;
use veza_aggregator::consumer::assignment::Incarnation;
use veza_aggregator::consumer::budget::{Account, Budget, Flow};
use veza_aggregator::consumer::duplicates::Window;
use veza_aggregator::consumer::fail_point::FailPoints;
use veza_aggregator::consumer::halt::Halt;
use veza_aggregator::consumer::journal::Journal;
use veza_aggregator::consumer::partition::{Tools, Worker};
use veza_aggregator::consumer::range::{Fetched, SealLimits, Span};
use veza_aggregator::consumer::rebalance::Rebalancer;
use veza_aggregator::geoip::GeoIp;
use veza_aggregator::progress::Board;
use veza_aggregator::warehouse::Warehouse;
use veza_enrich::Enricher;
use veza_kafka::commits;
use veza_schemas::record::PlayReport;
use veza_service::settings::ClickHouse;
use veza_standalone::testing::Installation;

const PARTITION: u16 = 3;
/// So small that most of a log lies outside, and is looked up.
const WINDOW: u64 = 4;
const SEAL: SealLimits = SealLimits {
    rows: 5,
    bytes: 1 << 20,
    age: Duration::from_millis(20),
};
/// Of about four records, so that a partition is paused before its range is long enough.
const BUDGET: Budget = Budget(2_400);
/// Between two records. With so much, a play of the window's last records began within the window, and is not looked up.
const RECORDS_APART_MS: i64 = 300_000;
const HEARD_MS: u32 = 60_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// A record of the log.
#[derive(Debug, Clone, Copy)]
enum Drawn {
    /// Of few plays and numbers, so that many are repeated. All of them would count their play.
    Report {
        play: u8,
        seq: u32,
    },
    Poison,
}

#[derive(Debug, Clone)]
enum Step {
    /// So many records are fetched, or fewer where back-pressure holds them up.
    Poll(usize),
    /// What was fetched is fetched again, as after a pause.
    Rewind(usize),
    /// What happens to the next inserts into a table.
    Break(&'static str, Vec<Fault>),
    /// Everything that was fetched is stored and committed.
    Complete,
    /// The group takes the partition in good order, and gives it to the next worker.
    Revoke,
    /// The group has given the partition to the next worker, whatever this one does.
    Lose,
}

fn record() -> impl Strategy<Value = Drawn> {
    prop_oneof![
        8 => (0u8..6, 0u32..3).prop_map(|(play, seq)| Drawn::Report { play, seq }),
        1 => Just(Drawn::Poison),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::AnswerLost),
        Just(Fault::BodyCut),
        Just(Fault::Stale),
        Just(Fault::exception(241, "(total) memory limit exceeded")),
        Just(Fault::AppliedAndRefused { status: 502 }),
        Just(Fault::Slow(Duration::from_millis(60))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let faults = proptest::collection::vec(fault(), 1..3);
    prop_oneof![
        6 => (1usize..9).prop_map(Step::Poll),
        1 => (1usize..5).prop_map(Step::Rewind),
        3 => (prop_oneof![Just("plays"), Just("rejected")], faults).prop_map(|(table, faults)| Step::Break(table, faults)),
        2 => Just(Step::Complete),
        2 => Just(Step::Revoke),
        3 => Just(Step::Lose),
    ]
}

/// What each record comes to, by the log alone.
fn expected(log: &[Drawn]) -> Vec<&'static str> {
    let (mut seen, mut counted) = (HashSet::new(), HashSet::new());
    log.iter()
        .map(|record| match record {
            Drawn::Poison => "rejected",
            Drawn::Report { play, seq } if !seen.insert((play, seq)) => "duplicate",
            Drawn::Report { play, .. } if !counted.insert(play) => "already_counted",
            Drawn::Report { .. } => "",
        })
        .collect()
}

/// The log as Kafka hands it out, over both sides of a month's edge.
fn fetched(log: &[Drawn], song: Uuid) -> Vec<Fetched> {
    let edge = "2026-03-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let begin = edge.as_millisecond() - log.len() as i64 / 2 * RECORDS_APART_MS;
    let received = |offset: usize| begin + offset as i64 * RECORDS_APART_MS;
    // Play ids of this log alone.
    let ids: [Uuid; 6] = std::array::from_fn(|_| Uuid::new_v4());
    let value = |offset: usize, record: &Drawn| match *record {
        Drawn::Poison => b"\xff no report".to_vec(),
        Drawn::Report { play, seq } => {
            let of_play = |other: &Drawn| matches!(other, Drawn::Report { play: other, .. } if *other == play);
            let first = log.iter().position(of_play).unwrap_or(offset);
            PlayReport {
                play_id: ids[usize::from(play)].into_bytes().to_vec().into(),
                seq,
                track_id: song.into_bytes().to_vec().into(),
                started_at_ms: received(first) - i64::from(HEARD_MS),
                received_at_ms: received(offset),
                heard_ms: HEARD_MS,
                ended: true,
                ..PlayReport::default()
            }
            .encode_to_vec()
        }
    };
    let record = |(offset, record): (usize, &Drawn)| Fetched {
        offset: offset as u64,
        at_ms: received(offset),
        value: value(offset, record).into(),
    };
    log.iter().enumerate().map(record).collect()
}

/// What all schedules share.
struct World {
    veza: Installation,
    proxy: Proxy,
    tools: Arc<Tools>,
    song: Uuid,
}

impl World {
    async fn new() -> Self {
        let veza = Installation::new().await;
        let song = track(&veza, &creator(&veza).await, 180_000).await;
        let proxy = Proxy::start(veza.setting("VEZA_CLICKHOUSE_URL")).await;
        let warehouse = ClickHouse {
            url: proxy.url().into(),
            database: veza.setting("VEZA_CLICKHOUSE_DATABASE").into(),
            user: veza.setting("VEZA_CLICKHOUSE_USER").into(),
            password: veza.setting("VEZA_CLICKHOUSE_PASSWORD").into(),
            // Only the API reads as another user.
            reader_user: String::new(),
            reader_password: String::new(),
        };
        let postgres = veza.postgres().clone();
        let tools = Tools {
            topic: veza.topic().into(),
            enricher: Enricher::new("0".repeat(32).parse().unwrap(), &[]).unwrap(),
            geoip: Arc::new(GeoIp::open(Vec::new()).unwrap().0),
            catalog: Arc::new(Catalog::new(postgres.clone())),
            postgres,
            warehouse: Warehouse::new(&warehouse).unwrap(),
            board: Board::default(),
            seal: SEAL,
            window: WINDOW,
            fail_points: FailPoints::default(),
        };
        Self {
            veza,
            proxy,
            tools: Arc::new(tools),
            song,
        }
    }
}

/// One log under one schedule: what the thread that polls does, and what the group does to it.
struct Run<'a> {
    world: &'a World,
    topic_id: Arc<str>,
    log: Vec<Fetched>,
    consumer: Arc<BaseConsumer<Rebalancer>>,
    owner: Owner,
    incarnations: u64,
    /// Those that have lost the partition, some still at work.
    former: Vec<JoinHandle<Result<(), Halt>>>,
    committed: u64,
}

/// The worker that has the partition.
struct Owner {
    incarnation: Arc<Incarnation>,
    inbox: UnboundedSender<Fetched>,
    account: Account,
    flow: Flow,
    /// What is fetched next.
    position: usize,
    /// Everything below was handed over.
    handed_over: usize,
    thread: JoinHandle<Result<(), Halt>>,
}

impl<'a> Run<'a> {
    async fn new(world: &'a World, log: Vec<Fetched>) -> Self {
        // Every log is a topic of its own to the warehouse, and a group of its own to Kafka.
        let topic_id = Uuid::new_v4().simple().to_string()[..22].to_owned();
        let rebalancer = Rebalancer::new(world.tools.topic.clone(), Board::default());
        let consumer = ClientConfig::new()
            .set(
                "bootstrap.servers",
                world.veza.setting("VEZA_KAFKA_BROKERS"),
            )
            .set("group.id", &topic_id)
            .set("enable.auto.commit", "false")
            .create_with_context(rebalancer)
            .unwrap();
        let (topic_id, consumer): (Arc<str>, _) = (topic_id.into(), Arc::new(consumer));
        let owner = take_up(world, &topic_id, &consumer, 1, log.len(), (0, None));
        Self {
            world,
            topic_id,
            log,
            consumer,
            owner,
            incarnations: 1,
            former: Vec::new(),
            committed: 0,
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Poll(records) => {
                let end = self.log.len().min(self.owner.position + records);
                while self.owner.position < end && self.hand_over() {}
            }
            Step::Rewind(records) => {
                self.owner.position = self.owner.position.saturating_sub(records);
            }
            Step::Break(table, faults) => self.world.proxy.next(table, faults),
            Step::Complete => self.complete().await,
            Step::Revoke => {
                self.owner.incarnation.drain();
                let begun = Instant::now();
                while !self.owner.thread.is_finished() {
                    assert!(begun.elapsed() < PATIENCE, "the worker does not drain");
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                self.next_owner().await;
            }
            Step::Lose => self.next_owner().await,
        }
    }

    /// Hands the next record over, unless back-pressure forbids it.
    fn hand_over(&mut self) -> bool {
        let owner = &mut self.owner;
        owner.flow = BUDGET.flow(owner.flow, owner.account.held(), 1);
        if owner.flow == Flow::Paused {
            return false;
        }
        let fetched = self.log[owner.position].clone();
        let cost = fetched.cost();
        assert!(owner.inbox.send(fetched).is_ok(), "the worker has ended");
        owner.account.take(cost);
        owner.position += 1;
        owner.handed_over = owner.handed_over.max(owner.position);
        owner.flow = BUDGET.flow(owner.flow, owner.account.held(), 1);
        if owner.flow == Flow::Paused {
            owner.account.exhaust();
        }
        true
    }

    /// Waits until what was handed over is stored; a range that was inherited is handed over to its end.
    async fn complete(&mut self) {
        let (offset, pending) = self.journal();
        let end = pending.map_or(offset, |span| span.last + 1) as usize;
        let end = end.max(self.owner.handed_over);
        let begun = Instant::now();
        while self.journal() != (end as u64, None) {
            assert!(
                begun.elapsed() < PATIENCE,
                "up to {end} is to be stored, and committed is {:?}",
                self.journal()
            );
            if self.owner.position >= end || !self.hand_over() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    /// The partition's next worker begins where the journal says.
    async fn next_owner(&mut self) {
        self.owner.incarnation.end();
        let journal = self.journal();
        self.incarnations += 1;
        let (number, end) = (self.incarnations, self.log.len());
        let next = take_up(
            self.world,
            &self.topic_id,
            &self.consumer,
            number,
            end,
            journal,
        );
        let former = std::mem::replace(&mut self.owner, next);
        self.former.push(former.thread);
        self.assert_stored_below(journal.0).await;
    }

    /// What is committed; it never goes back, and says what is on its way from there.
    fn journal(&mut self) -> (u64, Option<Span>) {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.world.tools.topic, PARTITION.into());
        let committed = commits::committed(&self.consumer, &list, PATIENCE).unwrap();
        let committed = &committed.elements()[0];
        let Offset::Offset(offset) = committed.offset() else {
            assert_eq!(self.committed, 0, "what was committed is gone");
            return (0, None);
        };
        let offset = offset as u64;
        let journal = Journal::read(committed.metadata()).expect("a journal");
        assert_eq!(journal.topic_id, &*self.topic_id);
        assert!(
            offset >= self.committed,
            "{offset} after {}",
            self.committed
        );
        self.committed = offset;
        if let Some(span) = journal.pending {
            assert!(span.first == offset && span.last < self.log.len() as u64);
        }
        (offset, journal.pending)
    }

    async fn assert_stored_below(&self, offset: u64) {
        let rows = rows(self.world, &self.topic_id).await;
        let stored: HashSet<u64> = rows.into_iter().map(|(offset, _)| offset).collect();
        let missing: Vec<u64> = (0..offset)
            .filter(|offset| !stored.contains(offset))
            .collect();
        assert!(missing.is_empty(), "committed as stored: {missing:?}");
    }

    /// The rest of the log, and the end of all workers.
    async fn finish(mut self) -> Vec<(u64, String)> {
        let begun = Instant::now();
        while self.owner.position < self.log.len() {
            assert!(begun.elapsed() < PATIENCE, "back-pressure does not end");
            if !self.hand_over() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        self.complete().await;
        self.owner.incarnation.end();
        let former = std::mem::take(&mut self.former);
        for thread in former.into_iter().chain([self.owner.thread]) {
            let ended = tokio::task::spawn_blocking(|| thread.join()).await.unwrap();
            match ended.expect("the worker panicked") {
                Ok(()) | Err(Halt::Ended(_)) => {}
                Err(halt) => panic!("{halt}"),
            }
        }
        self.world.proxy.heal();
        // What was given up may be on its way yet.
        tokio::time::sleep(Duration::from_millis(100)).await;
        rows(self.world, &self.topic_id).await
    }
}

/// What is stored of a log, in either table.
async fn rows(world: &World, topic_id: &str) -> Vec<(u64, String)> {
    let of = format!("topic_id = '{topic_id}'");
    let sql = format!(
        "SELECT * FROM (SELECT kafka_offset AS offset, toString(reason) AS reason FROM plays WHERE {of} \
         UNION ALL SELECT kafka_offset AS offset, 'rejected' AS reason FROM rejected WHERE {of}) ORDER BY offset"
    );
    let rows = world.veza.clickhouse(&sql).await;
    let row = |row: &serde_json::Value| {
        let (offset, reason) = (row["offset"].as_u64(), row["reason"].as_str());
        (offset.unwrap(), reason.unwrap().to_owned())
    };
    rows.iter().map(row).collect()
}

fn take_up(
    world: &World,
    topic_id: &Arc<str>,
    consumer: &Arc<BaseConsumer<Rebalancer>>,
    number: u64,
    log_end: usize,
    (next_offset, inherited): (u64, Option<Span>),
) -> Owner {
    let incarnation = Arc::new(Incarnation::new(PARTITION.into(), number));
    let (inbox, records) = unbounded_channel();
    let account = Account::default();
    let worker = Worker {
        incarnation: incarnation.clone(),
        topic_id: topic_id.clone(),
        partition: PARTITION,
        next_offset,
        inherited,
        stored_end: 0,
        cuts: 0,
        log_end: log_end as u64,
        inbox: records,
        account: account.clone(),
        consumer: consumer.clone(),
        window: Window::new(WINDOW),
        tools: world.tools.clone(),
    };
    let runtime = Handle::current();
    Owner {
        incarnation,
        inbox,
        account,
        flow: Flow::Running,
        position: next_offset as usize,
        handed_over: next_offset as usize,
        thread: std::thread::spawn(move || runtime.block_on(worker.run())),
    }
}

async fn run(world: &World, log: &[Drawn], schedule: Vec<Step>) {
    let mut run = Run::new(world, fetched(log, world.song)).await;
    for step in schedule {
        run.take(step).await;
    }
    let stored = run.finish().await;
    let expected: Vec<(u64, String)> = (0..)
        .zip(expected(log))
        .map(|(offset, what)| (offset, what.into()))
        .collect();
    assert_eq!(stored, expected);
}

fn any_schedule(cases: u32) {
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let config = Config {
        cases,
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    };
    let logs_and_schedules = (
        proptest::collection::vec(record(), 5..40),
        proptest::collection::vec(step(), 3..16),
    );
    let outcome = TestRunner::new(config).run(&logs_and_schedules, |(log, schedule)| {
        runtime.block_on(run(&world, &log, schedule));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn whatever_the_schedule_the_rows_are_what_the_log_says() {
    any_schedule(12);
}

#[test]
#[ignore = "takes minutes"]
fn whatever_of_a_thousand_schedules_the_rows_are_what_the_log_says() {
    any_schedule(1_000);
}
