//! Where everything lives that is downloaded, generated or stored.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// `VEZA_DIR`, or `.veza` beside the workspace that this program was built from.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    pub fn from_environment() -> Self {
        match std::env::var_os("VEZA_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => Self::at(std::path::absolute(&dir).unwrap_or_else(|_| dir.into())),
            None => Self::at(workspace().join(".veza")),
        }
    }

    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Downloads; can be deleted at any time while nothing runs.
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// What must not be lost, one folder a server.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// One file a process.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// What runs, for scripts; there only while it runs.
    pub fn status_file(&self) -> PathBuf {
        self.root.join("status.json")
    }
}

/// Held by the one that runs on a data folder; the kernel lets go of it however that ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// # Errors
    /// If somebody runs on it already.
    pub fn take(home: &Home) -> anyhow::Result<Self> {
        let data = home.data();
        std::fs::create_dir_all(&data)
            .with_context(|| format!("cannot create {}", data.display()))?;
        let path = data.join("lock");
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        if file.try_lock().is_err() {
            bail!(
                "Veza already runs on {}; `veza status` shows it, and VEZA_DIR names another folder for a second one",
                data.display()
            );
        }
        Ok(Self { _file: file })
    }

    /// Whether somebody runs on it.
    pub fn is_taken(home: &Home) -> io::Result<bool> {
        match File::open(home.data().join("lock")) {
            Ok(file) => Ok(matches!(
                file.try_lock_shared(),
                Err(std::fs::TryLockError::WouldBlock)
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The root of the source tree that this program was built from.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("/"))
}
