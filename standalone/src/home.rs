//! Where everything lives that is downloaded, generated or stored.

use std::path::{Path, PathBuf};

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

/// The root of the source tree that this program was built from.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("/"))
}
