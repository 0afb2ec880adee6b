//! What ClickHouse already holds of a partition: asked at an assignment, before a range that may be stored is sent, and after.
//! "Stored" always means in either table.

use std::collections::BTreeMap;

use uuid::Uuid;
use veza_schemas::row::Reason;

use super::{Warehouse, WarehouseError};
use crate::consumer::earlier::Question;
use crate::consumer::judged::Judged;
use crate::consumer::range::{Origin, Span};

/// The columns that [`judged`] reads.
const JUDGED: &str =
    "kafka_offset, play_id, seq, reason, completed, skipped, toUnixTimestamp64Milli(received_at)";

/// The offsets of a range that are stored, with what their rows say; `None`: a rejection.
#[derive(Debug, Default)]
pub struct Stored(BTreeMap<u64, Option<Judged>>);

impl Stored {
    /// Asks which offsets of `span` are stored.
    pub async fn read(
        warehouse: &Warehouse,
        origin: Origin<'_>,
        span: Span,
    ) -> Result<Self, WarehouseError> {
        let mut stored = BTreeMap::new();
        rows(warehouse, origin, span, |row| {
            stored.insert(row.offset, Some(row));
        })
        .await?;
        let sql = format!(
            "SELECT kafka_offset FROM rejected WHERE {}",
            within(origin, span)
        );
        for line in warehouse.run(&sql).await?.lines() {
            stored.insert(line.parse().map_err(|_| unreadable(line))?, None);
        }
        Ok(Self(stored))
    }

    pub fn contains(&self, offset: u64) -> bool {
        self.0.contains_key(&offset)
    }

    /// The rows of `plays`, in the order of their offsets.
    pub fn rows(&self) -> impl Iterator<Item = &Judged> {
        self.0.values().flatten()
    }

    #[cfg(test)]
    pub fn from_rows(rows: impl IntoIterator<Item = Judged>) -> Self {
        Self(
            rows.into_iter()
                .map(|row| (row.offset, Some(row)))
                .collect(),
        )
    }
}

/// Hands the rows of `plays` whose offsets are in `span` to `take`, in the order of their offsets, as they come.
pub async fn rows(
    warehouse: &Warehouse,
    origin: Origin<'_>,
    span: Span,
    mut take: impl FnMut(Judged),
) -> Result<(), WarehouseError> {
    let sql = format!(
        "SELECT {JUDGED} FROM plays WHERE {} ORDER BY kafka_offset",
        within(origin, span)
    );
    warehouse
        .lines(&sql, |line| {
            take(judged(line).ok_or_else(|| unreadable(line))?);
            Ok(())
        })
        .await
}

/// The offset after the highest one stored, if one from `from` on is stored.
pub async fn end(
    warehouse: &Warehouse,
    origin: Origin<'_>,
    from: u64,
) -> Result<Option<u64>, WarehouseError> {
    let of = of(origin);
    let highest = |table| {
        format!(
            "SELECT max(kafka_offset) + 1 AS end, count() AS n FROM {table} WHERE {of} AND kafka_offset >= {from}"
        )
    };
    let sql = format!(
        "SELECT maxIf(end, n > 0) FROM ({} UNION ALL {})",
        highest("plays"),
        highest("rejected")
    );
    let answer = warehouse.run(&sql).await?;
    let end: u64 = answer.trim().parse().map_err(|_| unreadable(&answer))?;
    Ok((end > 0).then_some(end))
}

/// The stored reports of the plays that `question` asks for: except those of the range itself, which are judged with it, and
/// duplicates after it, as what they repeat may be in it.
pub async fn earlier(
    warehouse: &Warehouse,
    origin: Origin<'_>,
    range: Span,
    question: &Question,
    creators: &[u64],
) -> Result<Vec<Judged>, WarehouseError> {
    let slots: Vec<String> = question
        .slots
        .iter()
        .map(|(from, to)| {
            format!("slot BETWEEN toDateTime({from}, 'UTC') AND toDateTime({to}, 'UTC')")
        })
        .collect();
    let plays: Vec<String> = question
        .plays
        .iter()
        .map(|play_id| format!("'{play_id}'"))
        .collect();
    let creators: Vec<String> = creators.iter().map(u64::to_string).collect();
    let sql = format!(
        "SELECT {JUDGED} FROM plays WHERE creator_id IN (0, {}) AND ({}) AND play_id IN ({}) AND NOT ({} AND kafka_offset >= {} AND (kafka_offset <= {} OR reason = 'duplicate'))",
        creators.join(", "),
        slots.join(" OR "),
        plays.join(", "),
        of(origin),
        range.first,
        range.last
    );
    let mut rows = Vec::new();
    warehouse
        .lines(&sql, |line| {
            rows.push(judged(line).ok_or_else(|| unreadable(line))?);
            Ok(())
        })
        .await?;
    Ok(rows)
}

fn of(origin: Origin<'_>) -> String {
    let topic_id = origin.topic_id.replace('\\', "\\\\").replace('\'', "\\'");
    format!(
        "topic_id = '{topic_id}' AND kafka_partition = {}",
        origin.partition
    )
}

/// The condition that a row of either table is of these offsets.
pub fn within(origin: Origin<'_>, span: Span) -> String {
    format!(
        "{} AND kafka_offset BETWEEN {} AND {}",
        of(origin),
        span.first,
        span.last
    )
}

/// A line of [`JUDGED`].
fn judged(line: &str) -> Option<Judged> {
    let mut fields = line.split('\t');
    let row = Judged {
        offset: fields.next()?.parse().ok()?,
        play_id: Uuid::parse_str(fields.next()?).ok()?,
        seq: fields.next()?.parse().ok()?,
        reason: Reason::parse(fields.next()?)?,
        completed: flag(fields.next()?)?,
        skipped: flag(fields.next()?)?,
        received_at_ms: fields.next()?.parse().ok()?,
    };
    fields.next().is_none().then_some(row)
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

fn unreadable(line: &str) -> WarehouseError {
    WarehouseError::Unreadable(line.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_whole_or_not_at_all() {
        let line = "7\t01020304-0506-0708-090a-0b0c0d0e0f10\t2\t\t1\t0\t1700000000123";
        let row = judged(line).unwrap();
        assert_eq!(
            (row.offset, row.seq, row.reason, row.completed, row.skipped),
            (7, 2, Reason::Counted, true, false)
        );
        assert_eq!(row.received_at_ms, 1_700_000_000_123);
        for cut in [
            &line[..line.len() - 14],
            "",
            "Code: 241. DB::Exception: Memory limit",
        ] {
            assert!(judged(cut).is_none(), "{cut}");
        }
        assert!(judged(&format!("{line}\t1")).is_none());
    }
}
