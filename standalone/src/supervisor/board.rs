//! What everyone may know of the processes: the state of each, shown on the console and kept in `status.json`.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::bail;
use tokio::sync::watch;

use super::Lines;
use crate::status::{Login, ServiceStatus, State, Status};

pub struct Board {
    entries: Mutex<Entries>,
    file: PathBuf,
    logs: PathBuf,
    lines: Lines,
    changed: watch::Sender<()>,
}

struct Entries {
    status: Status,
    /// Ends of each service since it last served.
    failures: Vec<u32>,
}

impl Board {
    /// `services`: name and address of each, in the order in which they are shown.
    pub fn new(
        services: Vec<(&'static str, String)>,
        data_dir: PathBuf,
        file: PathBuf,
        logs: PathBuf,
        lines: Lines,
    ) -> Self {
        let services: Vec<ServiceStatus> = services
            .into_iter()
            .map(|(name, url)| ServiceStatus {
                name: name.into(),
                url,
                pid: None,
                state: State::Starting,
                detail: "waiting for what it needs".into(),
            })
            .collect();
        for (index, service) in services.iter().enumerate() {
            lines.show(index, service, false);
        }
        let failures = vec![0; services.len()];
        let status = Status {
            services,
            logins: Vec::new(),
            data_dir,
        };
        Self {
            entries: Mutex::new(Entries { status, failures }),
            file,
            logs,
            lines,
            changed: watch::channel(()).0,
        }
    }

    /// What a process does now.
    pub fn set(&self, name: &str, state: State, pid: Option<u32>, detail: &str) {
        self.change(name, |service, failures| {
            if state == State::Ready {
                *failures = 0;
            }
            (service.state, service.pid, service.detail) = (state, pid, detail.into());
        });
    }

    /// A process ended by itself.
    pub fn ended(&self, name: &str, reason: &str) {
        self.change(name, |service, failures| {
            *failures += 1;
            (service.state, service.pid) = (State::Restarting, None);
            service.detail = reason.into();
        });
    }

    /// How far a process is; only while it serves.
    pub fn note(&self, name: &str, detail: &str) {
        self.change(name, |service, _| {
            if service.state == State::Ready {
                service.detail = detail.into();
            }
        });
    }

    /// Whom one can log in as; says whether that is news.
    pub fn set_logins(&self, logins: Vec<Login>) -> bool {
        let mut entries = self.entries();
        let news = entries.status.logins != logins;
        entries.status.logins = logins;
        self.publish(&entries);
        news
    }

    /// What is known of a process.
    pub fn service(&self, name: &str) -> Option<ServiceStatus> {
        self.entries().status.service(name).cloned()
    }

    /// Tells when anything has changed.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Waits until a process serves.
    ///
    /// # Errors
    /// If it has ended `tries` times without ever having served.
    pub async fn until_ready(&self, name: &str, tries: u32) -> anyhow::Result<()> {
        let mut changed = self.changed.subscribe();
        loop {
            {
                let entries = self.entries();
                let Some(index) = index_of(&entries.status, name) else {
                    bail!("{name} is not supervised");
                };
                let service = &entries.status.services[index];
                if service.state == State::Ready {
                    return Ok(());
                }
                if entries.failures[index] >= tries {
                    let log = self.logs.join(format!("{name}.log"));
                    bail!(
                        "{name} does not start: {} (its log: {})",
                        service.detail,
                        log.display()
                    );
                }
            }
            changed.changed().await?;
        }
    }

    /// Those that don't serve, each with the reason.
    pub fn waiting(&self) -> Vec<String> {
        let entries = self.entries();
        let services = entries.status.services.iter();
        services
            .filter(|service| !matches!(service.state, State::Ready | State::Unavailable))
            .map(|service| format!("{} {}", service.name, service.detail))
            .collect()
    }

    /// Removes `status.json`: nothing runs any more.
    pub fn close(&self) {
        let _ = std::fs::remove_file(&self.file);
        self.lines.close();
    }

    fn change(&self, name: &str, edit: impl FnOnce(&mut ServiceStatus, &mut u32)) {
        let mut entries = self.entries();
        let Some(index) = index_of(&entries.status, name) else {
            return;
        };
        let Entries { status, failures } = &mut *entries;
        let before = status.services[index].clone();
        edit(&mut status.services[index], &mut failures[index]);
        let after = &status.services[index];
        if *after != before {
            self.lines.show(index, after, after.state != before.state);
            self.publish(&entries);
        }
    }

    fn publish(&self, entries: &Entries) {
        // The services matter more than the file: a full disk must not end them.
        if let Err(error) = entries.status.write(&self.file) {
            self.lines
                .say(&format!("cannot write {}: {error}", self.file.display()));
        }
        self.changed.send_replace(());
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn index_of(status: &Status, name: &str) -> Option<usize> {
    status
        .services
        .iter()
        .position(|service| service.name == name)
}
