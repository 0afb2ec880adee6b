//! The consumer: one thread polls Kafka, and hands each record to the worker of its partition.
//!
//! The thread that polls never waits for anything but Kafka, so that the group sees a living member however long ClickHouse
//! or Postgres are away; a partition whose worker falls behind is paused.

pub mod assignment;
pub mod budget;
pub mod duplicates;
pub mod earlier;
pub mod fail_point;
pub mod halt;
pub mod journal;
pub mod judge;
pub mod judged;
pub mod partition;
pub mod range;
pub mod rebalance;
mod replay;
pub mod watchdog;

use std::sync::mpsc::TryRecvError;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{ClientConfig, TopicPartitionList};
use tokio::runtime::Handle as Runtime;
use tokio_util::sync::CancellationToken;

use self::assignment::Incarnation;
use self::budget::{Account, Budget, Flow};
use self::duplicates::Window;
use self::halt::Halt;
use self::partition::{Tools, Worker};
use self::range::{Chunk, Fetched};
use self::rebalance::{Assigned, DRAIN_TIMEOUT, Handle, Rebalancer, Start};
use crate::progress::Progress;
use crate::settings::{GroupProtocol, Settings};

/// Longest wait for a record; also how soon a paused partition may go on.
const POLL_TIMEOUT: Duration = Duration::from_millis(20);
/// How long the group may take to let us go.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);
/// How often flows are looked at while records come in.
const FLOW_INTERVAL: Duration = Duration::from_millis(20);

/// Why the process can't consume any more, and must begin anew.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    #[error("the Kafka client is broken for good: {0}")]
    Fatal(String),
    #[error("the worker of partition {0} panicked")]
    Panicked(i32),
    #[error("partition {0} is beyond what a row can hold (0 to 65,535)")]
    Partition(i32),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    #[error("no thread for partition {partition}: {source}")]
    Thread {
        partition: i32,
        source: std::io::Error,
    },
}

/// Reads the topic as a member of the group.
pub struct Consumer {
    client: Arc<BaseConsumer<Rebalancer>>,
    tools: Arc<Tools>,
    budget: Budget,
    runtime: Runtime,
}

impl Consumer {
    /// `runtime`: where the workers' requests run.
    pub fn new(
        settings: &Settings,
        tools: Arc<Tools>,
        runtime: Runtime,
    ) -> Result<Self, KafkaError> {
        let rebalancer = Rebalancer::new(tools.topic.clone(), tools.board.clone());
        let client = Arc::new(client_config(settings).create_with_context(rebalancer)?);
        Ok(Self {
            client,
            tools,
            budget: Budget(settings.budget_bytes()),
            runtime,
        })
    }

    /// Consumes until `stop`, then gives all partitions back: ranges in hand are stored and committed within the bound. Blocks.
    pub fn run(self, stop: &CancellationToken) -> Result<(), ConsumerError> {
        self.client.subscribe(&[&self.tools.topic])?;
        let mut flows_seen = Instant::now();
        while !stop.is_cancelled() {
            self.poll()?;
            self.take_up()?;
            if flows_seen.elapsed() >= FLOW_INTERVAL {
                self.balance_flows()?;
                flows_seen = Instant::now();
            }
        }
        self.leave()
    }

    /// Gives all partitions back, once what is in hand is stored and committed.
    ///
    /// It is drained while we are still polling: in the callback of a member that leaves, librdkafka sends no heartbeats, and a
    /// commit after the session's end would be refused.
    fn leave(self) -> Result<(), ConsumerError> {
        let deadline = Instant::now() + DRAIN_TIMEOUT;
        let handles = |visit: fn(&Handle)| {
            self.client
                .context()
                .state()
                .workers
                .values()
                .for_each(visit);
        };
        handles(|worker| worker.incarnation.drain());
        while self.is_working() && Instant::now() < deadline {
            // What still comes is another's to store.
            let _ = self.client.poll(POLL_TIMEOUT);
        }
        if self.is_working() {
            tracing::warn!(
                "not all that is in hand was stored in time; the partitions' next owners store it"
            );
        }
        handles(|worker| worker.incarnation.end());
        self.client.unsubscribe();
        let deadline = Instant::now() + LEAVE_TIMEOUT;
        while self.client.assignment()?.count() > 0 && Instant::now() < deadline {
            let _ = self.client.poll(POLL_TIMEOUT);
        }
        Ok(())
    }

