//! A slow client holds nothing up for long.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Api;

#[tokio::test]
async fn a_body_that_trickles_in_is_cut_off() {
    let api = Api::start().await;
    let address = api.service.url().trim_start_matches("http://").to_owned();
    let (mut reader, mut writer) = TcpStream::connect(&address).await.unwrap().into_split();
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    writer.write_all(head.as_bytes()).await.unwrap();
    let trickle = tokio::spawn(async move {
        // Ends when the server closes the connection.
        while writer.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    let begun = Instant::now();
    let mut answer = [0; 4_096];
    let length = reader.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"request_timeout\""), "{answer}");
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    trickle.abort();
    api.get("/api/v1/config", "").await.assert_status(200);
}

#[tokio::test]
async fn a_chunked_body_without_a_length_is_measured_as_it_comes() {
    let api = Api::start().await;
    let chunks = (0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 << 10]));
    let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    let request = api.request(reqwest::Method::POST, "/api/v1/auth/login", "");
    let request = request
        .header("content-type", "application/json")
        .body(body);
    api.read(request).await.assert_problem(413, "too_large", "");
    api.get("/api/v1/config", "").await.assert_status(200);
}
