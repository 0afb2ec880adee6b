//! Keeps every process running: each is started again when it ends, and all end when we do, in order.

mod board;
mod child;
mod lines;

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures::future::join_all;
use tokio::task::JoinHandle;

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
    stop: child::Stop,
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
        let stop = child::Stop::default();
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
        self.end(|child| names.contains(&child.name)).await;
    }

    /// Ends all that still run.
    pub async fn stop_all(&mut self) {
        self.end(|_| true).await;
    }

    /// Kills all that still run, also those that are about to end.
    pub async fn kill_all(&mut self) {
        for child in &self.children {
            child.stop.at_once.cancel();
        }
        self.stop_all().await;
    }

    /// Whoever is given up while waiting is still there to be killed.
    async fn end(&mut self, which: impl Fn(&Child) -> bool) {
        let ending = self.children.iter_mut().filter(|child| which(child));
        let tasks = ending.map(|child| {
            child.stop.in_good_order.cancel();
            &mut child.task
        });
        join_all(tasks.filter(|task| !task.is_finished())).await;
        self.children.retain(|child| !which(child));
    }
}
