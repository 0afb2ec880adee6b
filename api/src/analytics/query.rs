//! Every query of the warehouse, assembled here from constant fragments and nowhere else. What clients send travels as
//! server-side parameters; a type that takes only `&'static str` keeps it out of the text.
//!
//! `plays` is ordered by (creator, slot), so both stand in `PREWHERE`, with the filters. Finding and reading the rows costs as much
//! as putting them together, so that all lists of a report and their total are one look at them (`GROUPING SETS`). Unique listeners
//! cost the most by far: long lists are ranked by plays before the listeners of the entries shown are counted.

use std::collections::BTreeMap;
use std::time::Duration;

use clickhouse::query::{BytesCursor, RowCursor};
use clickhouse::{Row, RowOwned, RowRead};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use veza_enrich::listener::CreatorsKey;

use super::filter::{Bots, Filter, PlaceKey, TrackKey};
use crate::error::{ApiError, Result};
use crate::time::{floor_to_slot, slot_seconds};

/// How long a query may take before the request is answered 503; the server's own limit for the reading user is about the
/// same.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Whose plays, of which time, and which of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// None: every creator's.
    pub creator: Option<u64>,
    /// Only this listener's; none: everyone's.
    pub listener: Option<u64>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub filter: Filter,
    /// The tracks of the artists in the filter; none without such a filter.
    pub artist_tracks: Option<Vec<Uuid>>,
    pub precision: Precision,
}

impl Selection {
    /// As Postgres numbers creators.
    pub fn creator(&self) -> Option<i64> {
        self.creator.map(|id| id as i64)
    }
}

/// How finely distinct listeners are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// Exact up to about 4,000, 0.6 % off at most above.
    #[default]
    Fine,
    /// Exact up to about 2,000, 0.9 % off at most above, in half the memory: for a selection of many rows.
    Quick,
}

/// From here on the memory of distinct counts costs more than reading the rows.
const MANY_ROWS: u64 = 2_000_000;

/// The warehouse, as the user that can only read.
#[derive(Clone)]
pub struct Warehouse(clickhouse::Client);

/// What a report may be broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Country,
    /// Within one country.
    Region,
    /// By [`place`](veza_enrich::place::Place::id), whose names are read for those that are shown.
    City,
    Device,
    System,
    /// `os/version`; unknown where either is.
    SystemVersion,
    Browser,
    /// `browser/version`; unknown where either is.
    BrowserVersion,
    Channel,
    Source,
    Context,
    Campaign,
    Track,
}

/// A list's entry as the warehouse knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// As stored; empty: unknown.
    pub key: String,
    pub plays: u64,
    pub listeners: u64,
}

/// A list's entry, before its listeners are counted.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Ranked {
    pub key: String,
    pub plays: u64,
    /// Entries of the list, were it not cut.
    pub keys: u64,
}

/// What the rows of a list are put together by.
#[derive(Debug, Clone, Copy)]
pub enum Grouping<'a> {
    /// Each entry of a dimension that has few, the unknown one among them.
    Entries(Dimension),
    /// Each of these keys alone, as it is numbered, and all others as 0. The number in decimal digits is the key of the group.
    Parts(Parts, &'a [(String, u16)]),
}

/// How a dimension of many keys is taken in parts.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    dimension: Dimension,
    /// Of the statement's text: the keys as [`Dimension::comparable`] has them, and their numbers.
    comparable_keys: &'static str,
    numbers: &'static str,
    /// The parameters that these two take.
    names: [&'static str; 2],
}

/// Lists, in the order in which they were asked for, and the total of each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouped {
    /// Entries with plays, in no order.
    pub lists: Vec<Vec<Group>>,
    pub total: Total,
}

/// An entry of one of several lists, or the total.
#[derive(Row, Serialize, Deserialize)]
struct GroupRow {
    /// A bit for each list, of the first list the highest: whether the row is *not* of it.
    not_of: u64,
    key: String,
    plays: u64,
    listeners: u64,
    without_listener: u64,
}

/// Everything below the cut of a list, or all that is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Remainder {
    /// Distinct keys.
    pub keys: u64,
    pub plays: u64,
    pub listeners: u64,
}

/// The total of a breakdown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    pub plays: u64,
    pub listeners: u64,
    pub without_listener: u64,
}

/// What is measured of a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Measured {
    /// Start of the bucket in Unix seconds; 0 in a total.
    pub start: u32,
    pub plays: u64,
    pub listeners: u64,
    pub without_listener: u64,
    pub heard_ms: u64,
    /// Plays whose heard time was measured: what completions and skips are judged against.
    pub judged: u64,
    pub completed: u64,
    pub skipped: u64,
}

/// What is measured of buckets, and of all of them together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredBuckets {
    /// Ascending; those without rows are left out.
    pub buckets: Vec<Measured>,
    pub total: Measured,
}

/// The name of a place.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct PlaceName {
    /// Its id, in decimal digits.
    pub place: String,
    pub country: String,
    pub region: String,
    pub city: String,
}

/// How many rows there are to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Serialize, Deserialize)]
struct Volume {
    rows: u64,
}

/// Plays and listeners of the last minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Recent {
    pub last_5_plays: u64,
    pub last_5_listeners: u64,
    pub last_30_plays: u64,
    pub last_30_listeners: u64,
    pub without_listener: u64,
}

/// Plays received in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Minute {
    /// Unix seconds.
    pub start: u32,
    pub plays: u64,
}

/// Rows of one reason.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct ReasonCount {
    pub reason: String,
    pub reports: u64,
}

/// What was heard of a track in a quarter hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Heard {
    /// Of the quarter hour, in Unix seconds.
    pub start: u32,
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    pub plays: u64,
    pub heard_ms: u64,
}

/// Plays of a track in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct TrackDay {
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    /// Of the bucket, in Unix seconds.
    pub start: u32,
    pub plays: u64,
}

/// Records `[first, end)` of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetRange {
    pub topic_id: String,
    pub partition: u16,
    pub first: u64,
    pub end: u64,
}

/// Rows by what they are.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
struct KeyCount {
    key: String,
    count: u64,
}

