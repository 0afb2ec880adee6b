//! Passwords: Argon2id, on threads where hashing holds nothing else up.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

const MIN_CHARS: usize = 8;
/// Long enough for any phrase; what is longer only costs.
const MAX_CHARS: usize = 256;

/// A password as its owner chose it: 8 to 256 characters, none of them changed.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, format = Password, min_length = 8, max_length = 256)]
pub struct NewPassword(String);

impl NewPassword {
    pub fn new(text: &str) -> Result<Self, String> {
        if !(MIN_CHARS..=MAX_CHARS).contains(&text.chars().count()) {
            return Err(format!("expected {MIN_CHARS} to {MAX_CHARS} characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for NewPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

/// A password as somebody tries it; any text.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub struct TriedPassword(String);

macro_rules! silent {
    ($($name:ident)+) => { $(impl fmt::Debug for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(concat!(stringify!($name), "(…)"))
        }
    })+ };
}
silent!(NewPassword TriedPassword);

/// Hashes and checks passwords, as many at once as there are processors: each takes 19 MiB, and a flood of sign-ins must
/// not take all memory.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Of no account: what a password is checked against where there is none, so that it takes as long.
    decoy: Arc<str>,
}

impl Passwords {
    pub fn new() -> anyhow::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            permits: Arc::new(Semaphore::new(processors)),
            decoy: hash("no account has this password")?.into(),
        })
    }

    /// The hash to store, with its salt and parameters (PHC string).
    pub async fn hash(&self, password: NewPassword) -> anyhow::Result<String> {
        self.run(move || hash(&password.0)).await
    }

    /// Whether `tried` is the password behind `stored`. Without an account it takes as long, and is false.
    pub async fn verify(
        &self,
        tried: TriedPassword,
        stored: Option<String>,
    ) -> anyhow::Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.to_string());
        let matches = self.run(move || verify(&tried.0, &stored)).await?;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let permit = self.permits.clone().acquire_owned().await?;
        let work = move || {
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .context("hashing ended early")?
    }
}

fn hash(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow!("could not hash a password: {error}"))?;
    Ok(hash.to_string())
}

fn verify(tried: &str, stored: &str) -> anyhow::Result<bool> {
    let stored = PasswordHash::new(stored)
        .map_err(|error| anyhow!("a stored hash is unreadable: {error}"))?;
    Ok(Argon2::default()
        .verify_password(tried.as_bytes(), &stored)
        .is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches_and_nothing_matches_no_account() {
        let passwords = Passwords::new().unwrap();
        let right = "correct horse";
        let stored = passwords
            .hash(NewPassword::new(right).unwrap())
            .await
            .unwrap();
        assert!(stored.starts_with("$argon2id$"));
        let tried = |text: &str| TriedPassword(text.to_owned());
        assert!(
            passwords
                .verify(tried(right), Some(stored.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(tried("wrong horse"), Some(stored))
                .await
                .unwrap()
        );
        let decoy = tried("no account has this password");
        assert!(!passwords.verify(decoy, None).await.unwrap());
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(NewPassword::new("1234567").is_err());
        assert!(NewPassword::new(&"x".repeat(257)).is_err());
        assert!(NewPassword::new("pässwörd").is_ok());
    }
}
