//! A range: contiguous offsets of a partition that are stored together. It is open while records come in, and sealed when it
//! is long, big or old enough; from then on it does not change.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use veza_enrich::record::Record;
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
    /// Readable records in the order of their offsets.
    pub records: Vec<(u64, Record)>,
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
    /// Opens a range with its first record. `records`: empty; an earlier range's memory, which costs less than new memory.
    pub fn open(
        records: Vec<(u64, Record)>,
        origin: Origin<'_>,
        first: &Fetched,
        now: Instant,
    ) -> Self {
        let mut range = Self {
            span: Span {
                first: first.offset,
                last: first.offset,
            },
            records,
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
        let received_ms = match Record::read(fetched.value.clone()) {
            Ok(record) => {
                let received_ms = record.report.received_at_ms;
                self.records.push((fetched.offset, record));
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
        self.records.retain(|(offset, _)| !stored.contains(*offset));
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
        let mut range = Range::open(Vec::new(), ORIGIN, &records[0], Instant::now());
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

    proptest! {
        #[test]
        fn every_record_is_one_row_or_one_rejection(poisoned in proptest::collection::vec(any::<bool>(), 1..50)) {
            let base = report().received_at_ms;
            let records: Vec<Fetched> =
                poisoned.iter().zip(0..).map(|(poison, offset)| fetched(offset, (!poison).then_some(base + offset as i64))).collect();
            let range = range(&records);
            let mut offsets: Vec<u64> = range.records.iter().map(|(offset, _)| *offset).chain(range.rejected.iter().map(|row| row.kafka_offset)).collect();
            offsets.sort_unstable();
            prop_assert_eq!(offsets, (0..poisoned.len() as u64).collect::<Vec<_>>());
            prop_assert_eq!(range.rejected.len(), poisoned.iter().filter(|poison| **poison).count());
            prop_assert_eq!(range.cost, records.iter().map(Fetched::cost).sum::<usize>());
            prop_assert!(range.oldest_received_ms <= range.newest_received_ms);
        }
    }
}
