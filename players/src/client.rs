//! HTTP clients of the API and of ingest, for programs that report on behalf of others.

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;
use veza_schemas::problem::Problem;
use veza_schemas::report::{IMPORT_SCOPE, Receipt, Report};

use crate::import::{Destination, Listener, Outcomes, Ownership};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a batch is tried again while the other side is away or busy.
const PATIENCE: Duration = Duration::from_secs(120);
/// The wait before the next try where the answer names none.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long a machine token is asked for, in seconds: the most that is given.
const TOKEN_SECONDS: u32 = 86_400;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{url} does not answer: {source}")]
    Unreachable {
        url: Box<Url>,
        source: reqwest::Error,
    },
    #[error("{url} refused: {detail} ({code})")]
    Refused {
        url: Box<Url>,
        status: StatusCode,
        code: String,
        detail: String,
    },
    #[error("{url} answered {status} with something else than was agreed: {reason}")]
    Unexpected {
        url: Box<Url>,
        status: StatusCode,
        reason: String,
    },
}

impl ClientError {
    /// Whether the same request may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } | Self::Unexpected { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
            }
        }
    }
}

/// Repeats `attempt` for two minutes, as long as it may yet succeed.
pub async fn patiently<T, E, F>(
    attempt: impl Fn() -> F,
    is_retriable: impl Fn(&E) -> bool,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(error) if is_retriable(&error) && Instant::now() < deadline => {
                tokio::time::sleep(RETRY_AFTER).await;
            }
            other => return other,
        }
    }
}

/// A person's way in.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub email: String,
    pub password: String,
}

/// A track as the public catalog lists it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Track {
    pub id: Uuid,
    pub creator_id: u64,
    pub duration_ms: u32,
    /// RFC 3339; null: not said.
    pub released_at: Option<jiff::Timestamp>,
}

/// A track as an import names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportedTrack {
    pub artist: String,
    pub title: String,
    pub duration_ms: u32,
    /// The duration is the longest hearing seen.
    pub duration_estimated: bool,
}

#[derive(Deserialize)]
struct Envelope<T, M = serde_json::Value> {
    data: T,
    #[serde(default = "Option::default")]
    meta: Option<M>,
}

#[derive(Deserialize)]
struct PageMeta {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct IssuedToken {
    access_token: String,
}

/// Ingest, for whoever has a token.
#[derive(Clone)]
pub struct Ingest {
    http: reqwest::Client,
    plays: Url,
}

impl Ingest {
    /// `root` is the service's, such as `http://127.0.0.1:8081`.
    pub fn new(root: &Url) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: http()?,
            plays: at(root, "/v1/plays"),
        })
    }

    /// Reports a batch of at most 1,000, once. The receipt says which reports were refused, and why.
    pub async fn report(
        &self,
        token: &str,
        reports: &[Report],
        do_not_track: bool,
    ) -> Result<Receipt, ClientError> {
        let request = self.http.post(self.plays.clone()).bearer_auth(token);
        let request = match do_not_track {
            true => request.header("DNT", "1"),
            false => request,
        };
        let (status, body) = exchange(request.json(reports), &self.plays).await?;
        // When every report is refused the request is, too; the answer has the receipt all the same.
        if status == StatusCode::UNPROCESSABLE_ENTITY
            && let Ok(receipt) = serde_json::from_slice(&body)
        {
            return Ok(receipt);
        }
        understood(&self.plays, status, &body)
    }
}

/// The installation, as an admin's program sees it: its catalog, and ingest under the scope `plays:import`.
pub struct Installation {
    http: reqwest::Client,
    api: Url,
    ingest: Ingest,
    credentials: Credentials,
    import_token: Mutex<Option<String>>,
}