/// Counted plays of which something is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct Unknown {
    pub plays: u64,
    pub country: u64,
    pub city: u64,
    pub device: u64,
    pub source: u64,
    pub listener: u64,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct RejectedRow {
    pub topic_id: String,
    pub kafka_partition: u16,
    pub kafka_offset: u64,
    pub code: String,
    pub reason: String,
    pub at_ms: i64,
    /// Of all its bytes; 0 when they have been emptied.
    pub size: u64,
    /// Its first bytes.
    pub hex: String,
}

/// The sort key of a row of `rejected`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedKey {
    pub at_ms: i64,
    pub topic_id: String,
    pub partition: u16,
    pub offset: u64,
}

impl RejectedKey {
    pub fn of(row: &RejectedRow) -> Self {
        Self {
            at_ms: row.at_ms,
            topic_id: row.topic_id.clone(),
            partition: row.kafka_partition,
            offset: row.kafka_offset,
        }
    }
}

/// The sort key of a row of `plays`, newest first: unique, so that pages never overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowKey {
    pub started_at_ms: i64,
    pub topic_id: String,
    pub partition: u16,
    pub offset: u64,
}

/// A row of `plays` as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct PlayRow {
    pub creator_id: u64,
    #[serde(with = "clickhouse::serde::uuid")]
    pub play_id: Uuid,
    pub seq: u32,
    #[serde(with = "clickhouse::serde::uuid")]
    pub track_id: Uuid,
    pub started_at_ms: i64,
    pub received_at_ms: i64,
    pub listener: u64,
    pub country: String,
    pub region: String,
    pub city: String,
    pub device: String,
    pub os: String,
    pub os_version: String,
    pub browser: String,
    pub browser_version: String,
    pub channel: String,
    pub source: String,
    pub context: String,
    pub campaign: String,
    pub page: String,
    pub heard_ms: u32,
    pub heard_before_ms: u32,
    pub duration_ms: u32,
    pub ended: u8,
    pub reason: String,
    pub completed: u8,
    pub skipped: u8,
    pub bot: u8,
    pub imported: u8,
    pub assumed: u8,
    pub rule: u8,
    pub topic_id: String,
    pub kafka_partition: u16,
    pub kafka_offset: u64,
}

impl Warehouse {
    pub fn new(client: clickhouse::Client) -> Self {
        Self(client)
    }

    /// How many rows a creator has, whatever they are.
    pub async fn volume_in_all(&self, creator: Option<u64>) -> Result<u64> {
        let sql = Sql::new("SELECT count() AS rows FROM plays AS p PREWHERE ").creator(creator);
        let Volume { rows } = self.one(sql).await?;
        Ok(rows)
    }

    /// How many rows a creator has in a time, whatever they are.
    pub async fn volume(&self, selection: &Selection) -> Result<u64> {
        let sql = Sql::new("SELECT count() AS rows FROM plays AS p PREWHERE ").time(selection);
        let Volume { rows } = self.one(sql).await?;
        Ok(rows)
    }

