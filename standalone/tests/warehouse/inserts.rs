//! Inserts store all of a body or nothing, and the same one once.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{RecordBatch, UInt64Array};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema};
use base64::Engine as _;
use veza_standalone::testing::eventually;

use crate::support::{Reply, WRITER, Warehouse};

const TABLE: &str = "CREATE TABLE veza.t (a UInt64) ENGINE = MergeTree ORDER BY a \
                     SETTINGS non_replicated_deduplication_window = 1000";

/// A stream with a batch of numbers between each two `edges`, and where each batch ends.
fn arrow(edges: &[u64]) -> (Vec<u8>, Vec<usize>) {
    let column = Field::new("a", DataType::UInt64, false);
    let schema = Arc::new(Schema::new(vec![column]));
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    let mut ends = vec![writer.get_ref().len()];
    for edge in edges.windows(2) {
        let column = Arc::new(UInt64Array::from_iter_values(edge[0]..edge[1]));
        writer
            .write(&RecordBatch::try_new(schema.clone(), vec![column]).unwrap())
            .unwrap();
        ends.push(writer.get_ref().len());
    }
    (writer.into_inner().unwrap(), ends)
}

fn statement(token: &str) -> String {
    format!(
        "INSERT INTO veza.t SETTINGS insert_deduplication_token = '{token}', insert_deduplicate = 1, async_insert = 0, \
         max_partitions_per_insert_block = 0, max_insert_threads = 1, max_insert_block_size = 1048449, \
         min_insert_block_size_rows = 1048449, min_insert_block_size_bytes = 268402944 FORMAT ArrowStream"
    )
}

async fn insert(warehouse: &Warehouse, statement: &str, body: Vec<u8>) -> Reply {
    let request = reqwest::Client::new()
        .post(warehouse.url())
        .query(&[("query", statement)])
        .basic_auth(WRITER, Some(WRITER))
        .body(body);
    Reply::of(request).await
}

/// How a body that is cut was announced.
#[derive(Debug, Clone, Copy)]
enum Framing {
    ContentLength,
    Chunked,
}

/// Sends the first `length` bytes of an insert, and nothing that says that they are all.
fn begin(
    warehouse: &Warehouse,
    statement: &str,
    body: &[u8],
    length: usize,
    framing: Framing,
) -> TcpStream {
    let mut stream = TcpStream::connect(warehouse.address()).unwrap();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{WRITER}:{WRITER}"));
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("query", statement)
        .finish();
    let (header, before, after) = match framing {
        Framing::ContentLength => (
            format!("Content-Length: {}", body.len() + 1),
            String::new(),
            "",
        ),
        Framing::Chunked => (
            "Transfer-Encoding: chunked".into(),
            format!("{length:x}\r\n"),
            "\r\n",
        ),
    };
    write!(
        stream,
        "POST /?{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {basic}\r\n{header}\r\n\r\n{before}"
    )
    .unwrap();
    stream.write_all(&body[..length]).unwrap();
    stream.write_all(after.as_bytes()).unwrap();
    stream
}

/// Begins an insert and leaves; returns when the warehouse has closed its side too.
async fn cut(warehouse: &Warehouse, statement: &str, body: &[u8], length: usize, framing: Framing) {
    let mut stream = begin(warehouse, statement, body, length, framing);
    stream.shutdown(Shutdown::Write).unwrap();
    let closed = tokio::task::spawn_blocking(move || {
        // An answer or none: what matters is what is stored.
        std::io::copy(&mut stream, &mut std::io::sink()).ok();
    });
    closed.await.unwrap();
}

async fn settled(warehouse: &Warehouse) -> String {
    eventually(Duration::from_secs(10), async || {
        warehouse
            .run("SELECT count() FROM system.processes WHERE query_kind = 'Insert'")
            .await
            == "0\n"
    })
    .await;
    warehouse
        .run("SELECT count(), uniqExact(a) FROM veza.t")
        .await
}

#[tokio::test]
async fn a_body_that_is_cut_stores_nothing_and_the_retry_stores_once() {
    let warehouse = Warehouse::start().await;
    let (body, ends) = arrow(&[0, 20_000, 40_000, 50_000]);
    let token = statement("topic:0:0-49999");
    let mut places = ends.clone();
    places.extend([0, 1, ends[1] - 1, ends[1] + 1, body.len() - 1, body.len()]);
    for framing in [Framing::ContentLength, Framing::Chunked] {
        for &place in &places {
            if matches!(framing, Framing::Chunked) && place == 0 {
                continue;
            }
            warehouse
                .run(&TABLE.replace("CREATE", "CREATE OR REPLACE"))
                .await;
            cut(&warehouse, &token, &body, place, framing).await;
            assert_eq!(
                settled(&warehouse).await,
                "0\t0\n",
                "{framing:?}, {place} of {} bytes; batches end at {ends:?}",
                body.len()
            );
            let reply = insert(&warehouse, &token, body.clone()).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert_eq!(
                settled(&warehouse).await,
                "50000\t50000\n",
                "{framing:?} {place}"
            );
        }
    }
}

