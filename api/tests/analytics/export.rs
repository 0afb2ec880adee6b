//! `/analytics/export`: the rows of a range as a file, and the memory that it takes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use veza_standalone::testing::eventually;

use crate::csv::{assert_cell, parse};
use crate::plays::all_pages;
use crate::world::{Row, World};

const ALL_TIME: [(&str, &str); 2] = [("from", "2026-02-01"), ("to", "2026-12-01")];
/// Every outcome, of which bots are no exception: as `export` has it unless told otherwise.
const ALL_ROWS: [(&str, &str); 5] = [
    ("outcome", "counted"),
    ("outcome", "continued"),
    ("outcome", "excluded"),
    ("outcome", "duplicate"),
    ("bots", "include"),
];

/// Columns whose cells are the members of the same name of a row of `/analytics/plays`.
const SHARED: [&str; 30] = [
    "play_id",
    "seq",
    "started_at",
    "received_at",
    "listener",
    "country",
    "region",
    "city",
    "device",
    "os",
    "os_version",
    "browser",
    "browser_version",
    "channel",
    "source",
    "context",
    "campaign",
    "page",
    "heard_ms",
    "heard_before_ms",
    "heard_basis",
    "duration_ms",
    "ended",
    "outcome",
    "reason",
    "completed",
    "skipped",
    "bot",
    "imported",
    "rule",
];

async fn download(world: &World, token: &str, query: &[(&str, &str)]) -> reqwest::Response {
    let url = format!("{}/api/v1/analytics/export", world.service.url());
    let request = reqwest::Client::new().get(url).query(query);
    request.bearer_auth(token).send().await.unwrap()
}

fn all_time<'a>(query: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&ALL_TIME[..], query].concat()
}

/// A CSV's lines by their columns.
async fn lines(
    world: &World,
    token: &str,
    query: &[(&str, &str)],
) -> Vec<BTreeMap<String, String>> {
    let query = all_time(&[query, &[("format", "csv")]].concat());
    let response = download(world, token, &query).await;
    assert_eq!(response.status(), 200);
    let mut rows = parse(&response.text().await.unwrap()).into_iter();
    let columns = rows.next().unwrap();
    rows.map(|row| columns.iter().cloned().zip(row).collect())
        .collect()
}

/// A Parquet file's rows, as ClickHouse reads them.
async fn rows_of_parquet(world: &World, file: Vec<u8>) -> Vec<Value> {
    let veza = &world.veza;
    let table = format!("export_{}", uuid::Uuid::new_v4().simple());
    let columns = "play_id String, seq UInt32, track_id String, started_at DateTime64(3, 'UTC'), received_at DateTime64(3, 'UTC'), \
        listener Nullable(String), country Nullable(String), region Nullable(String), city Nullable(String), device Nullable(String), \
        os Nullable(String), os_version Nullable(String), browser Nullable(String), browser_version Nullable(String), \
        channel Nullable(String), source Nullable(String), context Nullable(String), campaign Nullable(String), page Nullable(String), \
        heard_ms UInt32, heard_before_ms UInt32, heard_basis String, duration_ms Nullable(UInt32), ended Bool, outcome String, \
        reason Nullable(String), completed Bool, skipped Bool, bot Bool, imported Bool, rule UInt8";
    veza.clickhouse(&format!(
        "CREATE TABLE {table} ({columns}) ENGINE = MergeTree ORDER BY started_at"
    ))
    .await;
    let response = reqwest::Client::new()
        .post(veza.setting("VEZA_CLICKHOUSE_URL"))
        .query(&[
            ("database", veza.setting("VEZA_CLICKHOUSE_DATABASE")),
            ("query", &format!("INSERT INTO {table} FORMAT Parquet")),
        ])
        .basic_auth(
            veza.setting("VEZA_CLICKHOUSE_USER"),
            Some(veza.setting("VEZA_CLICKHOUSE_PASSWORD")),
        )
        .body(file)
        .send()
        .await
        .unwrap();
    let status = response.status();
    assert_eq!(status, 200, "{}", response.text().await.unwrap());
    veza.clickhouse(&format!(
        "SELECT * REPLACE (formatDateTime(started_at, '%FT%T.%f') AS started_at, formatDateTime(received_at, '%FT%T.%f') AS received_at) \
         FROM {table}"
    ))
    .await
}

