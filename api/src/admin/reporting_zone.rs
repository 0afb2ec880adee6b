//! The installation's reporting zone: with the first activity it is fixed, as the days that are stored are its days.

use std::time::Duration;

use anyhow::bail;
use sqlx::PgPool;
use veza_service::probes::Condition;

use crate::time::zone::Zone;

/// Until the next try while the database does not answer, or is not migrated.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes `zone` down, or compares it with the one that is. Waits for the database; `condition` holds once it is settled.
///
/// # Errors
/// If the installation's days are those of another zone.
pub async fn settle(db: &PgPool, zone: &Zone, condition: Condition) -> anyhow::Result<()> {
    loop {
        match fixed(db, zone).await {
            Ok(fixed) if fixed == zone.name() => {
                condition.ready();
                return Ok(());
            }
            Ok(fixed) => bail!(
                "VEZA_REPORTING_TZ is {}, but this installation has counted its users by the days of {fixed}; \
                 set VEZA_REPORTING_TZ={fixed}",
                zone.name()
            ),
            Err(error) => condition.not_ready(error.to_string()),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The zone of the days that are stored; `zone` becomes it where there are none.
async fn fixed(db: &PgPool, zone: &Zone) -> sqlx::Result<String> {
    let taken = sqlx::query_scalar!(
        "INSERT INTO reporting_zone (name) VALUES ($1)
         ON CONFLICT (one) DO UPDATE SET name = excluded.name WHERE NOT EXISTS (SELECT FROM activity_days)
         RETURNING name",
        zone.name()
    )
    .fetch_optional(db)
    .await?;
    match taken {
        Some(name) => Ok(name),
        None => {
            sqlx::query_scalar!("SELECT name FROM reporting_zone")
                .fetch_one(db)
                .await
        }
    }
}
