//! Answers as clients of ClickHouse read them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use rand::Rng;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};

use super::engine::Progress;
use super::error::{Failure, code};
use super::format;
use super::front::Front;
use super::job::{Reply, State};
use super::packer::Packer;

/// Rows that are held back before an answer begins, so that a failure among them still gets its own status.
const HELD: usize = 1024 * 1024;
/// The same for clients that ask to wait for the end.
const HELD_FOR_END: usize = 16 * 1024 * 1024;
/// Rows that are packed and sent at once.
const CHUNK: usize = 256 * 1024;
/// Chunks under way between pipe and network.
const CHUNKS: usize = 2;
/// What a client gets to read the rows before a failure's words, and then these before the connection is cut. Clients find the
/// words only where they come in one piece: those of one that is slower may be parted, and it learns only that it was cut.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How the client wants its answer packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Plain,
    Gzip,
    Lz4,
    /// `compress=1`
    Native,
}

impl Wanted {
    /// gzip, which every client unpacks, or lz4 where only that is offered.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let offers = headers.get_all(header::ACCEPT_ENCODING);
        let offers: Vec<String> = offers
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter(|offer| !offer.contains("q=0") || offer.contains("q=0."))
            .filter_map(|offer| offer.split(';').next())
            .map(|offer| offer.trim().to_ascii_lowercase())
            .collect();
        let offers_it = |name: &str| offers.iter().any(|offer| offer == name);
        match (offers_it("gzip"), offers_it("lz4")) {
            (true, _) => Self::Gzip,
            (_, true) => Self::Lz4,
            _ => Self::Plain,
        }
    }

    fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Native => None,
            Self::Gzip => Some("gzip"),
            Self::Lz4 => Some("lz4"),
        }
    }
}

/// A statement under way for a client. If it is dropped before it is done, the client has left.
pub struct Running {
    pub front: Arc<Front>,
    pub query_id: String,
    pub state: Arc<State>,
    /// Among the statements at once
    pub _place: tokio::sync::OwnedSemaphorePermit,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.state.ended.load(std::sync::atomic::Ordering::Acquire) {
            self.front
                .abandon(self.query_id.clone(), self.state.clone());
        }
    }
}

/// Answers what the statement gave.
pub async fn reply(
    running: Running,
    reply: Reply,
    wanted: Wanted,
    waits_for_end: bool,
) -> Result<Response, Failure> {
    match reply {
        Reply::Done {
            rows,
            format,
            progress,
        } => complete(&running, &rows, &format, progress, wanted),
        Reply::Rows { format, pipe, end } => {
            let rows = Rows {
                pipe: pipe::Receiver::from_owned_fd(pipe.into()).map_err(broken)?,
                end,
                running,
            };
            rows.answer(&format, wanted, waits_for_end).await
        }
    }
}

fn broken(error: io::Error) -> Failure {
    Failure::engine(&format!("cannot read the engine's rows: {error}"))
}

fn complete(
    running: &Running,
    rows: &[u8],
    format: &str,
    progress: Progress,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let mut packer = Packer::new(wanted);
    if !rows.is_empty() {
        packer.add(rows).map_err(broken)?;
    }
    let body = packer.finish().map_err(broken)?;
    let mut response = begin(running, format, wanted, Body::from(body));
    let summary = serde_json::json!({
        "read_rows": progress.read_rows.to_string(),
        "read_bytes": progress.read_bytes.to_string(),
        "written_rows": progress.written_rows.to_string(),
        "written_bytes": progress.written_bytes.to_string(),
        "total_rows_to_read": "0",
        "result_rows": progress.result_rows.max(progress.written_rows).to_string(),
        "result_bytes": progress.result_bytes.max(progress.written_bytes).to_string(),
    });
    insert(&mut response, "x-clickhouse-summary", &summary.to_string());
    Ok(response)
}

fn begin(running: &Running, format: &str, wanted: Wanted, body: Body) -> Response {
    let mut response = Response::new(body);
    insert(&mut response, "content-type", format::content_type(format));
    insert(&mut response, "x-clickhouse-format", format);
    if let Some(encoding) = wanted.encoding() {
        insert(&mut response, "content-encoding", encoding);
    }
    common(&mut response, &running.front, &running.query_id);
    response
}

