//! The object store (S3). Clients put and get objects themselves, by signed addresses; what we ask of the store is signed
//! the same way and sent by a plain HTTP client, so there is one way to talk to it.

use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::{Client, Config};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use veza_service::settings::ObjectStore;

use crate::error::{ApiError, Result};

/// How long a signed upload may begin.
const PUT_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a signed address can be read; a player that pauses longer asks for a new one.
const GET_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// How long a request of ours to the store may take, and be valid.
const OWN_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// An upload to be sent by the client: this method, to this address, with exactly these headers.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedPut {
    pub method: &'static str,
    pub url: String,
    /// Bound by the signature; another size or type is refused by the store. (A browser sets `content-length` itself.)
    pub headers: std::collections::BTreeMap<String, String>,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// An address that can be read until it expires.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedUrl {
    pub url: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What the store says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub size: i64,
    pub content_type: String,
}

/// Clones share the connections.
#[derive(Clone)]
pub struct Objects {
    /// Signs for the address that we reach the store at.
    ours: Client,
    /// Signs for the address that browsers reach it at.
    theirs: Client,
    bucket: String,
    http: reqwest::Client,
}

impl Objects {
    pub fn new(settings: &ObjectStore) -> anyhow::Result<Self> {
        Ok(Self {
            ours: signer(settings, &settings.endpoint),
            theirs: signer(settings, public_endpoint(settings)),
            bucket: settings.bucket.clone(),
            http: reqwest::Client::builder()
                .timeout(OWN_REQUEST_TIMEOUT)
                .build()?,
        })
    }

    /// An upload of exactly `size` bytes of `content_type` to `key`.
    pub async fn signed_put(&self, key: &str, content_type: &str, size: i64) -> Result<SignedPut> {
        let request = self
            .theirs
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .content_length(size);
        let signed = request
            .presigned(lifetime(PUT_LIFETIME)?)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign an upload: {error}"))?;
        let headers = signed.headers();
        Ok(SignedPut {
            method: "PUT",
            url: signed.uri().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            expires_at: end_of(PUT_LIFETIME),
        })
    }

    /// An address at which `key` can be read.
    pub async fn signed_get(&self, key: &str) -> Result<SignedUrl> {
        let request = self.theirs.get_object().bucket(&self.bucket).key(key);
        let signed = request
            .presigned(lifetime(GET_LIFETIME)?)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign an address: {error}"))?;
        Ok(SignedUrl {
            url: signed.uri().to_owned(),
            expires_at: end_of(GET_LIFETIME),
        })
    }

    /// What the store holds under `key`; `None`: nothing.
    pub async fn stored(&self, key: &str) -> Result<Option<Stored>> {
        let request = self.ours.head_object().bucket(&self.bucket).key(key);
        let signed = request
            .presigned(lifetime(OWN_REQUEST_TIMEOUT)?)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign a question: {error}"))?;
        let answer = self.send(signed).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => stored_of(answer.headers()).map(Some),
            status => Err(ApiError::ObjectStore(format!("HEAD was answered {status}"))),
        }
    }

    /// Forgets `key`; that it is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let request = self.ours.delete_object().bucket(&self.bucket).key(key);
        let signed = request
            .presigned(lifetime(OWN_REQUEST_TIMEOUT)?)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign a deletion: {error}"))?;
        let status = self.send(signed).await?.status();
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(ApiError::ObjectStore(format!(
            "DELETE was answered {status}"
        )))
    }

    async fn send(&self, signed: PresignedRequest) -> Result<reqwest::Response> {
        let request = signed
            .make_http_1x_request("")
            .map(reqwest::Body::from)
            .try_into()
            .map_err(anyhow::Error::from)?;
        self.http.execute(request).await.map_err(|error| {
            ApiError::ObjectStore(format!("{:#}", anyhow::Error::from(error.without_url())))
        })
    }
}

/// Where browsers reach the store.
pub fn public_endpoint(settings: &ObjectStore) -> &str {
    settings
        .public_endpoint
        .as_deref()
        .unwrap_or(&settings.endpoint)
}

fn signer(settings: &ObjectStore, endpoint: &str) -> Client {
    let credentials = Credentials::new(
        &settings.access_key,
        &settings.secret_key,
        None,
        None,
        "settings",
    );
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .force_path_style(true)
        // A checksum in the signed address would be one of a body that nobody has seen yet.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .build();
    Client::from_conf(config)
}

fn lifetime(duration: Duration) -> anyhow::Result<PresigningConfig> {
    Ok(PresigningConfig::expires_in(duration)?)
}

fn end_of(lifetime: Duration) -> Timestamp {
    let now = Timestamp::now();
    now.saturating_add(lifetime).unwrap_or(now)
}

fn stored_of(headers: &HeaderMap) -> Result<Stored> {
    let text = |name| headers.get(name)?.to_str().ok();
    let size = text(CONTENT_LENGTH).and_then(|size: &str| size.parse().ok());
    Ok(Stored {
        size: size.ok_or_else(|| ApiError::ObjectStore("HEAD came without a size".into()))?,
        content_type: text(CONTENT_TYPE).unwrap_or_default().to_owned(),
    })
}
