//! A service under test: a child process that a test may kill and start again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::servers::{remember, tail};
use crate::process::{Launch, Process, describe};
use crate::servers::Probe;

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A running service. Dropping it kills it.
pub struct Service {
    name: &'static str,
    url: String,
    metrics_url: String,
    launch: Launch,
    process: Mutex<Arc<Process>>,
}

impl Service {
    /// Starts it and waits for `/readyz`.
    pub(super) async fn start(
        name: &'static str,
        program: PathBuf,
        log: PathBuf,
        env: BTreeMap<String, String>,
        (url, metrics_url): (String, String),
    ) -> Self {
        let mut launch = Launch::new(program, log);
        for (name, value) in env {
            launch = launch.env(&name, value);
        }
        let process = spawn(&launch);
        let service = Self {
            name,
            url,
            metrics_url,
            launch,
            process: Mutex::new(process),
        };
        service.until_ready().await;
        service
    }

    /// Base address of its HTTP interface, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Base address of `/healthz`, `/readyz` and `/metrics`.
    pub fn metrics_url(&self) -> &str {
        &self.metrics_url
    }

    pub fn pid(&self) -> u32 {
        self.process().pid()
    }

    pub fn is_running(&self) -> bool {
        self.process().is_running()
    }

    /// Ends it as a crash would, and waits until it is gone.
    pub async fn kill9(&self) {
        self.process().kill().await;
    }

    /// SIGTERM, and waits for its end.
    pub async fn terminate(&self) -> ExitStatus {
        self.process().terminate().await
    }

    /// Waits until it ends by itself.
    pub async fn exited(&self) -> ExitStatus {
        self.process().exited().await
    }

    /// SIGSTOP: it hangs with its connections open.
    pub fn pause(&self) {
        self.process().pause();
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.process().resume();
    }

    /// Starts it again, on the same ports and settings, killing it if it still runs, and waits until it is ready.
    pub async fn restart(&self) {
        self.restart_without_waiting().await;
        self.until_ready().await;
    }

    /// The same without waiting for `/readyz`: for a service that cannot become ready now.
    pub async fn restart_without_waiting(&self) {
        self.kill9().await;
        *self.slot() = spawn(&self.launch);
    }

    /// Waits until `/readyz` answers 200.
    ///
    /// # Panics
    /// After a minute, or if the process ends.
    pub async fn until_ready(&self) {
        let probe = Probe::Http(format!("{}/readyz", self.metrics_url));
        let deadline = Instant::now() + START_TIMEOUT;
        while let Err(missing) = probe.ask().await {
            if !self.is_running() {
                let status = describe(self.exited().await);
                panic!("{} {status}: {}", self.name, tail(&self.log()));
            }
            assert!(
                Instant::now() < deadline,
                "{} {missing}: {}",
                self.name,
                tail(&self.log())
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The text of `/metrics`.
    pub async fn metrics(&self) -> String {
        let answer = reqwest::get(format!("{}/metrics", self.metrics_url)).await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        answer.text().await.expect("text of /metrics")
    }

    /// What it wrote so far, restarts included.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.launch.log).unwrap_or_default()
    }

    fn process(&self) -> Arc<Process> {
        Arc::clone(&self.slot())
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Arc<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.process().signal(Signal::SIGKILL);
        if std::thread::panicking() {
            eprintln!("--- {} wrote last:\n{}", self.name, tail(&self.log()));
        }
    }
}

fn spawn(launch: &Launch) -> Arc<Process> {
    let process = Process::spawn(launch).unwrap_or_else(|error| panic!("{error}"));
    let process = Arc::new(process);
    remember(&process);
    process
}
