//! A proxy between the aggregator and ClickHouse, in which a test breaks inserts as networks and servers do.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to one insert.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// ClickHouse applies it; its answer never comes, as the connection breaks.
    AnswerLost,
    /// ClickHouse gets half of the body.
    BodyCut,
    /// It is taken, and neither applied nor answered.
    Silence,
    /// The connection is closed when it arrives, as one that was kept alive too long.
    Stale,
    /// Answered with an error, and not applied. `code`: ClickHouse's, none from a load balancer.
    Refused {
        status: u16,
        code: Option<u32>,
        message: &'static str,
    },
    /// Applied, and answered with an error by something in between.
    AppliedAndRefused { status: u16 },
    /// Passed on after so long.
    Slow(Duration),
}

impl Fault {
    pub fn exception(code: u32, message: &'static str) -> Self {
        Self::Refused {
            status: 500,
            code: Some(code),
            message,
        }
    }
}

/// An insert that came to the proxy.
#[derive(Debug, Clone)]
pub struct Seen {
    pub table: String,
    pub token: String,
    /// Of its bytes.
    pub hash: u64,
    /// What happened to it; none: it was passed on.
    pub fault: Option<Fault>,
}

pub struct Proxy {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// For the next inserts into this table, one after the other.
    faults: Vec<(&'static str, VecDeque<Fault>)>,
    /// For every insert into this table.
    always: Vec<(&'static str, Fault)>,
    seen: Vec<Seen>,
}

struct Request {
    /// Path and query.
    target: String,
    headers: Vec<(String, String)>,
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Proxy {
    /// In front of the ClickHouse at `upstream`.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let (upstream, of_task) = (Url::parse(upstream).unwrap(), Arc::clone(&state));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, upstream.clone(), Arc::clone(&of_task)));
            }
        });
        Self { url, state }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What happens to the next inserts into `table`.
    pub fn next(&self, table: &'static str, faults: impl IntoIterator<Item = Fault>) {
        let faults = faults.into_iter().collect();
        self.state().faults.push((table, faults));
    }

    /// What happens to all inserts into `table`, until [`heal`](Self::heal).
    pub fn always(&self, table: &'static str, fault: Fault) {
        self.state().always.push((table, fault));
    }

    /// From now on everything is passed on.
    pub fn heal(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.always.clear();
    }

    /// The inserts that came, in their order.
    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection of the aggregator.
async fn serve(mut client: TcpStream, upstream: Url, state: Arc<Mutex<State>>) -> io::Result<()> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut client, &mut buffer).await? {
        let fault = note(&request, &state);
        match fault {
            Some(Fault::Stale) => return Ok(()),
            Some(Fault::Silence) => {
                // Until the client gives up.
                let _ = client.read(&mut [0]).await;
                return Ok(());
            }
            Some(Fault::BodyCut) => {
                let mut half = TcpStream::connect(address(&upstream)).await?;
                half.write_all(&request.head).await?;
                half.write_all(&request.body[..request.body.len() / 2])
                    .await?;
                half.shutdown().await?;
                let _ = half.read_to_end(&mut Vec::new()).await;
                return Ok(());
            }
            Some(Fault::AnswerLost) => {
                assert_eq!(pass_on(&http, &upstream, &request).await?.0, 200);
                return Ok(());
            }
            Some(Fault::AppliedAndRefused { status }) => {
                assert_eq!(pass_on(&http, &upstream, &request).await?.0, 200);
                answer(&mut client, status, None, b"no healthy upstream").await?;
            }
            Some(Fault::Refused {
                status,
                code,
                message,
            }) => {
                let text = match code {
                    Some(code) => format!("Code: {code}. DB::Exception: {message}"),
                    None => message.to_owned(),
                };
                answer(&mut client, status, code, text.as_bytes()).await?;
            }
            Some(Fault::Slow(pause)) => {
                tokio::time::sleep(pause).await;
                relay(&mut client, &http, &upstream, &request).await?;
            }
            None => relay(&mut client, &http, &upstream, &request).await?,
        }
    }
    Ok(())
}

async fn relay(
    client: &mut TcpStream,
    http: &reqwest::Client,
    upstream: &Url,
    request: &Request,
) -> io::Result<()> {
    let (status, code, body) = pass_on(http, upstream, request).await?;
    answer(client, status, code, &body).await
}

/// The answer: status, ClickHouse's code, body.
async fn pass_on(
    http: &reqwest::Client,
    upstream: &Url,
    request: &Request,
) -> io::Result<(u16, Option<u32>, Vec<u8>)> {
    let url = upstream.join(&request.target).map_err(io::Error::other)?;
    let mut passed = http.post(url).body(request.body.clone());
    for (name, value) in &request.headers {
        if name.starts_with("x-clickhouse") {
            passed = passed.header(name, value);
        }
    }
    let response = passed.send().await.map_err(io::Error::other)?;
    let status = response.status().as_u16();
    let code = response.headers().get("X-ClickHouse-Exception-Code");
    let code = code.and_then(|code| code.to_str().ok()?.parse().ok());
    let body = response.bytes().await.map_err(io::Error::other)?;
    Ok((status, code, body.to_vec()))
}

async fn answer(
    client: &mut TcpStream,
    status: u16,
    code: Option<u32>,
    body: &[u8],
) -> io::Result<()> {
    let code = code.map(|code| format!("X-ClickHouse-Exception-Code: {code}\r\n"));
    let head = format!(
        "HTTP/1.1 {status} Answer\r\nContent-Length: {}\r\n{}\r\n",
        body.len(),
        code.unwrap_or_default()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body).await
}

/// Writes the insert down, and says what happens to it.
fn note(request: &Request, state: &Mutex<State>) -> Option<Fault> {
    let url = Url::parse("http://proxy")
        .unwrap()
        .join(&request.target)
        .unwrap();
    let (_, sql) = url.query_pairs().find(|(name, _)| name == "query")?;
    let rest = sql.strip_prefix("INSERT INTO ")?;
    let table = rest.split(' ').next()?.to_owned();
    let token = sql.split("insert_deduplication_token = '").nth(1)?;
    let token = token.split('\'').next()?.to_owned();
    let mut state = lock(state);
    let due = state
        .faults
        .iter_mut()
        .find(|(of, faults)| *of == table && !faults.is_empty());
    let fault = match due {
        Some((_, faults)) => faults.pop_front(),
        None => {
            let always = state.always.iter().find(|(of, _)| *of == table);
            always.map(|(_, fault)| fault.clone())
        }
    };
    let mut hasher = DefaultHasher::new();
    request.body.hash(&mut hasher);
    state.seen.push(Seen {
        table,
        token,
        hash: hasher.finish(),
        fault: fault.clone(),
    });
    fault
}

/// The next request; none: the client has closed.
async fn read(client: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if client.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = buffer[..end].to_vec();
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.lines();
    let target = lines.next().and_then(|line| line.split(' ').nth(1));
    let target = target.unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while buffer.len() < end + length {
        if client.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer[end..end + length].to_vec();
    buffer.drain(..end + length);
    Ok(Some(Request {
        target,
        headers,
        head,
        body,
    }))
}

fn address(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}
