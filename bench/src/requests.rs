//! Requests as bytes, over plain connections: a client that costs little beside what it measures.

use anyhow::{Context, bail, ensure};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::listening::Listening;

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("ingest")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(4_096),
        })
    }

    /// Sends one request and waits for its 202.
    pub async fn send(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        self.read_answer().await?;
        ensure!(
            self.answer.starts_with(b"HTTP/1.1 202"),
            "ingest answered {}",
            String::from_utf8_lossy(&self.answer)
        );
        Ok(())
    }

    /// Reads one answer to the end of its body.
    async fn read_answer(&mut self) -> anyhow::Result<()> {
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("ingest closed the connection");
            }
            let end = self.answer.windows(4).position(|four| four == b"\r\n\r\n");
            let Some(end) = end else {
                continue;
            };
            let head = std::str::from_utf8(&self.answer[..end])?.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.split('\r').next());
            let length: usize = length.context("an answer without a length")?.parse()?;
            if self.answer.len() >= end + 4 + length {
                return Ok(());
            }
        }
    }
}

/// The bytes of a request with so many reports.
pub fn request(listening: &mut Listening, batch: usize) -> anyhow::Result<Vec<u8>> {
    let now = jiff::Timestamp::now();
    let reports: Vec<_> = (0..batch)
        .map(|_| {
            let drawn = listening.next(now.as_millisecond());
            json!({
                "play_id": Uuid::new_v4(), "track_id": Uuid::from_slice(&drawn.track_id).unwrap_or_default(), "started_at": now - jiff::SignedDuration::from_secs(60),
                "sent_at": now, "heard_ms": drawn.heard_ms, "ended": drawn.ended, "referrer": drawn.referrer,
                "page_url": drawn.page_url, "context": drawn.context, "listener": drawn.listener,
            })
        })
        .map(without_nulls)
        .collect();
    let body = match reports.as_slice() {
        [single] => serde_json::to_vec(single)?,
        many => serde_json::to_vec(many)?,
    };
    let agent = listening
        .next(now.as_millisecond())
        .user_agent
        .unwrap_or_default();
    let head = format!(
        "POST /v1/plays HTTP/1.1\r\nHost: bench\r\nUser-Agent: {agent}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    Ok([head.into_bytes(), body].concat())
}

fn without_nulls(mut report: serde_json::Value) -> serde_json::Value {
    if let Some(fields) = report.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    report
}