    /// Measures by bucket, and in total. `starts`: of the buckets, in Unix seconds, ascending; what starts at
    /// 0 is the total, as no row is of 1970.
    pub async fn measured(&self, selection: &Selection, starts: &[u32]) -> Result<MeasuredBuckets> {
        let bots = selection.filter.bots;
        let sql = Sql::new(
            "SELECT toUInt32(roundDown(toUInt32(p.slot), {starts:Array(UInt32)})) AS start, ",
        )
        .with("starts", starts)
        .measures(selection)
        .then(" FROM plays AS p PREWHERE ")
        .select(selection)
        .and(reports_of(bots))
        .then(" GROUP BY GROUPING SETS ((start), ()) ORDER BY start");
        let rows: Vec<Measured> = self.all(sql).await?;
        let (total, buckets): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.start == 0);
        Ok(MeasuredBuckets {
            buckets,
            total: total.first().copied().unwrap_or_default(),
        })
    }

    /// Plays and listeners of several lists and of all rows, in one look at them, so that lists and total are of the same rows.
    pub async fn grouped(
        &self,
        selection: &Selection,
        groupings: &[Grouping<'_>],
    ) -> Result<Grouped> {
        let sql = Sql::new("SELECT grouping(")
            .each(groupings, ", ", Sql::column)
            .then(") AS not_of, concat('', ")
            .each(groupings, ", ", Sql::shown)
            .then(") AS key, count() AS plays, ")
            .listeners(selection)
            .then(", countIf(p.listener = 0) AS without_listener FROM plays AS p PREWHERE ")
            .plays(selection)
            .then(" GROUP BY GROUPING SETS ((")
            .each(groupings, "), (", Sql::column)
            .then("), ())");
        let sql = groupings.iter().fold(sql, Sql::with_parts);
        Ok(Grouped::of(groupings.len(), self.all(sql).await?))
    }

    /// The `limit` entries with the most plays, by plays, then key. `unknown`: the keys that are none.
    pub async fn ranked(
        &self,
        selection: &Selection,
        dimension: Dimension,
        unknown: &[String],
        limit: usize,
    ) -> Result<Vec<Ranked>> {
        let sql = Sql::new("SELECT ")
            .then(dimension.shown())
            .then(" AS key, count() AS plays, count() OVER () AS keys FROM plays AS p PREWHERE ")
            .plays(selection)
            .keys(dimension, Keys::Without(unknown))
            .then(" GROUP BY ")
            .then(dimension.column())
            .then(" ORDER BY plays DESC, key LIMIT {limit:UInt64}")
            .with("limit", limit as u64);
        self.all(sql).await
    }

    /// What lies beyond these keys.
    pub async fn remainder(
        &self,
        selection: &Selection,
        dimension: Dimension,
        keys: &[String],
    ) -> Result<Remainder> {
        let sql = Sql::new("SELECT uniqExact(")
            .then(dimension.column())
            .then(") AS keys, count() AS plays, ")
            .listeners(selection)
            .then(" FROM plays AS p PREWHERE ")
            .plays(selection)
            .keys(dimension, Keys::Without(keys));
        self.one(sql).await
    }

    /// The names of places, by their ids in decimal digits.
    pub async fn place_names(
        &self,
        selection: &Selection,
        places: &[String],
    ) -> Result<Vec<PlaceName>> {
        let sql = Sql::new(
            "SELECT toString(p.place) AS place, any(p.country) AS country, any(p.region) AS region, any(p.city) AS city \
             FROM plays AS p PREWHERE ",
        )
        .plays(selection)
        .keys(Dimension::City, Keys::Of(places))
        .then(" GROUP BY p.place");
        self.all(sql).await
    }

    /// Plays of tracks by bucket; buckets without plays are left out. `starts`: of the buckets, in Unix seconds, ascending.
    pub async fn track_days(
        &self,
        selection: &Selection,
        tracks: &[Uuid],
        starts: &[u32],
    ) -> Result<Vec<TrackDay>> {
        let tracks: Vec<String> = tracks.iter().map(Uuid::to_string).collect();
        let sql = Sql::new(
            "SELECT p.track_id AS track_id, toUInt32(roundDown(toUInt32(p.slot), {starts:Array(UInt32)})) AS start, count() AS plays \
             FROM plays AS p PREWHERE ",
        )
        .with("starts", starts)
        .plays(selection)
        .and("p.track_id IN {released:Array(UUID)}")
        .with("released", tracks)
        .then(" GROUP BY p.track_id, start ORDER BY start");
        self.all(sql).await
    }

    /// Reports by reason. Bots are rows like any other here, unless the filter leaves them out.
    pub async fn reasons(&self, selection: &Selection) -> Result<Vec<ReasonCount>> {
        let sql = Sql::new(
            "SELECT toString(p.reason) AS reason, count() AS reports FROM plays AS p PREWHERE ",
        )
        .select(selection)
        .and(reports_of(selection.filter.bots))
        .then(" GROUP BY p.reason ORDER BY p.reason");
        self.all(sql).await
    }

    /// All reports that were imported for a listener under a creator, by reason.
    pub async fn imported(&self, creator: u64, listener: u64) -> Result<Vec<ReasonCount>> {
        let sql = Sql::new(
            "SELECT toString(p.reason) AS reason, count() AS reports FROM plays AS p \
             PREWHERE p.creator_id = {creator:UInt64} AND p.imported AND p.listener = {listener:UInt64} \
             GROUP BY p.reason ORDER BY p.reason",
        )
        .with("creator", creator)
        .with("listener", listener);
        self.all(sql).await
    }

    /// Plays received per minute, from the selection's `rows.received_from` on.
    pub async fn minutes(&self, selection: &Selection) -> Result<Vec<Minute>> {
        let sql = Sql::new(
            "SELECT toUInt32(toUnixTimestamp(toStartOfMinute(p.received_at, 'UTC'))) AS start, count() AS plays \
             FROM plays AS p PREWHERE ",
        )
        .plays(selection)
        .then(" GROUP BY start ORDER BY start");
        self.all(sql).await
    }

    /// Plays and listeners of the last 5 and 30 minutes before `now`.
    pub async fn recent(&self, selection: &Selection, now: Timestamp) -> Result<Recent> {
        let minutes_ago = |minutes: i64| now.as_millisecond() - minutes * 60_000;
        let sql = Sql::new(
            "SELECT countIf(p.received_at >= fromUnixTimestamp64Milli({last_5:Int64}, 'UTC')) AS last_5_plays, \
             uniqCombined64If(17)(p.listener, p.listener != 0 AND p.received_at >= fromUnixTimestamp64Milli({last_5:Int64}, 'UTC')) \
             AS last_5_listeners, \
             countIf(p.received_at >= fromUnixTimestamp64Milli({last_30:Int64}, 'UTC')) AS last_30_plays, \
             uniqCombined64If(17)(p.listener, p.listener != 0 AND p.received_at >= fromUnixTimestamp64Milli({last_30:Int64}, 'UTC')) \
             AS last_30_listeners, \
             countIf(p.listener = 0 AND p.received_at >= fromUnixTimestamp64Milli({last_30:Int64}, 'UTC')) AS without_listener \
             FROM plays AS p PREWHERE ",
        )
        .with("last_5", minutes_ago(5))
        .with("last_30", minutes_ago(30))
        .plays(selection);
        self.one(sql).await
    }

    /// What was heard, by quarter hour and track, in no order.
    pub async fn heard(&self, selection: &Selection) -> Result<Vec<Heard>> {
        let bots = selection.filter.bots;
        let sql = Sql::new("SELECT toUInt32(p.slot) AS start, p.track_id AS track_id, countIf(")
            .then(plays_of(bots))
            .then(") AS plays, ")
            .then(HEARD_MS)
            .then(" FROM plays AS p PREWHERE ")
            .select(selection)
            .and(reports_of(bots))
            .then(" GROUP BY p.slot, p.track_id HAVING plays > 0 OR heard_ms > 0");
        self.all(sql).await
    }

    /// The rows behind a number, newest first, after the row `after`.
    pub async fn rows(
        &self,
        selection: &Selection,
        after: Option<&RowKey>,
        limit: i64,
    ) -> Result<Vec<PlayRow>> {
        let mut sql = Sql::new(ROWS).rows(selection);
        if let Some(after) = after {
            sql = sql.after(after);
        }
        let sql = sql
            .then(NEWEST_FIRST)
            .then(" LIMIT {limit:Int64}")
            .with("limit", limit);
        self.all(sql).await
    }

    /// The rows behind a number, the oldest of a creator's first, as they come.
    pub fn export(&self, selection: &Selection) -> Result<RowCursor<PlayRow>> {
        let sql = Sql::new(ROWS).rows(selection).then(oldest_first(selection));
        Ok(at_its_readers_pace(sql.bind(&self.0)).fetch()?)
    }

    /// The same rows as a Parquet file, which the warehouse writes; `key` makes the listeners' ids.
    pub fn export_parquet(&self, selection: &Selection, key: CreatorsKey) -> Result<BytesCursor> {
        let [low, high] = key.halves();
        let sql = Sql::new(PARQUET_ROWS)
            .with("key_low", low)
            .with("key_high", high)
            .rows(selection)
            .then(oldest_first(selection))
            .then(PARQUET_SETTINGS);
        Ok(at_its_readers_pace(sql.bind(&self.0)).fetch_bytes("Parquet")?)
    }

    /// All reports of a play, the first first, each stored record once.
    pub async fn reports_of_play(
        &self,
        creator: Option<u64>,
        play_id: Uuid,
    ) -> Result<Vec<PlayRow>> {
        let sql = Sql::new(ROWS)
            .creator(creator)
            .and("p.play_id = {play_id:UUID}")
            .with("play_id", play_id.to_string())
            .then(" ORDER BY p.seq, p.received_at, p.topic_id, p.kafka_partition, p.kafka_offset LIMIT 1000");
        self.all(sql).await
    }

    /// What the records of these offsets were judged to be, by reason.
    pub async fn reasons_of_offsets(&self, ranges: &[OffsetRange]) -> Result<Vec<(String, u64)>> {
        self.count_offsets(
            "SELECT toString(p.reason) AS key, count() AS count FROM plays AS p PREWHERE ",
            ranges,
        )
        .await
    }

    /// Why the records of these offsets are rejected, by code.
    pub async fn rejections_of_offsets(
        &self,
        ranges: &[OffsetRange],
    ) -> Result<Vec<(String, u64)>> {
        self.count_offsets(
            "SELECT toString(p.code) AS key, count() AS count FROM rejected AS p PREWHERE ",
            ranges,
        )
        .await
    }

    /// A query for each topic: offsets of different topics have nothing to do with each other.
    async fn count_offsets(
        &self,
        select: &'static str,
        ranges: &[OffsetRange],
    ) -> Result<Vec<(String, u64)>> {
        let mut topics: BTreeMap<&str, Vec<&OffsetRange>> = BTreeMap::new();
        for range in ranges {
            topics.entry(&range.topic_id).or_default().push(range);
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for (topic_id, ranges) in topics {
            let sql = Sql::new(select)
                .offsets(topic_id, &ranges)
                .then(" GROUP BY key ORDER BY key");
            for KeyCount { key, count } in self.all(sql).await? {
                *counts.entry(key).or_default() += count;
            }
        }
        Ok(counts.into_iter().collect())
    }

    /// Of how many counted plays that began in `[from, to)` something is not known.
    pub async fn unknown(&self, from: Timestamp, to: Timestamp) -> Result<Unknown> {
        let sql = Sql::new(
            "SELECT count() AS plays, countIf(p.country = '') AS country, countIf(p.city = '') AS city, \
             countIf(p.device = '') AS device, countIf(p.source = '') AS source, countIf(p.listener = 0) AS listener \
             FROM plays AS p PREWHERE p.slot >= toDateTime({from:UInt32}, 'UTC')",
        )
        .with("from", u64::from(slot_seconds(floor_to_slot(from))))
        .and("p.slot < toDateTime({to:UInt32}, 'UTC')")
        .with("to", u64::from(slot_seconds(to)))
        .and("p.counted = 1");
        self.one(sql).await
    }

    /// Records that could not be read, newest first, after the row `after`.
    pub async fn rejected(
        &self,
        code: Option<&str>,
        after: Option<&RejectedKey>,
        limit: i64,
    ) -> Result<Vec<RejectedRow>> {
        let mut sql = Sql::new(
            "SELECT toString(p.topic_id) AS topic_id, p.kafka_partition, p.kafka_offset, toString(p.code) AS code, p.reason, \
             toUnixTimestamp64Milli(p.at) AS at_ms, toUInt64(length(p.raw)) AS size, hex(substring(p.raw, 1, 1024)) AS hex \
             FROM rejected AS p WHERE 1",
        );
        if let Some(code) = code {
            sql = sql
                .and("p.code = {code:String}")
                .with("code", code.to_owned());
        }
        if let Some(after) = after {
            sql = sql
                .and(
                    "(toUnixTimestamp64Milli(p.at), toString(p.topic_id), p.kafka_partition, p.kafka_offset) \
                     < ({after_time:Int64}, {after_topic:String}, {after_partition:UInt16}, {after_offset:UInt64})",
                )
                .after_record(after.at_ms, &after.topic_id, after.partition, after.offset);
        }
        let sql = sql
            .then(" ORDER BY p.at DESC, p.topic_id DESC, p.kafka_partition DESC, p.kafka_offset DESC LIMIT {limit:Int64}")
            .with("limit", limit);
        self.all(sql).await
    }

    async fn all<T: RowOwned + RowRead>(&self, sql: Sql) -> Result<Vec<T>> {
        let query = sql.bind(&self.0);
        // Dropped with the request when the client leaves; the connection's end is the query's.
        match tokio::time::timeout(TIMEOUT, query.fetch_all()).await {
            Ok(rows) => Ok(rows?),
            Err(_) => Err(ApiError::ClickHouse(clickhouse::error::Error::TimedOut)),
        }
    }

    /// An aggregate without `GROUP BY`: always one row.
    async fn one<T: RowOwned + RowRead>(&self, sql: Sql) -> Result<T> {
        let rows = self.all(sql).await?;
        let first = rows.into_iter().next();
        first.ok_or(ApiError::ClickHouse(clickhouse::error::Error::RowNotFound))
    }
}

const ROWS: &str = "SELECT p.creator_id, p.play_id, p.seq, p.track_id, toUnixTimestamp64Milli(p.started_at) AS started_at_ms, \
    toUnixTimestamp64Milli(p.received_at) AS received_at_ms, p.listener, toString(p.country) AS country, toString(p.region) AS region, \
    p.city, toString(p.device) AS device, toString(p.os) AS os, toString(p.os_version) AS os_version, toString(p.browser) AS browser, \
    toString(p.browser_version) AS browser_version, toString(p.channel) AS channel, toString(p.source) AS source, \
    toString(p.context) AS context, toString(p.campaign) AS campaign, p.page, p.heard_ms, p.heard_before_ms, p.duration_ms, p.ended, \
    toString(p.reason) AS reason, p.completed, p.skipped, p.bot, p.imported, p.assumed, p.rule, toString(p.topic_id) AS topic_id, \
    p.kafka_partition, p.kafka_offset FROM plays AS p PREWHERE ";

/// As [`PlayReport`](super::plays::PlayReport) shows them, but for the track's names, which the warehouse doesn't have.
const PARQUET_ROWS: &str = "SELECT toString(p.play_id) AS play_id, p.seq AS seq, toString(p.track_id) AS track_id, \
    p.started_at AS started_at, p.received_at AS received_at, \
    if(p.listener = 0, NULL, lower(leftPad(hex(greatest(sipHash64Keyed(({key_low:UInt64}, {key_high:UInt64}), \
    concat(reinterpretAsFixedString(p.listener), reinterpretAsFixedString(p.creator_id))), 1)), 16, '0'))) AS listener, \
    nullIf(toString(p.country), '') AS country, nullIf(toString(p.region), '') AS region, nullIf(p.city, '') AS city, \
    nullIf(toString(p.device), '') AS device, nullIf(toString(p.os), '') AS os, nullIf(toString(p.os_version), '') AS os_version, \
    nullIf(toString(p.browser), '') AS browser, nullIf(toString(p.browser_version), '') AS browser_version, \
    nullIf(toString(p.channel), '') AS channel, nullIf(toString(p.source), '') AS source, nullIf(toString(p.context), '') AS context, \
    nullIf(toString(p.campaign), '') AS campaign, nullIf(p.page, '') AS page, p.heard_ms AS heard_ms, \
    p.heard_before_ms AS heard_before_ms, if(p.assumed = 1, 'assumed', 'measured') AS heard_basis, \
    nullIf(p.duration_ms, 0) AS duration_ms, p.ended = 1 AS ended, multiIf(p.reason = '', 'counted', \
    p.reason IN ('continued', 'duplicate'), toString(p.reason), 'excluded') AS outcome, \
    if(p.reason IN ('', 'continued', 'duplicate'), NULL, toString(p.reason)) AS reason, p.completed = 1 AS completed, \
    p.skipped = 1 AS skipped, p.bot = 1 AS bot, p.imported = 1 AS imported, p.rule AS rule FROM plays AS p PREWHERE ";

/// Groups of rows small enough that the writer holds little.
const PARQUET_SETTINGS: &str = " SETTINGS output_format_parquet_row_group_size = 65536";

/// As the table is ordered, so that rows are merged and not sorted, whatever their number.
const AS_STORED: &str =
    " ORDER BY p.creator_id, p.slot, p.started_at, p.topic_id, p.kafka_partition, p.kafka_offset";

/// A listener's rows are few, of many creators.
const OLDEST_FIRST: &str =
    " ORDER BY p.slot, p.started_at, p.topic_id, p.kafka_partition, p.kafka_offset";

fn oldest_first(selection: &Selection) -> &'static str {
    match selection.listener {
        Some(_) => OLDEST_FIRST,
        None => AS_STORED,
    }
}

