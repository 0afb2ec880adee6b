//! `status.json`: what runs, for people and scripts.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// All that runs on one data folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub services: Vec<ServiceStatus>,
    /// Whom one can log in as; only the demo's accounts, whose password is no secret.
    pub logins: Vec<Login>,
    pub data_dir: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    pub name: String,
    pub url: String,
    /// Null while it does not run.
    pub pid: Option<u32>,
    pub state: State,
    /// Why it is in this state, or how far it is; may be empty.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It runs and does not serve yet.
    Starting,
    /// It serves.
    Ready,
    /// It runs and has ceased to serve.
    Failing,
    /// It ended and will be started again.
    Restarting,
    /// It was asked to end.
    Stopping,
    Stopped,
    /// It is not installed, and the others do without it.
    Unavailable,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Failing => "failing",
            Self::Restarting => "restarting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Unavailable => "unavailable",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub role: String,
    pub email: String,
    pub password: String,
}

impl Status {
    pub fn read(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
    }

    /// Replaces the file as a whole: a reader sees the old one or the new one.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let new = file.with_extension("new");
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        fs::write(&new, json)?;
        fs::rename(&new, file)
    }

    pub fn service(&self, name: &str) -> Option<&ServiceStatus> {
        self.services.iter().find(|service| service.name == name)
    }

    /// Whether everything serves that can.
    pub fn is_healthy(&self) -> bool {
        let mut states = self.services.iter().map(|service| service.state);
        states.all(|state| matches!(state, State::Ready | State::Unavailable))
    }
}

impl fmt::Display for ServiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pid = self.pid.map(|pid| pid.to_string()).unwrap_or_default();
        write!(
            f,
            "{:<11} {:<11} {:>8}  {}",
            self.name, self.state, pid, self.url
        )?;
        if !self.detail.is_empty() {
            write!(f, "  {}", self.detail)?;
        }
        Ok(())
    }
}
