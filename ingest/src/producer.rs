//! Reports into Kafka: idempotent, acknowledged by all in-sync replicas, within one deadline a request.
//!
//! Only a batch that is acknowledged whole is a promise. For any other the answer is 503 and the player sends all of it
//! again; what had come through is found to be a duplicate by (`play_id`, `seq`) when it is judged.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prost::Message as _;
use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use veza_schemas::record::PlayReport;

use crate::settings::Settings;

/// librdkafka looks for overdue messages once a second.
const TIMEOUT_SCAN: Duration = Duration::from_secs(1);
/// How long a record waits for company.
const LINGER_MS: u64 = 5;

/// Why a batch is not promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    #[error("too many reports are waiting for Kafka")]
    QueueFull,
    #[error("Kafka has not acknowledged in time")]
    Deadline,
    #[error("Kafka has not taken all reports: {0}")]
    Refused(RDKafkaErrorCode),
}

impl Undelivered {
    /// The name in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Deadline => "deadline",
            Self::Refused(_) => "not_taken",
        }
    }
}

/// Puts reports into the topic of plays. Clones share the connection.
#[derive(Clone)]
pub struct Producer {
    kafka: Arc<ThreadedProducer<Acknowledgements>>,
    topic: String,
    deadline: Duration,
    /// Reports that may still begin to wait for Kafka. A batch is let in whole or not at all: two that each got halfway
    /// into librdkafka's own queue would both fail.
    room: Arc<Semaphore>,
}

impl Producer {
    /// Does not wait for Kafka to be there.
    pub fn new(settings: &Settings) -> Result<Self, KafkaError> {
        let kafka = ThreadedProducer::from_config_and_context(&config(settings), Acknowledgements)?;
        Ok(Self {
            kafka: Arc::new(kafka),
            topic: settings.kafka.topic.clone(),
            deadline: settings.delivery_deadline(),
            room: Arc::new(Semaphore::new(settings.queue_reports as usize)),
        })
    }

    /// Returns when Kafka has acknowledged every report, or says why that cannot be promised.
    pub async fn deliver(&self, reports: &[PlayReport]) -> Result<(), Undelivered> {
        let (batch, acknowledged) = Batch::of(reports.len(), self.room(reports.len())?);
        for report in reports {
            self.enqueue(report, &batch)?;
        }
        drop(batch);
        match tokio::time::timeout(self.deadline, acknowledged).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(RDKafkaErrorCode::MessageTimedOut))) => Err(Undelivered::Deadline),
            Ok(Ok(Err(code))) => Err(Undelivered::Refused(code)),
            // The sender is only dropped with the producer, which ends after the last request.
            Ok(Err(_)) | Err(_) => Err(Undelivered::Deadline),
        }
    }

    fn room(&self, reports: usize) -> Result<OwnedSemaphorePermit, Undelivered> {
        // More than fits into a u32 is certainly too many.
        let reports = u32::try_from(reports).map_err(|_| Undelivered::QueueFull)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(reports);
        room.map_err(|_| Undelivered::QueueFull)
    }

    fn enqueue(&self, report: &PlayReport, batch: &Arc<Batch>) -> Result<(), Undelivered> {
        // The id was checked; a record without a key would leave its play's partition.
        let play_id = report
            .play_uuid()
            .map_err(|_| Undelivered::Refused(RDKafkaErrorCode::InvalidRecord))?;
        let key = PlayReport::key(play_id);
        let value = report.encode_to_vec();
        let record = BaseRecord::with_opaque_to(&self.topic, Arc::clone(batch))
            .key(&key)
            .payload(&value);
        self.kafka.send(record).map_err(|(error, _)| {
            Undelivered::Refused(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail))
        })
    }

    /// Waits for what is still under way. Blocks.
    pub fn flush(&self) -> Result<(), KafkaError> {
        self.kafka.flush(self.deadline)
    }

    /// Why reports could not be delivered now, asked of Kafka itself: the topic, and a leader for each of its partitions.
    /// Blocks for at most `wait`.
    pub fn check(&self, wait: Duration) -> Result<(), String> {
        let client = self.kafka.client();
        let metadata = client
            .fetch_metadata(Some(&self.topic), wait)
            .map_err(|error| format!("Kafka does not answer: {error}"))?;
        let topic = metadata.topics().first();
        let partitions = topic.map_or(&[][..], |topic| topic.partitions());
        match partitions {
            [] => Err(format!("Kafka has no topic `{}`", self.topic)),
            partitions if partitions.iter().any(|partition| partition.leader() < 0) => {
                Err(format!("a partition of `{}` has no leader", self.topic))
            }
            _ => Ok(()),
        }
    }

    /// An error after which this client never delivers again; only a new process does.
    pub fn fatal_error(&self) -> Option<String> {
        let client: &Client<Acknowledgements> = self.kafka.client();
        client
            .fatal_error()
            .map(|(code, reason)| format!("{code}: {reason}"))
    }
}

