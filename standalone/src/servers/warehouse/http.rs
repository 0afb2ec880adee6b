//! ClickHouse's HTTP interface.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures::StreamExt;
use http::StatusCode;
use tokio::sync::{Semaphore, mpsc};

use super::answer::{self, Running};
use super::body::{self, Part};
use super::error::{Failure, code};
use super::front::Front;
use super::job::{self, Job};
use super::request::{self, Asked};

/// Statements at once, as many as a server takes by default.
const STATEMENTS: usize = 100;
/// A client that sends nothing for so long is taken for gone.
const SILENCE: Duration = Duration::from_secs(300);
/// What is read of a body that was refused before its end: a client that still sends would not read the answer.
const DISCARDED: usize = 256 * 1024 * 1024;
const PING: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct App {
    front: Arc<Front>,
    places: Arc<Semaphore>,
}

pub fn router(front: Arc<Front>) -> Router {
    let app = App {
        front,
        places: Arc::new(Semaphore::new(STATEMENTS)),
    };
    Router::new()
        .route("/ping", get(ping))
        .route("/", any(statement))
        .with_state(app)
}

/// `Ok.` as soon as the engine answers, and only then.
async fn ping(State(app): State<App>) -> Response {
    let asked = tokio::task::spawn_blocking(move || app.front.ping());
    match tokio::time::timeout(PING, asked).await {
        Ok(Ok(Ok(()))) => "Ok.\n".into_response(),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the engine does not answer\n",
        )
            .into_response(),
    }
}

async fn statement(State(app): State<App>, request: Request) -> Response {
    if request.method() == http::Method::GET && request.uri().query().is_none() {
        return ping(State(app)).await;
    }
    let asked = match request::read(&request, &app.front.users) {
        Ok(asked) => asked,
        Err(failure) => {
            discard(request.into_body()).await;
            return answer::failure(&app.front, &failure, "");
        }
    };
    let query_id = asked.wishes.query_id.clone();
    let front = app.front.clone();
    match run(app, asked, request.into_body()).await {
        Ok(response) => response,
        Err(failure) => answer::failure(&front, &failure, &query_id),
    }
}

async fn run(app: App, mut asked: Asked, body: Body) -> Result<Response, Failure> {
    let Ok(place) = app.places.try_acquire_owned() else {
        discard(body).await;
        return Err(Failure::new(
            code::TOO_MANY_SIMULTANEOUS_QUERIES,
            "TOO_MANY_SIMULTANEOUS_QUERIES",
            format_args!("Too many simultaneous queries. Maximum: {STATEMENTS}"),
        ));
    };
    let (feed, parts) = match asked.form.take() {
        _ if asked.is_get => (None, None),
        Some(boundary) => {
            request::read_form(&mut asked, boundary, body).await?;
            (None, None)
        }
        None => {
            let (sender, parts) = body::channel(asked.packing);
            (Some(feed(body, sender)), Some(parts))
        }
    };
    let query_id = asked.wishes.query_id.clone();
    let job = Job {
        wishes: asked.wishes,
        is_get: asked.is_get,
        query: asked.query,
        body: parts,
        default_format: asked.default_format,
        parameters: asked.parameters,
    };
    let running = Running {
        front: app.front.clone(),
        query_id,
        state: Arc::default(),
        _place: place,
    };
    let reply = job::start(app.front, job, running.state.clone())?;
    let fed = async {
        if let Some(feed) = feed {
            feed.await;
        }
    };
    let ((), reply) = tokio::join!(fed, reply);
    let reply = reply.map_err(|_| Failure::engine("the statement ended without an outcome"))??;
    answer::reply(running, reply, asked.wanted, asked.waits_for_end).await
}

/// Hands the body on, part by part. Only a whole one gets its [`Part::End`].
async fn feed(body: Body, to: mpsc::Sender<Part>) {
    let mut parts = body.into_data_stream();
    loop {
        match tokio::time::timeout(SILENCE, parts.next()).await {
            Ok(Some(Ok(data))) => {
                if to.send(Part::Data(data)).await.is_err() {
                    return discard(Body::from_stream(parts)).await;
                }
            }
            Ok(None) => {
                to.send(Part::End).await.ok();
                return;
            }
            Ok(Some(Err(_))) | Err(_) => return,
        }
    }
}

async fn discard(body: Body) {
    let mut parts = body.into_data_stream();
    let mut length = 0;
    while let Ok(Some(Ok(data))) = tokio::time::timeout(SILENCE, parts.next()).await {
        length += data.len();
        if length > DISCARDED {
            return;
        }
    }
}
