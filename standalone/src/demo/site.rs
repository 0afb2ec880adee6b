//! The API as a person's browser uses it.

use anyhow::{Context, bail};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;
use uuid::Uuid;

/// The API, for anybody.
pub struct Site {
    http: reqwest::Client,
    api: Url,
}

/// A person who is logged in.
pub struct Session<'a> {
    site: &'a Site,
    token: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: Uuid,
    creator_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub struct Track {
    pub id: Uuid,
    pub title: String,
    pub audio: Option<Value>,
}

#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct SignedPut {
    method: String,
    url: Url,
    headers: BTreeMap<String, String>,
}

impl Site {
    pub fn new(api: Url) -> Self {
        Self {
            http: reqwest::Client::new(),
            api,
        }
    }

    /// Makes an account, unless it is there, and logs in.
    pub async fn sign_up(
        &self,
        email: &str,
        password: &str,
        name: &str,
    ) -> anyhow::Result<Session<'_>> {
        let body = json!({ "email": email, "password": password, "name": name });
        let answer = self
            .http
            .post(self.at("auth/register")?)
            .json(&body)
            .send()
            .await?;
        if answer.status() != StatusCode::CONFLICT {
            successful(answer).await?;
        }
        let body = json!({ "email": email, "password": password, "session": "body" });
        let answer = self
            .http
            .post(self.at("auth/login")?)
            .json(&body)
            .send()
            .await?;
        let token: Token = data(answer)
            .await
            .with_context(|| format!("{email} cannot log in"))?;
        Ok(Session {
            site: self,
            token: token.access_token,
        })
    }

    /// A creator's tracks; at most 100.
    pub async fn tracks_of(&self, creator: u64) -> anyhow::Result<Vec<Track>> {
        let mut url = self.at("tracks")?;
        url.query_pairs_mut()
            .append_pair("creator", &creator.to_string())
            .append_pair("limit", "100");
        data(self.http.get(url).send().await?).await
    }

    /// What is at a signed address.
    pub async fn bytes(&self, url: &str) -> anyhow::Result<Vec<u8>> {
        let answer = successful(self.http.get(url).send().await?).await?;
        Ok(answer.bytes().await?.into())
    }

    fn at(&self, path: &str) -> anyhow::Result<Url> {
        Ok(self.api.join("/api/v1/")?.join(path)?)
    }
}

impl Session<'_> {
    /// The account's id.
    pub async fn account(&self) -> anyhow::Result<Uuid> {
        let account: Account = self.get("me").await?;
        Ok(account.id)
    }

    /// Makes the account a creator, unless it is one; gives the creator's id.
    pub async fn become_creator(&mut self, name: &str) -> anyhow::Result<u64> {
        let account: Account = self.get("me").await?;
        if let Some(id) = account.creator_id {
            return Ok(id);
        }
        #[derive(Deserialize)]
        struct NewCreator {
            creator_id: u64,
            access_token: String,
        }
        let creator: NewCreator = self.post("me/creator", &json!({ "name": name })).await?;
        self.token = creator.access_token;
        Ok(creator.creator_id)
    }

    /// Adds a track, without audio.
    pub async fn add_track(&self, track: &Value) -> anyhow::Result<Track> {
        self.post("tracks", track).await
    }

    /// Uploads a track's audio to the object store, as a browser does.
    pub async fn upload_audio(
        &self,
        track: Uuid,
        content_type: &str,
        audio: Vec<u8>,
    ) -> anyhow::Result<()> {
        let file = json!({ "type": content_type, "size": audio.len() });
        let upload = self
            .upload(&format!("tracks/{track}/audio"), &file, audio)
            .await?;
        let done = json!({ "upload": upload["upload"] });
        let _: Track = self
            .post(&format!("tracks/{track}/audio/complete"), &done)
            .await?;
        Ok(())
    }

    /// Begins an upload at `path` and sends it to the object store, as a browser does; what the API said at its begin.
    pub async fn upload(&self, path: &str, file: &Value, bytes: Vec<u8>) -> anyhow::Result<Value> {
        let begun: Value = self.post(path, file).await?;
        let put: SignedPut = serde_json::from_value(begun["put"].clone())?;
        let method = Method::from_bytes(put.method.as_bytes())?;
        let request = self
            .site
            .http
            .request(method, put.url)
            .headers(headers(&put.headers)?);
        successful(request.body(bytes).send().await?).await?;
        Ok(begun)
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let request = self.site.http.get(self.site.at(path)?);
        data(request.bearer_auth(&self.token).send().await?).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.site.http.post(self.site.at(path)?).json(body);
        data(request.bearer_auth(&self.token).send().await?).await
    }

    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.site.http.patch(self.site.at(path)?).json(body);
        data(request.bearer_auth(&self.token).send().await?).await
    }
}

fn headers(signed: &BTreeMap<String, String>) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in signed {
        headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    Ok(headers)
}

async fn data<T: DeserializeOwned>(answer: Response) -> anyhow::Result<T> {
    let answer: Envelope<T> = successful(answer).await?.json().await?;
    Ok(answer.data)
}

async fn successful(answer: Response) -> anyhow::Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let path = answer.url().path().to_owned();
    bail!(
        "{path} answers {status}: {}",
        answer.text().await.unwrap_or_default()
    )
}