/// What an export may take instead of the usual: its time is its reader's, and its rows are not kept.
const EXPORT_LIMITS: [(&str, &str); 2] = [
    ("max_execution_time", "3600"),
    ("max_result_rows", "2000000000"),
];

fn at_its_readers_pace(query: clickhouse::query::Query) -> clickhouse::query::Query {
    let limits = EXPORT_LIMITS.into_iter();
    limits.fold(query, |query, (name, value)| {
        query.with_setting(name, value)
    })
}

/// By slot first, which the table is ordered by.
const NEWEST_FIRST: &str = " ORDER BY p.slot DESC, p.started_at DESC, p.topic_id DESC, p.kafka_partition DESC, p.kafka_offset DESC";

/// The latest time that the warehouse can keep.
const NEWEST_MS: i64 = u32::MAX as i64 * 1_000;

/// Of plays, and what was heard before and after they counted, and of what was skipped; measured, not assumed.
macro_rules! is_heard {
    () => {
        "(p.reason IN ('', 'bot', 'continued', 'too_short') AND p.assumed = 0)"
    };
}
const HEARD_MS: &str = concat!("sumIf(p.heard_ms, ", is_heard!(), ") AS heard_ms");

/// Which rows are plays. A bot's play that would have counted has the reason `bot`.
fn plays_of(bots: Bots) -> &'static str {
    match bots {
        Bots::Exclude => "p.counted = 1",
        Bots::Include => "(p.counted = 1 OR p.reason = 'bot')",
        Bots::Only => "p.reason = 'bot'",
    }
}

