//! Plays of many creators, made in the warehouse itself: a sample of reports goes the whole way through the pipeline, and is multiplied
//! over creators, tracks, listeners and 92 days. So each row is one that the aggregator could have written.

use std::f64::consts::EULER_GAMMA;
use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use veza_standalone::temporary::Temporary;

use crate::warehouse::Warehouse;
use crate::{backlog, catalog, stack};

pub const CREATORS: u64 = 10_000;
pub const DAYS: i64 = 92;
/// Reports that go through the pipeline.
const SAMPLE: u64 = 100_000;
/// Times that an insert takes the sample: a million rows, which become one part.
const COPIES: u64 = 10;
/// Plays go on beyond now, so that the last half hour stays as busy as the others while it is measured.
const BEYOND_NOW: SignedDuration = SignedDuration::from_hours(2);
/// Rows a listener of the biggest creator, and of the others the same.
const ROWS_EACH_LISTENER: u64 = 7;
/// Most rows of the creator that is measured beside the biggest.
const MEDIUM_ROWS: u64 = 1_000_000;
/// Longest wait for the sample, and for merges.
const PATIENCE: Duration = Duration::from_secs(900);

/// The plays, and the first of the creators: the biggest.
pub struct Plays {
    first_creator: i64,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Somebody whose dashboard is measured.
pub struct Creator {
    pub user: Uuid,
    pub rows: u64,
}

/// Fills catalog and warehouse. The aggregator goes on running, so that `as_of` does.
pub async fn make(
    stack: &mut Temporary,
    warehouse: &Warehouse,
    plays: u64,
) -> anyhow::Result<Plays> {
    catalog::fill(stack, CREATORS as u32 * catalog::TRACKS_EACH).await?;
    let mut postgres = catalog::connect(stack).await?;
    let first_creator = sqlx::query_scalar("SELECT min(id) FROM creators")
        .fetch_one(&mut postgres)
        .await?;
    take_sample(stack, warehouse).await?;
    let to = Timestamp::now() + BEYOND_NOW;
    let made = Plays {
        first_creator,
        from: to - SignedDuration::from_hours(24 * DAYS),
        to,
    };
    made.multiply(warehouse, plays).await?;
    settle(warehouse).await?;
    Ok(made)
}

async fn take_sample(stack: &mut Temporary, warehouse: &Warehouse) -> anyhow::Result<()> {
    backlog::prepare(stack, SAMPLE)?;
    let aggregator = stack.stack.aggregator.clone();
    stack::start(stack, aggregator, &[]).await?;
    let begun = Instant::now();
    while warehouse.number("SELECT count() FROM plays").await? < SAMPLE {
        ensure!(begun.elapsed() < PATIENCE, "the sample is not stored");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let sql = format!(
        "CREATE TABLE sample ENGINE = Memory AS SELECT row_number() OVER () - 1 AS row, * FROM plays LIMIT {SAMPLE}"
    );
    warehouse.run(sql).await?;
    Ok(())
}

/// The creator with most plays of those with a million at most.
pub async fn medium(stack: &Temporary, warehouse: &Warehouse) -> anyhow::Result<Creator> {
    let sql = format!(
        "SELECT creator_id FROM plays GROUP BY creator_id HAVING count() <= {MEDIUM_ROWS} ORDER BY count() DESC LIMIT 1"
    );
    let id = warehouse.number(sql).await?;
    creator(stack, warehouse, id as i64).await
}

/// Each track of theirs comes out on some day of the range.
async fn creator(stack: &Temporary, warehouse: &Warehouse, id: i64) -> anyhow::Result<Creator> {
    let mut postgres = catalog::connect(stack).await?;
    sqlx::query("UPDATE tracks SET released_at = now() - random() * $2 * interval '1 day' WHERE creator_id = $1")
        .bind(id)
        .bind(DAYS as f64)
        .execute(&mut postgres)
        .await?;
    let user = sqlx::query_scalar("SELECT user_id FROM creators WHERE id = $1");
    let user = user.bind(id).fetch_one(&mut postgres).await?;
    let rows = warehouse
        .number(format!("SELECT count() FROM plays WHERE creator_id = {id}"))
        .await?;
    Ok(Creator { user, rows })
}

impl Plays {
    pub async fn biggest(
        &self,
        stack: &Temporary,
        warehouse: &Warehouse,
    ) -> anyhow::Result<Creator> {
        creator(stack, warehouse, self.first_creator).await
    }

    async fn multiply(&self, warehouse: &Warehouse, plays: u64) -> anyhow::Result<()> {
        let (begun, copies) = (Instant::now(), plays.div_ceil(SAMPLE));
        for first in (0..copies).step_by(COPIES as usize) {
            let sql = self.insert(copies, first, COPIES.min(copies - first));
            warehouse.run(sql).await?;
            if first % (10 * COPIES) == 0 {
                eprintln!(
                    "{} of {copies} × {SAMPLE} plays made in {:.0?}",
                    first,
                    begun.elapsed()
                );
            }
        }
        Ok(())
    }

    /// Of `copies` of the sample, those from `first`, in the order in which they were received. A creator's share is Zipf's: of rank 1
    /// it is a tenth. Each draw is a hash of the row's number and a number of its own, so that all runs make the same plays.
    fn insert(&self, copies: u64, first: u64, count: u64) -> String {
        let rows = copies * SAMPLE;
        let drawn = |salt: u8| format!("cityHash64(n, {salt}) / 18446744073709551616.");
        let (by_creator, by_track, by_listener, by_delay) =
            (drawn(1), drawn(2), drawn(3), drawn(4));
        let harmonic = (CREATORS as f64 + 0.5).ln() + EULER_GAMMA;
        let tracks = catalog::TRACKS_EACH;
        let (from_ms, first_creator) = (self.from.as_millisecond(), self.first_creator);
        let span_ms = self.to.as_millisecond() - from_ms;
        format!(
            "INSERT INTO plays (creator_id, slot, track_id, listener, counted, completed, skipped, bot, heard_ms, reason, country, place,
               device, os, browser, channel, source, context, region, city, os_version, browser_version, campaign, page, play_id, seq,
               started_at, received_at, heard_before_ms, wall_ms, duration_ms, ended, own, imported, assumed, rule,
               topic_id, kafka_partition, kafka_offset)
             WITH c.number * {SAMPLE} + s.row AS n,
               least({CREATORS}, toUInt64(ceil(exp(({by_creator}) * {harmonic} - {EULER_GAMMA}) - 0.5))) AS rank,
               toUInt64((rank - 1) * {tracks} + floor({tracks} * pow({by_track}, 2))) AS track,
               floor(pow({by_listener}, 2) * (1 + {rows} / (10 * rank * {ROWS_EACH_LISTENER}))) AS person,
               {from_ms} + intDiv(n * {span_ms}, {rows}) AS even_ms,
               toInt64(even_ms + 8640000 * sin(even_ms % 86400000 / 86400000 * 2 * pi())) AS received_ms,
               {by_delay} AS delay,
               toInt64(received_ms - if(delay < 0.01, delay * 86400000000, 100000)) AS started_ms
             SELECT {first_creator} + rank - 1, toDateTime(intDiv(started_ms, 900000) * 900, 'UTC'),
               reinterpretAsUUID(bitOr(toUInt128(0x7e2a000000004000), bitShiftLeft(toUInt128(0x8000000000000000 + track), 64))),
               if(s.listener = 0, 0, greatest(1, cityHash64(rank, person))), s.counted, s.completed, s.skipped, s.bot, s.heard_ms,
               s.reason, s.country, s.place, s.device, s.os, s.browser, s.channel, s.source, s.context, s.region, s.city, s.os_version,
               s.browser_version, s.campaign, s.page,
               reinterpretAsUUID(bitOr(toUInt128(cityHash64(n, 5)), bitShiftLeft(toUInt128(cityHash64(n, 6)), 64))), s.seq,
               fromUnixTimestamp64Milli(started_ms, 'UTC'), fromUnixTimestamp64Milli(received_ms, 'UTC'), s.heard_before_ms, s.wall_ms,
               s.duration_ms, s.ended, s.own, s.imported, s.assumed, s.rule, 'made', n % 6, intDiv(n, 6)
             FROM numbers({first}, {count}) AS c CROSS JOIN sample AS s
             SETTINGS max_insert_block_size = 1048449, min_insert_block_size_rows = 1048449, max_insert_threads = 1,
               max_partitions_per_insert_block = 0"
        )
    }
}

/// As it becomes by itself within days: closed months are one part, and nothing is left to merge in the running one.
async fn settle(warehouse: &Warehouse) -> anyhow::Result<()> {
    let months = warehouse
        .run("SELECT DISTINCT partition FROM system.parts WHERE database = currentDatabase() AND table = 'plays' AND active ORDER BY partition")
        .await?;
    let months: Vec<&str> = months.lines().collect();
    for month in months.iter().rev().skip(1) {
        eprintln!("merging the month {month}");
        warehouse
            .run(format!("OPTIMIZE TABLE plays PARTITION {month} FINAL"))
            .await?;
    }
    let begun = Instant::now();
    while warehouse
        .number("SELECT count() FROM system.merges")
        .await?
        > 0
    {
        ensure!(begun.elapsed() < PATIENCE, "merges go on and on");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}
