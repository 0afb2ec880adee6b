//! Places where a test may hold a partition's worker, or a rebuild, to kill the process there, or to let it go on when the world has
//! changed. They are chosen by
//! `VEZA_AGGREGATOR_FAIL_POINT`, which builds without debug assertions do not know, and refuse as a misspelt
//! setting.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

/// How often a worker that is held looks whether it may go on.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);

/// Between which two steps it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailPoint {
    /// The range is in the journal; nothing is sent.
    Journaled,
    /// The incarnation was found to stand for the last time; the insert is sent next.
    Checked,
    /// An insert is on its way; its answer is never heard.
    Sent,
    /// ClickHouse has said yes to one insert; another may be needed.
    Stored,
    /// All of the range is stored; the offset has not moved.
    Uncommitted,
    /// A rebuild has written a month anew; the old one still stands.
    Rebuilt,
    /// The new month stands; it is not noted as done.
    Replaced,
}

/// The point that is chosen, if any.
#[derive(Debug, Clone, Default)]
pub struct FailPoints {
    pub chosen: Option<FailPoint>,
    /// Whoever is held goes on once this file exists; without one, never.
    pub until: Option<PathBuf>,
}

impl FailPoints {
    /// Returns at once, unless `point` is chosen.
    pub async fn reach(&self, point: FailPoint) {
        if self.chosen != Some(point) || self.is_over() {
            return;
        }
        tracing::warn!(?point, "fail point hit");
        while !self.is_over() {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    fn is_over(&self) -> bool {
        self.until.as_ref().is_some_and(|file| file.exists())
    }
}
