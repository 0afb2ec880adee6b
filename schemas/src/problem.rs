//! Failures over HTTP: RFC 9457 `application/problem+json` with a stable `code`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of a [`Problem`].
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A failure, as a client reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`, or an address that explains the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    pub status: u16,
    pub code: Code,
    /// What is wrong here, and what would be right.
    pub detail: String,
    /// The offending field or parameter (always with 422).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $text:literal,)+) => {
        /// Stable names of failures; each has one status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] $name,)+ }

        impl Code {
            /// The HTTP status that goes with the code.
            pub fn status(self) -> u16 { match self { $(Self::$name => $status,)+ } }
            /// The name on the wire.
            pub fn name(self) -> &'static str { match self { $(Self::$name => $text,)+ } }
        }
    };
}

codes! {
    /// The body, a header or the query could not be read at all.
    Unreadable = 400 "unreadable",
    /// No token, or one that is expired, forged or for something else.
    Unauthenticated = 401 "unauthenticated",
    /// Wrong e-mail or password.
    BadCredentials = 401 "bad_credentials",
    /// The provider refused the payment; the order can still be paid.
    PaymentDeclined = 402 "payment_declined",
    /// The token's role or scopes don't allow this.
    Forbidden = 403 "forbidden",
    /// The money was given back in full, and with it the right to download.
    Refunded = 403 "refunded",
    /// The address has ended, or was never given out; ask for a fresh one.
    GrantEnded = 403 "grant_ended",
    /// Reviews are for those who have bought it.
    NotPurchased = 403 "not_purchased",
    /// Unknown, or someone else's.
    NotFound = 404 "not_found",
    MethodNotAllowed = 405 "method_not_allowed",
    NotAcceptable = 406 "not_acceptable",
    /// The client was too slow to send its request.
    RequestTimeout = 408 "request_timeout",
    /// Contradicts what is there.
    Conflict = 409 "conflict",
    EmailTaken = 409 "email_taken",
    AlreadyCreator = 409 "already_creator",
    /// The total rose since it was quoted; `quote` is the new one.
    PriceChanged = 409 "price_changed",
    /// The product was bought before.
    AlreadyOwned = 409 "already_owned",
    /// The product is not published, or not any more.
    NotForSale = 409 "not_for_sale",
    /// The order must be paid first.
    NotPaid = 409 "not_paid",
    /// A payment of this order is under way.
    PaymentUnderWay = 409 "payment_under_way",
    /// The order was not paid in time, or could not be paid any more.
    OrderCanceled = 409 "order_canceled",
    /// Not while a promotion of the product is scheduled or runs.
    PromotionRunning = 409 "promotion_running",
    /// Another promotion of the product is in force at that time.
    PromotionOverlap = 409 "promotion_overlap",
    /// One review each.
    AlreadyReviewed = 409 "already_reviewed",
    /// One reply a review.
    AlreadyReplied = 409 "already_replied",
    /// One unresolved dispute an order.
    DisputeRunning = 409 "dispute_running",
    /// Resolved or withdrawn.
    DisputeOver = 409 "dispute_over",
    /// Too long after the payment.
    DisputePeriodOver = 409 "dispute_period_over",
    /// The seller responds once.
    AlreadyResponded = 409 "already_responded",
    /// The dispute has another decision.
    DecidedOtherwise = 409 "decided_otherwise",
    /// One listening history a listener at a time.
    ImportRunning = 409 "import_running",
    /// Everything that was paid has been given back.
    NothingToRefund = 409 "nothing_to_refund",
    TooLarge = 413 "too_large",
    UnsupportedMediaType = 415 "unsupported_media_type",
    /// A field or parameter has a value that is not allowed.
    Invalid = 422 "invalid",
    /// A field or parameter that doesn't exist here.
    UnknownField = 422 "unknown_field",
    /// A field that must be there is not.
    MissingField = 422 "missing_field",
    /// The file is no listening history that can be read, and holds none.
    NoHistory = 422 "no_history",
    /// The file is a zip that is damaged or not whole.
    DamagedArchive = 422 "damaged_archive",
    /// Nobody buys what they sell themselves.
    OwnProduct = 422 "own_product",
    /// An order has one seller.
    SeveralSellers = 422 "several_sellers",
    /// The key was used before, for another request.
    IdempotencyMismatch = 422 "idempotency_mismatch",
    /// Every report of the request was refused.
    AllRefused = 422 "all_refused",
    /// More time than the report allows.
    RangeTooLong = 422 "range_too_long",
    TooManyRequests = 429 "too_many_requests",
    /// Our own fault.
    Internal = 500 "internal",
    /// Something behind us does not answer; try again.
    Unavailable = 503 "unavailable",
    /// The query took longer than is allowed.
    QueryTimeout = 503 "query_timeout",
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".into(),
            title: title(code.status()).into(),
            status: code.status(),
            code,
            detail: detail.into(),
            field: None,
        }
    }

    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
