//! An installation for the length of one proof or measurement: the real processes, on free ports, with data in a temporary
//! folder that goes with it. What runs elsewhere on the machine is not touched.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::evidence::Evidence;
use crate::fetch::{Downloads, fetch};
use crate::home::{DataLock, Home};
use crate::ports::{ReservedPort, reserve};
use crate::preflight;
use crate::secrets::Secrets;
use crate::servers::Server;
use crate::servers::kafka::GroupTimes;
use crate::services::Service;
use crate::stack::{AGGREGATORS, Ports, Stack};
use crate::startup;
use crate::supervisor::{Board, Lines, Supervisor};
use crate::verify;

const PREFIX: &str = "veza-temporary-";
/// In a folder that someone wants to look into.
const KEPT: &str = "kept";
/// How often a folder is removed into which someone writes.
const REMOVALS: u32 = 50;
const REMOVAL_PAUSE: Duration = Duration::from_millis(100);

/// The stack, and what keeps it running. Dropping it removes its folder; end it with [`stop`](Self::stop) before.
pub struct Temporary {
    pub stack: Stack,
    /// As many as [`AGGREGATORS`] names, the stack's own first.
    pub aggregators: Vec<Arc<Service>>,
    pub ports: Ports,
    pub secrets: Secrets,
    pub board: Arc<Board>,
    pub supervisor: Supervisor,
    folder: Folder,
    _reserved: Vec<ReservedPort>,
    _lock: DataLock,
}

impl Temporary {
    /// Gets what is missing, says so by `say`, and makes the folder; nothing runs yet.
    pub async fn new(say: fn(&str)) -> anyhow::Result<Self> {
        preflight::check_java()?;
        let downloads = tokio::task::spawn_blocking(move || {
            fetch(&Home::from_environment(), &|what| say(what))
        });
        Self::with(&downloads.await??)
    }

    fn with(downloads: &Downloads) -> anyhow::Result<Self> {
        remove_abandoned(&std::env::temp_dir());
        let folder = Folder::new()?;
        let home = Home::at(&folder.0);
        let ordinary = Home::from_environment();
        symlink(ordinary.downloads(), home.downloads()).context("cannot link the downloads")?;
        let lock = DataLock::take(&home)?;
        preflight::check_room(&home.data())?;
        let (ports, mut reserved) = free_ports()?;
        let secrets = Secrets::of(&home.data())?;
        let mut stack = Stack::new(&home, downloads, &secrets, &ports)?;
        if let Some(kafka) = Arc::get_mut(&mut stack.kafka) {
            // Whoever was killed is missed within seconds: what is watched should move.
            kafka.group_times = GroupTimes::TESTING;
        }
        let mut addresses = stack.addresses(&ports);
        let mut aggregators = vec![stack.aggregator.clone()];
        for name in AGGREGATORS.into_iter().skip(1) {
            let port = reserve()?;
            let another = stack.another_aggregator(name, port.port);
            addresses.push((name, another.url()));
            aggregators.push(Arc::new(another));
            reserved.push(port);
        }
        let board = Arc::new(Board::new(
            addresses,
            home.data(),
            home.status_file(),
            home.logs(),
            Lines::Silent,
        ));
        Ok(Self {
            supervisor: Supervisor::new(Arc::clone(&board)),
            stack,
            aggregators,
            ports,
            secrets,
            board,
            folder,
            _reserved: reserved,
            _lock: lock,
        })
    }

    /// Starts Kafka, warehouse, Postgres and object store, with topic, databases and tables.
    pub async fn start_servers(&mut self) -> anyhow::Result<()> {
        let stack = &self.stack;
        let servers: Vec<Arc<dyn Server>> = vec![
            stack.kafka.clone(),
            stack.warehouse.clone(),
            stack.postgres.clone(),
            stack.objects.clone(),
        ];
        startup::start_servers(stack, servers, &mut self.supervisor).await
    }

    /// Starts services, and waits until all of them serve.
    pub async fn start_services(&mut self, services: Vec<Arc<dyn Server>>) -> anyhow::Result<()> {
        startup::start_services(services, &mut self.supervisor).await
    }

    /// The process id of what runs under this name in `status.json`.
    pub fn pid(&self, name: &str) -> anyhow::Result<u32> {
        let service = self.board.service(name);
        service
            .and_then(|service| service.pid)
            .with_context(|| format!("{name} does not run"))
    }

    /// How `veza verify` looks at it.
    pub fn verify_settings(&self, patience: Duration) -> verify::Settings {
        verify::Settings {
            evidence: Evidence {
                brokers: self.stack.kafka.broker(),
                clickhouse: self.stack.warehouse.url(),
                ..Evidence::default()
            },
            patience: patience.as_secs(),
            postgres: Some(self.stack.postgres_url()),
            json: false,
        }
    }

    /// Where data and logs are.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// Leaves the folder where it is when all is over.
    pub fn keep_folder(&self) -> anyhow::Result<()> {
        Ok(fs::write(self.folder.0.join(KEPT), "")?)
    }

    /// Ends everything in good order.
    pub async fn stop(&mut self) {
        startup::stop(&mut self.supervisor).await;
        self.board.close();
    }

    /// Kills everything: nobody needs what is in it.
    pub async fn discard(&mut self) {
        self.supervisor.kill_all().await;
        self.board.close();
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        // Postgres may run as another user, who must be able to pass.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.0.join(KEPT).exists() {
            return;
        }
        // Postgres' backends outlive its kill by a moment, and write.
        for _ in 0..REMOVALS {
            match fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
                    std::thread::sleep(REMOVAL_PAUSE);
                }
                _ => return,
            }
        }
    }
}

/// Folders of processes that were killed: nobody holds their lock.
fn remove_abandoned(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let home = Home::at(entry.path());
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let was_used = home.data().join("lock").exists() && !home.root().join(KEPT).exists();
        if ours && was_used && matches!(DataLock::is_taken(&home), Ok(false)) {
            let _ = fs::remove_dir_all(home.root());
        }
    }
}

/// A free port for everything; they stay ours as long as the second value lives, also while nobody listens.
fn free_ports() -> anyhow::Result<(Ports, Vec<ReservedPort>)> {
    let mut reserved = Vec::new();
    let mut port = || -> anyhow::Result<u16> {
        reserved.push(reserve()?);
        Ok(reserved.last().map_or(0, |last| last.port))
    };
    let ports = Ports {
        web: port()?,
        ingest: port()?,
        kafka: port()?,
        kafka_controller: port()?,
        clickhouse: port()?,
        postgres: port()?,
        s3: port()?,
        prometheus: port()?,
        ingest_metrics: port()?,
        aggregator_metrics: port()?,
        api_metrics: port()?,
    };
    Ok((ports, reserved))
}