#[tokio::test]
async fn a_stream_that_says_its_end_waits_for_the_bodys() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    let (mut body, _) = arrow(&[0, 1_000]);
    // The engine stores a stream that is followed by anything as soon as it sees that. This body is as long as what the
    // front hands over at once, so only what it holds back on purpose stays back.
    body.resize(256 * 1024, 0);
    let mut connection = begin(
        &warehouse,
        &statement("x"),
        &body,
        body.len(),
        Framing::Chunked,
    );
    // What must not happen gives no sign that could be awaited; storing takes a tenth of this.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let count = warehouse.run("SELECT count() FROM veza.t").await;
    assert_eq!(count, "0\n", "its last chunk has not come");
    connection.write_all(b"0\r\n\r\n").unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = [0; 15];
        connection.read_exact(&mut answer).map(|()| answer)
    });
    assert_eq!(&answer.await.unwrap().unwrap(), b"HTTP/1.1 200 OK");
    assert_eq!(settled(&warehouse).await, "1000\t1000\n");
}

#[tokio::test]
async fn a_client_that_leaves_behind_a_streams_end_does_no_harm() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    let (mut body, _) = arrow(&[0, 1_000]);
    body.resize(2 << 20, 0);
    let token = statement("x");
    let connection = begin(
        &warehouse,
        &token,
        &body,
        body.len(),
        Framing::ContentLength,
    );
    // This much behind its end is no stream, and the engine does not wait for more of it.
    eventually(Duration::from_secs(10), async || {
        warehouse.run("SELECT count() FROM veza.t").await == "1000\n"
    })
    .await;
    drop(connection);
    let reply = insert(&warehouse, &token, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(settled(&warehouse).await, "1000\t1000\n");
}

#[tokio::test]
async fn a_token_is_stored_once() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    let (body, _) = arrow(&[0, 1_000]);
    for _ in 0..3 {
        let reply = insert(&warehouse, &statement("one"), body.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(settled(&warehouse).await, "1000\t1000\n");
    insert(&warehouse, &statement("two"), body).await;
    assert_eq!(
        settled(&warehouse).await,
        "2000\t1000\n",
        "another token is another insert"
    );
}

#[tokio::test]
async fn tokens_of_two_at_once_are_stored_once() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    let (body, _) = arrow(&[0, 50_000]);
    let twin = statement("twins");
    let twins = (0..4).map(|_| insert(&warehouse, &twin, body.clone()));
    for reply in futures::future::join_all(twins).await {
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(settled(&warehouse).await, "50000\t50000\n");
}

#[tokio::test]
async fn rows_come_behind_the_statement_or_beside_it() {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
        .await;
    let whole = [
        &b"INSERT INTO veza.t (a, s) FORMAT RowBinary\n"[..],
        &[1, 0, 0, 0, 0, 0, 0, 0, 2, b'\n', b'\n'],
        &[2, 0, 0, 0, 0, 0, 0, 0, 1, b';'],
    ]
    .concat();
    let request = reqwest::Client::new()
        .post(warehouse.url())
        .basic_auth(WRITER, Some(WRITER))
        .body(whole);
    assert_eq!(Reply::of(request).await.status, 200);
    for (query, body) in [
        (
            "INSERT INTO veza.t VALUES",
            "(1 + 2, 'x;y'), (4, concat('FORMAT', ' CSV'));\n",
        ),
        ("INSERT INTO veza.t", "FORMAT CSV\n5,\"a\n\nb\"\n"),
        (
            "INSERT INTO veza.t FORMAT JSONEachRow",
            "{\"a\": 6, \"s\": \"z\"}",
        ),
        ("", "INSERT INTO veza.t SELECT 7, 'seven'"),
        ("INSERT INTO veza.t FORMAT TSV", ""),
    ] {
        let reply = warehouse.ask(WRITER, &[("query", query)], body).await;
        assert_eq!(reply.status, 200, "{query}|{body}: {}", reply.text());
    }
    assert_eq!(
        warehouse.run("SELECT * FROM veza.t ORDER BY a").await,
        "1\t\\n\\n\n2\t;\n3\tx;y\n4\tFORMAT CSV\n5\ta\\n\\nb\n6\tz\n7\tseven\n"
    );
}

#[tokio::test]
async fn rows_that_cannot_be_read_are_refused_by_their_place() {
    let warehouse = Warehouse::start().await;
    warehouse.run(TABLE).await;
    for (body, code) in [
        ("INSERT INTO veza.t FORMAT CSV\n1\n2\nthree\n", 117),
        ("INSERT INTO veza.t VALUES (1), (x)", 47),
        ("INSERT INTO veza.t (b) FORMAT CSV\n1\n", 16),
        ("INSERT INTO veza.t FORMAT Absent\n1\n", 73),
    ] {
        let reply = warehouse.ask(WRITER, &[], body).await;
        assert_eq!(reply.code(), code, "{body}: {}", reply.text());
    }
    assert_eq!(settled(&warehouse).await, "0\t0\n");
}

#[tokio::test]
async fn a_large_body_is_taken_in_bounded_memory() {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64) ENGINE = Null")
        .await;
    // 400 MB, made as it is sent.
    let piece = bytes::Bytes::from(vec![7_u8; 1 << 20]);
    let pieces =
        futures::stream::iter((0..400).map(move |_| Ok::<_, std::io::Error>(piece.clone())));
    let request = reqwest::Client::new()
        .post(warehouse.url())
        .query(&[("query", "INSERT INTO veza.t FORMAT RowBinary")])
        .basic_auth(WRITER, Some(WRITER))
        .body(reqwest::Body::wrap_stream(pieces));
    let (reply, risen) = warehouse.memory_risen(Reply::of(request)).await;
    let summary: serde_json::Value =
        serde_json::from_str(reply.header("x-clickhouse-summary")).unwrap();
    assert_eq!(summary["written_rows"], (400_u64 << 17).to_string());
    assert!(
        risen < 150 << 20,
        "{} MiB for a body of 400 MiB",
        risen >> 20
    );
}
