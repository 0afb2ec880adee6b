//! A query ends when its client leaves.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use veza_standalone::testing::eventually;

use crate::support::{READER, WRITER, Warehouse};

/// Sends a statement over a connection of its own and leaves the answer unread.
fn send(warehouse: &Warehouse, user: &str, query_id: &str, sql: &str) -> TcpStream {
    let mut stream = TcpStream::connect(warehouse.address()).unwrap();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{user}"));
    write!(
        stream,
        "POST /?query_id={query_id} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {basic}\r\nContent-Length: {}\r\n\r\n{sql}",
        sql.len()
    )
    .unwrap();
    stream
}

async fn running(warehouse: &Warehouse, query_id: &str) -> bool {
    let sql = format!(
        "SELECT count() FROM system.processes WHERE Settings['log_comment'] = '{query_id}'"
    );
    warehouse.run(&sql).await == "1\n"
}

async fn ends_when_its_client_leaves(user: &str, sql: &str, read_first: usize) {
    let warehouse = Warehouse::start().await;
    let mut stream = send(&warehouse, user, "left-alone", sql);
    stream.read_exact(&mut vec![0; read_first]).unwrap();
    eventually(Duration::from_secs(20), || {
        running(&warehouse, "left-alone")
    })
    .await;
    drop(stream);
    eventually(Duration::from_secs(10), async || {
        !running(&warehouse, "left-alone").await
    })
    .await;
}

#[tokio::test]
async fn while_it_computes() {
    // As many rows as the reading user may scan, each of them dear.
    let sql = "SELECT sum(sipHash64(SHA512(toString(number)))) FROM numbers(2000000000)";
    ends_when_its_client_leaves(WRITER, sql, 0).await;
    ends_when_its_client_leaves(READER, sql, 0).await;
}

#[tokio::test]
async fn while_its_rows_stream() {
    let sql = "SELECT number FROM numbers(1000000000000)";
    ends_when_its_client_leaves(WRITER, sql, 1_000_000).await;
}

#[tokio::test]
async fn while_no_row_comes_after_the_first() {
    let sql = "SELECT repeat('x', 1000) FROM numbers(1000000000000) WHERE number < 2000 OR sipHash64(number) = 1 \
               SETTINGS max_block_size = 1000";
    ends_when_its_client_leaves(WRITER, sql, 500_000).await;
}

#[tokio::test]
async fn while_it_changes_something() {
    let sql = "INSERT INTO FUNCTION null('a UInt64') SELECT sipHash64(number) FROM numbers(1000000000000)";
    ends_when_its_client_leaves(WRITER, sql, 0).await;
}

#[tokio::test]
async fn a_slow_client_keeps_its_query_and_gets_every_row() {
    let warehouse = Warehouse::start().await;
    let sql = "SELECT number FROM numbers(3000000)";
    let mut stream = send(&warehouse, WRITER, "slow", sql);
    let mut body = Vec::new();
    let mut buffer = vec![0; 1 << 20];
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    while !body.ends_with(b"0\r\n\r\n") {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "cut after {} bytes", body.len());
        body.extend_from_slice(&buffer[..count]);
    }
    assert!(String::from_utf8_lossy(&body).contains("\n2999999\n"));
}

#[tokio::test]
async fn many_that_leave_at_once_are_all_stopped() {
    let warehouse = Warehouse::start().await;
    let sql = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000) SETTINGS max_threads = 1";
    let streams: Vec<TcpStream> = (0..40)
        .map(|_| send(&warehouse, WRITER, "many", sql))
        .collect();
    let count = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = 'many'";
    eventually(Duration::from_secs(60), async || {
        warehouse.run(count).await == "40\n"
    })
    .await;
    drop(streams);
    eventually(Duration::from_secs(20), async || {
        warehouse.run(count).await == "0\n"
    })
    .await;
}
