//! `veza run` as its users start it, on free ports and a data folder of its own.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use veza_standalone::fetch::fetch;
use veza_standalone::home::Home;
use veza_standalone::ports::{ReservedPort, reserve};
use veza_standalone::process::{Launch, Process};
use veza_standalone::status::Status;
use veza_standalone::testing::{Condition, eventually, program};

const PORT_VARIABLES: [&str; 11] = [
    "VEZA_PORT_WEB",
    "VEZA_PORT_INGEST",
    "VEZA_PORT_KAFKA",
    "VEZA_PORT_KAFKA_CONTROLLER",
    "VEZA_PORT_CLICKHOUSE",
    "VEZA_PORT_POSTGRES",
    "VEZA_PORT_S3",
    "VEZA_PORT_PROMETHEUS",
    "VEZA_PORT_INGEST_METRICS",
    "VEZA_PORT_AGGREGATOR_METRICS",
    "VEZA_PORT_API_METRICS",
];

/// Where one installation lives.
pub struct Place {
    pub home: Home,
    ports: Vec<(&'static str, ReservedPort)>,
    _folder: TemporaryFolder,
}

struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Place {
    /// A fresh one, with what is downloaded already.
    pub fn new() -> Self {
        let real = Home::from_environment();
        fetch(&real, &|what| eprintln!("{what}")).expect("downloads");
        let place = Self::without_downloads();
        std::os::unix::fs::symlink(real.downloads(), place.home.downloads()).expect("a link");
        place
    }

    pub fn without_downloads() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("veza-run-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let passable = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(&folder, passable).expect("a folder others may pass");
        Self {
            home: Home::at(&folder),
            ports: PORT_VARIABLES
                .map(|name| (name, reserve().expect("a free port")))
                .into(),
            _folder: TemporaryFolder(folder),
        }
    }

    pub fn port(&self, variable: &str) -> u16 {
        let found = self.ports.iter().find(|(name, _)| *name == variable);
        found.expect("a variable of a port").1.port
    }

    /// Runs a command of `veza` to its end.
    pub async fn veza(&self, args: &[&str]) -> Output {
        self.veza_with(args, &[]).await
    }

    /// The same with other variables in its environment.
    pub async fn veza_with(&self, args: &[&str], env: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program("veza"));
        command.args(args).stdin(Stdio::null());
        command.env("VEZA_DIR", self.home.root());
        for (name, port) in &self.ports {
            command.env(name, port.port.to_string());
        }
        command.envs(env.iter().copied());
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        output.expect("no panic").expect("veza starts")
    }

    /// Starts `veza run --no-demo`, and waits until everything serves.
    pub async fn run(&self) -> Run<'_> {
        let log = self.home.root().join("run.log");
        let mut launch = Launch::new(program("veza"), &log)
            .args(["run", "--no-demo"])
            .env("VEZA_DIR", self.home.root());
        for (name, port) in &self.ports {
            launch = launch.env(name, port.port.to_string());
        }
        let run = Run {
            place: self,
            process: Process::spawn(&launch).expect("veza starts"),
        };
        let serves = || async {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(run.process.is_running(), "veza run ended: {said}");
            match run.try_status() {
                Some(status) if status.is_healthy() => Ok(()),
                _ => Err(said),
            }
        };
        eventually(Duration::from_secs(120), serves).await;
        run
    }
}

/// A running `veza run`. Dropping it ends it, and with it all that it runs.
pub struct Run<'a> {
    place: &'a Place,
    pub process: Process,
}

impl Run<'_> {
    pub fn try_status(&self) -> Option<Status> {
        Status::read(&self.place.home.status_file()).ok()
    }

    pub fn status(&self) -> Status {
        self.try_status().expect("status.json while it runs")
    }

    pub fn url(&self, service: &str) -> String {
        self.status()
            .service(service)
            .expect("a service")
            .url
            .clone()
    }

    pub fn pid(&self, service: &str) -> Option<u32> {
        self.status().service(service).expect("a service").pid
    }

    pub fn pids(&self) -> Vec<u32> {
        self.status()
            .services
            .iter()
            .filter_map(|service| service.pid)
            .collect()
    }

    /// A number that the warehouse answers.
    pub async fn count(&self, sql: &str) -> Result<u64, String> {
        let request = reqwest::Client::new()
            .post(self.url("warehouse"))
            .basic_auth("veza", Some("veza"));
        let answer = request
            .body(sql.to_owned())
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let text = answer.text().await.map_err(|error| error.to_string())?;
        text.trim().parse().map_err(|_| text)
    }

    /// Reports a play; the answer is ingest's.
    pub async fn report(&self, play: &Value) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/v1/plays", self.url("ingest"));
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()?;
        client.post(url).json(play).send().await
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.process.signal(nix::sys::signal::Signal::SIGKILL);
    }
}

/// Waits until the condition holds, for what takes seconds.
pub async fn soon<C, F, Fut>(condition: F) -> C::Value
where
    C: Condition,
    F: FnMut() -> Fut,
    Fut: Future<Output = C>,
{
    eventually(Duration::from_secs(60), condition).await
}
