//! A Prometheus for a test that wants one.

use std::path::PathBuf;

use super::servers::{Servers, TestServer};
use crate::ports::reserve;
use crate::servers::{Prometheus, prometheus};

/// Where a Prometheus will be: services are told its address before it is told theirs.
pub struct PrometheusPlace {
    port: u16,
    folder: PathBuf,
}

impl Servers {
    /// A free place. What is started there may be killed.
    pub fn prometheus_place(&self) -> PrometheusPlace {
        let reserved = reserve().expect("a free port");
        let port = reserved.port;
        std::mem::forget(reserved);
        PrometheusPlace {
            port,
            folder: self.folder.join(format!("prometheus-{port}")),
        }
    }
}

impl PrometheusPlace {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it, scraping these metrics addresses (`http://127.0.0.1:9103`) under the services' names.
    ///
    /// # Panics
    /// If the program is not installed.
    pub async fn start(&self, targets: &[(&'static str, &str)]) -> TestServer<Prometheus> {
        let port_of = |url: &str| {
            let port = url.rsplit(':').next().unwrap_or_default();
            port.parse().expect("an address that ends with its port")
        };
        let server = Prometheus {
            program: prometheus::find()
                .expect("prometheus is on PATH; make deps FOR=test installs it"),
            data: self.folder.clone(),
            log: self.folder.with_extension("log"),
            port: self.port,
            targets: targets
                .iter()
                .map(|(service, url)| (*service, port_of(url)))
                .collect(),
        };
        let server = TestServer::new(server, true);
        server.start().await;
        server
    }
}