impl Installation {
    /// `api` and `ingest` are the services' roots, such as `http://127.0.0.1:8080`; the credentials are an admin's.
    pub fn new(api: Url, ingest: Url, credentials: Credentials) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: http()?,
            api,
            ingest: Ingest::new(&ingest)?,
            credentials,
            import_token: Mutex::new(None),
        })
    }

    /// The whole public catalog.
    pub async fn tracks(&self) -> Result<Vec<Track>, ClientError> {
        let mut tracks = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut url = at(&self.api, "/api/v1/tracks");
            url.query_pairs_mut().append_pair("limit", "100");
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let page: Envelope<Vec<Track>, PageMeta> =
                read(self.http.get(url.clone()), &url).await?;
            tracks.extend(page.data);
            cursor = page.meta.and_then(|meta| meta.next_cursor);
            if cursor.is_none() {
                return Ok(tracks);
            }
        }
    }

    /// The account with this e-mail.
    pub async fn account(&self, email: &str) -> Result<Uuid, ClientError> {
        #[derive(Deserialize)]
        struct Account {
            subject: Uuid,
        }
        let body = serde_json::json!({ "email": email });
        let account: Account = self
            .import_call("/api/v1/catalog/import/listener", &body)
            .await?;
        Ok(account.subject)
    }

    /// Asks the API under the scope `plays:import`.
    async fn import_call<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T, ClientError> {
        let url = at(&self.api, path);
        let envelope: Envelope<T> = self
            .with_patience(|token| {
                let request = self.http.post(url.clone()).bearer_auth(token).json(body);
                read(request, &url)
            })
            .await?;
        Ok(envelope.data)
    }

    /// [`Ingest::report`], the same batch again while ingest is away or busy.
    pub async fn report(
        &self,
        reports: &[Report],
        do_not_track: bool,
    ) -> Result<Receipt, ClientError> {
        self.with_patience(|token| async move {
            self.ingest.report(&token, reports, do_not_track).await
        })
        .await
    }

    /// Repeats `attempt` while it may yet succeed, with a fresh token where the old one is not taken any more.
    async fn with_patience<T, F>(&self, attempt: impl Fn(String) -> F) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let attempt = || async {
            let result = attempt(self.import_token().await?).await;
            if !matches!(&result, Err(ClientError::Refused { status, .. }) if *status == StatusCode::UNAUTHORIZED)
            {
                return result;
            }
            *self.import_token.lock().await = None;
            attempt(self.import_token().await?).await
        };
        patiently(attempt, ClientError::is_retriable).await
    }

    async fn import_token(&self) -> Result<String, ClientError> {
        let mut held = self.import_token.lock().await;
        if let Some(token) = &*held {
            return Ok(token.clone());
        }
        let login = at(&self.api, "/api/v1/auth/login");
        let credentials = serde_json::json!({
            "email": self.credentials.email, "password": self.credentials.password, "session": "body",
        });
        let admin: Envelope<IssuedToken> =
            read(self.http.post(login.clone()).json(&credentials), &login).await?;
        let tokens = at(&self.api, "/api/v1/auth/tokens");
        let wanted = serde_json::json!({ "scopes": [IMPORT_SCOPE], "expires_in": TOKEN_SECONDS });
        let request = self
            .http
            .post(tokens.clone())
            .bearer_auth(admin.data.access_token)
            .json(&wanted);
        let machine: Envelope<IssuedToken> = read(request, &tokens).await?;
        Ok(held.insert(machine.data.access_token).clone())
    }
}

/// From outside: through the API, and ingest.
impl Destination for Installation {
    type Error = ClientError;

    async fn track_ids(
        &self,
        ownership: &Ownership,
        tracks: &[ImportedTrack],
    ) -> Result<Vec<Uuid>, ClientError> {
        #[derive(Deserialize)]
        struct Ids {
            ids: Vec<Uuid>,
        }
        let body = serde_json::json!({ "creator": ownership.creator, "tracks": tracks });
        let answer: Ids = self.import_call("/api/v1/catalog/import", &body).await?;
        Ok(answer.ids)
    }

    async fn report(&self, reports: &[Report]) -> Result<Receipt, ClientError> {
        self.report(reports, false).await
    }

    async fn outcomes(&self, ownership: &Ownership) -> Result<Outcomes, ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            outcomes: Outcomes,
        }
        let mut body = serde_json::json!({ "creator": ownership.creator });
        match &ownership.listener {
            Listener::Account { subject } => body["subject"] = serde_json::json!(subject),
            Listener::Opaque(id) => body["listener"] = serde_json::json!(id),
        }
        let answer: Answer = self
            .import_call("/api/v1/catalog/import/outcomes", &body)
            .await?;
        Ok(answer.outcomes)
    }
}

fn http() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build()
}

fn at(root: &Url, path: &str) -> Url {
    let mut url = root.clone();
    url.set_path(path);
    url
}

async fn read<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
    url: &Url,
) -> Result<T, ClientError> {
    let (status, body) = exchange(request, url).await?;
    understood(url, status, &body)
}

/// What was answered.
async fn exchange(
    request: reqwest::RequestBuilder,
    url: &Url,
) -> Result<(StatusCode, Bytes), ClientError> {
    let unreachable = |source| ClientError::Unreachable {
        url: Box::new(url.clone()),
        source,
    };
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let body = response.bytes().await.map_err(unreachable)?;
    Ok((status, body))
}

fn understood<T: DeserializeOwned>(
    url: &Url,
    status: StatusCode,
    body: &[u8],
) -> Result<T, ClientError> {
    let unexpected = |error: serde_json::Error| ClientError::Unexpected {
        url: Box::new(url.clone()),
        status,
        reason: error.to_string(),
    };
    if status.is_success() {
        return serde_json::from_slice(body).map_err(unexpected);
    }
    let problem: Problem = serde_json::from_slice(body).map_err(unexpected)?;
    Err(ClientError::Refused {
        url: Box::new(url.clone()),
        status,
        code: problem.code.name().into(),
        detail: problem.detail,
    })
}
