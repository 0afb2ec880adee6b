//! `GET /me`, `PATCH /me`

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::reply::Reply;
use veza_service::token::Role;

use super::session;
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::text::Line;
use crate::time::zone::Zone;
use crate::timestamptz::Timestamptz;

/// An account, as its owner sees it.
#[derive(Serialize, ToSchema)]
pub struct Account {
    id: Uuid,
    email: String,
    name: String,
    role: Role,
    /// IANA zone in which times are shown.
    zone: String,
    /// `en` or `fr`.
    language: String,
    created_at: Timestamptz,
    /// What tracks and plays carry; null: not a creator.
    #[schema(required)]
    creator_id: Option<i64>,
    /// The name that listeners see; null: not a creator.
    #[schema(required)]
    creator_name: Option<String>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChanges {
    name: Option<Line<100>>,
    /// IANA zone, such as `Europe/Paris`.
    zone: Option<ZoneName>,
    language: Option<Language>,
}

/// A zone's name as IANA writes it.
#[derive(Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String)]
struct ZoneName(Zone);

impl TryFrom<String> for ZoneName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let zone = Zone::named(&name);
        zone.map(Self)
            .ok_or("expected an IANA zone such as `Europe/Paris`")
    }
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Language {
    En,
    Fr,
}

impl Language {
    fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
}

/// One's own account
#[utoipa::path(get, path = "/me", tag = "identity", responses((status = 200, body = Reply<Account>)))]
pub async fn get_account(State(db): State<PgPool>, caller: Caller) -> Result<Reply<Account>> {
    fetch(&db, caller.user_id).await.map(Reply::new)
}

/// Change name, zone or language
#[utoipa::path(patch, path = "/me", tag = "identity", request_body = AccountChanges,
    responses((status = 200, body = Reply<Account>)))]
pub async fn change_account(
    State(db): State<PgPool>,
    caller: Caller,
    Json(changes): Json<AccountChanges>,
) -> Result<Reply<Account>> {
    sqlx::query!(
        "UPDATE users SET name = coalesce($2, name), zone = coalesce($3, zone), language = coalesce($4, language)
         WHERE id = $1",
        caller.user_id,
        changes.name.as_ref().map(Line::as_str),
        changes.zone.as_ref().map(|zone| zone.0.name()),
        changes.language.map(Language::code)
    )
    .execute(&db)
    .await?;
    fetch(&db, caller.user_id).await.map(Reply::new)
}

/// The account; 401 when there is none (any more).
pub(super) async fn fetch(db: &PgPool, user_id: Uuid) -> Result<Account> {
    let row = sqlx::query!(
        r#"SELECT u.id, u.email, u.name, u.role, u.zone, u.language, u.created_at AS "created_at: Timestamptz",
             c.id AS "creator_id?", c.name AS "creator_name?"
           FROM users u LEFT JOIN creators c ON c.user_id = u.id WHERE u.id = $1"#,
        user_id
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| ApiError::unauthenticated("this account does not exist (any more)"))?;
    Ok(Account {
        id: row.id,
        email: row.email,
        name: row.name,
        role: session::role(&row.role)?,
        zone: row.zone,
        language: row.language,
        created_at: row.created_at,
        creator_id: row.creator_id,
        creator_name: row.creator_name,
    })
}
