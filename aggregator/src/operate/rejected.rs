//! `veza-aggregator rejected list | show`: the records that could not be read.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize;
use sqlx::PgPool;
use veza_enrich::record::Record;

use super::replay::{self, Replayed};
use crate::settings::Settings;
use crate::warehouse::Warehouse;

/// Bytes of a line of [`dump`].
const DUMP_WIDTH: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// List them, the newest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// Most that are listed
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
    },
    /// Show one: its bytes, what is wrong with it, and what to do
    Show {
        /// As `list` names it: TOPIC-ID:PARTITION:OFFSET
        #[arg(allow_hyphen_values = true)]
        record: Name,
    },
    /// Send those that can be read now once more, as new records that name the old ones
    ///
    /// What can't be read now either is passed over, and so is what was replayed before. A record that is sent twice all the same
    /// (`--again`) is stored as a duplicate, and counts once.
    Replay {
        /// As `list` names them: TOPIC-ID:PARTITION:OFFSET; after `--`, as an id may begin with a dash
        records: Vec<Name>,
        #[command(flatten)]
        filter: Filter,
        /// All of them
        #[arg(long)]
        all: bool,
        /// Also those that were replayed before
        #[arg(long)]
        again: bool,
        /// Say what would be sent, and send nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which rejected records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Filter {
    /// Only of this code: undecodable, not_a_uuid, out_of_range
    #[arg(long)]
    pub code: Option<String>,
    /// Only of this partition
    #[arg(long)]
    pub partition: Option<u16>,
    /// Only what came at this time or later, such as 2026-11-25T00:00:00Z
    #[arg(long)]
    pub from: Option<Timestamp>,
    /// Only what came before this time
    #[arg(long)]
    pub until: Option<Timestamp>,
}

/// Names a rejected record, as the header of its replay does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Kafka's UUID of the topic.
    pub topic_id: String,
    pub partition: u16,
    pub offset: u64,
}

/// A row of `rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Row {
    topic_id: String,
    kafka_partition: u16,
    kafka_offset: u64,
    code: String,
    reason: String,
    at_ms: i64,
    raw: String,
}

/// A rejected record, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub name: Name,
    pub code: String,
    pub reason: String,
    /// Kafka's time of the record.
    pub at: Timestamp,
    /// Emptied after 14 days.
    pub raw: Vec<u8>,
}

pub async fn run(settings: &Settings, command: &Command) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.clickhouse)?;
    let pool = super::postgres(settings).await?;
    match command {
        Command::List { filter, limit } => list(&warehouse, &pool, filter, *limit).await,
        Command::Show { record } => show(&warehouse, &pool, record).await,
        Command::Replay {
            records,
            filter,
            all,
            again,
            dry_run,
        } => {
            ensure!(
                *all || !records.is_empty() || *filter != Filter::default(),
                "say which: records as `veza-aggregator rejected list` names them, a filter such as --code, or --all"
            );
            let options = replay::Options {
                again: *again,
                dry_run: *dry_run,
            };
            replay::run(
                settings,
                &warehouse,
                &pool,
                (records.as_slice(), filter),
                options,
            )
            .await
        }
    }
}

async fn list(
    warehouse: &Warehouse,
    pool: &PgPool,
    filter: &Filter,
    limit: u32,
) -> anyhow::Result<()> {
    let (condition, newest) = (filter.sql(), "ORDER BY at DESC, kafka_offset DESC");
    let found = select(warehouse, &condition, &format!("{newest} LIMIT {limit}")).await?;
    let replayed = replay::known(pool, &found).await?;
    if !found.is_empty() {
        println!(
            "{:<40} {:<24} {:<13} {:>7}  ",
            "RECORD", "AT", "CODE", "BYTES"
        );
    }
    for rejection in &found {
        let state = match replayed.get(&rejection.name) {
            Some(replayed) => replayed.to_string(),
            None if rejection.raw.is_empty() => "no bytes".into(),
            None => String::new(),
        };
        println!(
            "{:<40} {:<24} {:<13} {:>7}  {state}",
            rejection.name,
            format!("{:.3}", rejection.at),
            rejection.code,
            rejection.raw.len()
        );
    }
    let counts = warehouse
        .run(&format!(
            "SELECT code, count() FROM rejected WHERE {condition} GROUP BY code ORDER BY code"
        ))
        .await?;
    let by_code: Vec<(&str, u64)> = counts
        .lines()
        .filter_map(|line| {
            let (code, count) = line.split_once('\t')?;
            Some((code, count.parse().ok()?))
        })
        .collect();
    let total: u64 = by_code.iter().map(|(_, count)| count).sum();
    let codes: Vec<String> = by_code
        .iter()
        .map(|(code, count)| format!("{code} {count}"))
        .collect();
    match total {
        0 => println!("no rejected records"),
        total => println!("{} of {total} shown: {}", found.len(), codes.join(", ")),
    }
    Ok(())
}