fn config(settings: &Settings) -> ClientConfig {
    let deadline = settings.delivery_deadline();
    // Given up one look before the deadline, so that nothing arrives much after the player was told 503.
    let message_timeout = deadline.saturating_sub(TIMEOUT_SCAN).max(deadline / 2);
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.kafka.brokers)
        .set("client.id", "veza-ingest")
        .set("acks", "all")
        .set("enable.idempotence", "true")
        // Kafka's own clients hash keys so: a play's reports meet in one partition, whoever sends them.
        .set("partitioner", "murmur2_random")
        .set(
            "message.timeout.ms",
            message_timeout.as_millis().to_string(),
        )
        .set("request.timeout.ms", deadline.as_millis().to_string())
        .set("linger.ms", LINGER_MS.to_string())
        .set("compression.type", "lz4")
        // The room is counted by `Producer`; this one is never full.
        .set(
            "queue.buffering.max.messages",
            (2 * settings.queue_reports).to_string(),
        )
        .set("reconnect.backoff.max.ms", "1000")
        .set("retry.backoff.max.ms", "500")
        .set("allow.auto.create.topics", "false");
    config
}

/// The reports of one request on their way.
pub struct Batch {
    unacknowledged: AtomicUsize,
    done: Mutex<Option<oneshot::Sender<Result<(), RDKafkaErrorCode>>>>,
    /// Given back when the last report has its outcome.
    _room: OwnedSemaphorePermit,
}

impl Batch {
    fn of(
        reports: usize,
        room: OwnedSemaphorePermit,
    ) -> (Arc<Self>, oneshot::Receiver<Result<(), RDKafkaErrorCode>>) {
        let (done, acknowledged) = oneshot::channel();
        let batch = Self {
            unacknowledged: AtomicUsize::new(reports),
            done: Mutex::new(Some(done)),
            _room: room,
        };
        (Arc::new(batch), acknowledged)
    }

    /// The first failure decides; otherwise the last acknowledgement.
    fn settle(&self, delivered: Result<(), RDKafkaErrorCode>) {
        let last = self.unacknowledged.fetch_sub(1, Ordering::AcqRel) == 1;
        if delivered.is_ok() && !last {
            return;
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = done.take() {
            // The request may be over: its deadline passed, or its client left.
            let _ = done.send(delivered);
        }
    }
}

/// Hands each acknowledgement to the batch of its report, and the client's log to ours.
pub struct Acknowledgements;

impl ClientContext for Acknowledgements {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => tracing::error!(facility, text, "Kafka client"),
            RDKafkaLogLevel::Warning => tracing::warn!(facility, text, "Kafka client"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(facility, text, "Kafka client");
            }
            RDKafkaLogLevel::Debug => tracing::debug!(facility, text, "Kafka client"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // Every attempt to connect makes some; `log` has them with repeats left out, and `/readyz` says what matters.
        tracing::debug!(%error, reason, "Kafka client reports an error");
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = Arc<Batch>;

    fn delivery(&self, result: &DeliveryResult<'_>, batch: Arc<Batch>) {
        batch.settle(match result {
            Ok(_) => Ok(()),
            Err((error, message)) => {
                tracing::debug!(%error, partition = message.partition(), "report not delivered");
                Err(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail))
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch_of(
        reports: usize,
        queue: &Arc<Semaphore>,
    ) -> (Arc<Batch>, oneshot::Receiver<Result<(), RDKafkaErrorCode>>) {
        let room = Arc::clone(queue).try_acquire_many_owned(reports as u32);
        Batch::of(reports, room.unwrap())
    }

    #[tokio::test]
    async fn a_batch_is_acknowledged_by_its_last_report() {
        let (batch, mut acknowledged) = batch_of(2, &Arc::new(Semaphore::new(2)));
        batch.settle(Ok(()));
        assert!(acknowledged.try_recv().is_err());
        batch.settle(Ok(()));
        assert_eq!(acknowledged.await, Ok(Ok(())));
    }

    #[tokio::test]
    async fn one_failure_fails_the_batch_at_once() {
        let (batch, acknowledged) = batch_of(3, &Arc::new(Semaphore::new(3)));
        batch.settle(Ok(()));
        batch.settle(Err(RDKafkaErrorCode::MessageTimedOut));
        assert_eq!(
            acknowledged.await,
            Ok(Err(RDKafkaErrorCode::MessageTimedOut))
        );
        batch.settle(Ok(()));
    }

    #[test]
    fn room_is_given_back_with_the_last_report_and_not_with_the_request() {
        let queue = Arc::new(Semaphore::new(3));
        let (batch, acknowledged) = batch_of(2, &queue);
        let [first, last] = [Arc::clone(&batch), batch];
        drop(acknowledged);
        drop(first);
        assert_eq!(queue.available_permits(), 1);
        drop(last);
        assert_eq!(queue.available_permits(), 3);
    }

    #[test]
    fn messages_are_given_up_before_the_deadline() {
        use clap::Parser;
        let timeout_of = |deadline: &str| {
            let settings =
                Settings::parse_from(["veza-ingest", "--kafka-delivery-deadline-ms", deadline]);
            config(&settings)
                .get("message.timeout.ms")
                .map(str::to_owned)
        };
        assert_eq!(timeout_of("5000").as_deref(), Some("4000"));
        assert_eq!(timeout_of("100").as_deref(), Some("50"));
    }
}
