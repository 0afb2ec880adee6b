//! A running `veza-api` with people in it.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;
use veza_standalone::testing::{Installation, Service};

/// Of everybody here.
pub const PASSWORD: &str = "correct horse battery";

pub struct Api {
    pub veza: Installation,
    pub service: Service,
    pub client: Client,
}

/// Somebody who has logged in.
#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub token: String,
    pub refresh_token: String,
    /// 0: not a creator.
    pub creator_id: i64,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null where there is none, or a file.
    pub body: Value,
}

impl Answer {
    async fn read(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a whole answer");
        let media_type = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        let body = match media_type {
            None => Value::Null,
            Some(file) if file.starts_with(b"text/csv") => Value::Null,
            Some(_) => serde_json::from_slice(&body).expect("an answer in JSON"),
        };
        Self {
            status,
            headers,
            body,
        }
    }

    /// `data` of a success.
    pub fn data(&self) -> &Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        &self.body["data"]
    }

    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// A problem with this code, at this field (empty: at none).
    pub fn assert_problem(&self, status: u16, code: &str, field: &str) -> &Self {
        self.assert_status(status);
        assert_eq!(
            self.headers[CONTENT_TYPE], "application/problem+json",
            "{self:?}"
        );
        assert_eq!(self.body["code"], code, "{self:?}");
        assert_eq!(
            self.body["field"].as_str().unwrap_or_default(),
            field,
            "{self:?}"
        );
        self
    }
}

impl Api {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::on(Installation::new().await, settings).await
    }

    pub async fn on(veza: Installation, settings: &[(&str, &str)]) -> Self {
        let service = veza.start_api_with(settings).await;
        Self {
            veza,
            service,
            client: Client::new(),
        }
    }

    pub fn db(&self) -> &PgPool {
        self.veza.postgres()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.service.url())
    }

    /// `path` from the root; without a token where it is empty.
    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let request = self.client.request(method, self.url(path));
        match token {
            "" => request,
            token => request.bearer_auth(token),
        }
    }

    pub async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        Answer::read(self.request(method, path, token).json(body)).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        Answer::read(self.request(Method::GET, path, token)).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.send(Method::POST, path, token, &body).await
    }

    pub async fn patch(&self, path: &str, token: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, token, &body).await
    }

    /// Without a body.
    pub async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        Answer::read(self.request(method, path, token)).await
    }

    pub async fn read(&self, request: RequestBuilder) -> Answer {
        Answer::read(request).await
    }

    /// An e-mail that nobody has.
    pub fn new_email() -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("person-{n}@example.org")
    }

    pub async fn user(&self) -> Person {
        let email = Self::new_email();
        let body = json!({"email": email, "password": PASSWORD, "name": "Someone"});
        let account = self.post("/api/v1/auth/register", "", body).await;
        let id = account.data()["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a UUID");
        let session = self.log_in(&email).await;
        let text = |name: &str| session[name].as_str().expect("a token").to_owned();
        Person {
            id,
            token: text("access_token"),
            refresh_token: text("refresh_token"),
            email,
            creator_id: 0,
        }
    }

    pub async fn creator(&self) -> Person {
        let mut person = self.user().await;
        let body = json!({"name": format!("Creator of {}", person.email)});
        let made = self.post("/api/v1/me/creator", &person.token, body).await;
        let made = made.data();
        person.token = made["access_token"].as_str().expect("a token").to_owned();
        person.creator_id = made["creator_id"].as_i64().expect("an id");
        person
    }

    pub async fn admin(&self) -> Person {
        let mut person = self.user().await;
        sqlx::query("UPDATE users SET role = 'admin' WHERE id = $1")
            .bind(person.id)
            .execute(self.db())
            .await
            .expect("an administrator");
        person.token = self.veza.token(person.id, "admin", &[]);
        person
    }

    /// A machine's token, issued by an administrator.
    pub async fn machine(&self, admin: &Person, scope: &str) -> String {
        let body = json!({"scopes": [scope], "expires_in": 600});
        let token = self.post("/api/v1/auth/tokens", &admin.token, body).await;
        token.data()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// The tokens of a new session.
    pub async fn log_in(&self, email: &str) -> Value {
        let body = json!({"email": email, "password": PASSWORD});
        self.post("/api/v1/auth/login", "", body)
            .await
            .data()
            .clone()
    }

    /// The id of a new track of three minutes.
    pub async fn track(&self, creator: &Person) -> Uuid {
        let body = json!({"title": "A track", "artist": "An artist", "duration_ms": 180_000});
        let track = self.post("/api/v1/tracks", &creator.token, body).await;
        track.data()["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a UUID")
    }
}
