//! The warehouse as a child process: `veza warehouse`.

use std::path::PathBuf;

use super::{Probe, Server};
use crate::process::Launch;

pub struct ClickHouse {
    /// The `veza` program.
    pub program: PathBuf,
    /// `libchdb.so`.
    pub library: PathBuf,
    pub data: PathBuf,
    pub log: PathBuf,
    pub port: u16,
}

impl Server for ClickHouse {
    fn name(&self) -> &'static str {
        "warehouse"
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ports(&self) -> Vec<(u16, &'static str)> {
        vec![(self.port, "VEZA_PORT_CLICKHOUSE")]
    }

    fn prepare(&self) -> anyhow::Result<()> {
        Ok(std::fs::create_dir_all(&self.data)?)
    }

    fn launch(&self) -> Launch {
        Launch::new(&self.program, &self.log)
            .args(["warehouse", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--data".as_ref(), self.data.as_os_str()])
            .args(["--library".as_ref(), self.library.as_os_str()])
    }

    fn probe(&self) -> Probe {
        Probe::Http(format!("{}/ping", self.url()))
    }
}
