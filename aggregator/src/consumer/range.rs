//! A range: contiguous offsets of a partition that are stored together. It is open while records come in, and sealed when it
//! is long, big or old enough; from then on it does not change.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use uuid::Uuid;
use veza_enrich::record::Record;
use veza_schemas::record::RecordError;
use veza_schemas::row::Rejected;

use crate::rejected;
use crate::warehouse::stored::Stored;

/// What a record costs besides its value: its row, and what it takes to hold it until it is stored.
pub const RECORD_OVERHEAD_BYTES: usize = 512;

/// A record as it came from Kafka.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub offset: u64,
    /// Kafka's timestamp, Unix ms.
    pub at_ms: i64,
    pub value: Bytes,
}

impl Fetched {
    /// Bytes that it holds of the budget.
    pub fn cost(&self) -> usize {
        self.value.len() + RECORD_OVERHEAD_BYTES
    }
}

/// Where a partition's values are copied to from the client's memory: many to a chunk, which is freed with the last of them. Alone, each
/// would cost an allocation in one thread and its release in another.
#[derive(Debug, Default)]
pub struct Chunk(BytesMut);

impl Chunk {
    const BYTES: usize = 256 * 1_024;

    pub fn copy(&mut self, value: &[u8]) -> Bytes {
        if self.0.capacity() < value.len() {
            self.0 = BytesMut::with_capacity(Self::BYTES.max(value.len()));
        }
        self.0.extend_from_slice(value);
        self.0.split().freeze()
    }
}

/// A record that can become a row: what must be known of it before it is judged, and its bytes, which take less than what they say.
#[derive(Debug, Clone)]
pub struct Readable {
    pub offset: u64,
    pub play_id: Uuid,
    pub track_id: Uuid,
    /// When its play began, Unix ms: by the player's clock and by ours, the earlier one first.
    pub began_ms: (i64, i64),
    /// Unix ms.
    pub received_at_ms: i64,
    value: Bytes,
}

impl TryFrom<&Fetched> for Readable {
    type Error = RecordError;

    fn try_from(fetched: &Fetched) -> Result<Self, RecordError> {
        let record = Record::read(&fetched.value)?;
        let (sent, corrected) = (record.report.started_at_ms, record.started_at_ms);
        Ok(Self {
            offset: fetched.offset,
            play_id: record.play_id,
            track_id: record.track_id,
            began_ms: (sent.min(corrected), sent.max(corrected)),
            received_at_ms: record.report.received_at_ms,
            value: fetched.value.clone(),
        })
    }
}

impl Readable {
    /// All that it says. It could be read when it came, and reading depends on its bytes alone.
    pub fn read(&self) -> Record<'_> {
        Record::read(&self.value).unwrap_or_else(|error| unreachable!("{error}"))
    }
}

/// When a range is sealed: at the first of these.
#[derive(Debug, Clone, Copy)]
pub struct SealLimits {
    pub rows: usize,
    pub bytes: usize,
    pub age: Duration,
}

/// Where a sealed range is in its partition; both ends are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub first: u64,
    pub last: u64,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Contiguous offsets, open or sealed.
#[derive(Debug)]
pub struct Range {
    pub span: Span,
    /// In the order of their offsets.
    pub records: Vec<Readable>,
    pub rejected: Vec<Rejected>,
    /// Bytes that it holds of the budget.
    pub cost: usize,
    /// When its oldest record was received, Unix ms.
    pub oldest_received_ms: i64,
    /// When its newest record was received, Unix ms.
    pub newest_received_ms: i64,
    opened_at: Instant,
}

/// Where the records of a range come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Kafka's UUID of the topic.
    pub topic_id: &'a str,
    pub partition: u16,
}

impl Range {
    /// Opens a range with its first record.
    pub fn open(origin: Origin<'_>, first: &Fetched, now: Instant) -> Self {
        let mut range = Self {
            span: Span {
                first: first.offset,
                last: first.offset,
            },
            records: Vec::new(),
            rejected: Vec::new(),
            cost: 0,
            oldest_received_ms: i64::MAX,
            newest_received_ms: i64::MIN,
            opened_at: now,
        };
        range.push(origin, first);
        range
    }

