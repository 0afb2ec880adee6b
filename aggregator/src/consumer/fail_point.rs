//! Places where a test may hold a partition's worker, or a rebuild, for ever, to kill the process there. They are chosen by
//! `VEZA_AGGREGATOR_FAIL_POINT`, which builds without debug assertions do not know, and refuse as a misspelt setting.

use clap::ValueEnum;

/// Between which two steps it stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailPoint {
    /// The range is in the journal; nothing is sent.
    Journaled,
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
#[derive(Debug, Clone, Copy, Default)]
pub struct FailPoints(pub Option<FailPoint>);

impl FailPoints {
    /// Never returns if `point` is chosen.
    pub async fn reach(self, point: FailPoint) {
        if self.0 == Some(point) {
            tracing::warn!(?point, "fail point hit");
            std::future::pending::<()>().await;
        }
    }
}
