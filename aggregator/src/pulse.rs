//! Once a second: where the logs end, how far each partition is stored, and whether what we need is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::metadata::MetadataTopic;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use veza_service::probes::{Condition, Readiness};

use crate::consumer::rebalance;
use crate::consumer::watchdog::Watchdog;
use crate::figures;
use crate::positions::Positions;
use crate::progress::{self, Board, LogBounds, Progress, ProgressError};
use crate::unread::Unread;
use crate::warehouse::Warehouse;

const INTERVAL: Duration = Duration::from_secs(1);
/// How long a broker may take to say where a log ends.
const KAFKA_TIMEOUT: Duration = Duration::from_secs(2);
/// How long ClickHouse may take to say that it is there.
const WAREHOUSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Watches, writes down and reports.
pub struct Pulse {
    topic: String,
    logs: Arc<BaseConsumer<Quiet>>,
    pool: PgPool,
    warehouse: Warehouse,
    board: Board,
    positions: Positions,
    unread: Unread,
    watchdog: Watchdog,
    kafka_condition: Condition,
    postgres_condition: Condition,
    warehouse_condition: Condition,
    partitions_condition: Condition,
    stall_condition: Condition,
}

impl Pulse {
    pub fn new(
        brokers: &str,
        topic: String,
        pool: PgPool,
        warehouse: Warehouse,
        board: Board,
        watchdog: Watchdog,
        readiness: &Readiness,
    ) -> Result<Self, KafkaError> {
        // A client of its own, outside the group: asking must not wait for the group, nor the group for asking.
        let logs = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("client.id", "veza-aggregator-logs")
            // Never joined; librdkafka assigns nothing without a name.
            .set("group.id", "veza-aggregator-logs")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("fetch.message.max.bytes", "65536")
            .set("reconnect.backoff.max.ms", "1000")
            .create_with_context(Quiet)?;
        Ok(Self {
            topic,
            logs: Arc::new(logs),
            pool,
            warehouse,
            board,
            positions: Positions::default(),
            unread: Unread::default(),
            watchdog,
            kafka_condition: readiness.condition("kafka"),
            postgres_condition: readiness.condition("postgres"),
            warehouse_condition: readiness.condition("warehouse"),
            partitions_condition: readiness.condition("partitions"),
            stall_condition: readiness.condition("stall"),
        })
    }

