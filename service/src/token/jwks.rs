//! The keys of a JWKS document (RFC 7517), from a file or an address: kept, and read again when they are old or when a
//! token names a key that is not among them.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::TokenError;
use crate::settings::Tokens;

/// Keys older than this are read again, beside the requests that go on using them.
const MAX_AGE: Duration = Duration::from_secs(300);
/// Least time between two attempts: tokens with invented key ids must not become requests to the issuer.
const MIN_INTERVAL: Duration = Duration::from_secs(10);
/// Longest wait for the document.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// Shortest RSA modulus, in characters of base64url: 2,048 bits.
const MIN_RSA_MODULUS_CHARS: usize = 342;

/// Why a JWKS document cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    #[error("the JWKS file {path} cannot be read: {why}")]
    File { path: PathBuf, why: String },
    #[error(
        "VEZA_TOKEN_JWKS_URL is {0}, and this build fetches http only: use an address inside your network, or keep the \
         document in a file (VEZA_TOKEN_JWKS_FILE)"
    )]
    Scheme(String),
    #[error("the JWKS document cannot be fetched: {0}")]
    Fetch(String),
    #[error("the JWKS document is not JSON with a list `keys`: {0}")]
    Unreadable(String),
    #[error(
        "the JWKS document holds no key for RS256 (2,048 bits or more), ES256 or EdDSA (Ed25519)"
    )]
    NoUsableKey,
}

/// A cached JWKS document.
pub(super) struct Jwks {
    source: Source,
    cached: RwLock<Option<Cached>>,
    /// When the document was last asked for; held while asking, so that one asks for all.
    attempted: tokio::sync::Mutex<Option<Instant>>,
    min_interval: Duration,
}

enum Source {
    File(PathBuf),
    Url(url::Url, reqwest::Client),
}

#[derive(Clone)]
struct Cached {
    keys: Arc<[VerificationKey]>,
    read_at: Instant,
}

struct VerificationKey {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Jwks {
    /// `None` where no document is configured. A file must be readable now; an address need not be.
    pub(super) fn from_settings(settings: &Tokens) -> Result<Option<Self>, JwksError> {
        if let Some(path) = &settings.jwks_file {
            let document = std::fs::read(path).map_err(|error| file_error(path, &error))?;
            let jwks = Self::new(Source::File(path.clone()));
            jwks.store(parse(&document)?);
            return Ok(Some(jwks));
        }
        let Some(url) = &settings.jwks_url else {
            return Ok(None);
        };
        if url.scheme() != "http" {
            return Err(JwksError::Scheme(url.scheme().to_owned()));
        }
        let client = reqwest::Client::builder()
            .timeout(FETCH_TIMEOUT)
            .build()
            .map_err(|error| JwksError::Fetch(error.to_string()))?;
        Ok(Some(Self::new(Source::Url(url.clone(), client))))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            cached: RwLock::new(None),
            attempted: tokio::sync::Mutex::new(None),
            min_interval: MIN_INTERVAL,
        }
    }

    /// The key that a token names by `id`; without an id, the document's only key for `algorithm`.
    pub(super) async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, TokenError> {
        let known = self.current();
        if let Some(key) = known.as_ref().and_then(|c| find(&c.keys, id, algorithm)) {
            if known.is_some_and(|c| c.read_at.elapsed() > MAX_AGE) {
                let jwks = Arc::clone(self);
                tokio::spawn(async move { jwks.refresh().await });
            }
            return Ok(key);
        }
        self.refresh().await;
        let cached = self.current().ok_or(TokenError::KeysUnavailable)?;
        find(&cached.keys, id, algorithm).ok_or(TokenError::UnknownKey)
    }

    /// Reads the document, unless that was tried a moment ago. If it cannot be had, the keys that are known stay.
    async fn refresh(&self) {
        let mut attempted = self.attempted.lock().await;
        if attempted.is_some_and(|at| at.elapsed() < self.min_interval) {
            return;
        }
        *attempted = Some(Instant::now());
        match self.read().await.and_then(|document| parse(&document)) {
            Ok(keys) => self.store(keys),
            Err(error) => tracing::warn!(%error, "could not refresh the keys of tokens"),
        }
    }

    async fn read(&self) -> Result<Vec<u8>, JwksError> {
        match &self.source {
            Source::File(path) => tokio::fs::read(path)
                .await
                .map_err(|error| file_error(path, &error)),
            Source::Url(url, client) => {
                let fetch = async {
                    client
                        .get(url.clone())
                        .send()
                        .await?
                        .error_for_status()?
                        .bytes()
                        .await
                };
                let body = fetch
                    .await
                    .map_err(|error| JwksError::Fetch(with_causes(&error)))?;
                Ok(body.to_vec())
            }
        }
    }

