//! Access tokens: JWTs by HS256 with the shared secret, or by the keys of a JWKS document (RS256, ES256, EdDSA).
//!
//! The key's type fixes the algorithm: HS256 is only ever checked with the secret, a public key only ever with its own
//! algorithm, and no key, address or certificate is taken from a token's header. `exp`, `iss`, `aud` and `sub` must be there.

mod jwks;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_schemas::problem::Code;

use crate::reply::ProblemResponse;
use crate::settings::Tokens;
use jwks::Jwks;

/// Fewest bytes of the secret: HS256's own hash length (RFC 7518, 3.2).
pub const MIN_SECRET_BYTES: usize = 32;
/// Longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 8_192;
/// How far the clocks of issuer and verifier may be apart, in seconds.
const LEEWAY_S: u64 = 10;
/// When to try again while the keys cannot be had.
const KEYS_RETRY: Duration = Duration::from_secs(5);

/// What its holder may do. Creators also sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Creator,
    Admin,
}

/// What a token says, once verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's id.
    pub sub: Uuid,
    pub role: Role,
    #[serde(default)]
    pub scopes: Vec<String>,
    /// End, Unix seconds.
    pub exp: u64,
    /// Issued, Unix seconds.
    #[serde(default)]
    pub iat: u64,
    /// The token's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

impl Claims {
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }
}

/// Why a token is not accepted. All but [`TokenError::KeysUnavailable`] are the caller's (401).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the Authorization header is not `Bearer` and one token")]
    Scheme,
    #[error("the token is not a JWT as it is accepted here")]
    Malformed,
    #[error("the token is signed by an algorithm that is not accepted here")]
    Algorithm,
    #[error("the token is signed with a key that is not known here")]
    UnknownKey,
    #[error("the token's signature does not match")]
    Signature,
    #[error("the token has expired; get a new one")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token comes from another issuer")]
    Issuer,
    #[error("the token is meant for another audience")]
    Audience,
    #[error("the token's claims are not as expected: {0}")]
    Claims(String),
    #[error("the keys that tokens are checked with cannot be had at the moment")]
    KeysUnavailable,
}

impl TokenError {
    /// Whether the same token may be accepted later.
    pub fn is_retriable(&self) -> bool {
        *self == Self::KeysUnavailable
    }
}

impl From<TokenError> for ProblemResponse {
    fn from(error: TokenError) -> Self {
        let detail = error.to_string();
        if error.is_retriable() {
            return Self::new(Code::Unavailable, detail).retry_after(KEYS_RETRY);
        }
        Self::new(Code::Unauthenticated, detail)
    }
}

/// Why tokens cannot be checked or issued with the given settings.
#[derive(Debug, thiserror::Error)]
pub enum TokenSetupError {
    #[error(
        "VEZA_TOKEN_SECRET is not set: set {MIN_SECRET_BYTES} random bytes or more (`openssl rand -hex 32`), or a JWKS document"
    )]
    NoKey,
    #[error(
        "VEZA_TOKEN_SECRET has {0} bytes; HS256 needs {MIN_SECRET_BYTES} or more (`openssl rand -hex 32`)"
    )]
    ShortSecret(usize),
    #[error(
        "VEZA_TOKEN_SECRET is not set: without it no token can be issued (`openssl rand -hex 32` makes one)"
    )]
    NoSecret,
    #[error(transparent)]
    Jwks(#[from] jwks::JwksError),
}

/// The token of `Authorization: Bearer …`; `None` without the header.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, TokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| TokenError::Scheme)?;
    let (scheme, token) = text.split_once(' ').ok_or(TokenError::Scheme)?;
    let token = token.trim();
    let one_token = !token.is_empty() && !token.contains(' ') && values.next().is_none();
    if !scheme.eq_ignore_ascii_case("bearer") || !one_token {
        return Err(TokenError::Scheme);
    }
    Ok(Some(token))
}

/// Checks tokens. Clones share the keys.
#[derive(Clone)]
pub struct TokenVerifier {
    inner: Arc<Verifier>,
}

struct Verifier {
    secret: Option<DecodingKey>,
    jwks: Option<Arc<Jwks>>,
    issuer: String,
    audience: String,
}

