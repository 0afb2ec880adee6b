//! HTTP clients of the API and of ingest, for programs that report on behalf of others.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;
use veza_schemas::problem::Problem;
use veza_schemas::report::{IMPORT_SCOPE, Receipt, Report};

use crate::import::{Listener, Outcomes, Ownership};

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
    fn is_retriable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } | Self::Unexpected { status, .. } => {
                *status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
            }
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

/// The installation, as an admin's program sees it: its catalog, and ingest under the scope `plays:import`.
pub struct Installation {
    http: reqwest::Client,
    api: Url,
    ingest: Url,
    credentials: Credentials,
    import_token: Mutex<Option<String>>,
}

impl Installation {
    /// `api` and `ingest` are the services' roots, such as `http://127.0.0.1:8080`; the credentials are an admin's.
    pub fn new(api: Url, ingest: Url, credentials: Credentials) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .build()?;
        Ok(Self {
            http,
            api,
            ingest,
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

    /// Ids of `tracks` under the creator with that e-mail (none: the library), in their order; unknown ones are made. At most
    /// 1,000 a call.
    pub async fn import_catalog(
        &self,
        creator: Option<&str>,
        tracks: &[ImportedTrack],
    ) -> Result<Vec<Uuid>, ClientError> {
        #[derive(Deserialize)]
        struct Ids {
            ids: Vec<Uuid>,
        }
        let body = serde_json::json!({ "creator": creator, "tracks": tracks });
        let answer: Ids = self.import_call("/api/v1/catalog/import", &body).await?;
        Ok(answer.ids)
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

    /// How all imported reports of this listener and creator were judged so far.
    pub async fn import_outcomes(&self, ownership: &Ownership) -> Result<Outcomes, ClientError> {
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

    /// Reports a batch of at most 1,000; the same batch again while ingest is away or busy, for two minutes. The receipt
    /// says which reports were refused; a batch of which every report was refused is an error.
    pub async fn report(
        &self,
        reports: &[Report],
        do_not_track: bool,
    ) -> Result<Receipt, ClientError> {
        let url = at(&self.ingest, "/v1/plays");
        self.with_patience(|token| {
            let mut request = self.http.post(url.clone()).bearer_auth(token).json(reports);
            if do_not_track {
                request = request.header("DNT", "1");
            }
            read(request, &url)
        })
        .await
    }

    /// Repeats `attempt` while it may yet succeed, with a fresh token where the old one is not taken any more.
    async fn with_patience<T, F>(&self, attempt: impl Fn(String) -> F) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let deadline = Instant::now() + PATIENCE;
        let mut renewed = false;
        loop {
            let result = match self.import_token().await {
                Ok(token) => attempt(token).await,
                Err(error) => Err(error),
            };
            match result {
                Err(ClientError::Refused {
                    status: StatusCode::UNAUTHORIZED,
                    ..
                }) if !renewed => {
                    renewed = true;
                    *self.import_token.lock().await = None;
                }
                Err(error) if error.is_retriable() && Instant::now() < deadline => {
                    tokio::time::sleep(RETRY_AFTER).await;
                }
                other => return other,
            }
        }
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

fn at(root: &Url, path: &str) -> Url {
    let mut url = root.clone();
    url.set_path(path);
    url
}

async fn read<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
    url: &Url,
) -> Result<T, ClientError> {
    let unreachable = |source| ClientError::Unreachable {
        url: Box::new(url.clone()),
        source,
    };
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if !status.is_success() {
        return Err(refusal(response, url).await);
    }
    let body = response.bytes().await.map_err(unreachable)?;
    serde_json::from_slice(&body).map_err(|error| ClientError::Unexpected {
        url: Box::new(url.clone()),
        status,
        reason: error.to_string(),
    })
}

async fn refusal(response: Response, url: &Url) -> ClientError {
    let (url, status) = (Box::new(url.clone()), response.status());
    match response.json::<Problem>().await {
        Ok(problem) => ClientError::Refused {
            url,
            status,
            code: problem.code.name().into(),
            detail: problem.detail,
        },
        Err(error) => ClientError::Unexpected {
            url,
            status,
            reason: error.to_string(),
        },
    }
}
