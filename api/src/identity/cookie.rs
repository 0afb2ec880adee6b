//! The refresh token as a cookie that scripts can't read, and that only `/api/v1/auth` of this site ever gets.

use axum::response::{IntoResponseParts, ResponseParts};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use super::session::{REFRESH_LIFETIME, RefreshToken};
use crate::error::ApiError;

const NAME: &str = "veza_refresh";

/// The token of the request's cookie.
pub fn read(headers: &HeaderMap) -> Option<RefreshToken> {
    let lines = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == NAME && !value.is_empty())
        .map(|(_, value)| value.to_owned().into())
}

/// Sets the cookie, or takes it away.
pub struct SetRefreshCookie {
    line: String,
}

impl SetRefreshCookie {
    /// `secure`: to be sent over TLS only.
    pub fn to(token: &RefreshToken, secure: bool) -> Self {
        Self::line(token.as_str(), REFRESH_LIFETIME.as_secs(), secure)
    }

    pub fn gone(secure: bool) -> Self {
        Self::line("", 0, secure)
    }

    fn line(value: &str, max_age_s: u64, secure: bool) -> Self {
        let secure = if secure { "; Secure" } else { "" };
        let line = format!(
            "{NAME}={value}; Path=/api/v1/auth; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"
        );
        Self { line }
    }
}

impl IntoResponseParts for SetRefreshCookie {
    type Error = ApiError;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, ApiError> {
        let line = HeaderValue::from_str(&self.line).map_err(anyhow::Error::from)?;
        parts.headers_mut().append(SET_COOKIE, line);
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("a=1; veza_refresh=abc-_; b=2"),
        );
        assert_eq!(read(&headers).unwrap().as_str(), "abc-_");
        headers.insert(COOKIE, HeaderValue::from_static("veza_refresh="));
        assert!(read(&headers).is_none());
    }

    #[test]
    fn it_is_secure_behind_https_only() {
        let token = RefreshToken::from("t".to_owned());
        assert!(
            SetRefreshCookie::to(&token, true)
                .line
                .ends_with("; HttpOnly; SameSite=Strict; Secure")
        );
        assert!(
            SetRefreshCookie::gone(false)
                .line
                .contains("Max-Age=0; HttpOnly; SameSite=Strict")
        );
    }
}