async fn show(warehouse: &Warehouse, pool: &PgPool, name: &Name) -> anyhow::Result<()> {
    let found = select(warehouse, &name.sql(), "LIMIT 1").await?;
    let rejection = found
        .first()
        .with_context(|| format!("no rejected record is named {name}; `list` shows them"))?;
    let replayed = replay::known(pool, &found).await?;
    println!("record   {name}");
    println!("at       {:.3}, Kafka's time", rejection.at);
    println!("code     {}", rejection.code);
    println!("reason   {}", rejection.reason);
    if let Some(replayed) = replayed.get(name) {
        println!("replay   {replayed}");
    }
    println!("bytes    {}", rejection.raw.len());
    print!("{}", dump(&rejection.raw));
    println!("\n{}", rejection.advice());
    Ok(())
}

/// The rejections that fulfil `condition`, in the `order` and number asked for.
pub async fn select(
    warehouse: &Warehouse,
    condition: &str,
    order: &str,
) -> anyhow::Result<Vec<Rejection>> {
    let sql = format!(
        "SELECT topic_id, kafka_partition, kafka_offset, code, reason, toUnixTimestamp64Milli(at) AS at_ms, hex(raw) AS raw \
         FROM rejected WHERE {condition} {order} SETTINGS output_format_json_quote_64bit_integers = 0 FORMAT JSONEachRow"
    );
    let answer = warehouse.run(&sql).await?;
    answer
        .lines()
        .map(|line| {
            let row: Row = serde_json::from_str(line).context("ClickHouse's answer")?;
            Rejection::try_from(row)
        })
        .collect()
}

impl TryFrom<Row> for Rejection {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> anyhow::Result<Self> {
        Ok(Self {
            name: Name {
                topic_id: row.topic_id,
                partition: row.kafka_partition,
                offset: row.kafka_offset,
            },
            code: row.code,
            reason: row.reason,
            at: Timestamp::from_millisecond(row.at_ms)?,
            raw: bytes_of(&row.raw).context("ClickHouse's answer holds no hexadecimal digits")?,
        })
    }
}

impl Rejection {
    /// What an operator can do about it.
    fn advice(&self) -> String {
        if self.raw.is_empty() && self.reason.contains("0 bytes") {
            return "It has no bytes: someone else than ingest writes into the topic. Nothing can be replayed.".into();
        }
        if self.raw.is_empty() {
            return "Its bytes were emptied after 14 days, as they may hold addresses. Nothing can be replayed.".into();
        }
        if Record::read(&self.raw).is_ok() {
            return format!(
                "It can be read now, by this version: veza-aggregator rejected replay -- {}",
                self.name
            );
        }
        let cause = match self.code.as_str() {
            "undecodable" => {
                "Its bytes are no report. Either someone else than ingest writes into the topic: find and stop it. Or it was \
                 written by a newer version"
            }
            "not_a_uuid" => {
                "It is a report without a proper play_id or track_id, which ingest does not let through: find who else writes \
                 into the topic. Or it was written by a newer version"
            }
            _ => {
                "A value of it is outside what a row can hold, which ingest does not let through: find who else writes into the \
                 topic. Or it was written by a newer version, with wider limits"
            }
        };
        format!(
            "{cause}: then update the aggregators, and send it again: veza-aggregator rejected replay -- {}\nAs it is, it stays one \
             rejection; nothing waits for it.",
            self.name
        )
    }
}

impl Filter {
    /// As a condition on `rejected`.
    pub fn sql(&self) -> String {
        let mut conditions = vec!["1".to_string()];
        conditions.extend(self.code.as_ref().map(|code| {
            format!(
                "code = '{}'",
                code.replace('\\', "\\\\").replace('\'', "\\'")
            )
        }));
        conditions.extend(
            self.partition
                .map(|partition| format!("kafka_partition = {partition}")),
        );
        let time =
            |at: Timestamp| format!("fromUnixTimestamp64Milli({}, 'UTC')", at.as_millisecond());
        conditions.extend(self.from.map(|from| format!("at >= {}", time(from))));
        conditions.extend(self.until.map(|until| format!("at < {}", time(until))));
        conditions.join(" AND ")
    }
}

