//! The servers of a test process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::{folder, program};
use crate::fetch::{Downloads, fetch};
use crate::home::Home;
use crate::ports::{ReservedPort, reserve};
use crate::process::{Process, describe};
use crate::servers::kafka::GroupTimes;
use crate::servers::{ClickHouse, Kafka, Objects, Postgres, Server};

/// How long a server may take to serve, on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// Kafka, Postgres, the warehouse and the object store, all serving.
pub struct Servers {
    pub kafka: TestServer<Kafka>,
    pub postgres: TestServer<Postgres>,
    pub warehouse: TestServer<ClickHouse>,
    pub objects: TestServer<Objects>,
    pub(super) template: OnceCell<()>,
    pub(super) downloads: Downloads,
    pub(super) folder: PathBuf,
    dedicated: bool,
}

impl Servers {
    /// The servers that all tests of this process share; the first call starts them. They must not be killed.
    pub async fn shared() -> Arc<Self> {
        static SHARED: OnceCell<Arc<Servers>> = OnceCell::const_new();
        let servers = SHARED.get_or_init(|| async { Arc::new(Self::start(false).await) });
        Arc::clone(servers.await)
    }

    /// Servers for one test alone, which may kill and pause them. They end when the last reference is dropped.
    pub async fn dedicated() -> Arc<Self> {
        Arc::new(Self::start(true).await)
    }

    async fn start(dedicated: bool) -> Self {
        let home = Home::from_environment();
        let downloads =
            tokio::task::spawn_blocking(move || fetch(&home, &|what| eprintln!("{what}")));
        let downloads = downloads
            .await
            .expect("no panic in fetch")
            .unwrap_or_else(|error| panic!("{error}"));
        let folder = folder::new();
        let log = |name: &str| folder.join(format!("{name}.log"));
        let data = |name: &str| folder.join(name);
        let ports: Vec<ReservedPort> = (0..5).map(|_| reserve().expect("a free port")).collect();
        let port = |index: usize| ports[index].port;

        let mut kafka = Kafka::new(
            downloads.kafka.clone(),
            data("kafka"),
            log("kafka"),
            (port(0), port(1)),
            GroupTimes::TESTING,
        );
        kafka.short_lived = true;
        let postgres = Postgres {
            distribution: downloads.postgres.clone(),
            data: data("postgres"),
            log: log("postgres"),
            port: port(2),
            durable: false,
        };
        let warehouse = ClickHouse {
            program: program("veza"),
            library: downloads.chdb.clone(),
            data: data("warehouse"),
            log: log("warehouse"),
            port: port(3),
        };
        let objects = Objects {
            program: program("veza"),
            data: data("objects"),
            log: log("objects"),
            port: port(4),
            origins: vec!["http://127.0.0.1:8080".into()],
            access_key: "veza".into(),
            secret_key: "veza-secret".into(),
        };
        let servers = Self {
            kafka: TestServer::new(kafka, dedicated),
            postgres: TestServer::new(postgres, dedicated),
            warehouse: TestServer::new(warehouse, dedicated),
            objects: TestServer::new(objects, dedicated),
            template: OnceCell::new(),
            downloads,
            folder,
            dedicated,
        };
        // Ports stay reserved as long as the process lives: a server is started again on its own.
        std::mem::forget(ports);
        tokio::join!(
            servers.kafka.start(),
            servers.postgres.start(),
            servers.warehouse.start(),
            servers.objects.start(),
        );
        servers
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.kafka.end();
        self.postgres.end();
        self.warehouse.end();
        self.objects.end();
        if self.dedicated {
            folder::remove(&self.folder);
        }
    }
}

/// A server that a test may kill, pause and start again, on the same data and port.
pub struct TestServer<S> {
    server: Arc<S>,
    process: Mutex<Option<Arc<Process>>>,
    may_be_killed: bool,
}

impl<S> std::ops::Deref for TestServer<S> {
    type Target = S;
    fn deref(&self) -> &S {
        &self.server
    }
}

impl<S: Server + 'static> TestServer<S> {
    pub(super) fn new(server: S, may_be_killed: bool) -> Self {
        Self {
            server: Arc::new(server),
            process: Mutex::new(None),
            may_be_killed,
        }
    }

    /// Starts it, or starts it again, and waits until it serves.
    pub async fn start(&self) {
        let deadline = Instant::now() + START_TIMEOUT;
        let probe = self.server.probe();
        let mut process = self.spawn().await;
        loop {
            let missing = match probe.ask().await {
                Ok(()) => return,
                Err(missing) => missing,
            };
            let give_up = Instant::now() > deadline;
            if !process.is_running() {
                let status = describe(process.exited().await);
                assert!(
                    !give_up,
                    "{} {status}: {}",
                    self.server.name(),
                    self.log_tail()
                );
                // Postgres' backends hold its memory for a moment after its kill.
                tokio::time::sleep(Duration::from_millis(200)).await;
                process = self.spawn().await;
            }
            assert!(
                !give_up,
                "{} {missing}: {}",
                self.server.name(),
                self.log_tail()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends it as a crash would.
    ///
    /// # Panics
    /// On shared servers: other tests use them.
    pub async fn kill9(&self) {
        self.process().kill().await;
    }

    /// Ends it in good order.
    pub async fn stop(&self) {
        self.process().terminate().await;
    }

    /// Stops it from answering while connections stay open, as a hung machine would.
    pub fn pause(&self) {
        self.process().pause();
    }

    pub fn resume(&self) {
        self.process().resume();
    }

    pub fn pid(&self) -> u32 {
        self.running().pid()
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.server.launch().log).unwrap_or_default()
    }

    async fn spawn(&self) -> Arc<Process> {
        let server = Arc::clone(&self.server);
        let spawned = tokio::task::spawn_blocking(move || {
            server.prepare()?;
            anyhow::Ok(Process::spawn(&server.launch())?)
        });
        let name = self.server.name();
        let process = spawned.await.expect("no panic in prepare");
        let process = Arc::new(process.unwrap_or_else(|error| panic!("{name}: {error:#}")));
        remember(&process);
        *self.slot() = Some(Arc::clone(&process));
        process
    }

    /// The process, for a test that may end it.
    fn process(&self) -> Arc<Process> {
        assert!(
            self.may_be_killed,
            "shared servers must stay; use Servers::dedicated()"
        );
        self.running()
    }

    fn running(&self) -> Arc<Process> {
        self.slot().clone().expect("started with the servers")
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Process>>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        if let Some(process) = self.slot().as_ref() {
            process.signal(self.server.launch().death_signal);
        }
    }

    fn log_tail(&self) -> String {
        tail(&self.log())
    }
}

/// The last lines of a log.
pub(super) fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// Every process that this test process started.
static STARTED: Mutex<Vec<Weak<Process>>> = Mutex::new(Vec::new());

pub(super) fn remember(process: &Arc<Process>) {
    let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    started.retain(|process| process.strong_count() > 0);
    started.push(Arc::downgrade(process));
}

/// Ends all of them; when the process ends, the kernel would do it a moment later.
pub(super) fn kill_all() {
    let started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
    for process in started.iter().filter_map(Weak::upgrade) {
        process.signal(process.death_signal());
    }
}
