//! `POST /auth/tokens`

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use veza_schemas::report::IMPORT_SCOPE;
use veza_service::reply::Reply;
use veza_service::token::TokenSigner;

use crate::access::REPORTS_SCOPE;
use crate::caller::Caller;
use crate::error::Result;
use crate::extract::Json;

const MAX_LIFETIME_S: u32 = 86_400;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// At least one.
    #[serde(deserialize_with = "at_least_one")]
    #[schema(min_items = 1)]
    scopes: BTreeSet<Scope>,
    /// Seconds: 1 to 86400.
    #[serde(deserialize_with = "lifetime")]
    #[schema(minimum = 1, maximum = 86_400)]
    expires_in: u32,
}

/// What a machine's token is good for, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
enum Scope {
    /// Report plays for others, as recorded elsewhere, and import a catalog.
    #[serde(rename = "plays:import")]
    Import,
    /// Read all reports.
    #[serde(rename = "analytics:read")]
    Reports,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Import => IMPORT_SCOPE,
            Self::Reports => REPORTS_SCOPE,
        }
    }
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Scope>, D::Error> {
    let scopes = BTreeSet::deserialize(deserializer)?;
    if scopes.is_empty() {
        return Err(D::Error::custom("expected at least one scope"));
    }
    Ok(scopes)
}

fn lifetime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = u32::deserialize(deserializer)?;
    if !(1..=MAX_LIFETIME_S).contains(&seconds) {
        return Err(D::Error::custom(format!(
            "expected 1 to {MAX_LIFETIME_S} seconds"
        )));
    }
    Ok(seconds)
}

#[derive(Serialize, ToSchema)]
pub struct MachineToken {
    /// `Authorization: Bearer …`
    access_token: String,
    scopes: BTreeSet<Scope>,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Issue a token for a machine
///
/// It is good for its scopes only, in the administrator's name, until it expires; it cannot be taken back.
#[utoipa::path(post, path = "/auth/tokens", tag = "identity", request_body = TokenRequest,
    responses((status = 201, body = Reply<MachineToken>)))]
pub async fn issue_machine_token(
    State(signer): State<TokenSigner>,
    caller: Caller,
    Json(request): Json<TokenRequest>,
) -> Result<(StatusCode, Reply<MachineToken>)> {
    let scopes = request
        .scopes
        .iter()
        .map(|scope| scope.name().to_owned())
        .collect();
    let lifetime = Duration::from_secs(request.expires_in.into());
    let signed = signer
        .sign(caller.user_id, caller.role, scopes, lifetime)
        .map_err(anyhow::Error::from)?;
    let expires_at = i64::try_from(signed.claims.exp)
        .map_err(anyhow::Error::from)
        .and_then(|seconds| Ok(Timestamp::from_second(seconds)?))?;
    let token = MachineToken {
        access_token: signed.token,
        scopes: request.scopes,
        expires_at,
    };
    Ok((StatusCode::CREATED, Reply::new(token)))
}