    fn current(&self) -> Option<Cached> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached.clone()
    }

    fn store(&self, keys: Vec<VerificationKey>) {
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        *cached = Some(Cached {
            keys: keys.into(),
            read_at: Instant::now(),
        });
    }
}

fn file_error(path: &std::path::Path, error: &std::io::Error) -> JwksError {
    JwksError::File {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

/// reqwest's own text names only the outermost layer.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn find(keys: &[VerificationKey], id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
    let mut fitting = keys
        .iter()
        .filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
    let found = fitting.next()?;
    let ambiguous = fitting.next().is_some();
    (!ambiguous).then(|| found.key.clone())
}

fn parse(document: &[u8]) -> Result<Vec<VerificationKey>, JwksError> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<serde_json::Value>,
    }
    let document: Document = serde_json::from_slice(document)
        .map_err(|error| JwksError::Unreadable(error.to_string()))?;
    let keys: Vec<VerificationKey> = document.keys.into_iter().filter_map(usable).collect();
    if keys.is_empty() {
        return Err(JwksError::NoUsableKey);
    }
    Ok(keys)
}

/// Documents also hold keys for encryption, and of kinds that are not accepted here: those are passed over.
fn usable(value: serde_json::Value) -> Option<VerificationKey> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let algorithm = algorithm_of(&jwk.algorithm)?;
    let common = &jwk.common;
    let declared = common
        .key_algorithm
        .is_none_or(|own| own == algorithm.into());
    let for_signatures = common
        .public_key_use
        .as_ref()
        .is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let for_verifying = common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    if !(declared && for_signatures && for_verifying) {
        return None;
    }
    Some(VerificationKey {
        id: common.key_id.clone(),
        algorithm,
        key: DecodingKey::from_jwk(&jwk).ok()?,
    })
}

/// The one algorithm that a key of this type is accepted for.
fn algorithm_of(parameters: &AlgorithmParameters) -> Option<Algorithm> {
    match parameters {
        AlgorithmParameters::RSA(rsa) if rsa.n.len() >= MIN_RSA_MODULUS_CHARS => {
            Some(Algorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            Some(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Some(Algorithm::EdDSA)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    fn ed25519(id: &str) -> Value {
        let key = EncodingKey::from_ed_pem(include_bytes!("test_keys/ed.pem")).unwrap();
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn write(path: &std::path::Path, keys: &[Value]) {
        std::fs::write(path, json!({ "keys": keys }).to_string()).unwrap();
    }

    #[tokio::test]
    async fn a_key_that_came_later_is_found_and_a_broken_document_changes_nothing() {
        let path = std::env::temp_dir().join(format!("veza-jwks-{}.json", uuid::Uuid::new_v4()));
        let mut jwks = Jwks::new(Source::File(path.clone()));
        jwks.min_interval = Duration::ZERO;
        let jwks = Arc::new(jwks);
        let found = async |id| jwks.key(Some(id), Algorithm::EdDSA).await.map(|_| ());

        write(&path, &[ed25519("first")]);
        assert_eq!(found("first").await, Ok(()));
        assert_eq!(found("second").await, Err(TokenError::UnknownKey));
        write(&path, &[ed25519("first"), ed25519("second")]);
        assert_eq!(found("second").await, Ok(()));
        std::fs::write(&path, "{").unwrap();
        assert_eq!(found("third").await, Err(TokenError::UnknownKey));
        assert_eq!(found("first").await, Ok(()));
        std::fs::remove_file(path).unwrap();
    }

    #[tokio::test]
    async fn invented_key_ids_are_not_passed_on_to_the_issuer() {
        let path = std::env::temp_dir().join(format!("veza-jwks-{}.json", uuid::Uuid::new_v4()));
        let jwks = Arc::new(Jwks::new(Source::File(path.clone())));
        write(&path, &[ed25519("first")]);
        let _ = jwks.key(Some("invented"), Algorithm::EdDSA).await;
        write(&path, &[ed25519("invented")]);
        let again = jwks.key(Some("invented"), Algorithm::EdDSA).await;
        assert_eq!(again.map(|_| ()), Err(TokenError::UnknownKey));
        std::fs::remove_file(path).unwrap();
    }
}