    /// Whether a worker has not ended yet.
    fn is_working(&self) -> bool {
        let state = self.client.context().state();
        let mut workers = state.workers.values();
        workers.any(|worker| worker.done.try_recv() == Err(TryRecvError::Empty))
    }

    fn poll(&self) -> Result<(), ConsumerError> {
        match self.client.poll(POLL_TIMEOUT) {
            Some(Ok(message)) => self.hand_over(&message)?,
            Some(Err(error)) => self.react(error)?,
            None => {}
        }
        Ok(())
    }

    /// Hands a record to the worker of its partition.
    fn hand_over(&self, message: &BorrowedMessage<'_>) -> Result<(), ConsumerError> {
        let mut state = self.client.context().state();
        let assigned = state.workers.len();
        // A record of a partition that was just given back, or that has stopped: its next owner reads it.
        let Some(worker) = state.workers.get_mut(&message.partition()) else {
            return Ok(());
        };
        let fetched = Fetched {
            offset: message.offset().max(0) as u64,
            at_ms: message.timestamp().to_millis().unwrap_or_default(),
            value: worker.chunk.copy(message.payload().unwrap_or_default()),
        };
        let cost = fetched.cost();
        if worker.inbox.send(fetched).is_err() {
            drop(state);
            return self.balance_flows();
        }
        worker.account.take(cost);
        let flow = self
            .budget
            .flow(worker.flow, worker.account.held(), assigned);
        if flow != worker.flow {
            self.set_flow(message.partition(), worker, flow)?;
        }
        Ok(())
    }

    fn react(&self, error: KafkaError) -> Result<(), ConsumerError> {
        match error {
            KafkaError::MessageConsumptionFatal(code) => {
                return Err(ConsumerError::Fatal(code.to_string()));
            }
            // Beginning anew, the assignment sees that the offset is gone, and says which.
            KafkaError::MessageConsumption(code @ RDKafkaErrorCode::AutoOffsetReset) => {
                return Err(ConsumerError::Fatal(code.to_string()));
            }
            // librdkafka goes on by itself, and says so again and again; the readiness says it once.
            error => tracing::debug!(%error, "Kafka"),
        }
        Ok(())
    }

    /// Starts workers for what the group has given since.
    fn take_up(&self) -> Result<(), ConsumerError> {
        let assigned = {
            let mut state = self.client.context().state();
            if let Some(why) = state.fatal.take() {
                return Err(ConsumerError::Fatal(why));
            }
            std::mem::take(&mut state.assigned)
        };
        for assigned in assigned {
            self.start(assigned)?;
        }
        Ok(())
    }

