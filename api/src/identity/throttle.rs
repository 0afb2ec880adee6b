//! At most ten failed sign-ins an account and address in 15 minutes.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use sqlx::PgPool;

use super::email::Email;
use crate::error::{ApiError, Result};

const MAX_FAILURES: i64 = 10;
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// One attempt to sign in. It counts as failed from the start, so that attempts made at once count each other.
pub struct Attempt<'a> {
    email: &'a Email,
    address: String,
}

impl<'a> Attempt<'a> {
    /// 429 when too many before this one have failed; that one is not counted.
    pub async fn begin(db: &PgPool, email: &'a Email, address: IpAddr) -> Result<Self> {
        let address = throttled_address(address).to_string();
        let id = sqlx::query_scalar!(
            "INSERT INTO login_failures (email, address) VALUES ($1, $2::text::inet) RETURNING id",
            email.as_str(),
            address
        )
        .fetch_one(db)
        .await?;
        let attempt = Self { email, address };
        match attempt.wait(db).await? {
            None => Ok(attempt),
            Some(wait) => {
                sqlx::query!("DELETE FROM login_failures WHERE id = $1", id)
                    .execute(db)
                    .await?;
                Err(ApiError::too_many_requests(
                    "too many failed sign-ins for this account from this address",
                    wait,
                ))
            }
        }
    }

    /// How long until another attempt is free; `None`: it is.
    async fn wait(&self, db: &PgPool) -> Result<Option<Duration>> {
        let failures = sqlx::query!(
            r#"SELECT count(*) AS "count!", extract(epoch FROM now() - min(at))::float8 AS oldest_s
               FROM login_failures
               WHERE email = $1 AND address = $2::text::inet AND at > now() - $3 * interval '1 second'"#,
            self.email.as_str(),
            self.address,
            WINDOW.as_secs_f64()
        )
        .fetch_one(db)
        .await?;
        if failures.count <= MAX_FAILURES {
            return Ok(None);
        }
        let oldest =
            Duration::try_from_secs_f64(failures.oldest_s.unwrap_or(0.0)).unwrap_or_default();
        Ok(Some(WINDOW.saturating_sub(oldest)))
    }

    /// It was the owner: forget the failures.
    pub async fn succeeded(self, db: &PgPool) -> Result<()> {
        sqlx::query!(
            "DELETE FROM login_failures WHERE email = $1 AND address = $2::text::inet",
            self.email.as_str(),
            self.address
        )
        .execute(db)
        .await?;
        Ok(())
    }
}

/// Forgets what no longer counts.
pub async fn forget_old(db: &PgPool) -> sqlx::Result<()> {
    sqlx::query!(
        "DELETE FROM login_failures WHERE at < now() - $1 * interval '1 second'",
        WINDOW.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whoever has an IPv6 address has its whole /64.
fn throttled_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_a_64_are_one_and_in_ipv4_are_two() {
        let address = |text: &str| throttled_address(text.parse().unwrap());
        assert_eq!(
            address("2001:db8:1:2:3::4"),
            address("2001:db8:1:2:ffff::1")
        );
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    }
}