/// As text that is equal for equal instants.
fn instant(text: &Value) -> i64 {
    let text = text.as_str().unwrap();
    let text = match text.ends_with('Z') {
        true => text.to_owned(),
        false => format!("{text}Z"),
    };
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn by_play(rows: &[Value]) -> BTreeMap<&str, &Value> {
    rows.iter()
        .map(|row| (row["play_id"].as_str().unwrap(), row))
        .collect()
}

#[tokio::test]
async fn a_csv_has_every_row_as_the_list_of_plays_shows_it() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    let listed = all_pages(world, token, &ALL_ROWS).await;
    assert_eq!(listed.len(), world.own_rows().count());
    let listed = by_play(&listed);
    let lines = lines(world, token, &[]).await;
    assert_eq!(lines.len(), listed.len());
    for line in &lines {
        let row = listed[line["play_id"].as_str()];
        for column in SHARED {
            assert_cell(line, column, &row[column]);
        }
        assert_cell(line, "track_id", &row["track"]["id"]);
        assert_cell(line, "title", &row["track"]["title"]);
        assert_cell(line, "artist", &row["track"]["artist"]);
    }
    let times: Vec<jiff::Timestamp> = lines
        .iter()
        .map(|line| line["started_at"].parse().unwrap())
        .collect();
    assert!(times.is_sorted(), "the oldest first");
}

#[tokio::test]
async fn a_parquet_file_has_the_same_rows() {
    let world = World::shared().await;
    for token in [&world.creators[0].token, &world.admin] {
        let listed = all_pages(world, token, &ALL_ROWS).await;
        let listed = by_play(&listed);
        let query = all_time(&[("format", "parquet")]);
        let response = download(world, token, &query).await;
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "application/vnd.apache.parquet");
        assert!(!headers.contains_key("content-encoding"), "packed already");
        let file = response.bytes().await.unwrap();
        assert_eq!(
            (&file[..4], &file[file.len() - 4..]),
            (&b"PAR1"[..], &b"PAR1"[..])
        );
        let rows = rows_of_parquet(world, file.to_vec()).await;
        assert_eq!(rows.len(), listed.len());
        for found in &rows {
            let row = listed[found["play_id"].as_str().unwrap()];
            for column in SHARED {
                match column {
                    "started_at" | "received_at" => {
                        assert_eq!(instant(&found[column]), instant(&row[column]), "{column}");
                    }
                    _ => assert_eq!(found[column], row[column], "{column} of {row}"),
                }
            }
            assert_eq!(found["track_id"], row["track"]["id"]);
        }
    }
}

#[tokio::test]
async fn an_export_takes_the_filters_of_the_list() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    let cases: [&[(&str, &str)]; 6] = [
        &[
            ("country", "FR"),
            ("device", "phone"),
            ("outcome", "counted"),
        ],
        &[("reason", "bot")],
        &[("skipped", "true")],
        &[("completed", "true"), ("source", "unknown")],
        &[("outcome", "excluded"), ("bots", "exclude")],
        &[("artist", "=SUM(A1)"), ("outcome", "counted")],
    ];
    for query in cases {
        let (mut expected, mut found): (Vec<String>, Vec<String>) = (
            all_pages(world, token, query)
                .await
                .iter()
                .map(|row| row["play_id"].as_str().unwrap().to_owned())
                .collect(),
            lines(world, token, query)
                .await
                .iter()
                .map(|line| line["play_id"].clone())
                .collect(),
        );
        expected.sort();
        found.sort();
        assert!(!expected.is_empty() && expected == found, "{query:?}");
    }
}

#[tokio::test]
async fn what_a_spreadsheet_would_run_is_quoted_in_an_export() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    let query = all_time(&[("format", "csv")]);
    let text = download(world, token, &query).await.text().await.unwrap();
    for formula in ["\"'=SUM(A1)\"", "\"'@spring\"", "\"'-1, by 0\""] {
        assert!(text.contains(formula), "{formula}");
    }
}

#[tokio::test]
async fn a_file_is_named_by_its_first_and_last_day_and_empty_ones_are_whole() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    for (format, ending) in [("csv", "csv"), ("parquet", "parquet")] {
        let query = [
            ("from", "2030-03-01"),
            ("to", "2030-04-01"),
            ("tz", "Asia/Kathmandu"),
            ("format", format),
        ];
        let response = download(world, token, &query).await;
        assert_eq!(
            response.headers()["content-disposition"].to_str().unwrap(),
            format!("attachment; filename=\"veza-plays-2030-03-01-to-2030-03-31.{ending}\"")
        );
        let file = response.bytes().await.unwrap();
        match format {
            "csv" => assert_eq!(parse(std::str::from_utf8(&file).unwrap()).len(), 1),
            _ => assert_eq!(rows_of_parquet(world, file.to_vec()).await.len(), 0),
        }
    }
}