/// Which rows are looked at at all: a play has several reports, and not each is a play.
fn reports_of(bots: Bots) -> &'static str {
    match bots {
        Bots::Exclude => "p.bot = 0",
        Bots::Include => "1",
        Bots::Only => "p.bot = 1",
    }
}

impl Precision {
    pub fn for_rows(rows: u64) -> Self {
        match rows {
            0..=MANY_ROWS => Self::Fine,
            _ => Self::Quick,
        }
    }

    fn distinct_if(self) -> &'static str {
        match self {
            Self::Fine => "uniqCombined64If(17)",
            Self::Quick => "uniqCombined64If(16)",
        }
    }
}

const SYSTEM_VERSION: &str =
    "if(p.os = '' OR p.os_version = '', '', concat(toString(p.os), '/', toString(p.os_version)))";
const BROWSER_VERSION: &str = "if(p.browser = '' OR p.browser_version = '', '', \
    concat(toString(p.browser), '/', toString(p.browser_version)))";

/// Of the parameters of a dimension's parts: its own, as a statement may have several.
macro_rules! parts {
    ($keys:literal, $name:literal) => {
        (
            $keys,
            concat!("{", $name, "_numbers:Array(UInt16)}"),
            [concat!($name, "_parts"), concat!($name, "_numbers")],
        )
    };
}

impl Grouped {
    /// Of the rows of `lists` lists.
    fn of(lists: usize, rows: Vec<GroupRow>) -> Self {
        let mut grouped = Self {
            lists: vec![Vec::new(); lists],
            total: Total::default(),
        };
        let of_none = (1u64 << lists) - 1;
        for row in rows {
            let of = of_none & !row.not_of;
            // The highest bit is the first list's.
            let list = lists.checked_sub(1 + of.trailing_zeros() as usize);
            match list.and_then(|list| grouped.lists.get_mut(list)) {
                Some(list) => list.push(Group {
                    key: row.key,
                    plays: row.plays,
                    listeners: row.listeners,
                }),
                None => {
                    grouped.total = Total {
                        plays: row.plays,
                        listeners: row.listeners,
                        without_listener: row.without_listener,
                    };
                }
            }
        }
        grouped
    }
}