impl TokenVerifier {
    /// Reads a JWKS file now; a JWKS address is read when first needed, so that it may come up later than we do.
    pub fn new(settings: &Tokens) -> Result<Self, TokenSetupError> {
        let secret = checked_secret(settings)?.map(|s| DecodingKey::from_secret(s.as_bytes()));
        let jwks = Jwks::from_settings(settings)?.map(Arc::new);
        if secret.is_none() && jwks.is_none() {
            return Err(TokenSetupError::NoKey);
        }
        let inner = Verifier {
            secret,
            jwks,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The claims of `token`, if it is ours and valid now. Waits only where a key of the JWKS document has to be fetched.
    pub async fn verify(&self, token: &str) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        // RFC 7515, 4.1.11: extensions that must be understood, and that nobody here does.
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        let key = self.inner.key(&header).await?;
        let validation = self.inner.validation(header.alg);
        decode::<Claims>(token, &key, &validation)
            .map(|token| token.claims)
            .map_err(|error| refusal(error.into_kind()))
    }
}

impl Verifier {
    async fn key(&self, header: &Header) -> Result<DecodingKey, TokenError> {
        match header.alg {
            Algorithm::HS256 => self.secret.clone().ok_or(TokenError::Algorithm),
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => {
                let jwks = self.jwks.as_ref().ok_or(TokenError::Algorithm)?;
                jwks.key(header.kid.as_deref(), header.alg).await
            }
            _ => Err(TokenError::Algorithm),
        }
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }
}

fn refusal(kind: ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::ExpiredSignature => TokenError::Expired,
        ErrorKind::ImmatureSignature => TokenError::NotYetValid,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
        ErrorKind::MissingRequiredClaim(name) => TokenError::Claims(format!("`{name}` is missing")),
        ErrorKind::InvalidClaimFormat(name) => {
            TokenError::Claims(format!("`{name}` is unreadable"))
        }
        ErrorKind::Json(error) => TokenError::Claims(error.to_string()),
        _ => TokenError::Malformed,
    }
}

fn checked_secret(settings: &Tokens) -> Result<Option<&str>, TokenSetupError> {
    match settings.secret.as_deref() {
        Some(secret) if secret.len() < MIN_SECRET_BYTES => {
            Err(TokenSetupError::ShortSecret(secret.len()))
        }
        secret => Ok(secret),
    }
}

/// Issues HS256 tokens with the shared secret.
#[derive(Clone)]
pub struct TokenSigner {
    key: EncodingKey,
    issuer: String,
    audience: String,
}

/// A token, and what it says.
#[derive(Debug, Clone)]
pub struct SignedToken {
    pub token: String,
    pub claims: Claims,
}

/// The claims as they go on the wire.
#[derive(Serialize)]
struct Envelope<'a> {
    iss: &'a str,
    aud: &'a str,
    #[serde(flatten)]
    claims: &'a Claims,
}

impl TokenSigner {
    pub fn new(settings: &Tokens) -> Result<Self, TokenSetupError> {
        let secret = checked_secret(settings)?.ok_or(TokenSetupError::NoSecret)?;
        Ok(Self {
            key: EncodingKey::from_secret(secret.as_bytes()),
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
        })
    }

    /// A token that begins now and lives for `lifetime` (whole seconds), with an id of its own.
    pub fn sign(
        &self,
        sub: Uuid,
        role: Role,
        scopes: Vec<String>,
        lifetime: Duration,
    ) -> Result<SignedToken, jsonwebtoken::errors::Error> {
        let iat = jsonwebtoken::get_current_timestamp();
        let claims = Claims {
            sub,
            role,
            scopes,
            exp: iat.saturating_add(lifetime.as_secs()),
            iat,
            jti: Some(Uuid::new_v4().to_string()),
        };
        let token = self.sign_claims(&claims)?;
        Ok(SignedToken { token, claims })
    }

    fn sign_claims(&self, claims: &Claims) -> Result<String, jsonwebtoken::errors::Error> {
        let envelope = Envelope {
            iss: &self.issuer,
            aud: &self.audience,
            claims,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &envelope, &self.key)
    }
}

#[cfg(test)]
mod tests;
