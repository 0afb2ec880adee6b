//! The months of `plays`: their rows as they are read, and their second table.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use uuid::Uuid;
use veza_schemas::row::{RULE, Reason};

use super::Only;
use super::judge::{Changes, Judge, Judged, Row};
use crate::warehouse::{Warehouse, WarehouseError};

/// Verdicts that change, of one month.
const VERDICTS: &str = "rebuild_verdicts";
/// One month, written anew.
const ANEW: &str = "rebuild_plays";
/// The columns that [`row`] reads.
const COLUMNS: &str = "play_id, topic_id, kafka_partition, kafka_offset, seq, track_id, listener, heard_ms, heard_before_ms, \
    wall_ms, ended, bot, imported, assumed, toUnixTimestamp64Milli(received_at), toYYYYMM(slot), creator_id, duration_ms, own, \
    reason, completed, skipped, rule";

pub struct Months {
    warehouse: Warehouse,
    only: Option<Only>,
    rows_at_once: u64,
}

/// A month that may have something to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// As 202611.
    pub number: u32,
    /// Rows that are judged because of it.
    pub rows: u64,
    /// Parts, by play, in which it is worked on.
    shares: u64,
}

impl Months {
    pub fn new(warehouse: Warehouse, only: Option<Only>, rows_at_once: u64) -> Self {
        Self {
            warehouse,
            only,
            rows_at_once,
        }
    }

    /// The months that have something to judge, in their order.
    pub async fn list(&self) -> anyhow::Result<Vec<Month>> {
        let sql = format!(
            "SELECT toYYYYMM(slot) AS month, countIf({}), count() FROM plays GROUP BY month ORDER BY month",
            self.judged()
        );
        let answer = self.warehouse.run(&sql).await?;
        let months = answer.lines().map(|line| {
            month(line, self.rows_at_once)
                .with_context(|| format!("ClickHouse's answer makes no sense: {line}"))
        });
        let months = months.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(months.into_iter().filter(|month| month.rows > 0).collect())
    }

    /// Works out which rows of the month change, and keeps their verdicts beside the table.
    pub async fn judge(
        &self,
        month: &Month,
        done: &BTreeSet<u32>,
        judge: &Judge,
        bar: &ProgressBar,
    ) -> anyhow::Result<Changes> {
        self.drop_table(VERDICTS).await?;
        let create = format!(
            "CREATE TABLE {VERDICTS} (share UInt64, topic_id String, kafka_partition UInt16, kafka_offset UInt64, creator_id UInt64, \
             duration_ms UInt32, own UInt8, reason String, completed UInt8, skipped UInt8) \
             ENGINE = MergeTree ORDER BY (share, topic_id, kafka_partition, kafka_offset)"
        );
        self.warehouse.run(&create).await?;
        let mut changes = Changes::default();
        for share in 0..month.shares {
            let rows = self.rows(month, share).await?;
            let changed = judge.judge(&rows, month.number, done).await;
            if !changed.is_empty() {
                let statement =
                    format!("INSERT INTO {VERDICTS} SETTINGS async_insert = 0 FORMAT TabSeparated");
                self.warehouse
                    .insert(&statement, lines(share, &changed).into())
                    .await?;
            }
            changes.add(Changes::of(&changed));
            bar.inc(rows.len() as u64);
        }
        Ok(changes)
    }

    /// The same, keeping nothing.
    pub async fn try_out(
        &self,
        month: &Month,
        judge: &Judge,
        bar: &ProgressBar,
    ) -> anyhow::Result<Changes> {
        let mut changes = Changes::default();
        for share in 0..month.shares {
            let rows = self.rows(month, share).await?;
            let changed = judge.judge(&rows, month.number, &BTreeSet::new()).await;
            changes.add(Changes::of(&changed));
            bar.inc(rows.len() as u64);
        }
        Ok(changes)
    }

