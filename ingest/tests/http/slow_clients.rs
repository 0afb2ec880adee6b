//! Clients that do not finish hold nothing for long.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Collector;

/// Sends `bytes`, keeps the connection open, and reads until the collector ends it.
async fn until_closed(collector: &Collector, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(collector.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut text = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut text)).await;
    closed.expect("the connection is still open").unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let limits = [
        ("VEZA_INGEST_BODY_TIMEOUT_MS", "300"),
        ("VEZA_INGEST_HEADER_TIMEOUT_MS", "1000"),
    ];
    let collector = Collector::start_with(&limits).await;
    let begun = Instant::now();
    let half = b"POST /v1/plays HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"play_id\"";
    let answer = until_closed(&collector, half).await;
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"request_timeout\""),
        "{answer}"
    );
    assert!(begun.elapsed() >= Duration::from_millis(300));
    collector.accepts_a_good_report().await;
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let collector = Collector::start_with(&[("VEZA_INGEST_HEADER_TIMEOUT_MS", "300")]).await;
    for half in [&b""[..], b"POST /v1/plays HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let answer = until_closed(&collector, half).await;
        assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
    }
    collector.accepts_a_good_report().await;
}

#[tokio::test]
async fn a_body_that_is_cut_off_stores_nothing() {
    let collector = Collector::start().await;
    let body = crate::support::report().to_string();
    let head = format!(
        "POST /v1/plays HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len() + 1
    );
    let mut stream = TcpStream::connect(collector.address()).await.unwrap();
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .unwrap();
    drop(stream);
    collector.accepts_a_good_report().await;
    assert_eq!(collector.records().len(), 1, "only the good one");
}
