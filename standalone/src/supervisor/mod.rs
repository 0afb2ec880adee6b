//! Keeps every process running: each is started again when it ends, and all end when we do, in order.

mod board;
mod child;
mod lines;

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures::future::join_all;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use board::Board;
pub use child::last_words;
pub use lines::Lines;

use crate::servers::Server;

/// How long a process may take to serve at the first start.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// Starts that may fail before a process is given up, as long as it has never served.
const FAILED_STARTS: u32 = 3;

/// The running processes.
pub struct Supervisor {
    board: Arc<Board>,
    children: Vec<Child>,
}

struct Child {
    name: &'static str,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Supervisor {
    pub fn new(board: Arc<Board>) -> Self {
        Self {
            board,
            children: Vec::new(),
        }
    }

    /// Starts a process and keeps it running from now on.
    pub fn keep(&mut self, server: Arc<dyn Server>) {
        let stop = CancellationToken::new();
        let name = server.name();
        let task = tokio::spawn(child::keep(server, Arc::clone(&self.board), stop.clone()));
        self.children.push(Child { name, stop, task });
    }

    /// Waits until all that are kept serve.
    ///
    /// # Errors
    /// If one does not come up; names it, the reason and its log.
    pub async fn until_ready(&self) -> anyhow::Result<()> {
        let all_ready = async {
            for child in &self.children {
                self.board.until_ready(child.name, FAILED_STARTS).await?;
            }
            Ok(())
        };
        match tokio::time::timeout(START_TIMEOUT, all_ready).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let late: Vec<String> = self.board.waiting();
                bail!(
                    "not ready within {} s: {}",
                    START_TIMEOUT.as_secs(),
                    late.join("; ")
                )
            }
        }
    }

    /// Ends these in good order, together, and waits; one that takes too long is killed.
    pub async fn stop(&mut self, names: &[&str]) {
        let (stopping, rest) = std::mem::take(&mut self.children)
            .into_iter()
            .partition(|child| names.contains(&child.name));
        self.children = rest;
        let stopping: Vec<Child> = stopping;
        for child in &stopping {
            child.stop.cancel();
        }
        join_all(stopping.into_iter().map(|child| child.task)).await;
    }

    /// Ends all that still run.
    pub async fn stop_all(&mut self) {
        let names: Vec<&str> = self.children.iter().map(|child| child.name).collect();
        self.stop(&names).await;
    }
}