    /// All rows of the plays that have one to judge in this share of the month, whatever their months.
    async fn rows(&self, month: &Month, share: u64) -> anyhow::Result<Vec<Row>> {
        let (of_share, number) = (month.of_share("play_id", share), month.number);
        let sql = format!(
            "SELECT {COLUMNS} FROM plays WHERE {of_share} AND play_id IN \
             (SELECT play_id FROM plays WHERE toYYYYMM(slot) = {number} AND {of_share} AND {}) \
             ORDER BY play_id, topic_id, kafka_partition, kafka_offset",
            self.judged()
        );
        let mut rows = Vec::new();
        let take = |line: &str| {
            rows.push(row(line).ok_or_else(|| WarehouseError::Unreadable(line.to_string()))?);
            Ok(())
        };
        self.warehouse.lines(&sql, take).await?;
        Ok(rows)
    }

    /// Writes the month into the second table, with its new verdicts.
    pub async fn write_anew(&self, month: &Month) -> anyhow::Result<()> {
        self.drop_table(ANEW).await?;
        self.warehouse
            .run(&format!("CREATE TABLE {ANEW} AS plays"))
            .await?;
        for share in 0..month.shares {
            let sql = format!(
                "INSERT INTO {ANEW} SELECT p.* REPLACE (\
                 if(v.judged, v.creator_id, p.creator_id) AS creator_id, if(v.judged, v.duration_ms, p.duration_ms) AS duration_ms, \
                 if(v.judged, v.own, p.own) AS own, if(v.judged, v.reason, toString(p.reason)) AS reason, \
                 if(v.judged, v.reason = '', p.counted) AS counted, if(v.judged, v.completed, p.completed) AS completed, \
                 if(v.judged, v.skipped, p.skipped) AS skipped, if(v.judged, {RULE}, p.rule) AS rule) \
                 FROM plays AS p LEFT JOIN (SELECT *, toUInt8(1) AS judged FROM {VERDICTS} WHERE share = {share}) AS v \
                 ON toString(p.topic_id) = v.topic_id AND p.kafka_partition = v.kafka_partition AND p.kafka_offset = v.kafka_offset \
                 WHERE toYYYYMM(p.slot) = {} AND {} \
                 SETTINGS insert_deduplicate = 0, async_insert = 0, join_use_nulls = 0",
                month.number,
                month.of_share("p.play_id", share),
            );
            self.warehouse.run(&sql).await?;
        }
        Ok(())
    }

    /// Puts the month that was written anew into the place of the old one, at once.
    ///
    /// # Errors
    /// If they are not the same records.
    pub async fn replace(&self, month: &Month) -> anyhow::Result<()> {
        let (old, new) = (
            self.records("plays", month).await?,
            self.records(ANEW, month).await?,
        );
        ensure!(
            old == new,
            "{month}: the table has other records than when it was copied; is an aggregator running? Nothing was replaced"
        );
        self.warehouse
            .run(&format!(
                "ALTER TABLE plays REPLACE PARTITION {} FROM {ANEW}",
                month.number
            ))
            .await?;
        Ok(())
    }

    /// How many records a table has of the month, and which.
    async fn records(&self, table: &str, month: &Month) -> Result<String, WarehouseError> {
        let sql = format!(
            "SELECT count(), sum(cityHash64(toString(topic_id), kafka_partition, kafka_offset, play_id, seq)) FROM {table} \
             WHERE toYYYYMM(slot) = {}",
            month.number
        );
        self.warehouse.run(&sql).await
    }

    pub async fn clean_up(&self) -> anyhow::Result<()> {
        self.drop_table(VERDICTS).await?;
        self.drop_table(ANEW).await
    }

    async fn drop_table(&self, name: &str) -> anyhow::Result<()> {
        self.warehouse
            .run(&format!("DROP TABLE IF EXISTS {name} SYNC"))
            .await?;
        Ok(())
    }

