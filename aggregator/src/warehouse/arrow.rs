//! Rows as one Arrow record batch in an IPC stream. Columns that ClickHouse keeps as `LowCardinality` go as dictionaries, UUIDs as
//! 16 bytes, times as timestamps.
//!
//! A row is written to its columns as soon as it is made, and need not be kept.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Int32Type, TimestampMillisecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, FixedSizeBinaryArray, PrimitiveArray, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use bytes::Bytes;
use uuid::Uuid;
use veza_enrich::play::Play;
use veza_schemas::row::Rejected;

const UTC: &str = "UTC";
const UUID_BYTES: i32 = 16;

/// A table's columns, in the order in which they are written: `name: how it is kept = its value in a row`.
macro_rules! table {
    ($(#[$doc:meta])* $table:ident of $row:ty, $(#[$names_doc:meta])* $names:ident: $($column:ident: $kind:ty = |$it:ident| $value:expr,)+) => {
        $(#[$names_doc])*
        pub const $names: [&str; [$(stringify!($column)),+].len()] = [$(stringify!($column)),+];

        $(#[$doc])*
        pub struct $table { rows: usize, $($column: $kind,)+ }

        impl $table {
            /// For about so many rows.
            pub fn with_capacity(rows: usize) -> Self {
                Self { rows: 0, $($column: <$kind as Column>::with_capacity(rows),)+ }
            }

            pub fn append(&mut self, row: &$row) -> Result<(), ArrowError> {
                self.rows += 1;
                $({
                    let $it = row;
                    self.$column.append($value)?;
                })+
                Ok(())
            }

            pub fn is_empty(&self) -> bool {
                self.rows == 0
            }

            /// The bytes of an `ArrowStream`: one batch, as ClickHouse's deduplication ids depend on how a request is cut.
            pub fn encode(self) -> Result<Bytes, ArrowError> {
                encode([$((stringify!($column), self.$column.finish()?),)+])
            }
        }
    };
}

table! {
    /// Rows of `plays`.
    Plays of Play<'_>,
    /// The columns of `plays`.
    PLAY_COLUMNS:
    creator_id: Numbers<UInt64Type> = |it| it.creator_id,
    slot: Seconds = |it| i64::from(it.slot),
    track_id: Uuids = |it| it.track_id,
    listener: Numbers<UInt64Type> = |it| it.listener,
    counted: Flags = |it| it.counted.into(),
    completed: Flags = |it| it.completed.into(),
    skipped: Flags = |it| it.skipped.into(),
    bot: Flags = |it| it.agent.bot.into(),
    heard_ms: Numbers<UInt32Type> = |it| it.heard_ms,
    reason: Words = |it| it.reason.as_str(),
    country: Words = |it| &it.place.country,
    place: Numbers<UInt64Type> = |it| it.place.id,
    device: Words = |it| it.agent.device,
    os: Words = |it| &it.agent.os,
    browser: Words = |it| &it.agent.browser,
    channel: Words = |it| it.source.channel,
    source: Words = |it| &it.source.key,
    context: Words = |it| it.context,
    region: Words = |it| &it.place.region,
    city: Texts = |it| &it.place.city,
    os_version: Words = |it| &it.agent.os_version,
    browser_version: Words = |it| &it.agent.browser_version,
    campaign: Words = |it| &it.source.campaign,
    page: Texts = |it| &it.source.page,
    play_id: Uuids = |it| it.play_id,
    seq: Numbers<UInt32Type> = |it| it.seq,
    started_at: Milliseconds = |it| it.started_at_ms,
    received_at: Milliseconds = |it| it.received_at_ms,
    heard_before_ms: Numbers<UInt32Type> = |it| it.heard_before_ms,
    wall_ms: Numbers<UInt32Type> = |it| it.wall_ms,
    duration_ms: Numbers<UInt32Type> = |it| it.duration_ms,
    ended: Flags = |it| it.ended.into(),
    own: Flags = |it| it.own.into(),
    imported: Flags = |it| it.imported.into(),
    assumed: Flags = |it| it.assumed.into(),
    rule: Numbers<UInt8Type> = |it| it.rule,
    topic_id: Words = |it| it.topic_id,
    kafka_partition: Numbers<UInt16Type> = |it| it.kafka_partition,
    kafka_offset: Numbers<UInt64Type> = |it| it.kafka_offset,
}

table! {
    /// Rows of `rejected`.
    Rejections of Rejected,
    /// The columns of `rejected`.
    REJECTED_COLUMNS:
    topic_id: Words = |it| &it.topic_id,
    kafka_partition: Numbers<UInt16Type> = |it| it.kafka_partition,
    kafka_offset: Numbers<UInt64Type> = |it| it.kafka_offset,
    code: Words = |it| &it.code,
    reason: Texts = |it| &it.reason,
    at: Milliseconds = |it| it.at_ms,
    raw: Blobs = |it| &it.raw,
}

fn encode<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<Bytes, ArrowError> {
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut writer = StreamWriter::try_new(
        Vec::with_capacity(batch.get_array_memory_size()),
        &batch.schema(),
    )?;
    writer.write(&batch)?;
    writer.into_inner().map(Bytes::from)
}

/// A column under construction.
trait Column: Sized {
    type Value<'a>;
    fn with_capacity(rows: usize) -> Self;
    fn append(&mut self, value: Self::Value<'_>) -> Result<(), ArrowError>;
    fn finish(self) -> Result<ArrayRef, ArrowError>;
}

struct Numbers<T: ArrowPrimitiveType>(Vec<T::Native>);
/// 0 or 1.
type Flags = Numbers<UInt8Type>;
/// Since 1970.
struct Times<T: ArrowTimestampType>(Numbers<T>);
type Seconds = Times<TimestampSecondType>;
type Milliseconds = Times<TimestampMillisecondType>;
struct Uuids(Vec<u8>);
struct Texts(StringBuilder);
/// Texts of which few are different.
struct Words(StringDictionaryBuilder<Int32Type>);
struct Blobs(BinaryBuilder);

impl<T: ArrowPrimitiveType> Numbers<T> {
    fn array(self) -> PrimitiveArray<T> {
        PrimitiveArray::new(self.0.into(), None)
    }
}

impl<T: ArrowPrimitiveType> Column for Numbers<T> {
    type Value<'a> = T::Native;

    fn with_capacity(rows: usize) -> Self {
        Self(Vec::with_capacity(rows))
    }

    fn append(&mut self, value: T::Native) -> Result<(), ArrowError> {
        self.0.push(value);
        Ok(())
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.array()))
    }
}

impl<T: ArrowTimestampType> Column for Times<T> {
    type Value<'a> = i64;

    fn with_capacity(rows: usize) -> Self {
        Self(Numbers::with_capacity(rows))
    }

    fn append(&mut self, value: i64) -> Result<(), ArrowError> {
        self.0.append(value)
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.0.array().with_timezone(UTC)))
    }
}