fn common(response: &mut Response, front: &Front, query_id: &str) {
    insert(response, "x-clickhouse-query-id", query_id);
    insert(response, "x-clickhouse-timezone", &front.timezone);
    insert(response, "x-clickhouse-server-display-name", "veza");
}

/// Values that no header can carry are left out; only a client's own query id can be one.
fn insert(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Answers a failure that came before any row.
pub fn failure(front: &Front, failure: &Failure, query_id: &str) -> Response {
    let mut response = Response::new(Body::from(words(front, failure)));
    *response.status_mut() = failure.status();
    insert(
        &mut response,
        "x-clickhouse-exception-code",
        &failure.code.to_string(),
    );
    insert(&mut response, "content-type", "text/plain; charset=UTF-8");
    if failure.code == code::AUTHENTICATION_FAILED {
        insert(
            &mut response,
            "www-authenticate",
            "Basic realm=\"ClickHouse server HTTP API\"",
        );
    }
    common(&mut response, front, query_id);
    response
}

fn words(front: &Front, failure: &Failure) -> String {
    format!("{} (version {})\n", failure.message, front.version)
}

/// Rows on their way from the engine.
struct Rows {
    pipe: pipe::Receiver,
    end: oneshot::Receiver<Result<Progress, Failure>>,
    running: Running,
}

impl Rows {
    async fn answer(
        mut self,
        format: &str,
        wanted: Wanted,
        waits_for_end: bool,
    ) -> Result<Response, Failure> {
        let limit = if waits_for_end { HELD_FOR_END } else { HELD };
        let mut held = Vec::new();
        while held.len() < limit {
            if self.pipe.read_buf(&mut held).await.map_err(broken)? == 0 {
                let progress = self.outcome().await?;
                return complete(&self.running, &held, format, progress, wanted);
            }
        }
        let (sender, mut receiver) = mpsc::channel(CHUNKS);
        let stream = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
        let mut response = begin(&self.running, format, wanted, Body::from_stream(stream));
        let tag = exception_tag();
        insert(&mut response, "x-clickhouse-exception-tag", &tag);
        tokio::spawn(async move {
            let packer = Packer::new(wanted);
            if let Err(error) = self.send(held, packer, &tag, &sender).await {
                // Cut, so that nobody takes what came for the whole; not before the last words are on their way.
                drop(sender.reserve_many(CHUNKS).await);
                tokio::time::sleep(LAST_WORDS).await;
                sender.send(Err(error)).await.ok();
            }
        });
        Ok(response)
    }

    async fn outcome(&mut self) -> Result<Progress, Failure> {
        (&mut self.end)
            .await
            .unwrap_or_else(|_| Err(Failure::engine("the statement ended without an outcome")))
    }

    /// Sends what was held and the rest. A failure of the statement is sent in the form that clients look for.
    async fn send(
        mut self,
        held: Vec<u8>,
        mut packer: Packer,
        tag: &str,
        to: &mpsc::Sender<io::Result<Bytes>>,
    ) -> io::Result<()> {
        let mut rows = held;
        loop {
            for chunk in rows.chunks(CHUNK) {
                packer.add(chunk)?;
                let ready = packer.take();
                if !ready.is_empty() && to.send(Ok(ready)).await.is_err() {
                    return Ok(());
                }
            }
            rows.clear();
            rows.reserve(CHUNK);
            let read = tokio::select! {
                read = self.pipe.read_buf(&mut rows) => read?,
                () = to.closed() => return Ok(()),
            };
            if read == 0 {
                break;
            }
        }
        let outcome = self.outcome().await;
        if let Err(failure) = &outcome {
            packer.flush()?;
            let message = words(&self.running.front, failure);
            let marked = format!(
                "\r\n__exception__\r\n{tag}\r\n{message}{} {tag}\r\n__exception__\r\n",
                message.len()
            );
            let before = packer.take();
            if !before.is_empty() {
                to.send(Ok(before)).await.ok();
            }
            tokio::time::sleep(LAST_WORDS).await;
            packer.add(marked.as_bytes())?;
        }
        let rest = packer.finish()?;
        if !rest.is_empty() {
            to.send(Ok(rest)).await.ok();
        }
        outcome.map(drop).map_err(io::Error::other)
    }
}

/// 16 letters that no row contains but by chance.
fn exception_tag() -> String {
    let mut random = rand::rng();
    (0..16)
        .map(|_| char::from(random.random_range(b'a'..=b'z')))
        .collect()
}
