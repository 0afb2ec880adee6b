//! A backlog for aggregators to drain.

use std::time::Duration;

use prost::Message;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use veza_schemas::record::PlayReport;
use veza_schemas::topic::PLAYS;
use veza_standalone::temporary::Temporary;

use crate::listening::Listening;

/// How long nothing may move before a scenario gives up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Reports a second that ingest took, when the backlog came to be: what it is written in is much shorter, and plays would all have
/// begun before it.
const RECEIVED_PER_SECOND: u64 = 5_000;

/// Writes so many realistic records into the topic, the last of them received now.
pub fn prepare(stack: &Temporary, records: u64) -> anyhow::Result<()> {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", stack.stack.kafka.broker())
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "50")
        .set("batch.size", "1000000")
        .set("queue.buffering.max.kbytes", "65536")
        .create()?;
    let mut listening = Listening::new(&stack.stack.downloads.user_agents, 42)?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    for number in 0..records {
        let ago_ms = (records - number) * 1_000 / RECEIVED_PER_SECOND;
        let record = listening.next(now_ms - ago_ms as i64);
        let (key, value) = (PlayReport::key(record.play_uuid()?), record.encode_to_vec());
        let mut message = BaseRecord::to(PLAYS).key(&key).payload(&value);
        while let Err((error, unsent)) = producer.send(message) {
            if error != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            std::thread::sleep(Duration::from_millis(5));
            message = unsent;
        }
    }
    Ok(producer.flush(PATIENCE)?)
}
