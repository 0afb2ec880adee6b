//! The official client of Rust, with and without its compression.

use clickhouse::{Client, Compression, Row};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::support::{READER, Warehouse};

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct Sample {
    id: u64,
    #[serde(with = "clickhouse::serde::uuid")]
    track: Uuid,
    name: String,
    note: Option<String>,
    at_ms: i64,
    tags: Vec<String>,
    share: f64,
}

const TABLE: &str = "CREATE TABLE veza.samples (id UInt64, track UUID, name LowCardinality(String), \
    note Nullable(String), at_ms DateTime64(3, 'UTC'), tags Array(String), share Float64) \
    ENGINE = MergeTree ORDER BY id";

fn samples(count: u64) -> Vec<Sample> {
    let sample = |id| Sample {
        id,
        track: Uuid::from_u128(u128::from(id) << 64 | 7),
        name: format!("näme \t\n'\\ {}", id % 3),
        note: (id % 2 == 0).then(|| format!("note {id}")),
        at_ms: 1_700_000_000_123 + id as i64,
        tags: (0..id % 4).map(|tag| tag.to_string()).collect(),
        share: id as f64 / 7.0,
    };
    (0..count).map(sample).collect()
}

fn clients(warehouse: &Warehouse) -> [Client; 2] {
    let client = warehouse.client();
    [
        client.clone().with_compression(Compression::None),
        client.with_compression(Compression::Lz4),
    ]
}

#[tokio::test]
async fn typed_rows_come_back_as_they_were_inserted() {
    let warehouse = Warehouse::start().await;
    for client in clients(&warehouse) {
        warehouse
            .run(&TABLE.replace("CREATE", "CREATE OR REPLACE"))
            .await;
        let rows = samples(1_000);
        let mut insert = client.insert::<Sample>("samples").await.unwrap();
        for row in &rows {
            insert.write(row).await.unwrap();
        }
        insert.end().await.unwrap();
        let query = client.query("SELECT ?fields FROM samples ORDER BY id");
        assert_eq!(query.fetch_all::<Sample>().await.unwrap(), rows);
        let nothing = client.query("SELECT ?fields FROM samples WHERE id > 5000");
        assert_eq!(nothing.fetch_optional::<Sample>().await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_insert_that_is_not_ended_stores_nothing() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    for client in clients(&warehouse) {
        let mut insert = client.insert::<Sample>("samples").await.unwrap();
        for row in &samples(50_000) {
            insert.write(row).await.unwrap();
        }
        drop(insert);
    }
    // Whatever had been on its way is done with when a later insert is.
    let mut insert = warehouse
        .client()
        .insert::<Sample>("samples")
        .await
        .unwrap();
    insert.write(&samples(1)[0]).await.unwrap();
    insert.end().await.unwrap();
    assert_eq!(
        warehouse.run("SELECT count() FROM veza.samples").await,
        "1\n"
    );
}

#[tokio::test]
async fn the_inserter_stores_every_row_once() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    let client = warehouse.client();
    let mut inserter = client.inserter::<Sample>("samples").with_max_rows(10_000);
    for row in &samples(25_001) {
        inserter.write(row).await.unwrap();
        inserter.commit().await.unwrap();
    }
    inserter.end().await.unwrap();
    let counts = warehouse
        .run("SELECT count(), uniqExact(id) FROM veza.samples")
        .await;
    assert_eq!(counts, "25001\t25001\n");
}

#[tokio::test]
async fn parameters_are_bound_by_the_client_and_by_the_server() {
    let warehouse = Warehouse::start().await;
    let hostile = "a'b\\c\t\n{x:String}";
    for client in clients(&warehouse) {
        let bound = client.query("SELECT ?, ?").bind(hostile).bind(42);
        assert_eq!(
            bound.fetch_one::<(String, u8)>().await.unwrap(),
            (hostile.to_owned(), 42)
        );
        let sent = client
            .query("SELECT {text:String}, arraySum({list:Array(UInt32)})")
            .param("text", hostile)
            .param("list", vec![1_u32, 2, 3]);
        assert_eq!(
            sent.fetch_one::<(String, u64)>().await.unwrap(),
            (hostile.to_owned(), 6)
        );
    }
}

#[tokio::test]
async fn errors_say_their_number() {
    let warehouse = Warehouse::start().await;
    for client in clients(&warehouse) {
        for (sql, number) in [
            ("SELECT nothing", "Code: 47."),
            ("SELEC 1", "Code: 62."),
            ("SELECT * FROM absent", "Code: 60."),
        ] {
            let error = client.query(sql).execute().await.unwrap_err().to_string();
            assert!(error.contains(number), "{sql}: {error}");
        }
        let stranger = client.clone().with_password("wrong");
        let error = stranger.query("SELECT 1").execute().await.unwrap_err();
        assert!(error.to_string().contains("Code: 516."), "{error}");
    }
}

#[tokio::test]
async fn an_error_among_the_rows_reaches_the_client() {
    let warehouse = Warehouse::start().await;
    for client in clients(&warehouse) {
        let sql = "SELECT throwIf(number = 3000000) AS a, repeat('x', 50) FROM numbers(4000000) \
                   SETTINGS max_threads = 1";
        let mut rows = client.query(sql).fetch::<(u8, String)>().unwrap();
        let mut count = 0_u32;
        let error = loop {
            match rows.next().await {
                Ok(Some(_)) => count += 1,
                Ok(None) => panic!("{count} rows were taken for the whole"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(count > 0, "it came after the beginning");
        assert!(error.contains("Code: 395."), "{error}");
    }
}

#[derive(Row, Deserialize)]
struct Wide<'a> {
    number: u64,
    text: &'a str,
}

#[tokio::test]
async fn a_million_rows_stream_in_bounded_memory() {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.wide (number UInt64, text String) ENGINE = MergeTree ORDER BY number")
        .await;
    warehouse
        .run("INSERT INTO veza.wide SELECT number, repeat('0123456789', 40) FROM numbers(1000000) SETTINGS max_block_size = 10000")
        .await;
    for client in clients(&warehouse) {
        let read = async {
            let query = client.query("SELECT ?fields FROM wide");
            let mut rows = query.fetch::<Wide<'_>>().unwrap();
            let (mut count, mut sum, mut bytes) = (0_u64, 0, 0);
            while let Some(row) = rows.next().await.unwrap() {
                count += 1;
                sum += row.number;
                bytes += row.text.len();
            }
            (count, sum, bytes)
        };
        let (read, risen) = warehouse.memory_risen(read).await;
        assert_eq!(read, (1_000_000, 499_999_500_000, 400_000_000));
        assert!(
            risen < 150 << 20,
            "{} MiB for an answer of 390 MiB",
            risen >> 20
        );
    }
}

#[tokio::test]
async fn queries_run_in_parallel() {
    let warehouse = Warehouse::start().await;
    let reader = warehouse.client().with_user(READER).with_password(READER);
    let query = |number: u64| {
        let query = reader.query("SELECT toUInt64(sleep(1) + ?)").bind(number);
        async move { query.fetch_one::<u64>().await.unwrap() }
    };
    let begin = std::time::Instant::now();
    let answers = futures::future::join_all((0..8).map(query)).await;
    assert_eq!(answers, (0..8).collect::<Vec<u64>>());
    assert!(
        begin.elapsed().as_secs() < 8,
        "one after the other: {:?}",
        begin.elapsed()
    );
}
