//! What became of each report, as a metric: `ingest_reports_total{code}`, where `code` is `accepted`, a refusal's code, why
//! Kafka does not have it (`queue_full`, `deadline`, `not_taken`), or `cancelled` where the client left before that was known.

use veza_schemas::report::RefusedReport;

use crate::producer::Undelivered;

/// The reports of a request that are on their way to Kafka. Dropped without an outcome, they count as cancelled.
#[must_use]
pub struct Outcomes {
    pending: usize,
}

impl Outcomes {
    /// Counts the refused ones now.
    pub fn of(pending: usize, refused: &[RefusedReport]) -> Self {
        for report in refused {
            count(report.code.name(), 1);
        }
        Self { pending }
    }

    pub fn accepted(self) {
        self.settle("accepted");
    }

    pub fn undelivered(self, why: &Undelivered) {
        self.settle(why.name());
    }

    fn settle(mut self, code: &'static str) {
        count(code, std::mem::take(&mut self.pending));
    }
}

impl Drop for Outcomes {
    fn drop(&mut self) {
        count("cancelled", self.pending);
    }
}

fn count(code: &'static str, reports: usize) {
    if reports > 0 {
        metrics::counter!("ingest_reports_total", "code" => code).increment(reports as u64);
    }
}
