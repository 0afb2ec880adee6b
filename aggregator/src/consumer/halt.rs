//! Why a partition's worker is done.

use arrow_schema::ArrowError;

use super::assignment::Ended;
use super::range::Span;
use crate::warehouse::WarehouseError;

/// Why a worker is done.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The assignment is over; what was not stored is another's.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// Nothing will change until someone acts: the range can't be stored, and is not skipped.
    #[error("{token} can't be stored: {source}")]
    Refused {
        token: String,
        source: WarehouseError,
    },
    #[error("{token} can't be encoded: {source}")]
    Encoding { token: String, source: ArrowError },
    #[error("ClickHouse can't be asked what is stored: {0}")]
    Unasked(WarehouseError),
    #[error(
        "ClickHouse holds offset {stored}, and the log ends at {log_end}: records that were stored are gone from the log"
    )]
    BeyondLog { stored: u64, log_end: u64 },
    #[error(
        "offset {offset} comes after {span} began, which is to be stored again as it was; the log no longer holds its end"
    )]
    Cut { span: Span, offset: u64 },
    #[error("ClickHouse said yes to {token} twice, and does not hold all of it")]
    NotStored { token: String },
}
