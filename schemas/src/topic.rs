//! Names in Kafka.

/// The topic of play reports, unless configured otherwise.
pub const PLAYS: &str = "plays";

/// The consumer group of the aggregators, unless configured otherwise.
pub const AGGREGATOR_GROUP: &str = "veza-aggregator";

/// Partitions of a new topic.
pub const DEFAULT_PARTITIONS: i32 = 6;

/// Retention of the topic: records carry addresses, so they don't stay longer than repairs need.
pub const RETENTION_HOURS: u64 = 72;

/// The header that a replayed record carries, naming the rejected one: `<topic UUID>:<partition>:<offset>`.
pub const REPLAY_OF_HEADER: &str = "veza-replay-of";