    /// Which rows make their plays be judged.
    fn judged(&self) -> &'static str {
        match self.only {
            Some(Only::UnknownTrack) => "creator_id = 0",
            None => "1",
        }
    }
}

impl Month {
    fn of_share(&self, play_id: &str, share: u64) -> String {
        format!("cityHash64({play_id}) % {} = {share}", self.shares)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.number / 100, self.number % 100)
    }
}

/// A line of the list of months: number, rows to judge, all rows.
fn month(line: &str, rows_at_once: u64) -> Option<Month> {
    let mut fields = line.split('\t');
    let number = fields.next()?.parse().ok()?;
    let rows = fields.next()?.parse().ok()?;
    let all: u64 = fields.next()?.parse().ok()?;
    Some(Month {
        number,
        rows,
        shares: all.div_ceil(rows_at_once).max(1),
    })
}

/// Verdicts as TabSeparated; none of their values needs escaping.
fn lines(share: u64, changed: &[(Row, Judged)]) -> String {
    let mut lines = String::with_capacity(changed.len() * 80);
    for (row, judged) in changed {
        let (own, completed, skipped) = (
            u8::from(judged.own),
            u8::from(judged.completed),
            u8::from(judged.skipped),
        );
        let _ = writeln!(
            lines,
            "{share}\t{}\t{}\t{}\t{}\t{}\t{own}\t{}\t{completed}\t{skipped}",
            row.topic_id,
            row.partition,
            row.offset,
            judged.creator_id,
            judged.duration_ms,
            judged.reason.as_str(),
        );
    }
    lines
}

/// A line of [`COLUMNS`].
fn row(line: &str) -> Option<Row> {
    let mut fields = line.split('\t');
    let mut text = || fields.next();
    let flag = |text: &str| match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    let row = Row {
        play_id: Uuid::parse_str(text()?).ok()?,
        topic_id: text()?.to_owned(),
        partition: text()?.parse().ok()?,
        offset: text()?.parse().ok()?,
        seq: text()?.parse().ok()?,
        track_id: Uuid::parse_str(text()?).ok()?,
        listener: text()?.parse().ok()?,
        heard_ms: text()?.parse().ok()?,
        heard_before_ms: text()?.parse().ok()?,
        wall_ms: text()?.parse().ok()?,
        ended: flag(text()?)?,
        bot: flag(text()?)?,
        imported: flag(text()?)?,
        assumed: flag(text()?)?,
        received_at_ms: text()?.parse().ok()?,
        month: text()?.parse().ok()?,
        judged: Judged {
            creator_id: text()?.parse().ok()?,
            duration_ms: text()?.parse().ok()?,
            own: flag(text()?)?,
            reason: Reason::parse(text()?)?,
            completed: flag(text()?)?,
            skipped: flag(text()?)?,
            rule: text()?.parse().ok()?,
        },
    };
    fields.next().is_none().then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_whole_or_not_at_all() {
        let line = "01020304-0506-0708-090a-0b0c0d0e0f10\tT\t3\t12\t1\t02020304-0506-0708-090a-0b0c0d0e0f10\t99\t20000\t10000\t\
                    31000\t1\t0\t0\t0\t1700000000123\t202311\t5\t180000\t0\tcontinued\t0\t1\t1";
        let row = row(line).unwrap();
        assert_eq!((row.offset, row.month, row.judged.rule), (12, 202_311, 1));
        assert_eq!(
            (row.judged.reason, row.judged.skipped, row.ended),
            (Reason::Continued, true, true)
        );
        assert!(super::row(&line[..line.len() - 2]).is_none());
        assert!(super::row(&format!("{line}\t1")).is_none());
    }

    #[test]
    fn a_month_reads_as_one() {
        let month = Month {
            number: 202_603,
            rows: 1,
            shares: 4,
        };
        assert_eq!(month.to_string(), "2026-03");
        assert_eq!(
            month.of_share("p.play_id", 3),
            "cityHash64(p.play_id) % 4 = 3"
        );
    }
}
