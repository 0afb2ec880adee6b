//! What can go wrong, in ClickHouse's numbers, and the HTTP status that a ClickHouse server answers each with.

use http::StatusCode;

/// Numbers of ClickHouse's errors that the front itself raises.
pub mod code {
    pub const CANNOT_READ_ALL_DATA: u32 = 33;
    pub const BAD_ARGUMENTS: u32 = 36;
    pub const NOT_IMPLEMENTED: u32 = 48;
    pub const SYNTAX_ERROR: u32 = 62;
    pub const UNKNOWN_FORMAT: u32 = 73;
    pub const UNKNOWN_SETTING: u32 = 115;
    pub const READONLY: u32 = 164;
    pub const TOO_MANY_SIMULTANEOUS_QUERIES: u32 = 202;
    pub const CANNOT_DECOMPRESS: u32 = 271;
    pub const INTO_OUTFILE_NOT_ALLOWED: u32 = 358;
    pub const CANNOT_SCHEDULE_TASK: u32 = 439;
    pub const ACCESS_DENIED: u32 = 497;
    pub const SET_NON_GRANTED_ROLE: u32 = 512;
    pub const AUTHENTICATION_FAILED: u32 = 516;
    pub const UNSUPPORTED_MEDIA_TYPE: u32 = 779;
    pub const UNKNOWN_EXCEPTION: u32 = 1002;
}

/// A refused or failed request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub code: u32,
    /// `Code: 62. DB::Exception: … (SYNTAX_ERROR)`, as a server words it
    pub message: String,
}

impl Failure {
    pub fn new(code: u32, name: &str, message: impl std::fmt::Display) -> Self {
        Self {
            code,
            message: format!("Code: {code}. DB::Exception: {message}. ({name})"),
        }
    }

    /// What the engine said; its number is in its words.
    pub fn engine(message: &str) -> Self {
        let number = message
            .strip_prefix("Code: ")
            .and_then(|rest| rest.split_once('.'));
        match number.and_then(|(number, _)| number.parse().ok()) {
            Some(code) => Self {
                code,
                message: message.trim_end().to_owned(),
            },
            None => Self::new(
                code::UNKNOWN_EXCEPTION,
                "UNKNOWN_EXCEPTION",
                message.trim_end(),
            ),
        }
    }

    pub fn bad_arguments(message: impl std::fmt::Display) -> Self {
        Self::new(code::BAD_ARGUMENTS, "BAD_ARGUMENTS", message)
    }

    pub fn read_only(message: impl std::fmt::Display) -> Self {
        Self::new(code::READONLY, "READONLY", message)
    }

    pub fn access_denied(message: impl std::fmt::Display) -> Self {
        Self::new(code::ACCESS_DENIED, "ACCESS_DENIED", message)
    }

    pub fn not_implemented(message: impl std::fmt::Display) -> Self {
        Self::new(code::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message)
    }

    /// The mapping of ClickHouse's HTTP server.
    pub fn status(&self) -> StatusCode {
        match self.code {
            194 => StatusCode::UNAUTHORIZED,
            192 | 193 | 497 | 512 | 516 => StatusCode::FORBIDDEN,
            6 | 8 | 15 | 25 | 26 | 27 | 36 | 37 | 38 | 41 | 44 | 53 | 62 | 72 | 117 | 123 | 167
            | 168 | 223 | 321 | 376 | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
            46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 | 511 => {
                StatusCode::NOT_FOUND
            }
            159 => StatusCode::REQUEST_TIMEOUT,
            381 => StatusCode::LENGTH_REQUIRED,
            229 => StatusCode::PAYLOAD_TOO_LARGE,
            779 => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            48 => StatusCode::NOT_IMPLEMENTED,
            76 | 209 | 439 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_taken_from_the_engines_words() {
        let failure = Failure::engine(
            "Code: 60. DB::Exception: Unknown table expression identifier 'x'. (UNKNOWN_TABLE)",
        );
        assert_eq!(
            (failure.code, failure.status()),
            (60, StatusCode::NOT_FOUND)
        );
    }

    #[test]
    fn words_without_a_number_are_an_unknown_exception() {
        let failure = Failure::engine("Another streaming query is already active");
        assert_eq!(
            (failure.code, failure.status()),
            (1002, StatusCode::INTERNAL_SERVER_ERROR)
        );
        assert!(
            failure
                .message
                .starts_with("Code: 1002. DB::Exception: Another")
        );
    }
}
