//! Records that can't be read: kept whole in `rejected`, never dropped, and never in the way of their neighbours.

use veza_schemas::record::RecordError;
use veza_schemas::row::Rejected;

use crate::consumer::range::{Fetched, Origin};

/// The end of what the warehouse's months can hold (2106-02-07), in Unix ms.
const NEWEST_MS: i64 = u32::MAX as i64 * 1_000;

/// The row of a record that could not be read. Its time, and so its month, is Kafka's.
pub fn row(origin: Origin<'_>, fetched: &Fetched, error: &RecordError) -> Rejected {
    Rejected {
        topic_id: origin.topic_id.to_string(),
        kafka_partition: origin.partition,
        kafka_offset: fetched.offset,
        code: error.code().to_string(),
        reason: error.to_string(),
        at_ms: fetched.at_ms.clamp(0, NEWEST_MS),
        raw: fetched.value.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_rejection_keeps_the_bytes_and_says_why() {
        let origin = Origin {
            topic_id: "T",
            partition: 2,
        };
        let error = RecordError::NotAUuid {
            field: "play_id",
            length: 3,
        };
        let fetched = Fetched {
            offset: 9,
            at_ms: i64::MAX,
            value: Bytes::from_static(b"\0\xff"),
        };
        let row = row(origin, &fetched, &error);
        assert_eq!(
            (row.code.as_str(), row.raw.as_slice(), row.kafka_offset),
            ("not_a_uuid", b"\0\xff".as_slice(), 9)
        );
        assert_eq!(row.reason, "play_id has 3 bytes; a UUID has 16");
        assert_eq!(row.at_ms, NEWEST_MS);
    }
}
