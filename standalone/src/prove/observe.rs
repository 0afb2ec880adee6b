//! Looks on: how much the log holds, and what has become of it.

use std::sync::Arc;
use std::time::Duration;

use clickhouse::Client;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tokio_util::sync::CancellationToken;
use veza_schemas::topic::{DEFAULT_PARTITIONS, PLAYS};

use super::kills::VICTIMS;
use super::ledger::Ledger;
use super::screen::Screen;
use crate::servers::Server;
use crate::status::State;
use crate::supervisor::Board;
use crate::temporary::Temporary;
use crate::verify::Balance;

const PAUSE: Duration = Duration::from_millis(400);
/// How long an answer is waited for; whoever is down will not give it.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(800);

/// What is to be seen; while Kafka or the warehouse are away, what was seen last.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// Records in the log.
    pub received: u64,
    pub balance: Balance,
    /// Reports that were answered with 202.
    pub promised: u64,
    /// Each process, and whether it serves.
    pub serving: Vec<(&'static str, bool)>,
}

pub struct Observer {
    board: Arc<Board>,
    ledger: Arc<Ledger>,
    screen: Arc<Screen>,
    warehouse: Client,
    broker: String,
}

impl Observer {
    pub fn new(stack: &Temporary, ledger: Arc<Ledger>, screen: Arc<Screen>) -> Self {
        let warehouse = Client::default()
            .with_url(stack.stack.warehouse.url())
            .with_database("veza")
            .with_user("veza")
            .with_password("veza");
        Self {
            board: Arc::clone(&stack.board),
            ledger,
            screen,
            warehouse,
            broker: stack.stack.kafka.broker(),
        }
    }

    /// Shows what it sees until `over`.
    pub async fn watch(self, over: CancellationToken) {
        let mut sight = Sight::default();
        let consumer = consumer(&self.broker).map(Arc::new);
        while !over.is_cancelled() {
            if let Some(consumer) = &consumer {
                let consumer = Arc::clone(consumer);
                let ends = tokio::task::spawn_blocking(move || log_ends(&consumer)).await;
                sight.received = ends.ok().flatten().unwrap_or(sight.received);
            }
            let asked = tokio::time::timeout(ANSWER_TIMEOUT, balance(&self.warehouse)).await;
            if let Ok(Ok(balance)) = asked {
                sight.balance = balance;
            }
            sight.promised = self.ledger.figures().reports;
            sight.serving = VICTIMS.map(|name| (name, self.serves(name))).to_vec();
            self.screen.show(&sight);
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn serves(&self, name: &str) -> bool {
        let service = self.board.service(name);
        service.is_some_and(|service| service.state == State::Ready)
    }
}

fn consumer(broker: &str) -> Option<BaseConsumer> {
    ClientConfig::new()
        .set("bootstrap.servers", broker)
        .set("group.id", "veza-prove")
        .set("reconnect.backoff.max.ms", "500")
        .set_log_level(RDKafkaLogLevel::Emerg)
        .create()
        .ok()
}

fn log_ends(consumer: &BaseConsumer) -> Option<u64> {
    let end = |partition| {
        let bounds = consumer.fetch_watermarks(PLAYS, partition, ANSWER_TIMEOUT);
        bounds.ok().map(|(_, high)| high as u64)
    };
    (0..DEFAULT_PARTITIONS).map(end).sum()
}

async fn balance(warehouse: &Client) -> clickhouse::error::Result<Balance> {
    warehouse
        .query(
            "SELECT countIf(reason = '') AS counted, countIf(reason = 'continued') AS continued, \
             countIf(reason NOT IN ('', 'continued', 'duplicate')) AS excluded, countIf(reason = 'duplicate') AS duplicate, \
             ifNull((SELECT count() FROM rejected), 0) AS rejected FROM plays",
        )
        .fetch_one()
        .await
}
