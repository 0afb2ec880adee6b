//! What all requests share: the engine, the users, and a session of the front's own.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use anyhow::Context;

use super::configuration::{self, ReaderLimits};
use super::engine::{Connection, Engine, Parameters};
use super::error::Failure;
use super::job::State;
use super::session::{self, SessionWishes, quote};
use super::users::Users;

/// Between two attempts to stop statements that nobody waits for: one may not have begun yet.
const KILL_AGAIN: Duration = Duration::from_millis(50);

pub struct Front {
    engine: Engine,
    limits: ReaderLimits,
    pub users: Users,
    pub version: String,
    pub timezone: String,
    /// Keeps the engine running, answers `/ping`, stops statements.
    control: Mutex<Option<Connection>>,
    abandoned: mpsc::Sender<Abandoned>,
}

struct Abandoned {
    query_id: String,
    state: Arc<State>,
}

impl Front {
    /// Starts the engine on `data`; what it holds is loaded when this returns.
    pub fn start(
        library: &Path,
        data: &Path,
        users: Users,
        limits: ReaderLimits,
    ) -> anyhow::Result<Arc<Self>> {
        let data = std::path::absolute(data)?;
        std::fs::create_dir_all(&data)
            .with_context(|| format!("cannot create {}", data.display()))?;
        let options = configuration::write(&data, &limits)?;
        let engine = Engine::load(library, &data.join("engine"))?;
        // The engine has said why on standard error.
        let mut control = session::open_control(&engine, &options).with_context(|| {
            format!(
                "the ClickHouse engine does not start on {}: it must be writable and used by no other process",
                data.display()
            )
        })?;
        let facts = b"SELECT version(), timezone()";
        let facts = text(&mut control, facts)?;
        let (version, timezone) = facts.trim_end().split_once('\t').unwrap_or((&facts, "UTC"));
        let (abandoned, receiver) = mpsc::channel();
        let front = Arc::new(Self {
            engine,
            limits,
            users,
            version: version.into(),
            timezone: timezone.into(),
            control: Mutex::new(Some(control)),
            abandoned,
        });
        let killer = front.clone();
        std::thread::Builder::new()
            .name("kill".into())
            .spawn(move || killer.stop_abandoned(&receiver))
            .context("no thread to stop statements")?;
        Ok(front)
    }

    /// A session with the request's rights. It waits for the engine: not for asynchronous code.
    pub fn session(&self, wishes: &SessionWishes) -> Result<Connection, Failure> {
        session::open(&self.engine, &self.limits, wishes)
    }

    /// Whether the engine answers.
    pub fn ping(&self) -> Result<(), Failure> {
        self.control(b"SELECT 1")
    }

    fn control(&self, statement: &[u8]) -> Result<(), Failure> {
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let control = control
            .as_mut()
            .ok_or_else(|| Failure::engine("the warehouse is stopping"))?;
        text(control, statement).map(drop)
    }

    /// Stops a statement that nobody waits for; inserts end with their body.
    pub fn abandon(&self, query_id: String, state: Arc<State>) {
        // Without its receiver the warehouse is stopping, and everything with it.
        self.abandoned.send(Abandoned { query_id, state }).ok();
    }

    /// Stops what is abandoned, all of it by one statement: many clients leave when a machine is busy.
    fn stop_abandoned(&self, abandoned: &mpsc::Receiver<Abandoned>) {
        let mut running: Vec<Abandoned> = Vec::new();
        loop {
            if running.is_empty() {
                match abandoned.recv() {
                    Ok(first) => running.push(first),
                    Err(_) => return,
                }
            }
            running.extend(abandoned.try_iter());
            running.retain(|one| !one.state.ended.load(Ordering::Acquire));
            let ids: Vec<String> = running
                .iter()
                .filter(|one| one.state.killable.load(Ordering::Acquire))
                .map(|one| quote(&one.query_id, '\''))
                .collect();
            if !ids.is_empty() {
                let kill = format!(
                    "KILL QUERY WHERE Settings['log_comment'] IN ({}) ASYNC FORMAT Null",
                    ids.join(", ")
                );
                if let Err(failure) = self.control(kill.as_bytes()) {
                    tracing::warn!(%failure, "cannot stop statements that nobody waits for");
                }
            }
            std::thread::sleep(KILL_AGAIN);
        }
    }

    /// Closes the front's own session, the last one: the engine stops with it.
    pub fn close(&self) {
        self.control
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

fn text(session: &mut Connection, statement: &[u8]) -> Result<String, Failure> {
    let answer = session.query(statement, "TabSeparated", &Parameters::new())?;
    Ok(String::from_utf8_lossy(answer.rows()).into_owned())
}
