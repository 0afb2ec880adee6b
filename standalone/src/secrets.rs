//! What each installation has of its own, made at its first start and kept.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use jsonwebtoken::{EncodingKey, Header};
use rand::TryRngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// Signs access tokens (HS256).
    pub token_secret: String,
    /// Key of the listeners' hashes; a new one would make every listener a new one.
    pub listener_key: String,
}

impl Secrets {
    /// Those of this data folder; made if there are none.
    pub fn of(data: &Path) -> anyhow::Result<Self> {
        let file = data.join("secrets.json");
        match fs::read_to_string(&file) {
            Ok(json) => serde_json::from_str(&json).with_context(|| {
                format!(
                    "{} is damaged; restore it from a backup: tokens and listeners depend on it",
                    file.display()
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secrets = Self::generate()?;
                secrets
                    .store(&file)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                Ok(secrets)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
        }
    }

    /// An access token as the API gives it to `subject`, for an hour.
    pub fn access_token(
        &self,
        subject: Uuid,
        role: &str,
        scopes: &[&str],
    ) -> anyhow::Result<String> {
        access_token(&self.token_secret, subject, role, scopes)
    }

    fn generate() -> anyhow::Result<Self> {
        Ok(Self {
            token_secret: random_hex(32)?,
            listener_key: random_hex(32)?,
        })
    }

    fn store(&self, file: &Path) -> io::Result<()> {
        let new = file.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut stream = options.open(&new)?;
        stream.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        stream.sync_all()?;
        fs::rename(&new, file)
    }
}

/// An access token as the API gives it to `subject`, for an hour, signed with `secret`.
pub fn access_token(
    secret: &str,
    subject: Uuid,
    role: &str,
    scopes: &[&str],
) -> anyhow::Result<String> {
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({
        "sub": subject, "role": role, "scopes": scopes, "iss": "veza", "aud": "veza",
        "iat": now, "exp": now + 3_600, "jti": Uuid::new_v4(),
    });
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(jsonwebtoken::encode(&Header::default(), &claims, &key)?)
}

fn random_hex(bytes: usize) -> anyhow::Result<String> {
    let mut buffer = vec![0; bytes];
    OsRng
        .try_fill_bytes(&mut buffer)
        .context("the system gives no random bytes")?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
