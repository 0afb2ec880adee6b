//! Rows as one Arrow record batch in an IPC stream. Columns that ClickHouse keeps as `LowCardinality` go as dictionaries, UUIDs as
//! 16 bytes, times as timestamps.

use std::sync::Arc;

use arrow_array::builder::{FixedSizeBinaryBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, RecordBatch, StringArray, TimestampMillisecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use bytes::Bytes;
use uuid::Uuid;
use veza_schemas::row::{Play, Rejected};

const UTC: &str = "UTC";

/// The columns of `plays`, in the order in which [`plays`] writes them.
pub const PLAY_COLUMNS: [&str; 39] = [
    "creator_id",
    "slot",
    "track_id",
    "listener",
    "counted",
    "completed",
    "skipped",
    "bot",
    "heard_ms",
    "reason",
    "country",
    "place",
    "device",
    "os",
    "browser",
    "channel",
    "source",
    "context",
    "region",
    "city",
    "os_version",
    "browser_version",
    "campaign",
    "page",
    "play_id",
    "seq",
    "started_at",
    "received_at",
    "heard_before_ms",
    "wall_ms",
    "duration_ms",
    "ended",
    "own",
    "imported",
    "assumed",
    "rule",
    "topic_id",
    "kafka_partition",
    "kafka_offset",
];

/// The columns of `rejected`, in the order in which [`rejected`] writes them.
pub const REJECTED_COLUMNS: [&str; 7] = [
    "topic_id",
    "kafka_partition",
    "kafka_offset",
    "code",
    "reason",
    "at",
    "raw",
];

/// Rows of `plays` as the bytes of an `ArrowStream`.
pub fn plays(rows: &[Play]) -> Result<Bytes, ArrowError> {
    let columns: [ArrayRef; PLAY_COLUMNS.len()] = [
        numbers::<UInt64Array, _>(rows, |row| row.creator_id),
        Arc::new(
            TimestampSecondArray::from_iter_values(rows.iter().map(|row| i64::from(row.slot)))
                .with_timezone(UTC),
        ),
        uuids(rows, |row| row.track_id)?,
        numbers::<UInt64Array, _>(rows, |row| row.listener),
        flags(rows, |row| row.counted),
        flags(rows, |row| row.completed),
        flags(rows, |row| row.skipped),
        flags(rows, |row| row.bot),
        numbers::<UInt32Array, _>(rows, |row| row.heard_ms),
        words(rows, |row| row.reason.as_str())?,
        words(rows, |row| &row.country)?,
        numbers::<UInt64Array, _>(rows, |row| row.place),
        words(rows, |row| row.device)?,
        words(rows, |row| &row.os)?,
        words(rows, |row| &row.browser)?,
        words(rows, |row| &row.channel)?,
        words(rows, |row| &row.source)?,
        words(rows, |row| &row.context)?,
        words(rows, |row| &row.region)?,
        texts(rows, |row| &row.city),
        words(rows, |row| &row.os_version)?,
        words(rows, |row| &row.browser_version)?,
        words(rows, |row| &row.campaign)?,
        texts(rows, |row| &row.page),
        uuids(rows, |row| row.play_id)?,
        numbers::<UInt32Array, _>(rows, |row| row.seq),
        times(rows, |row| row.started_at_ms),
        times(rows, |row| row.received_at_ms),
        numbers::<UInt32Array, _>(rows, |row| row.heard_before_ms),
        numbers::<UInt32Array, _>(rows, |row| row.wall_ms),
        numbers::<UInt32Array, _>(rows, |row| row.duration_ms),
        flags(rows, |row| row.ended),
        flags(rows, |row| row.own),
        flags(rows, |row| row.imported),
        flags(rows, |row| row.assumed),
        numbers::<UInt8Array, _>(rows, |row| row.rule),
        words(rows, |row| &row.topic_id)?,
        numbers::<UInt16Array, _>(rows, |row| row.kafka_partition),
        numbers::<UInt64Array, _>(rows, |row| row.kafka_offset),
    ];
    encode(&PLAY_COLUMNS, columns)
}

/// Rows of `rejected` as the bytes of an `ArrowStream`.
pub fn rejected(rows: &[Rejected]) -> Result<Bytes, ArrowError> {
    let columns: [ArrayRef; REJECTED_COLUMNS.len()] = [
        words(rows, |row| &row.topic_id)?,
        numbers::<UInt16Array, _>(rows, |row| row.kafka_partition),
        numbers::<UInt64Array, _>(rows, |row| row.kafka_offset),
        words(rows, |row| &row.code)?,
        texts(rows, |row| &row.reason),
        times(rows, |row| row.at_ms),
        Arc::new(BinaryArray::from_iter_values(
            rows.iter().map(|row| &row.raw),
        )),
    ];
    encode(&REJECTED_COLUMNS, columns)
}

/// One batch: ClickHouse's deduplication ids depend on how a request is cut.
fn encode<const N: usize>(names: &[&str; N], columns: [ArrayRef; N]) -> Result<Bytes, ArrowError> {
    let batch = RecordBatch::try_from_iter(names.iter().copied().zip(columns))?;
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(&batch)?;
    writer.into_inner().map(Bytes::from)
}

fn numbers<A, R>(rows: &[R], value: impl Fn(&R) -> <A as NumberArray>::Number) -> ArrayRef
where
    A: NumberArray,
{
    A::of(rows.iter().map(value))
}

/// Arrays that are made of numbers.
trait NumberArray {
    type Number;
    fn of(values: impl Iterator<Item = Self::Number>) -> ArrayRef;
}

macro_rules! number_arrays {
    ($($array:ident of $number:ty,)+) => {$(
        impl NumberArray for $array {
            type Number = $number;
            fn of(values: impl Iterator<Item = $number>) -> ArrayRef {
                Arc::new($array::from_iter_values(values))
            }
        }
    )+};
}

number_arrays! { UInt8Array of u8, UInt16Array of u16, UInt32Array of u32, UInt64Array of u64, }

fn flags<R>(rows: &[R], value: impl Fn(&R) -> bool) -> ArrayRef {
    numbers::<UInt8Array, R>(rows, |row| value(row).into())
}

fn times<R>(rows: &[R], unix_ms: impl Fn(&R) -> i64) -> ArrayRef {
    Arc::new(
        TimestampMillisecondArray::from_iter_values(rows.iter().map(unix_ms)).with_timezone(UTC),
    )
}

fn texts<R>(rows: &[R], value: impl Fn(&R) -> &str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
}

/// Texts of which few are different.
fn words<R>(rows: &[R], value: impl Fn(&R) -> &str) -> Result<ArrayRef, ArrowError> {
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    for row in rows {
        dictionary.append(value(row))?;
    }
    Ok(Arc::new(dictionary.finish()))
}

fn uuids<R>(rows: &[R], value: impl Fn(&R) -> Uuid) -> Result<ArrayRef, ArrowError> {
    let mut bytes = FixedSizeBinaryBuilder::with_capacity(rows.len(), 16);
    for row in rows {
        bytes.append_value(value(row).as_bytes())?;
    }
    Ok(Arc::new(bytes.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of a table's columns, as its file defines them.
    fn defined(ddl: &str) -> Vec<&str> {
        let (_, body) = ddl.split_once("(\n").unwrap();
        let (body, _) = body.split_once("\n) ENGINE").unwrap();
        let without_remarks = body
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default());
        let mut depth = 0;
        let mut names = Vec::new();
        let mut at_begin = true;
        for line in without_remarks {
            let mut rest = line;
            while let Some(at) =
                rest.find(|c: char| at_begin && !c.is_whitespace() || "(),".contains(c))
            {
                if at_begin {
                    let name = rest[at..].split(' ').next().unwrap();
                    names.push(name);
                    rest = &rest[at + name.len()..];
                    at_begin = false;
                    continue;
                }
                match rest.as_bytes()[at] {
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    _ => at_begin = depth == 0,
                }
                rest = &rest[at + 1..];
            }
        }
        names.retain(|name| *name != "INDEX");
        names
    }

    #[test]
    fn every_column_of_the_tables_is_written() {
        assert_eq!(
            defined(include_str!("../../../clickhouse/001_plays.sql")),
            PLAY_COLUMNS
        );
        assert_eq!(
            defined(include_str!("../../../clickhouse/002_rejected.sql")),
            REJECTED_COLUMNS
        );
    }
}
