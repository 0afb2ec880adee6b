//! A group's commits, as its coordinator knows them.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode as Code;

const ASK_AGAIN_PAUSE: Duration = Duration::from_millis(100);

/// What the consumer's group has committed of `partitions`. A coordinator that is just being chosen, or still reads the group's
/// commits, is asked again: librdkafka does so only for its own commits.
///
/// # Errors
/// The last answer, if none was good within `timeout`.
pub fn committed<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &TopicPartitionList,
    timeout: Duration,
) -> KafkaResult<TopicPartitionList> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match consumer.committed_offsets(partitions.clone(), left) {
            Err(KafkaError::MetadataFetch(code)) if is_moving(code) && !left.is_zero() => {
                std::thread::sleep(ASK_AGAIN_PAUSE);
            }
            answer => return answer,
        }
    }
}

fn is_moving(code: Code) -> bool {
    matches!(
        code,
        Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress
    )
}