    fn start(&self, assigned: Assigned) -> Result<(), ConsumerError> {
        let Assigned {
            partition,
            topic,
            start,
            log_end,
            incarnation: number,
        } = assigned;
        let topic_id: Arc<str> = topic.id.into();
        let (next_offset, inherited, stopped) = match start {
            Start::At { offset, pending } => (offset, pending, None),
            Start::Nowhere { next_offset, why } => (next_offset, None, Some(why)),
        };
        let progress = Progress {
            topic_id: topic_id.clone(),
            partitions: topic.partitions,
            next_offset,
            oldest_unstored_ms: None,
            last_stored_ms: None,
            pending: false,
            stopped: stopped.clone(),
        };
        self.tools.board.put(partition, progress);
        if let Some(why) = stopped {
            tracing::error!(partition, why, "partition stopped");
            return Ok(());
        }
        tracing::info!(
            partition,
            topic_id = &*topic_id,
            next_offset,
            incarnation = number,
            "partition taken up"
        );
        let incarnation = Arc::new(Incarnation::new(partition, number));
        let (inbox, records) = tokio::sync::mpsc::unbounded_channel();
        let account = Account::default();
        let worker = Worker {
            incarnation: incarnation.clone(),
            topic_id,
            partition: partition
                .try_into()
                .map_err(|_| ConsumerError::Partition(partition))?,
            next_offset,
            inherited,
            stored_end: 0,
            cuts: 0,
            log_end,
            inbox: records,
            account: account.clone(),
            consumer: self.client.clone(),
            window: Window::new(self.tools.window),
            tools: self.tools.clone(),
        };
        let (hang_up, done) = std::sync::mpsc::channel();
        let halted = Arc::new(OnceLock::new());
        let runtime = self.runtime.clone();
        let outcome = halted.clone();
        let work = move || {
            let result = runtime.block_on(worker.run());
            let _ = outcome.set(result);
            drop(hang_up);
        };
        std::thread::Builder::new()
            .name(format!("partition-{partition}"))
            .spawn(work)
            .map_err(|source| ConsumerError::Thread { partition, source })?;
        let handle = Handle {
            incarnation,
            inbox,
            account,
            chunk: Chunk::default(),
            flow: Flow::Running,
            done,
            halted,
        };
        self.client
            .context()
            .state()
            .workers
            .insert(partition, handle);
        Ok(())
    }

    /// Pauses and resumes by the budget; notices workers that ended.
    fn balance_flows(&self) -> Result<(), ConsumerError> {
        let mut state = self.client.context().state();
        let assigned = state.workers.len();
        let mut gone = Vec::new();
        for (partition, worker) in &mut state.workers {
            if worker.inbox.is_closed() {
                gone.push(*partition);
                continue;
            }
            let flow = self
                .budget
                .flow(worker.flow, worker.account.held(), assigned);
            if flow != worker.flow {
                self.set_flow(*partition, worker, flow)?;
            }
        }
        for partition in gone {
            if let Some(worker) = state.workers.remove(&partition) {
                self.settle(partition, &worker)?;
            }
        }
        Ok(())
    }

    fn set_flow(&self, partition: i32, worker: &mut Handle, flow: Flow) -> Result<(), KafkaError> {
        let list = self.alone(partition);
        match flow {
            Flow::Paused => {
                self.client.pause(&list)?;
                worker.account.exhaust();
                metrics::counter!("veza_aggregator_pauses_total").increment(1);
            }
            Flow::Running => self.client.resume(&list)?,
        }
        worker.flow = flow;
        Ok(())
    }

    /// A worker that ended though its partition is still ours: the partition stops, and says why.
    fn settle(&self, partition: i32, worker: &Handle) -> Result<(), ConsumerError> {
        // Its inbox closes a moment before its outcome is known.
        let _ = worker.done.recv();
        match worker.halted.get() {
            None => return Err(ConsumerError::Panicked(partition)),
            // The group has taken the partition; its callback is yet to come.
            Some(Ok(()) | Err(Halt::Ended(_))) => {}
            Some(Err(halt)) => {
                tracing::error!(partition, why = %halt, "partition stopped");
                self.tools.board.update(partition, |progress| {
                    progress.stopped = Some(halt.to_string())
                });
            }
        }
        self.client.pause(&self.alone(partition))?;
        Ok(())
    }

    fn alone(&self, partition: i32) -> TopicPartitionList {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&self.tools.topic, partition);
        list
    }
}

fn client_config(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.kafka.brokers)
        .set("client.id", "veza-aggregator")
        .set("group.id", &settings.group)
        // The offset moves when a range is stored, and never by itself; where to begin is decided at each assignment.
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("max.poll.interval.ms", "300000")
        .set("fetch.wait.max.ms", "100")
        // What librdkafka holds besides our budget.
        .set("queued.max.messages.kbytes", "16384")
        .set("reconnect.backoff.max.ms", "1000");
    match settings.group_protocol {
        GroupProtocol::Consumer => config.set("group.protocol", "consumer"),
        GroupProtocol::Classic => config.set("partition.assignment.strategy", "cooperative-sticky"),
    };
    config
}
