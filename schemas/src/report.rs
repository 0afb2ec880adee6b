//! What a player sends to `POST /v1/plays`, and what it is told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Most reports in one request.
pub const MAX_REPORTS: usize = 1_000;
/// Most bytes of a request's body, after decompression.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Longest heard time of a report, and longest track: 24 h in ms.
pub const MAX_HEARD_MS: u32 = 86_400_000;
/// Longest `referrer` and `page_url`, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;
/// Longest `context`, in bytes.
pub const MAX_CONTEXT_BYTES: usize = 32;
/// Longest `listener`, in bytes.
pub const MAX_LISTENER_BYTES: usize = 64;
/// Where on the site a play can begin; anything else is stored as `other`.
pub const CONTEXTS: [&str; 9] = [
    "profile",
    "playlist",
    "search",
    "recommendation",
    "radio",
    "library",
    "product",
    "embed",
    "other",
];
/// The scope that may report for others, and date back to 2000.
pub const IMPORT_SCOPE: &str = "plays:import";

/// One report of one listening. A simple player sends one a play; a careful one sends one every 30 s and one at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// One listening; made by the player. With `seq`, the idempotency key.
    pub play_id: Uuid,
    /// Number of this report within the play.
    #[serde(default)]
    pub seq: u16,
    pub track_id: Uuid,
    /// When the listening began, by the player's clock; the same in all reports of a play.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// The player's clock at this attempt; set anew at each retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// Audio heard in this report, in ms (0 … 86,400,000). Not a position: a seek hears nothing.
    #[schema(maximum = 86_400_000)]
    pub heard_ms: u32,
    /// Audio heard in the earlier reports of this play, in ms (0 … 86,400,000).
    #[serde(default)]
    #[schema(maximum = 86_400_000)]
    pub heard_before_ms: u32,
    /// The play is over.
    #[serde(default = "ended_by_default")]
    pub ended: bool,
    /// Referrer of the visit's first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2048)]
    pub referrer: Option<String>,
    /// Address of the visit's first page; `utm_*` and click ids are read from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2048)]
    pub page_url: Option<String>,
    /// Where on the site: one of [`CONTEXTS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 32)]
    pub context: Option<String>,
    /// Opaque id of an anonymous listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub listener: Option<String>,
    /// IP address as recorded at the time. Only with the scope `plays:import`, as all that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The account that listened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Whether `heard_ms` was measured, or is what the source's rule implies.
    #[serde(default, skip_serializing_if = "HeardBasis::is_measured")]
    pub heard_basis: HeardBasis,
}

fn ended_by_default() -> bool {
    true
}

/// Where a heard time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeardBasis {
    #[default]
    Measured,
    /// The source had no heard time (imports only): kept out of heard time, completion and skips.
    Assumed,
}

impl HeardBasis {
    fn is_measured(&self) -> bool {
        *self == Self::Measured
    }
}

/// The answer to a request: how many reports Kafka has acknowledged, and why the others were refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    pub accepted: usize,
    pub rejected: Vec<RefusedReport>,
}

/// One refused report of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RefusedReport {
    /// Position in the request, from 0.
    pub index: usize,
    /// As far as it could be read.
    pub play_id: Option<String>,
    pub code: RefusalCode,
    /// The offending field, where there is one.
    pub field: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Why ingest refuses a report. Stable: clients and metrics use these names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Not a JSON object that could be read as a report.
    Unreadable,
    MissingField,
    UnknownField,
    WrongType,
    OutOfRange,
    TooLong,
    NotAUrl,
    /// `sent_at` lies before `started_at`.
    SentBeforeStarted,
    /// Started more than 5 min after it was received.
    InFuture,
    /// Started more than 30 days ago (imports: before 2000).
    TooOld,
    /// The field needs the scope `plays:import`.
    ScopeRequired,
}

impl RefusalCode {
    /// The name on the wire and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::TooLong => "too_long",
            Self::NotAUrl => "not_a_url",
            Self::SentBeforeStarted => "sent_before_started",
            Self::InFuture => "in_future",
            Self::TooOld => "too_old",
            Self::ScopeRequired => "scope_required",
        }
    }
}