impl Column for Uuids {
    type Value<'a> = Uuid;

    fn with_capacity(rows: usize) -> Self {
        Self(Vec::with_capacity(rows * UUID_BYTES as usize))
    }

    fn append(&mut self, value: Uuid) -> Result<(), ArrowError> {
        self.0.extend_from_slice(value.as_bytes());
        Ok(())
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(FixedSizeBinaryArray::try_new(
            UUID_BYTES,
            self.0.into(),
            None,
        )?))
    }
}

impl Column for Texts {
    type Value<'a> = &'a str;

    fn with_capacity(rows: usize) -> Self {
        Self(StringBuilder::with_capacity(rows, 0))
    }

    fn append(&mut self, value: &str) -> Result<(), ArrowError> {
        self.0.append_value(value);
        Ok(())
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.0.finish()))
    }
}

impl Column for Words {
    type Value<'a> = &'a str;

    fn with_capacity(rows: usize) -> Self {
        Self(StringDictionaryBuilder::with_capacity(rows, 0, 0))
    }

    fn append(&mut self, value: &str) -> Result<(), ArrowError> {
        self.0.append(value).map(drop)
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.0.finish()))
    }
}

impl Column for Blobs {
    type Value<'a> = &'a [u8];

    fn with_capacity(rows: usize) -> Self {
        Self(BinaryBuilder::with_capacity(rows, 0))
    }

    fn append(&mut self, value: &[u8]) -> Result<(), ArrowError> {
        self.0.append_value(value);
        Ok(())
    }

    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(self.0.finish()))
    }
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
