//! The object store (S3). Clients put and get objects themselves, by signed addresses; what we ask of the store is signed
//! the same way and sent by a plain HTTP client, so there is one way to talk to it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::{Client, Config};
use futures::TryStreamExt;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use veza_service::settings::ObjectStore;

use crate::error::{ApiError, Result};

/// How long a signed upload may begin.
const PUT_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a signed address can be read; a player that pauses longer asks for a new one.
const GET_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// How long a signed address of something bought can be read.
const DOWNLOAD_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The address of a picture is the same for so long, so that browsers keep it, and good for twice as long.
const PICTURE_PERIOD: Duration = Duration::from_secs(60 * 60);
/// How long a request of ours to the store may take, and be valid.
const OWN_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the store may be silent while a file is copied.
const COPY_SILENCE: Duration = Duration::from_secs(20);

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

/// A file that was copied within the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub size: i64,
    /// Of exactly the bytes that were written.
    pub sha256: [u8; 32],
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
    /// For whole files, which take as long as they take.
    copying: reqwest::Client,
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
            copying: reqwest::Client::builder()
                .connect_timeout(OWN_REQUEST_TIMEOUT)
                .read_timeout(COPY_SILENCE)
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

    /// An address at which `key` can be read for an hour.
    pub async fn signed_get(&self, key: &str) -> Result<SignedUrl> {
        self.address(key, SystemTime::now(), GET_LIFETIME).await
    }

    /// An address at which something bought can be read for 5 minutes.
    pub async fn signed_download(&self, key: &str) -> Result<SignedUrl> {
        self.address(key, SystemTime::now(), DOWNLOAD_LIFETIME)
            .await
    }

    /// The address of a picture, the same for everybody who asks within the hour.
    pub async fn signed_picture(&self, key: &str) -> Result<SignedUrl> {
        let now = SystemTime::now();
        let since_1970 = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let into_period = Duration::from_secs(since_1970.as_secs() % PICTURE_PERIOD.as_secs());
        let period = now - into_period - Duration::from_nanos(since_1970.subsec_nanos().into());
        self.address(key, period, 2 * PICTURE_PERIOD).await
    }

    async fn address(&self, key: &str, start: SystemTime, lifetime: Duration) -> Result<SignedUrl> {
        let request = self.theirs.get_object().bucket(&self.bucket).key(key);
        let config = PresigningConfig::builder()
            .start_time(start)
            .expires_in(lifetime)
            .build()
            .map_err(anyhow::Error::from)?;
        let signed = request
            .presigned(config)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign an address: {error}"))?;
        let expires_at = Timestamp::try_from(start + lifetime).map_err(anyhow::Error::from)?;
        Ok(SignedUrl {
            url: signed.uri().to_owned(),
            expires_at,
        })
    }

    /// Copies what was uploaded to `from` to `to`, where no signed upload leads, and tells what was written; `None`: there is
    /// nothing at `from`. The bytes go through here, so that they and their hash can't differ.
    pub async fn copy(
        &self,
        from: &str,
        to: &str,
        content_type: &str,
        file_name: &str,
    ) -> Result<Option<Copied>> {
        let get = self.ours.get_object().bucket(&self.bucket).key(from);
        let get = get
            .presigned(lifetime(OWN_REQUEST_TIMEOUT)?)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign a copy: {error}"))?;
        let found = send(&self.copying, get, reqwest::Body::from("")).await?;
        match found.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            status if status.is_success() => {}
            status => return Err(ApiError::ObjectStore(format!("GET was answered {status}"))),
        }
        let size = stored_of(found.headers())?.size;
        let put = self
            .ours
            .put_object()
            .bucket(&self.bucket)
            .key(to)
            .content_type(content_type)
            .content_length(size)
            .content_disposition(attachment(file_name));
        let put = put
            .presigned(lifetime(OWN_REQUEST_TIMEOUT)?)
            .await
            .map_err(|error| anyhow::anyhow!("could not sign a copy: {error}"))?;
        let hasher = Arc::new(Mutex::new(Sha256::new()));
        let hashing = hasher.clone();
        let bytes = found.bytes_stream().inspect_ok(move |part| {
            hashing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .update(part);
        });
        let written = send(&self.copying, put, reqwest::Body::wrap_stream(bytes)).await?;
        let status = written.status();
        if !status.is_success() {
            return Err(ApiError::ObjectStore(format!("PUT was answered {status}")));
        }
        let hasher = hasher.lock().unwrap_or_else(PoisonError::into_inner);
        let sha256 = hasher.clone().finalize().into();
        Ok(Some(Copied { size, sha256 }))
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
        send(&self.http, signed, reqwest::Body::from("")).await
    }
}

async fn send(
    client: &reqwest::Client,
    signed: PresignedRequest,
    body: reqwest::Body,
) -> Result<reqwest::Response> {
    let request = signed
        .make_http_1x_request(body)
        .try_into()
        .map_err(anyhow::Error::from)?;
    client.execute(request).await.map_err(|error| {
        ApiError::ObjectStore(format!("{:#}", anyhow::Error::from(error.without_url())))
    })
}

/// `Content-Disposition` that saves under this name (RFC 6266, 8187).
fn attachment(file_name: &str) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| match c {
            '"' | '\\' => '_',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '_',
        })
        .collect();
    let exact: String = file_name
        .bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_under_its_name() {
        assert_eq!(
            attachment("Été \"1\".zip"),
            "attachment; filename=\"_t_ _1_.zip\"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22.zip"
        );
    }
}