/// Rows made in the warehouse itself: `count` of the first creator's.
async fn many_rows(world: &World, count: u64) {
    let creator = &world.creators[0];
    let tracks: Vec<String> = creator
        .tracks
        .iter()
        .map(|track| format!("toUUID('{}')", track.id))
        .collect();
    let sql = format!(
        "INSERT INTO plays (creator_id, slot, track_id, listener, counted, reason, country, device, os, browser, channel, source, \
         city, page, play_id, started_at, received_at, heard_ms, duration_ms, ended, rule, topic_id, kafka_partition, kafka_offset) \
         SELECT {}, toDateTime(1772323200 + intDiv(number * 31, 15) % 28000 * 90 - (1772323200 + intDiv(number * 31, 15) % 28000 * 90) % 900, 'UTC') AS s, \
         [{}][1 + number % {}], sipHash64(number % 50000), 1, '', 'FR', 'phone', 'iOS', 'Mobile Safari', 'search', 'search/Google', \
         toString(number % 1000), '/', generateUUIDv4(number), toDateTime64(s, 3, 'UTC'), toDateTime64(s, 3, 'UTC'), 60000, 180000, 1, 1, \
         'topic', 0, number FROM numbers({count})",
        creator.id,
        tracks.join(", "),
        tracks.len(),
    );
    world.veza.clickhouse(&sql).await;
}

/// Resident memory of a process, in MiB.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib: u64 = line
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kib / 1_024
}

async fn takes_the_same_memory_whatever_its_size(rows: u64) {
    let world = World::empty().await;
    many_rows(&world, rows).await;
    let token = &world.creators[0].token;
    let query = |format| {
        [
            ("from", "2026-03-01"),
            ("to", "2026-04-01"),
            ("format", format),
        ]
    };
    let before = resident_mib(world.service.pid());
    let mut most = before;
    for format in ["csv", "parquet"] {
        let mut response = download(&world, token, &query(format)).await;
        let (mut bytes, mut lines) = (0, 0);
        while let Some(chunk) = response.chunk().await.unwrap() {
            bytes += chunk.len();
            lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
            most = most.max(resident_mib(world.service.pid()));
        }
        eprintln!("{format}: {rows} rows, {bytes} bytes, {most} MiB resident, {before} before");
        if format == "csv" {
            assert_eq!(lines, rows + 1);
        }
    }
    assert!(most - before < 64, "{before} MiB before, {most} MiB then");
}

#[tokio::test]
async fn an_export_takes_the_same_memory_whatever_its_size() {
    takes_the_same_memory_whatever_its_size(200_000).await;
}

#[tokio::test]
#[ignore = "a million rows take a while to write in a debug build"]
async fn a_million_rows_are_exported_in_the_same_memory() {
    takes_the_same_memory_whatever_its_size(1_000_000).await;
}

#[tokio::test]
async fn a_fifth_export_waits_and_one_that_is_left_makes_room() {
    let world = World::empty().await;
    many_rows(&world, 300_000).await;
    let token = &world.creators[0].token;
    let query = [
        ("from", "2026-03-01"),
        ("to", "2026-04-01"),
        ("format", "csv"),
    ];
    let mut open = Vec::new();
    for _ in 0..4 {
        let response = download(&world, token, &query).await;
        assert_eq!(response.status(), 200);
        open.push(response);
    }
    let refused = download(&world, token, &query).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    drop(open);
    eventually(Duration::from_secs(20), || async {
        match download(&world, token, &query).await.status().as_u16() {
            200 => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
}

#[tokio::test]
async fn an_export_has_nobody_elses_rows() {
    let world = World::shared().await;
    let own: Vec<&Row> = world.own_rows().collect();
    let found = lines(world, &world.creators[0].token, &[]).await;
    assert_eq!(found.len(), own.len());
    let other = [("creator", "1"), ("format", "csv")];
    let refused = download(world, &world.creators[0].token, &other).await;
    assert_eq!(refused.status(), 403);
}