    /// Beats until `stop`, and once more after it, so that what was stored last is written down.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            self.beat().await;
        }
        self.beat().await;
    }

    async fn beat(&mut self) {
        let (logs, ()) = tokio::join!(self.look_at_logs(), self.look_at_warehouse());
        if let Some(logs) = logs {
            let board = self.board.all();
            self.look_at_unread(&board, &logs).await;
            figures::report(&board, &logs, &self.unread.times());
            self.look_for_stalls(&logs);
            let written = self.write_down(&logs).await;
            settle(
                &self.postgres_condition,
                written.map_err(|error| error.to_string()),
            );
        }
        self.look_at_partitions();
    }

    async fn write_down(&mut self, logs: &BTreeMap<i32, LogBounds>) -> Result<(), ProgressError> {
        progress::write(&self.pool, &self.board, logs).await?;
        let board = self.board.all();
        self.positions.write(&self.pool, &board, logs).await
    }

    /// Where the logs of our partitions begin and end; `None` when no broker answers.
    async fn look_at_logs(&self) -> Option<BTreeMap<i32, LogBounds>> {
        let partitions: Vec<i32> = self.board.all().into_keys().collect();
        let (logs, topic) = (self.logs.clone(), self.topic.clone());
        let answer = tokio::task::spawn_blocking(move || ask_bounds(&logs, &topic, &partitions))
            .await
            .ok()?;
        settle(
            &self.kafka_condition,
            answer.as_ref().map(drop).map_err(ToString::to_string),
        );
        answer.ok()
    }

    /// Asks when the first unstored record came, of partitions that stand still without having fetched it.
    async fn look_at_unread(
        &mut self,
        board: &BTreeMap<i32, Progress>,
        logs: &BTreeMap<i32, LogBounds>,
    ) {
        for (partition, offset) in self.unread.due(board, logs) {
            let (consumer, topic) = (self.logs.clone(), self.topic.clone());
            let asked =
                tokio::task::spawn_blocking(move || ask_time(&consumer, &topic, partition, offset));
            if let Ok(Ok(Some(time_ms))) = asked.await {
                self.unread.learn(partition, time_ms);
            }
        }
    }

    async fn look_at_warehouse(&self) {
        let answer = tokio::time::timeout(
            WAREHOUSE_TIMEOUT,
            self.warehouse.run("SELECT count() FROM plays WHERE 0"),
        )
        .await;
        let result = match answer {
            Ok(result) => result.map(drop).map_err(|error| error.to_string()),
            Err(_) => Err("ClickHouse does not answer".to_string()),
        };
        settle(&self.warehouse_condition, result);
    }

    fn look_for_stalls(&mut self, logs: &BTreeMap<i32, LogBounds>) {
        let stalled = self.watchdog.look(&self.board.all(), logs, Instant::now());
        metrics::gauge!("veza_aggregator_stalled_partitions").set(stalled.len() as f64);
        let said: Vec<String> = stalled
            .into_iter()
            .map(|(partition, still_for)| {
                let seconds = still_for.as_secs();
                format!("partition {partition} has stored nothing for {seconds} s, and has something to store")
            })
            .collect();
        settle(&self.stall_condition, none_of(said));
    }

    fn look_at_partitions(&self) {
        let stopped: Vec<String> = self
            .board
            .all()
            .into_iter()
            .filter_map(|(partition, progress)| {
                Some(format!(
                    "partition {partition} stopped: {}",
                    progress.stopped?
                ))
            })
            .collect();
        metrics::gauge!("veza_aggregator_stopped_partitions").set(stopped.len() as f64);
        settle(&self.partitions_condition, none_of(stopped));
    }
}

/// Ready if there is none of these.
fn none_of(complaints: Vec<String>) -> Result<(), String> {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("; "))
    }
}

fn settle(condition: &Condition, result: Result<(), String>) {
    match result {
        Ok(()) => condition.ready(),
        Err(why) => condition.not_ready(why),
    }
}

fn ask_bounds(
    logs: &BaseConsumer<Quiet>,
    topic: &str,
    partitions: &[i32],
) -> KafkaResult<BTreeMap<i32, LogBounds>> {
    if partitions.is_empty() {
        // More members than partitions, or no topic yet.
        let metadata = logs.fetch_metadata(Some(topic), KAFKA_TIMEOUT)?;
        if let Some(error) = metadata.topics().iter().find_map(MetadataTopic::error) {
            return Err(KafkaError::MetadataFetch(error.into()));
        }
    }
    partitions
        .iter()
        .map(|partition| {
            let seen_at = Timestamp::now();
            let (start, end) = logs.fetch_watermarks(topic, *partition, KAFKA_TIMEOUT)?;
            let bounds = LogBounds {
                start,
                end,
                seen_at,
            };
            Ok((*partition, bounds))
        })
        .collect()
}

/// When the record at `offset`, or the first after it, came: Kafka's time, in Unix ms. Blocks.
fn ask_time(
    logs: &BaseConsumer<Quiet>,
    topic: &str,
    partition: i32,
    offset: u64,
) -> KafkaResult<Option<i64>> {
    let mut start = TopicPartitionList::with_capacity(1);
    let offset = Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX));
    start.add_partition_offset(topic, partition, offset)?;
    logs.assign(&start)?;
    let message = logs.poll(KAFKA_TIMEOUT);
    let time = match message {
        Some(Ok(message)) => message.timestamp().to_millis(),
        Some(Err(_)) | None => None,
    };
    logs.unassign()?;
    Ok(time)
}

/// A client that leaves its errors to the answers.
struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        rebalance::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "Kafka client");
    }
}

impl ConsumerContext for Quiet {}