impl Dimension {
    fn column(self) -> &'static str {
        match self {
            Self::Country => "p.country",
            Self::Region => "p.region",
            Self::City => "p.place",
            Self::Device => "p.device",
            Self::System => "p.os",
            Self::SystemVersion => SYSTEM_VERSION,
            Self::Browser => "p.browser",
            Self::BrowserVersion => BROWSER_VERSION,
            Self::Channel => "p.channel",
            Self::Source => "p.source",
            Self::Context => "p.context",
            Self::Campaign => "p.campaign",
            Self::Track => "p.track_id",
        }
    }

    /// The column as text.
    fn shown(self) -> &'static str {
        match self {
            Self::Country => "toString(p.country)",
            Self::Region => "toString(p.region)",
            Self::City => "toString(p.place)",
            Self::Device => "toString(p.device)",
            Self::System => "toString(p.os)",
            Self::Browser => "toString(p.browser)",
            Self::SystemVersion => SYSTEM_VERSION,
            Self::BrowserVersion => BROWSER_VERSION,
            Self::Channel => "toString(p.channel)",
            Self::Source => "toString(p.source)",
            Self::Context => "toString(p.context)",
            Self::Campaign => "toString(p.campaign)",
            Self::Track => "toString(p.track_id)",
        }
    }

    /// The column as what [`Parts::comparable_keys`] are; the warehouse maps no UUIDs.
    fn comparable(self) -> &'static str {
        match self {
            Self::Track => "toUInt128(p.track_id)",
            _ => self.column(),
        }
    }

    /// How it is taken in parts, if its entries are too many to count the listeners of all of them at once.
    pub fn parts(self) -> Option<Parts> {
        let (comparable_keys, numbers, names) = match self {
            Self::City => parts!("{city_parts:Array(UInt64)}", "city"),
            Self::Track => parts!(
                "arrayMap(id -> toUInt128(id), {track_parts:Array(UUID)})",
                "track"
            ),
            Self::SystemVersion => {
                parts!("{system_version_parts:Array(String)}", "system_version")
            }
            Self::BrowserVersion => {
                parts!("{browser_version_parts:Array(String)}", "browser_version")
            }
            Self::Source => parts!("{source_parts:Array(String)}", "source"),
            Self::Campaign => parts!("{campaign_parts:Array(String)}", "campaign"),
            _ => return None,
        };
        Some(Parts {
            dimension: self,
            comparable_keys,
            numbers,
            names,
        })
    }

    /// Keys as the column's values.
    fn values(self, keys: &[String]) -> Parameter {
        match self {
            // Read back from the warehouse's own digits.
            Self::City => {
                Parameter::Numbers(keys.iter().filter_map(|key| key.parse().ok()).collect())
            }
            _ => Parameter::Texts(keys.to_vec()),
        }
    }

    /// Whether the column is among the keys.
    fn among(self) -> &'static str {
        match self {
            Self::City => " IN {keys:Array(UInt64)}",
            Self::Track => " IN {keys:Array(UUID)}",
            _ => " IN {keys:Array(String)}",
        }
    }

    fn not_among(self) -> &'static str {
        match self {
            Self::City => " NOT IN {keys:Array(UInt64)}",
            Self::Track => " NOT IN {keys:Array(UUID)}",
            _ => " NOT IN {keys:Array(String)}",
        }
    }
}