impl Name {
    pub fn sql(&self) -> String {
        let Self {
            topic_id,
            partition,
            offset,
        } = self;
        format!(
            "topic_id = '{topic_id}' AND kafka_partition = {partition} AND kafka_offset = {offset}"
        )
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}:{}:{}", self.topic_id, self.partition, self.offset);
        f.pad(&text)
    }
}

/// No name of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no record; TOPIC-ID:PARTITION:OFFSET does, as `veza-aggregator rejected list` shows it"
)]
pub struct NotAName(String);

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let read = || {
            let mut parts = text.split(':');
            let name = Self {
                topic_id: parts.next()?.to_owned(),
                partition: parts.next()?.parse().ok()?,
                offset: parts.next()?.parse().ok()?,
            };
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_~".contains(c);
            let is_id = !name.topic_id.is_empty() && name.topic_id.chars().all(allowed);
            (parts.next().is_none() && is_id).then_some(name)
        };
        read().ok_or_else(|| NotAName(text.to_owned()))
    }
}

/// Bytes as hexadecimal digits and text, sixteen a line.
fn dump(bytes: &[u8]) -> String {
    let mut lines = String::new();
    for (number, chunk) in bytes.chunks(DUMP_WIDTH).enumerate() {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = chunk
            .iter()
            .map(|byte| match byte {
                b' '..=b'~' => char::from(*byte),
                _ => '.',
            })
            .collect();
        lines.push_str(&format!(
            "{:08x}  {:<47}  |{text}|\n",
            number * DUMP_WIDTH,
            hex.join(" ")
        ));
    }
    lines
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// What is known of a replay, as it reads in a list.
impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.arrived {
            Some((partition, offset)) => write!(
                f,
                "replayed {:.0} as partition {partition} offset {offset}",
                self.begun_at
            ),
            None => write!(
                f,
                "a replay was begun {:.0}, and whether it arrived is not known",
                self.begun_at
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::report;
    use prost::Message;

    #[test]
    fn a_name_reads_back_and_nothing_else_is_one() {
        let name: Name = "-7wTq4DfQeS5Zb-_k1XgHA:3:12".parse().unwrap();
        assert_eq!(name.to_string(), "-7wTq4DfQeS5Zb-_k1XgHA:3:12");
        assert_eq!("T~4:3:12".parse::<Name>().unwrap().topic_id, "T~4");
        for wrong in ["", "3:12", "T:3", "T:3:x", "T':3:1", "T:3:1:2", "T:70000:1"] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_shown_as_digits_and_as_text() {
        assert_eq!(
            dump(b"\xff\xfe\0 no report..."),
            "00000000  ff fe 00 20 6e 6f 20 72 65 70 6f 72 74 2e 2e 2e  |... no report...|\n"
        );
        assert_eq!(
            dump(&[0x41; 17]).lines().nth(1),
            Some("00000010  41                                               |A|")
        );
        assert_eq!(bytes_of("FFfe00"), Some(vec![255, 254, 0]));
        assert_eq!(bytes_of("F"), None);
    }

    #[test]
    fn a_filter_can_only_narrow() {
        let filter = Filter {
            code: Some("a' OR '1".into()),
            partition: Some(3),
            ..Filter::default()
        };
        assert_eq!(
            filter.sql(),
            r"1 AND code = 'a\' OR \'1' AND kafka_partition = 3"
        );
    }

    #[test]
    fn what_can_be_read_now_is_to_be_replayed_and_the_rest_to_be_looked_into() {
        let rejection = |raw: &[u8]| Rejection {
            name: "T:3:12".parse().unwrap(),
            code: "undecodable".into(),
            reason: "why".into(),
            at: Timestamp::UNIX_EPOCH,
            raw: raw.into(),
        };
        let readable = rejection(&report().encode_to_vec()).advice();
        assert!(readable.contains("can be read now") && readable.contains("replay -- T:3:12"));
        assert!(
            rejection(b"\xff")
                .advice()
                .contains("someone else than ingest")
        );
        assert!(rejection(b"").advice().contains("14 days"));
    }
}