    /// Takes up the next record: read, or rejected with the reason.
    pub fn push(&mut self, origin: Origin<'_>, fetched: &Fetched) {
        self.span.last = fetched.offset;
        self.cost += fetched.cost();
        let received_ms = match Readable::try_from(fetched) {
            Ok(record) => {
                let received_ms = record.received_at_ms;
                self.records.push(record);
                received_ms
            }
            Err(error) => {
                self.rejected.push(rejected::row(origin, fetched, &error));
                fetched.at_ms
            }
        };
        self.oldest_received_ms = self.oldest_received_ms.min(received_ms);
        self.newest_received_ms = self.newest_received_ms.max(received_ms);
    }

    /// Whether it is long or big enough to be sealed.
    pub fn is_full(&self, limits: &SealLimits) -> bool {
        self.records.len() + self.rejected.len() >= limits.rows || self.cost >= limits.bytes
    }

    /// When it is old enough to be sealed.
    pub fn seal_at(&self, limits: &SealLimits) -> Instant {
        self.opened_at + limits.age
    }

    /// Takes out the records whose offsets are stored.
    pub fn remove_stored(&mut self, stored: &Stored) {
        self.records
            .retain(|record| !stored.contains(record.offset));
        self.rejected
            .retain(|row| !stored.contains(row.kafka_offset));
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.rejected.is_empty()
    }

    /// Its name in the warehouse: what is inserted under it is stored once.
    pub fn token(&self, origin: Origin<'_>) -> String {
        format!("{}:{}:{}", origin.topic_id, origin.partition, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use proptest::prelude::*;
    use prost::Message;

    const ORIGIN: Origin<'static> = Origin {
        topic_id: "T",
        partition: 2,
    };

    fn fetched(offset: u64, received_at_ms: Option<i64>) -> Fetched {
        let value = match received_at_ms {
            Some(received_at_ms) => veza_schemas::record::PlayReport {
                received_at_ms,
                ..report()
            }
            .encode_to_vec()
            .into(),
            None => Bytes::from_static(b"\xff poison"),
        };
        Fetched {
            offset,
            at_ms: report().received_at_ms,
            value,
        }
    }

    fn range(records: &[Fetched]) -> Range {
        let mut range = Range::open(ORIGIN, &records[0], Instant::now());
        for record in &records[1..] {
            range.push(ORIGIN, record);
        }
        range
    }

    #[test]
    fn a_range_is_named_by_where_it_is() {
        assert_eq!(
            range(&[fetched(5, None), fetched(6, None), fetched(9, None)]).token(ORIGIN),
            "T:2:5-9"
        );
    }

    #[test]
    fn a_range_is_sealed_by_rows_bytes_or_age() {
        let two = range(&[fetched(0, None), fetched(1, None)]);
        let limits = SealLimits {
            rows: 3,
            bytes: 1 << 20,
            age: Duration::from_secs(1),
        };
        assert!(!two.is_full(&limits));
        assert!(two.is_full(&SealLimits { rows: 2, ..limits }));
        assert!(two.is_full(&SealLimits {
            bytes: two.cost,
            ..limits
        }));
        assert_eq!(two.seal_at(&limits) - two.opened_at, limits.age);
    }

    #[test]
    fn values_are_copied_whole_however_long_they_are() {
        let mut chunk = Chunk::default();
        let lengths = [0, 1, 100_000, 100_000, 100_000, 1_000_000, 3];
        let values = lengths.map(|length| vec![length as u8; length]);
        let copies = values.each_ref().map(|value| chunk.copy(value));
        for (copy, value) in copies.iter().zip(&values) {
            assert_eq!(copy, value);
        }
    }

    proptest! {
        #[test]
        fn every_record_is_one_row_or_one_rejection(poisoned in proptest::collection::vec(any::<bool>(), 1..50)) {
            let base = report().received_at_ms;
            let records: Vec<Fetched> =
                poisoned.iter().zip(0..).map(|(poison, offset)| fetched(offset, (!poison).then_some(base + offset as i64))).collect();
            let range = range(&records);
            let mut offsets: Vec<u64> = range.records.iter().map(|record| record.offset).chain(range.rejected.iter().map(|row| row.kafka_offset)).collect();
            offsets.sort_unstable();
            prop_assert_eq!(offsets, (0..poisoned.len() as u64).collect::<Vec<_>>());
            prop_assert_eq!(range.rejected.len(), poisoned.iter().filter(|poison| **poison).count());
            prop_assert_eq!(range.cost, records.iter().map(Fetched::cost).sum::<usize>());
            prop_assert!(range.oldest_received_ms <= range.newest_received_ms);
        }
    }
}
