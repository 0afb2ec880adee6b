//! The product's own services as child processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::process::Launch;
use crate::servers::{Probe, Server};

/// One of our services.
#[derive(Debug, Clone)]
pub struct Service {
    pub name: &'static str,
    pub program: PathBuf,
    pub log: PathBuf,
    /// Its settings; what they don't name comes from our own environment.
    pub settings: BTreeMap<String, String>,
    /// Where it is reached, with the variable that sets the port; none: only by its metrics.
    pub interface: Option<(u16, &'static str)>,
    /// `/healthz`, `/readyz` and `/metrics`.
    pub metrics: (u16, &'static str),
}

impl Service {
    /// The same with other settings.
    pub fn with(&self, settings: &[(&str, &str)]) -> Self {
        let mut service = self.clone();
        for (name, value) in settings {
            service.settings.insert((*name).into(), (*value).into());
        }
        service
    }

    /// One of its commands, such as `migrate`.
    pub fn command(&self, args: &[&str]) -> Launch {
        let mut launch = Launch::new(&self.program, &self.log).args(args);
        launch.inherit_settings = true;
        for (name, value) in &self.settings {
            launch = launch.env(name, value);
        }
        launch
    }
}

impl Server for Service {
    fn name(&self) -> &'static str {
        self.name
    }

    fn url(&self) -> String {
        let (port, _) = self.interface.unwrap_or(self.metrics);
        format!("http://127.0.0.1:{port}")
    }

    fn ports(&self) -> Vec<(u16, &'static str)> {
        self.interface.into_iter().chain([self.metrics]).collect()
    }

    fn prepare(&self) -> anyhow::Result<()> {
        Ok(())
    }

    fn launch(&self) -> Launch {
        self.command(&[])
    }

    fn probe(&self) -> Probe {
        Probe::Http(format!("http://127.0.0.1:{}/readyz", self.metrics.0))
    }
}
