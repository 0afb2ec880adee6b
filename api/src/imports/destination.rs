//! Where an uploaded history goes: the same way as `veza import`'s, but that this process needs nobody's password for it.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;
use veza_enrich::listener::ListenerKey;
use veza_players::client::{ImportedTrack, Ingest, patiently};
use veza_players::import::{Destination, Outcomes, Ownership};
use veza_schemas::report::{IMPORT_SCOPE, Receipt, Report};
use veza_service::token::TokenSigner;

use crate::analytics::Warehouse;
use crate::caller::Caller;
use crate::catalog::import::{self, owner, track_ids};
use crate::catalog::import_outcomes::outcomes;
use crate::error::{ApiError, Result};

/// How long a token lasts; each batch has its own.
const TOKEN_LIFETIME: Duration = Duration::from_secs(60);

/// This installation, for the history of one account: the library's tracks, ingest in the account's name under the scope
/// `plays:import`, and the warehouse.
pub struct OwnInstallation {
    pub db: PgPool,
    pub warehouse: clickhouse::Client,
    pub listener_key: ListenerKey,
    pub signer: TokenSigner,
    pub ingest: Ingest,
    pub listener: Caller,
}

impl Destination for OwnInstallation {
    type Error = ApiError;

    async fn track_ids(&self, _: &Ownership, tracks: &[ImportedTrack]) -> Result<Vec<Uuid>> {
        let tracks: Result<Vec<import::ImportedTrack>, String> =
            tracks.iter().map(TryInto::try_into).collect();
        let tracks =
            tracks.map_err(|expected| anyhow::anyhow!("a track of a history: {expected}"))?;
        patiently(|| track_ids(&self.db, None, &tracks), ApiError::is_outage).await
    }

    async fn report(&self, reports: &[Report]) -> Result<Receipt> {
        let attempt = || async {
            let token = self.token()?;
            Ok(self.ingest.report(&token, reports, false).await?)
        };
        patiently(attempt, ApiError::is_outage).await
    }

    async fn outcomes(&self, _: &Ownership) -> Result<Outcomes> {
        let attempt = || async {
            let library = owner(&mut *self.db.acquire().await?, None).await?;
            let listener = self.listener_key.of_account(self.listener.user_id);
            let warehouse = Warehouse::new(self.warehouse.clone());
            outcomes(&warehouse, library, listener).await.map(Outcomes)
        };
        patiently(attempt, ApiError::is_outage).await
    }
}

impl OwnInstallation {
    fn token(&self) -> Result<String> {
        let Caller { user_id, role } = self.listener;
        let scopes = vec![IMPORT_SCOPE.to_owned()];
        let signed = self.signer.sign(user_id, role, scopes, TOKEN_LIFETIME);
        Ok(signed.map_err(anyhow::Error::from)?.token)
    }
}
