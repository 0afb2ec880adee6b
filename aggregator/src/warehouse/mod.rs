//! ClickHouse over HTTP: [`insert`]s of sealed ranges, whose bytes [`arrow`] makes; what is already [`stored`]; errors told
//! apart by [`error_code`]; and [`migrate`].
//!
//! Through `reqwest` and not through the `clickhouse` crate, because a range is sent again byte for byte until the server says
//! yes: kept [`bytes::Bytes`] with a `Content-Length` are sent as often as needed without a copy, and a body that breaks off
//! between two Arrow messages is seen as broken, where one sent in chunks would look complete.

pub mod arrow;
pub mod error_code;
pub mod insert;
pub mod migrate;
pub mod stored;

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Response, Url};
use veza_service::settings::ClickHouse;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an answer may take. ClickHouse waits 30 s for a body that does not come (`http_receive_timeout`); whoever waits
/// longer waits for a server that is gone. An insert that is given up may still be applied: its token makes that harmless.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);
/// How long the statements of a rebuild may take.
const LONG_REQUEST_TIMEOUT: Duration = Duration::from_secs(3_600);
/// Shorter than any server's keep-alive, so that a request is rarely sent into a connection that is closing.
const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest piece of an error's text that is kept.
const MAX_MESSAGE_BYTES: usize = 500;
/// The header that carries the number of an exception.
const CODE_HEADER: &str = "X-ClickHouse-Exception-Code";

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("VEZA_CLICKHOUSE_URL `{given}` is no address: {why}; http://127.0.0.1:8123 is one")]
    Url { given: String, why: String },
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Why ClickHouse did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// No answer, or none that could be read: what was asked may have happened.
    #[error("ClickHouse does not answer: {}", causes(.0))]
    Unanswered(#[source] reqwest::Error),
    #[error("ClickHouse refused: {}{message}", .code.map(|code| format!("code {code}, ")).unwrap_or_default())]
    Refused {
        status: u16,
        /// ClickHouse's number of the exception.
        code: Option<u32>,
        message: String,
    },
    /// An answer that is cut, or that something else than ClickHouse gave.
    #[error("ClickHouse's answer makes no sense: {0:?}")]
    Unreadable(String),
}

impl WarehouseError {
    /// Whether the same request may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Unanswered(_) | Self::Unreadable(_) => true,
            Self::Refused { code, message, .. } => error_code::is_retriable(*code, message),
        }
    }
}

/// The error with what is behind it: reqwest itself says only that sending failed.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// A client of ClickHouse's HTTP interface, as the user that writes. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Warehouse {
    http: Client,
    url: Url,
    user: String,
    password: String,
    database: String,
}

impl Warehouse {
    pub fn new(settings: &ClickHouse) -> Result<Self, SettingsError> {
        Self::with_timeout(settings, REQUEST_TIMEOUT)
    }

    /// For statements that take long because they do much: a month of rows is read or copied.
    pub fn patient(settings: &ClickHouse) -> Result<Self, SettingsError> {
        Self::with_timeout(settings, LONG_REQUEST_TIMEOUT)
    }

    fn with_timeout(settings: &ClickHouse, timeout: Duration) -> Result<Self, SettingsError> {
        let url = Url::parse(&settings.url).map_err(|why| SettingsError::Url {
            given: settings.url.clone(),
            why: why.to_string(),
        })?;
        let http = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
            .tcp_nodelay(true)
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            url,
            user: settings.user.clone(),
            password: settings.password.clone(),
            database: settings.database.clone(),
        })
    }

    pub fn database(&self) -> &str {
        &self.database
    }

    /// Runs a statement in the database, and returns what it answers, as TabSeparated.
    pub async fn run(&self, sql: &str) -> Result<String, WarehouseError> {
        self.send(&[("database", &self.database)], sql.to_string().into())
            .await
    }

    /// Runs a statement outside any database, which need not exist yet.
    pub async fn run_outside(&self, sql: &str) -> Result<String, WarehouseError> {
        self.send(&[], sql.to_string().into()).await
    }

    /// Sends `body` to the `INSERT … FORMAT …` statement `sql`.
    pub async fn insert(&self, sql: &str, body: Bytes) -> Result<(), WarehouseError> {
        self.send(&[("database", &self.database), ("query", sql)], body)
            .await
            .map(drop)
    }

    /// Runs a query in the database, and hands each line of its answer, as TabSeparated, to `take` as it comes.
    pub async fn lines(
        &self,
        sql: &str,
        mut take: impl FnMut(&str) -> Result<(), WarehouseError>,
    ) -> Result<(), WarehouseError> {
        let mut response = self
            .request(&[("database", &self.database)], sql.to_string().into())
            .await?;
        let mut rest: Vec<u8> = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(WarehouseError::Unanswered)? {
            rest.extend_from_slice(&chunk);
            let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
                continue;
            };
            let whole = String::from_utf8_lossy(&rest[..end]);
            whole.split('\n').try_for_each(&mut take)?;
            rest.drain(..=end);
        }
        // What comes last without an end is half a line, or an exception that came in the middle of the answer.
        match rest.as_slice() {
            [] => Ok(()),
            half => Err(WarehouseError::Unreadable(short(&String::from_utf8_lossy(
                half,
            )))),
        }
    }

    async fn send(
        &self,
        parameters: &[(&str, &str)],
        body: Bytes,
    ) -> Result<String, WarehouseError> {
        let response = self.request(parameters, body).await?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(WarehouseError::Unanswered)?;
        if error_code::is_exception(&text) {
            return Err(refused(status, None, &text));
        }
        Ok(text)
    }

    /// The answer, once its head says that all is well.
    async fn request(
        &self,
        parameters: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Response, WarehouseError> {
        let response = self
            .http
            .post(self.url.clone())
            .query(parameters)
            .header("X-ClickHouse-User", &self.user)
            .header("X-ClickHouse-Key", &self.password)
            .body(body)
            .send()
            .await
            .map_err(WarehouseError::Unanswered)?;
        let status = response.status();
        let code = response
            .headers()
            .get(CODE_HEADER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        if status.is_success() && code.is_none() {
            return Ok(response);
        }
        let text = response.text().await.map_err(WarehouseError::Unanswered)?;
        Err(refused(status.as_u16(), code, &text))
    }
}

fn refused(status: u16, code: Option<u32>, text: &str) -> WarehouseError {
    WarehouseError::Refused {
        status,
        code: code.or_else(|| error_code::in_text(text)),
        message: short(text),
    }
}

fn short(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_MESSAGE_BYTES)]
        .trim()
        .to_string()
}
