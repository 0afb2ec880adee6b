//! How far the demo is, kept with the data.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The time up to which plays are told. As long as it is not seeded: when the demo began, and its history is to end.
    pub until: Timestamp,
    /// Accounts, catalog and history are complete.
    pub seeded: bool,
    #[serde(skip)]
    file: PathBuf,
}

impl Progress {
    /// That of this data folder; none: these data have no demo.
    pub fn of(data: &Path) -> anyhow::Result<Option<Self>> {
        let file = file_of(data);
        let json = match fs::read_to_string(&file) {
            Ok(json) => json,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let progress: Self = serde_json::from_str(&json).with_context(|| {
            format!(
                "{} is damaged; delete it to go on without the demo",
                file.display()
            )
        })?;
        Ok(Some(Self { file, ..progress }))
    }

    /// Begins a demo on fresh data.
    pub fn begin(data: &Path) -> anyhow::Result<Self> {
        let progress = Self {
            until: Timestamp::now(),
            seeded: false,
            file: file_of(data),
        };
        progress.store()?;
        Ok(progress)
    }

    /// Everything up to then is told.
    pub fn advance(&mut self, until: Timestamp) -> anyhow::Result<()> {
        (self.until, self.seeded) = (until, true);
        self.store()
    }

    fn store(&self) -> anyhow::Result<()> {
        let write = || {
            let new = self.file.with_extension("new");
            fs::write(&new, serde_json::to_string_pretty(self)?)?;
            fs::rename(&new, &self.file)
        };
        write().with_context(|| format!("cannot write {}", self.file.display()))
    }
}

fn file_of(data: &Path) -> PathBuf {
    data.join("demo.json")
}
