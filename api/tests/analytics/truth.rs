//! What reports must say, computed from the rows themselves: by local dates and hours, not by edges, and not in SQL.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use veza_schemas::row::Reason;

use crate::world::Row;

/// What a report looks at.
pub type Test = Box<dyn Fn(&Row) -> bool>;

/// Rows of a time, under filters.
pub fn selected<'a>(
    rows: impl Iterator<Item = &'a Row>,
    from: Timestamp,
    to: Timestamp,
    tests: &[Test],
) -> Vec<&'a Row> {
    rows.filter(|row| slot(row) >= from && slot(row) < to)
        .filter(|row| tests.iter().all(|test| test(row)))
        .collect()
}

/// Plays are dated by the quarter hour.
pub fn slot(row: &Row) -> Timestamp {
    Timestamp::from_second(row.started_at.as_second().div_euclid(900) * 900).unwrap()
}

#[derive(Clone, Copy, PartialEq)]
pub enum Bots {
    Exclude,
    Include,
    Only,
}

impl Bots {
    pub const ALL: [(&'static str, Bots); 3] = [
        ("exclude", Self::Exclude),
        ("include", Self::Include),
        ("only", Self::Only),
    ];

    fn looks_at(self, row: &Row) -> bool {
        match self {
            Self::Exclude => !row.bot,
            Self::Include => true,
            Self::Only => row.bot,
        }
    }

    /// Counted, or kept from counting by being a bot's alone.
    pub fn is_play(self, row: &Row) -> bool {
        self.looks_at(row) && matches!(row.reason, Reason::Counted | Reason::Bot)
    }
}

pub fn plays<'a>(rows: &[&'a Row], bots: Bots) -> Vec<&'a Row> {
    rows.iter()
        .copied()
        .filter(|row| bots.is_play(row))
        .collect()
}

pub fn listeners(plays: &[&Row]) -> usize {
    let ids: BTreeSet<u64> = plays.iter().map(|row| row.listener).collect();
    ids.len() - usize::from(ids.contains(&0))
}

/// The measures of an overview.
pub fn measures(rows: &[&Row], bots: Bots) -> Value {
    let rows: Vec<&Row> = rows
        .iter()
        .copied()
        .filter(|row| bots.looks_at(row))
        .collect();
    let plays = plays(&rows, bots);
    let count =
        |test: fn(&Row) -> bool| rows.iter().filter(|row| !row.assumed && test(row)).count();
    let heard: u64 = rows
        .iter()
        .filter(|row| {
            matches!(
                row.reason,
                Reason::Counted | Reason::Continued | Reason::TooShort | Reason::Bot
            )
        })
        .filter(|row| !row.assumed)
        .map(|row| u64::from(row.heard_ms))
        .sum();
    let judged = plays.iter().filter(|row| !row.assumed).count();
    let skipped = count(|row| row.skipped);
    let ratio = |part: usize, whole: usize| match whole {
        0 => Value::Null,
        _ => json!(part as f64 / whole as f64),
    };
    json!({
        "plays": plays.len(),
        "listeners": listeners(&plays),
        "heard_ms": heard,
        "completion": ratio(count(|row| row.completed), judged),
        "skip_rate": ratio(skipped, judged + skipped),
    })
}

/// A bucket's name by the clock on the wall, such that a bucket's rows are those that bear its name.
pub fn bucket_name(zone: &TimeZone, bucket: &str, time: Timestamp) -> String {
    let local = time.to_zoned_datetime(zone.clone());
    let date = local.date();
    match bucket {
        // An hour that comes twice is two; half an hour that comes twice makes the hour longer.
        "hour" if zone.iana_name() == Some("Australia/Lord_Howe") => {
            local.strftime("%F %H").to_string()
        }
        "hour" => local.strftime("%F %H %z").to_string(),
        "day" => date.to_string(),
        "week" => local.strftime("%G-W%V").to_string(),
        "month" => local.strftime("%Y-%m").to_string(),
        other => panic!("{other}"),
    }
}

/// Rows by their bucket's name; buckets without rows are there too, as every quarter hour of the range is looked at.
pub fn by_bucket<'a>(
    rows: &[&'a Row],
    zone: &TimeZone,
    bucket: &str,
    from: Timestamp,
    to: Timestamp,
) -> BTreeMap<String, Vec<&'a Row>> {
    let mut buckets = BTreeMap::new();
    let mut at = from;
    while at < to {
        buckets
            .entry(bucket_name(zone, bucket, at))
            .or_insert_with(Vec::new);
        at += SignedDuration::from_mins(15);
    }
    for row in rows {
        let name = bucket_name(zone, bucket, row.started_at);
        buckets
            .get_mut(&name)
            .expect("a bucket for every row")
            .push(*row);
    }
    buckets
}

/// A list, its rest and its unknown, of plays by a key; empty: unknown.
pub fn breakdown(plays: &[&Row], limit: usize, key: impl Fn(&Row) -> String) -> [Value; 3] {
    let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in plays {
        groups.entry(key(row)).or_default().push(row);
    }
    let unknown = groups.remove("").unwrap_or_default();
    let mut entries: Vec<(String, Vec<&Row>)> = groups.into_iter().collect();
    entries.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let below = entries.split_off(limit.min(entries.len()));
    let rest: Vec<&Row> = below
        .iter()
        .flat_map(|(_, rows)| rows.iter().copied())
        .collect();
    let list: Vec<Value> = entries
        .iter()
        .map(|(key, rows)| {
            json!({
                "key": key, "plays": rows.len(), "listeners": listeners(rows),
                "share": rows.len() as f64 / plays.len() as f64,
            })
        })
        .collect();
    [
        json!(list),
        json!({"count": below.len(), "plays": rest.len(), "listeners": listeners(&rest)}),
        json!({"plays": unknown.len(), "listeners": listeners(&unknown)}),
    ]
}

/// Compares numbers as numbers, with a hair's breadth for ratios.
#[track_caller]
pub fn assert_same(found: &Value, expected: &Value, what: &str) {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let (a, b) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-12 * b.abs(), "{what}: {a} is not {b}");
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(
                found.len(),
                expected.len(),
                "{what}: {found:?} is not {expected:?}"
            );
            for (found, expected) in found.iter().zip(expected) {
                assert_same(found, expected, what);
            }
        }
        // What is expected of an object; it may tell more.
        (Value::Object(found), Value::Object(expected)) => {
            for (name, expected) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                assert_same(found, expected, &format!("{what}.{name}"));
            }
        }
        _ => assert_eq!(found, expected, "{what}"),
    }
}
