//! The life of one process: started, watched, started again.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio_util::sync::CancellationToken;

use super::Board;
use crate::process::{Process, describe};
use crate::servers::Server;
use crate::status::State;

/// Between two questions to a process that does not serve yet.
const STARTING_INTERVAL: Duration = Duration::from_millis(100);
/// Between two questions to one that serves.
const SERVING_INTERVAL: Duration = Duration::from_secs(2);
/// How long a process may take to end in good order.
const STOP_TIMEOUT: Duration = Duration::from_secs(40);

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A process that ran so long starts again at once; one that fails sooner waits twice as long each time.
const STABLE: Duration = Duration::from_secs(30);

/// How a process is asked to end. Clones share it.
#[derive(Clone, Default)]
pub struct Stop {
    pub in_good_order: CancellationToken,
    /// Nobody needs what it has in hand.
    pub at_once: CancellationToken,
}

/// Keeps a process running until it is asked to end.
pub async fn keep(server: Arc<dyn Server>, board: Arc<Board>, asked: Stop) {
    let stop = &asked.in_good_order;
    let mut pause = FIRST_PAUSE;
    while !stop.is_cancelled() {
        let begun = Instant::now();
        let reason = match start(&server).await {
            Ok(process) => match watch(&*server, &process, &board, &asked).await {
                Some(reason) => reason,
                None => break,
            },
            Err(error) => format!("{error:#}"),
        };
        board.ended(server.name(), &reason);
        if begun.elapsed() > STABLE {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    board.set(server.name(), State::Stopped, None, "");
}

async fn start(server: &Arc<dyn Server>) -> anyhow::Result<Process> {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || {
        server.prepare()?;
        Ok(Process::spawn(&server.launch())?)
    })
    .await?
}

/// Watches a running process. None: it was asked to end, and has; otherwise why it ended.
async fn watch(
    server: &dyn Server,
    process: &Process,
    board: &Board,
    asked: &Stop,
) -> Option<String> {
    let name = server.name();
    let pid = Some(process.pid());
    let probe = server.probe();
    let mut state = State::Starting;
    board.set(name, state, pid, "");
    let status = loop {
        let interval = match state {
            State::Ready => SERVING_INTERVAL,
            _ => STARTING_INTERVAL,
        };
        tokio::select! {
            biased;
            status = process.exited() => break status,
            () = asked.in_good_order.cancelled() => {
                board.set(name, State::Stopping, pid, "");
                end(process, &asked.at_once).await;
                return None;
            }
            () = tokio::time::sleep(interval) => {}
        }
        match probe.ask().await {
            Ok(()) if state == State::Ready => {}
            Ok(()) => {
                state = State::Ready;
                board.set(name, state, pid, "");
            }
            // One that has never served may take its time.
            Err(missing) => {
                if state == State::Ready {
                    state = State::Failing;
                }
                board.set(name, state, pid, &missing);
            }
        }
    };
    // Who was killed had no time to say why.
    let killed = status.signal() == Some(Signal::SIGKILL as i32);
    let said = last_words(process.log()).filter(|_| !killed);
    Some(match said {
        Some(line) => format!("{}: {line}", describe(status)),
        None => describe(status),
    })
}

async fn end(process: &Process, at_once: &CancellationToken) {
    let in_good_order = tokio::time::timeout(STOP_TIMEOUT, process.terminate());
    let ended = at_once.run_until_cancelled(in_good_order).await;
    if !matches!(ended, Some(Ok(_))) {
        process.kill().await;
    }
}

/// The line of a log's end that says most of a failure: the last one that looks like an error, else the last.
pub fn last_words(log: &Path) -> Option<String> {
    const TAIL: u64 = 8 << 10;
    const MARKS: [&str; 5] = ["ERROR", "FATAL", "error:", "Exception", "panicked"];
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines()
        .rfind(|line| MARKS.iter().any(|mark| line.contains(mark)))
        .or_else(|| lines().next_back())?;
    Some(line.chars().take(300).collect())
}
