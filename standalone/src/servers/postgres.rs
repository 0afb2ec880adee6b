//! Postgres, from its published binaries.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{AccessFlags, Gid, Pid, Uid, User};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use super::{Probe, Server};
use crate::process::Launch;

/// The one account: owner of everything.
pub const USER: &str = "veza";
pub const PASSWORD: &str = "veza";

/// Postgres refuses to run as root; this user owns nothing else.
const UNPRIVILEGED: &str = "nobody";

pub struct Postgres {
    /// Folder with `bin`, `lib` and `share`.
    pub distribution: PathBuf,
    pub data: PathBuf,
    pub log: PathBuf,
    pub port: u16,
    /// Whether commits wait for the disk. Without it a `kill -9` still loses nothing, a power cut does.
    pub durable: bool,
}

impl Postgres {
    /// `postgres://` address of a database.
    pub fn database_url(&self, database: &str) -> String {
        format!(
            "postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(USER)
            .password(PASSWORD)
            .database(database)
    }

    /// A connection as the owner of everything.
    pub async fn connect(&self, database: &str) -> sqlx::Result<PgConnection> {
        self.options(database).connect().await
    }

    /// Creates a database unless it is there.
    pub async fn create_database(&self, name: &str) -> anyhow::Result<()> {
        let mut connection = self.connect("postgres").await?;
        let there = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1")
            .bind(name)
            .fetch_optional(&mut connection)
            .await?;
        if there.is_none() {
            let sql = format!("CREATE DATABASE \"{name}\"");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .execute(&mut connection)
                .await?;
        }
        connection.close().await?;
        Ok(())
    }

    fn binary(&self, name: &str) -> PathBuf {
        self.distribution.join("bin").join(name)
    }

    fn initialise(&self) -> anyhow::Result<()> {
        // initdb wants an empty folder: what an interrupted one left has no PG_VERSION and nothing worth keeping.
        if self.data.exists() {
            fs::remove_dir_all(&self.data)?;
        }
        fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot create {}", self.data.display()))?;
        fs::set_permissions(&self.data, fs::Permissions::from_mode(0o700))?;
        let password = self.data.with_extension("password");
        fs::write(&password, PASSWORD)?;
        let mut initdb = Command::new(self.binary("initdb"));
        initdb
            .args([
                "--username",
                USER,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
            ])
            .args(["--locale=C.UTF-8", "--no-instructions", "--no-sync"])
            .arg("--pwfile")
            .arg(&password)
            .arg("--pgdata")
            .arg(&self.data)
            .current_dir("/")
            .stdin(Stdio::null());
        if let Some((uid, gid)) = unprivileged()? {
            use std::os::unix::process::CommandExt;
            for path in [&self.data, &password] {
                chown(path, Some(uid.as_raw()), Some(gid.as_raw()))?;
            }
            initdb.uid(uid.as_raw()).gid(gid.as_raw());
        }
        let output = initdb.output();
        let _ = fs::remove_file(&password);
        let output =
            output.with_context(|| format!("cannot start {}", self.binary("initdb").display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let line = said.lines().find(|line| line.contains("error"));
            bail!("initdb failed: {}", line.unwrap_or(said.trim()));
        }
        Ok(())
    }

    /// A `postmaster.pid` of a process that is gone, or whose number now belongs to another program, keeps Postgres from
    /// starting. One that still runs on this data is a child that outlived its supervisor: it is told to end.
    fn clear_stale_pid_file(&self) -> anyhow::Result<()> {
        let file = self.data.join("postmaster.pid");
        let Ok(content) = fs::read_to_string(&file) else {
            return Ok(());
        };
        let pid = content
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok());
        if let Some(pid) = pid.filter(|pid| runs_on(*pid, &self.data)) {
            let deadline = Instant::now() + Duration::from_secs(10);
            let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
            while runs_on(pid, &self.data) {
                if Instant::now() > deadline {
                    bail!(
                        "Postgres still runs on {} as process {pid}; end it and start again",
                        self.data.display()
                    );
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Server for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn url(&self) -> String {
        format!("postgres://127.0.0.1:{}", self.port)
    }

    fn ports(&self) -> Vec<(u16, &'static str)> {
        vec![(self.port, "VEZA_PORT_POSTGRES")]
    }

    fn prepare(&self) -> anyhow::Result<()> {
        if unprivileged()?.is_some() {
            check_reachable(&self.distribution)?;
            if let Some(parent) = self.data.parent() {
                fs::create_dir_all(parent)?;
                check_reachable(parent)?;
            }
        }
        if !self.data.join("PG_VERSION").exists() {
            self.initialise()?;
        }
        self.clear_stale_pid_file()
    }

    fn launch(&self) -> Launch {
        let durable = if self.durable { "on" } else { "off" };
        let mut launch = Launch::new(self.binary("postgres"), &self.log)
            .args(["-D".as_ref(), self.data.as_os_str()])
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "shared_buffers=64MB", "-c", "max_connections=200"])
            .args(["-c", &format!("fsync={durable}")])
            .args(["-c", &format!("full_page_writes={durable}")]);
        launch.user = unprivileged().ok().flatten();
        // Ends the backends too; the next start recovers from the log.
        launch.death_signal = Signal::SIGQUIT;
        // "Fast" shutdown: sessions are ended, everything is written.
        launch.stop_signal = Signal::SIGINT;
        launch
    }

    fn probe(&self) -> Probe {
        Probe::Postgres(Box::new(self.options("postgres")))
    }
}

/// Whom to run as, when we are root.
fn unprivileged() -> anyhow::Result<Option<(Uid, Gid)>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    match User::from_name(UNPRIVILEGED)? {
        Some(user) => Ok(Some((user.uid, user.gid))),
        None => bail!(
            "Postgres refuses to run as root, and there is no user {UNPRIVILEGED}; run as another user"
        ),
    }
}

/// The other user must be able to enter every folder above.
fn check_reachable(path: &Path) -> anyhow::Result<()> {
    for folder in path.ancestors() {
        let mode = fs::metadata(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?
            .permissions()
            .mode();
        if mode & 0o001 == 0 {
            bail!(
                "Postgres refuses to run as root and would run as {UNPRIVILEGED}, who may not enter {}; \
                 run as another user, or set VEZA_DIR to a folder such as /var/lib/veza",
                folder.display()
            );
        }
    }
    Ok(())
}

/// Whether the process is a Postgres whose working directory, which it keeps for life, is this data.
fn runs_on(pid: i32, data: &Path) -> bool {
    let cwd = fs::read_link(format!("/proc/{pid}/cwd"));
    let alive = nix::unistd::access(&PathBuf::from(format!("/proc/{pid}")), AccessFlags::F_OK);
    alive.is_ok() && cwd.is_ok_and(|cwd| Some(cwd) == data.canonicalize().ok())
}
