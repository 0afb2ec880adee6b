//! Prometheus, as Debian packages it; it scrapes the services' metrics.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Probe, Server};
use crate::process::Launch;

pub struct Prometheus {
    pub program: PathBuf,
    pub data: PathBuf,
    pub log: PathBuf,
    pub port: u16,
    /// Name and metrics port of each service.
    pub targets: Vec<(&'static str, u16)>,
}

/// The program, from `PATH`.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join("prometheus"))
        .find(|program| program.is_file())
}

impl Prometheus {
    fn settings(&self) -> String {
        let mut yaml = String::from("global: {scrape_interval: 5s, scrape_timeout: 4s}\n");
        // The alerts of a scaled-out installation are good here, too; they are shown, and nobody is called.
        let alerts = crate::home::workspace().join("deploy/prometheus/alerts.yml");
        if alerts.is_file() {
            yaml += &format!("rule_files: ['{}']\n", alerts.display());
        }
        yaml += "scrape_configs:\n  - job_name: veza\n    static_configs:\n";
        for (service, port) in &self.targets {
            yaml += &format!(
                "      - {{targets: ['127.0.0.1:{port}'], labels: {{service: {service}}}}}\n"
            );
        }
        yaml
    }

    fn settings_file(&self) -> PathBuf {
        self.data.join("prometheus.yml")
    }

    fn series(&self) -> PathBuf {
        self.data.join("series")
    }
}

impl Server for Prometheus {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ports(&self) -> Vec<(u16, &'static str)> {
        vec![(self.port, "VEZA_PORT_PROMETHEUS")]
    }

    fn prepare(&self) -> anyhow::Result<()> {
        let write = |path: &Path| {
            std::fs::create_dir_all(self.series())?;
            std::fs::write(path, self.settings())
        };
        let file = self.settings_file();
        write(&file).with_context(|| format!("cannot write {}", file.display()))
    }

    fn launch(&self) -> Launch {
        Launch::new(&self.program, &self.log)
            .args([format!("--config.file={}", self.settings_file().display())])
            .args([format!("--storage.tsdb.path={}", self.series().display())])
            .args([format!("--web.listen-address=127.0.0.1:{}", self.port)])
            .args(["--storage.tsdb.retention.time=15d", "--log.level=warn"])
    }

    fn probe(&self) -> Probe {
        Probe::Http(format!("{}/-/ready", self.url()))
    }
}
