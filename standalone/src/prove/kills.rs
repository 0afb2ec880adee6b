//! Kills what runs, and watches it come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use tokio::task::JoinHandle;

use super::screen::Screen;
use crate::status::State;
use crate::supervisor::Board;

/// What may be killed.
pub const VICTIMS: [&str; 6] = [
    "kafka",
    "warehouse",
    "postgres",
    "ingest",
    "aggregator",
    "aggregator-2",
];
/// Between two kills, in ms.
const PAUSE_MS: std::ops::Range<u64> = 1_500..4_500;
/// Of ten kills, how many take two processes at once.
const PAIRS_OF_TEN: u32 = 2;

/// One process that was killed.
#[derive(Debug, Clone, Serialize)]
pub struct Kill {
    /// Seconds since the load began.
    pub at: f64,
    pub service: &'static str,
    /// Seconds until it served again; null: it has not.
    pub back_after: Option<f64>,
}

pub struct Killer {
    board: Arc<Board>,
    rng: ChaCha8Rng,
    screen: Arc<Screen>,
}

impl Killer {
    pub fn new(board: Arc<Board>, rng: ChaCha8Rng, screen: Arc<Screen>) -> Self {
        Self { board, rng, screen }
    }

    /// Kills for so long; then waits until all are back, at most `patience`.
    pub async fn run(&mut self, length: Duration, patience: Duration) -> Vec<Kill> {
        let begun = Instant::now();
        let deadline = begun + length + patience;
        let mut killed: Vec<JoinHandle<Kill>> = Vec::new();
        loop {
            let pause = Duration::from_millis(self.rng.random_range(PAUSE_MS));
            let doomed = self.draw();
            if begun.elapsed() + pause >= length {
                break;
            }
            tokio::time::sleep(pause).await;
            let kill = |name| self.kill(name, begun, deadline);
            killed.extend(doomed.into_iter().filter_map(kill));
        }
        join_all(killed).await.into_iter().flatten().collect()
    }

    fn draw(&mut self) -> Vec<&'static str> {
        let count = if self.rng.random_ratio(PAIRS_OF_TEN, 10) {
            2
        } else {
            1
        };
        VICTIMS
            .choose_multiple(&mut self.rng, count)
            .copied()
            .collect()
    }

    /// Kills it, unless it is down already; the task ends when it serves again, or at the deadline.
    fn kill(
        &self,
        name: &'static str,
        begun: Instant,
        deadline: Instant,
    ) -> Option<JoinHandle<Kill>> {
        let service = self.board.service(name)?;
        let pid = service.pid.filter(|_| service.state == State::Ready)?;
        kill(Pid::from_raw(pid as i32), Signal::SIGKILL).ok()?;
        let at = begun.elapsed();
        self.screen.killed(at, name);
        let (board, screen) = (Arc::clone(&self.board), Arc::clone(&self.screen));
        Some(tokio::spawn(async move {
            let killed = Instant::now();
            let back = tokio::time::timeout_at(deadline.into(), until_back(&board, name, pid));
            let back_after = back.await.is_ok().then(|| killed.elapsed());
            match back_after {
                Some(after) => screen.is_back(begun.elapsed(), name, after),
                None => screen.stays_away(begun.elapsed(), name),
            }
            Kill {
                at: at.as_secs_f64(),
                service: name,
                back_after: back_after.map(|after| after.as_secs_f64()),
            }
        }))
    }
}

/// Waits until another process serves in the place of `pid`.
async fn until_back(board: &Board, name: &str, pid: u32) {
    let mut changes = board.changes();
    loop {
        let service = board.service(name);
        let back = service.is_some_and(|service| {
            service.state == State::Ready && service.pid.is_some_and(|new| new != pid)
        });
        if back || changes.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supervisor::Lines;
    use rand::SeedableRng;
    use std::process::Command;

    #[tokio::test]
    async fn whoever_does_not_come_back_is_told_and_not_waited_for_for_ever() {
        let folder = std::env::temp_dir();
        let status = folder.join(format!("veza-kills-{}.json", std::process::id()));
        let services = VICTIMS.map(|name| (name, String::new())).to_vec();
        let board = Board::new(services, folder.clone(), status, folder, Lines::Silent);
        let board = Arc::new(board);
        let mut doomed = Command::new("sleep").arg("60").spawn().unwrap();
        for name in VICTIMS {
            board.set(name, State::Ready, Some(doomed.id()), "");
        }
        let screen = Arc::new(Screen::new(0));
        let mut killer = Killer::new(Arc::clone(&board), ChaCha8Rng::seed_from_u64(7), screen);
        // Time for one or two; nobody starts them again.
        let kills = killer
            .run(Duration::from_secs(5), Duration::from_millis(100))
            .await;
        board.close();
        assert!(!doomed.wait().unwrap().success());
        assert!(!kills.is_empty());
        assert!(
            kills.iter().all(|kill| kill.back_after.is_none()),
            "{kills:?}"
        );
    }
}