/// Entries of a list, or all others.
#[derive(Debug, Clone, Copy)]
pub enum Keys<'a> {
    Of(&'a [String]),
    Without(&'a [String]),
}

/// A statement under assembly: text that is known when this is compiled, and parameters.
struct Sql {
    text: String,
    parameters: Vec<(&'static str, Parameter)>,
}

/// A parameter's value, written by the client library as its type in the statement wants it.
#[derive(Serialize)]
#[serde(untagged)]
enum Parameter {
    Unsigned(u64),
    Signed(i64),
    Text(String),
    Times(Vec<u32>),
    Texts(Vec<String>),
    Numbers(Vec<u64>),
    Pairs(Vec<(String, String)>),
}

impl Sql {
    fn new(text: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            parameters: Vec::new(),
        }
    }

    fn then(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    fn and(self, condition: &'static str) -> Self {
        self.then(" AND ").then(condition)
    }

    fn with(mut self, name: &'static str, value: impl Into<Parameter>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Something of each grouping.
    fn each(
        self,
        groupings: &[Grouping<'_>],
        between: &'static str,
        mut add: impl FnMut(Self, &Grouping<'_>) -> Self,
    ) -> Self {
        let places = groupings.iter().enumerate();
        places.fold(self, |sql, (place, grouping)| match place {
            0 => add(sql, grouping),
            _ => add(sql.then(between), grouping),
        })
    }

    /// What rows are grouped by.
    fn column(self, grouping: &Grouping<'_>) -> Self {
        match *grouping {
            Grouping::Entries(dimension) => self.then(dimension.column()),
            Grouping::Parts(parts, _) => self
                .then("CAST(transform(")
                .then(parts.dimension.comparable())
                .then(", ")
                .then(parts.comparable_keys)
                .then(", ")
                .then(parts.numbers)
                .then(", toUInt16(0)), 'UInt16')"),
        }
    }

    /// A group's key as text; empty in rows of other groupings.
    fn shown(self, grouping: &Grouping<'_>) -> Self {
        match *grouping {
            Grouping::Entries(dimension) => self.then(dimension.shown()),
            Grouping::Parts(..) => self
                .then("if(grouping(")
                .column(grouping)
                .then(") = 0, toString(")
                .column(grouping)
                .then("), '')"),
        }
    }

    fn with_parts(self, grouping: &Grouping<'_>) -> Self {
        let Grouping::Parts(parts, numbered) = *grouping else {
            return self;
        };
        let (keys, numbers): (Vec<String>, Vec<u64>) = numbered
            .iter()
            .map(|(key, number)| (key.clone(), u64::from(*number)))
            .unzip();
        let [keys_name, numbers_name] = parts.names;
        self.with(keys_name, parts.dimension.values(&keys))
            .with(numbers_name, numbers)
    }

    /// Distinct listeners of the rows, which are plays.
    fn listeners(self, selection: &Selection) -> Self {
        self.then(selection.precision.distinct_if())
            .then("(p.listener, p.listener != 0) AS listeners")
    }

    /// The columns of [`Measured`] but its start, of rows that are reports. Heard time is that of plays and of what was
    /// heard before and after they counted; assumed heard time stays out of it, and out of what is judged by it.
    fn measures(self, selection: &Selection) -> Self {
        let is_play = plays_of(selection.filter.bots);
        self.then("countIf(")
            .then(is_play)
            .then(") AS plays, ")
            .then(selection.precision.distinct_if())
            .then("(p.listener, ")
            .then(is_play)
            .then(" AND p.listener != 0) AS listeners, countIf(")
            .then(is_play)
            .then(" AND p.listener = 0) AS without_listener, ")
            .then(HEARD_MS)
            .then(", countIf(")
            .then(is_play)
            .then(
                " AND p.assumed = 0) AS judged, \
                 countIf(p.completed = 1 AND p.assumed = 0) AS completed, \
                 countIf(p.skipped = 1 AND p.assumed = 0) AS skipped",
            )
    }

    /// The plays of a selection.
    fn plays(self, selection: &Selection) -> Self {
        let bots = selection.filter.bots;
        self.select(selection).and(plays_of(bots))
    }

    /// The rows of a selection: its plays, or what its row filter names.
    fn rows(self, selection: &Selection) -> Self {
        let bots = selection.filter.bots;
        let rows = &selection.filter.rows;
        let mut sql = self.select(selection);
        sql = match &rows.reasons {
            None => sql.and(plays_of(bots)),
            Some(reasons) => {
                let reasons: Vec<String> = reasons.iter().map(|r| r.as_str().to_owned()).collect();
                sql.and(reports_of(bots))
                    .and("p.reason IN {reasons:Array(String)}")
                    .with("reasons", reasons)
            }
        };
        if let Some(completed) = rows.completed {
            sql = sql
                .and("p.completed = {completed:UInt8}")
                .with("completed", u64::from(completed));
        }
        if let Some(skipped) = rows.skipped {
            sql = sql
                .and("p.skipped = {skipped:UInt8}")
                .with("skipped", u64::from(skipped));
        }
        if let Some(heard) = rows.heard {
            sql = sql
                .and(concat!(is_heard!(), " = {heard:UInt8}"))
                .with("heard", u64::from(heard));
        }
        sql
    }

    fn creator(self, creator: Option<u64>) -> Self {
        match creator {
            Some(creator) => self
                .then("p.creator_id = {creator:UInt64}")
                .with("creator", creator),
            None => self.then("1"),
        }
    }

    /// Tenant and time: what the table is ordered by.
    fn time(self, selection: &Selection) -> Self {
        self.creator(selection.creator)
            .and("p.slot >= toDateTime({from:UInt32}, 'UTC')")
            .with(
                "from",
                u64::from(slot_seconds(floor_to_slot(selection.from))),
            )
            .and("p.slot < toDateTime({to:UInt32}, 'UTC')")
            .with("to", u64::from(slot_seconds(selection.to)))
            .listener(selection.listener)
    }

    fn listener(self, listener: Option<u64>) -> Self {
        match listener {
            Some(listener) => self
                .and("p.listener = {listener:UInt64}")
                .with("listener", listener),
            None => self,
        }
    }

    /// Tenant, time and filters.
    fn select(self, selection: &Selection) -> Self {
        let filter = &selection.filter;
        let mut sql = self
            .time(selection)
            .tracks(selection)
            .places(filter)
            .any(
                "country",
                "p.country IN {country:Array(String)}",
                &filter.country,
            )
            .any(
                "device",
                "p.device IN {device:Array(String)}",
                &filter.device,
            )
            .any("os", "p.os IN {os:Array(String)}", &filter.os)
            .any(
                "browser",
                "p.browser IN {browser:Array(String)}",
                &filter.browser,
            )
            .any(
                "channel",
                "p.channel IN {channel:Array(String)}",
                &filter.channel,
            )
            .any(
                "source",
                "p.source IN {source:Array(String)}",
                &filter.source,
            )
            .any(
                "context",
                "p.context IN {context:Array(String)}",
                &filter.context,
            )
            .any(
                "campaign",
                "p.campaign IN {campaign:Array(String)}",
                &filter.campaign,
            );
        let milliseconds = |time: Timestamp| time.as_millisecond().clamp(0, NEWEST_MS);
        if let Some(time) = filter.rows.received_from {
            sql = sql
                .and("p.received_at >= fromUnixTimestamp64Milli({received_from:Int64}, 'UTC')")
                .with("received_from", milliseconds(time));
        }
        if let Some(time) = filter.rows.received_to {
            sql = sql
                .and("p.received_at < fromUnixTimestamp64Milli({received_to:Int64}, 'UTC')")
                .with("received_to", milliseconds(time));
        }
        sql
    }

    /// A filter by one column, unless it lets everything pass.
    fn any(self, name: &'static str, condition: &'static str, values: &[String]) -> Self {
        if values.is_empty() {
            return self;
        }
        self.and(condition).with(name, values.to_vec())
    }

    fn tracks(self, selection: &Selection) -> Self {
        let asked = &selection.filter.track;
        let known: Vec<String> = asked
            .iter()
            .filter_map(|key| match key {
                TrackKey::Known(id) => Some(id.to_string()),
                TrackKey::Unknown => None,
            })
            .collect();
        let mut sql = match (asked.contains(&TrackKey::Unknown), asked.is_empty()) {
            (_, true) => self,
            (false, _) => self
                .and("p.track_id IN {track:Array(UUID)}")
                .with("track", known),
            (true, _) => self
                .and("(p.creator_id = 0 OR p.track_id IN {track:Array(UUID)})")
                .with("track", known),
        };
        if let Some(tracks) = &selection.artist_tracks {
            let tracks: Vec<String> = tracks.iter().map(Uuid::to_string).collect();
            let or_unknown = selection.filter.artist.iter().any(String::is_empty);
            sql = sql
                .and(match or_unknown {
                    true => "(p.creator_id = 0 OR p.track_id IN {artist:Array(UUID)})",
                    false => "p.track_id IN {artist:Array(UUID)}",
                })
                .with("artist", tracks);
        }
        sql
    }

    /// Cities by the place's id, which is one hot column instead of three cold ones.
    fn places(self, filter: &Filter) -> Self {
        let mut sql = self;
        if !filter.region.is_empty() {
            let known: Vec<(String, String)> = filter
                .region
                .iter()
                .filter_map(|key| match key {
                    PlaceKey::Known([country, region]) => Some((country.clone(), region.clone())),
                    PlaceKey::Unknown => None,
                })
                .collect();
            sql = sql
                .and(match filter.region.contains(&PlaceKey::Unknown) {
                    true => "(p.region = '' OR (p.country, p.region) IN {region:Array(Tuple(String, String))})",
                    false => "(p.country, p.region) IN {region:Array(Tuple(String, String))}",
                })
                .with("region", known);
        }
        if !filter.city.is_empty() {
            let known: Vec<u64> = filter
                .city
                .iter()
                .filter_map(|key| match key {
                    PlaceKey::Known([country, region, city]) => {
                        Some(place_id(country, region, city))
                    }
                    PlaceKey::Unknown => None,
                })
                .collect();
            sql = sql
                .and(match filter.city.contains(&PlaceKey::Unknown) {
                    true => "(p.city = '' OR p.place IN {city:Array(UInt64)})",
                    false => "p.place IN {city:Array(UInt64)}",
                })
                .with("city", known);
        }
        sql
    }

    /// Only these keys of a dimension, or all but these.
    fn keys(self, dimension: Dimension, keys: Keys<'_>) -> Self {
        let (test, keys) = match keys {
            Keys::Of(keys) => (dimension.among(), keys),
            Keys::Without(keys) => (dimension.not_among(), keys),
        };
        self.and(dimension.column())
            .then(test)
            .with("keys", dimension.values(keys))
    }

    /// The rows that follow `after` in the order of [`NEWEST_FIRST`].
    fn after(self, after: &RowKey) -> Self {
        self.and("p.slot <= toStartOfFifteenMinutes(fromUnixTimestamp64Milli({after_time:Int64}, 'UTC'))")
            .and(
                "(toUnixTimestamp64Milli(p.started_at), toString(p.topic_id), p.kafka_partition, p.kafka_offset) \
                 < ({after_time:Int64}, {after_topic:String}, {after_partition:UInt16}, {after_offset:UInt64})",
            )
            .after_record(after.started_at_ms, &after.topic_id, after.partition, after.offset)
    }

    fn after_record(self, time_ms: i64, topic_id: &str, partition: u16, offset: u64) -> Self {
        self.with("after_time", time_ms)
            .with("after_topic", topic_id.to_owned())
            .with("after_partition", u64::from(partition))
            .with("after_offset", offset)
    }

    /// The records of these ranges, which are of one topic, one a partition. The bounds of all are for the index.
    fn offsets(self, topic_id: &str, ranges: &[&OffsetRange]) -> Self {
        let partitions = ranges.iter().map(|range| u64::from(range.partition) + 1);
        let mut firsts = vec![0; partitions.max().unwrap_or(0) as usize];
        let mut ends = firsts.clone();
        for range in ranges {
            firsts[usize::from(range.partition)] = range.first;
            ends[usize::from(range.partition)] = range.end;
        }
        let lowest = ranges.iter().map(|range| range.first).min();
        let highest = ends.iter().copied().max();
        self.then("p.topic_id = {topic:String}")
            .and("p.kafka_offset >= {lowest:UInt64}")
            .and("p.kafka_offset < {highest:UInt64}")
            .and("p.kafka_offset >= arrayElement({firsts:Array(UInt64)}, p.kafka_partition + 1)")
            .and("p.kafka_offset < arrayElement({ends:Array(UInt64)}, p.kafka_partition + 1)")
            .with("topic", topic_id.to_owned())
            .with("lowest", lowest.unwrap_or(0))
            .with("highest", highest.unwrap_or(0))
            .with("firsts", firsts)
            .with("ends", ends)
    }

    fn bind(self, client: &clickhouse::Client) -> clickhouse::query::Query {
        let query = client.query_raw(&self.text);
        self.parameters
            .into_iter()
            .fold(query, |query, (name, value)| query.param(name, value))
    }
}

/// The id of a place, as the aggregator computes it.
pub fn place_id(country: &str, region: &str, city: &str) -> u64 {
    veza_enrich::place::Place::new(country.to_owned(), region.to_owned(), city.to_owned()).id
}

macro_rules! parameters {
    ($($kind:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$kind> for Parameter {
            fn from(value: $kind) -> Self {
                Self::$variant(value)
            }
        })+
    };
}
parameters! {
    u64 => Unsigned,
    i64 => Signed,
    String => Text,
    Vec<String> => Texts,
    Vec<u64> => Numbers,
    Vec<(String, String)> => Pairs,
}

impl From<&[u32]> for Parameter {
    fn from(times: &[u32]) -> Self {
        Self::Times(times.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(not_of: u64, key: &str, plays: u64) -> GroupRow {
        GroupRow {
            not_of,
            key: key.to_owned(),
            plays,
            listeners: plays - 1,
            without_listener: 1,
        }
    }

    #[test]
    fn rows_of_several_lists_come_apart_again_and_the_total_is_of_none() {
        let rows = vec![
            row(0b011, "phone", 4),
            row(0b110, "Firefox", 9),
            row(0b111, "", 9),
            row(0b101, "", 9),
            row(0b011, "", 5),
        ];
        let Grouped { lists, total } = Grouped::of(3, rows);
        let keys = |list: &Vec<Group>| {
            let keys = list.iter().map(|group| (group.key.clone(), group.plays));
            keys.collect::<Vec<_>>()
        };
        let of = |key: &str, plays| (key.to_owned(), plays);
        assert_eq!(
            lists.iter().map(keys).collect::<Vec<_>>(),
            [
                vec![of("phone", 4), of("", 5)],
                vec![of("", 9)],
                vec![of("Firefox", 9)]
            ]
        );
        let whole = Total {
            plays: 9,
            listeners: 8,
            without_listener: 1,
        };
        assert_eq!(total, whole);
    }

    #[test]
    fn what_is_empty_has_lists_all_the_same() {
        let Grouped { lists, total } = Grouped::of(2, vec![]);
        assert_eq!((lists.len(), total), (2, Total::default()));
    }
}
