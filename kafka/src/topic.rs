//! The topic's UUID and its partitions. librdkafka knows the UUID, but the `rdkafka` crate has no call for it, so this is the one
//! place where we call the C library ourselves.

use std::ffi::{CStr, CString, c_char};
use std::time::Duration;

use rdkafka::bindings as rdk;
use rdkafka::client::{Client, ClientContext};

/// A topic as the broker describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Kafka's UUID, as Kafka writes it: 22 characters of URL-safe Base64. Another topic of the same name has another.
    pub id: String,
    pub partitions: i32,
}

/// Why a topic could not be described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    #[error("topic {0:?} is no name that Kafka could have")]
    Name(String),
    #[error("no broker describes topic {topic}: {why}")]
    Unanswered { topic: String, why: String },
}

/// Asks the brokers of `client` for `topic`.
pub fn describe<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    timeout: Duration,
) -> Result<Topic, TopicError> {
    let name = CString::new(topic).map_err(|_| TopicError::Name(topic.to_string()))?;
    let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: `client` outlives the call; each object made here is destroyed once, by its guard, and nothing that points into
    // the event is used after it.
    unsafe {
        let rk = client.native_ptr();
        let queue = Owned::new(rdk::rd_kafka_queue_new(rk), rdk::rd_kafka_queue_destroy);
        let options = rdk::rd_kafka_AdminOptions_new(
            rk,
            rdk::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
        );
        let options = Owned::new(options, rdk::rd_kafka_AdminOptions_destroy);
        let mut why = [0 as c_char; 256];
        rdk::rd_kafka_AdminOptions_set_request_timeout(
            options.0,
            timeout_ms,
            why.as_mut_ptr(),
            why.len(),
        );
        let mut names = [name.as_ptr()];
        let topics = rdk::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        let topics = Owned::new(topics, rdk::rd_kafka_TopicCollection_destroy);
        rdk::rd_kafka_DescribeTopics(rk, topics.0, options.0, queue.0);

        let event = rdk::rd_kafka_queue_poll(queue.0, timeout_ms.saturating_add(500));
        if event.is_null() {
            return Err(unanswered(topic, "no answer in time"));
        }
        let event = Owned::new(event, rdk::rd_kafka_event_destroy);
        read(topic, event.0)
    }
}

/// # Safety
/// `event` must be a live event that answers DescribeTopics for one topic.
unsafe fn read(topic: &str, event: *mut rdk::rd_kafka_event_t) -> Result<Topic, TopicError> {
    // SAFETY: by the caller's promise; the pointers got here point into the event, and are not kept.
    unsafe {
        if rdk::rd_kafka_event_error(event) != rdk::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
        {
            return Err(unanswered(
                topic,
                text(rdk::rd_kafka_event_error_string(event)),
            ));
        }
        let result = rdk::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return Err(unanswered(topic, "an answer to another question"));
        }
        let mut count = 0;
        let descriptions = rdk::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        if count == 0 || descriptions.is_null() {
            return Err(unanswered(topic, "an empty answer"));
        }
        let description = *descriptions;
        let error = rdk::rd_kafka_TopicDescription_error(description);
        if !error.is_null()
            && rdk::rd_kafka_error_code(error)
                != rdk::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
        {
            return Err(unanswered(topic, text(rdk::rd_kafka_error_string(error))));
        }
        let mut partitions = 0;
        rdk::rd_kafka_TopicDescription_partitions(description, &mut partitions);
        let id = text(rdk::rd_kafka_Uuid_base64str(
            rdk::rd_kafka_TopicDescription_topic_id(description),
        ));
        let id = url_safe(&id);
        Ok(Topic {
            id,
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
        })
    }
}

/// librdkafka writes UUIDs in the other Base64 alphabet than Kafka's own tools do.
fn url_safe(base64: &str) -> String {
    base64.replace('+', "-").replace('/', "_")
}

fn unanswered(topic: &str, why: impl Into<String>) -> TopicError {
    TopicError::Unanswered {
        topic: topic.to_string(),
        why: why.into(),
    }
}

/// # Safety
/// `text` must be null or point to a string that ends with a null byte.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by the caller's promise.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// An object of librdkafka's that we must destroy.
struct Owned<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Owned<T> {
    fn new(pointer: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Self {
        Self(pointer, destroy)
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the pointer came from librdkafka's constructor of this type, and is destroyed here only.
            unsafe { (self.1)(self.0) }
        }
    }
}
