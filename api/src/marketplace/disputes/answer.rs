//! A dispute as it is told, and as it is held while it changes.

use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_service::token::Role;

use super::history::{Happening, history};
use super::rule::{self, Action, Side, Status};
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::timestamptz::Timestamptz;

/// What is wrong with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DisputeReason {
    NotAsDescribed,
    CorruptFile,
    WrongFile,
    DuplicateCharge,
    Other,
}

/// How a dispute was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DisputeResolution)]
pub enum Resolution {
    /// Everything that was left was given back; the files can't be downloaded any more.
    RefundFull,
    RefundPartial,
    /// Nothing was given back.
    Rejected,
}

/// A dispute, as lists show it.
#[derive(Serialize, ToSchema)]
pub struct DisputeSummary {
    pub id: Uuid,
    pub order_id: Uuid,
    /// What was bought, as it was called then.
    pub titles: Vec<String>,
    pub reason: DisputeReason,
    pub status: Status,
    #[schema(required)]
    pub resolution: Option<Resolution>,
    /// What the decision gave back, tax included; null: nothing, or there is none yet.
    #[schema(required)]
    pub refunded_minor: Option<i64>,
    pub currency: String,
    /// What was paid for the order.
    pub total_minor: i64,
    /// What of it has not been given back.
    pub left_minor: i64,
    pub buyer_name: String,
    pub seller_id: i64,
    pub seller_name: String,
    pub created_at: Timestamptz,
    /// The seller is to respond before; then it is under review.
    pub respond_until: Timestamptz,
    #[schema(required)]
    pub responded_at: Option<Timestamptz>,
    #[schema(required)]
    pub resolved_at: Option<Timestamptz>,
    /// Messages of all sides.
    pub messages: i64,
}

/// A dispute with all that happened.
#[derive(Serialize, ToSchema)]
pub struct Dispute {
    #[serde(flatten)]
    pub summary: DisputeSummary,
    /// The buyer's words.
    pub details: String,
    /// Whose view this is.
    pub side: Side,
    /// What this side can do now.
    pub actions: Vec<Action>,
    /// From the purchase on, in the order in which it happened.
    pub history: Vec<Happening>,
}

/// What a dispute is, for one who changes it.
pub struct Held {
    pub id: Uuid,
    pub order_id: Uuid,
    pub side: Side,
    pub status: Status,
    pub responded: bool,
    pub resolution: Option<Resolution>,
    /// What the decision gave back.
    pub refunded_minor: Option<i64>,
}

impl Held {
    /// What the status becomes by this; a refusal is the answer.
    pub fn after(&self, action: Action) -> Result<Status> {
        Ok(rule::after(self.status, self.responded, self.side, action)?)
    }
}

/// On whose side the caller is. 404 for those whom it is no business of.
async fn side(db: &mut PgConnection, caller: Caller, id: Uuid) -> Result<(Uuid, Side)> {
    let known = sqlx::query!(
        r#"SELECT d.order_id, d.buyer_id = $2 AS "buyer!", coalesce(c.user_id = $2, false) AS "seller!"
           FROM disputes d JOIN orders o ON o.id = d.order_id JOIN creators c ON c.id = o.seller_id WHERE d.id = $1"#,
        id,
        caller.user_id
    )
    .fetch_optional(db)
    .await?;
    let side = |buyer, seller| match (buyer, seller, caller.role) {
        (true, ..) => Some(Side::Buyer),
        (_, true, _) => Some(Side::Seller),
        (.., Role::Admin) => Some(Side::Admin),
        _ => None,
    };
    known
        .and_then(|known| Some((known.order_id, side(known.buyer, known.seller)?)))
        .ok_or_else(|| ApiError::not_found("dispute"))
}

/// Locks the order, then its dispute.
pub async fn hold(tx: &mut PgConnection, caller: Caller, id: Uuid) -> Result<Held> {
    let (order_id, side) = side(tx, caller, id).await?;
    lock_order(tx, order_id).await?;
    let row = sqlx::query!(
        r#"SELECT dispute_status(status, created_at) AS "status!: Status", resolution AS "resolution: Resolution",
             EXISTS (SELECT FROM dispute_messages m WHERE m.dispute_id = d.id AND m.is_response) AS "responded!",
             (SELECT amount_minor FROM dispute_events e WHERE e.dispute_id = d.id AND e.event = 'resolved') AS refunded_minor
           FROM disputes d WHERE id = $1 FOR NO KEY UPDATE"#,
        id
    )
    .fetch_one(tx)
    .await?;
    Ok(Held {
        id,
        order_id,
        side,
        status: row.status,
        responded: row.responded,
        resolution: row.resolution,
        refunded_minor: row.refunded_minor,
    })
}

/// Everything that changes an order after its payment waits here.
pub async fn lock_order(tx: &mut PgConnection, order: Uuid) -> Result<()> {
    sqlx::query_scalar!(
        "SELECT 1 FROM orders WHERE id = $1 FOR NO KEY UPDATE",
        order
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// The dispute as the caller sees it.
pub async fn fetch(db: &PgPool, caller: Caller, id: Uuid) -> Result<Dispute> {
    let mut connection = db.acquire().await?;
    let (_, side) = side(&mut connection, caller, id).await?;
    let summary = summaries(&mut connection, &[id]).await?.pop();
    let summary = summary.ok_or_else(|| ApiError::not_found("dispute"))?;
    let details = sqlx::query_scalar!("SELECT details FROM disputes WHERE id = $1", id)
        .fetch_one(&mut *connection)
        .await?;
    let responded = summary.responded_at.is_some();
    Ok(Dispute {
        actions: rule::open_to(summary.status, responded, side),
        history: history(&mut connection, id).await?,
        details,
        side,
        summary,
    })
}

/// These disputes, in this order.
pub async fn summaries(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<DisputeSummary>> {
    let summaries = sqlx::query_as!(
        DisputeSummary,
        r#"SELECT d.id, d.order_id, (SELECT array_agg(i.title ORDER BY i.line) FROM order_items i WHERE i.order_id = o.id) AS "titles!",
             d.reason AS "reason: DisputeReason", dispute_status(d.status, d.created_at) AS "status!: Status",
             d.resolution AS "resolution: Resolution", decision.amount_minor AS "refunded_minor?", o.currency, o.total_minor,
             o.total_minor - o.refunded_minor AS "left_minor!", u.name AS buyer_name, o.seller_id, c.name AS seller_name,
             d.created_at AS "created_at: Timestamptz", d.created_at + interval '72 hours' AS "respond_until!: Timestamptz",
             response.created_at AS "responded_at?: Timestamptz", d.resolved_at AS "resolved_at: Timestamptz",
             (SELECT count(*) FROM dispute_messages m WHERE m.dispute_id = d.id) AS "messages!"
           FROM unnest($1::uuid[]) WITH ORDINALITY AS chosen (id, place)
           JOIN disputes d ON d.id = chosen.id
           JOIN orders o ON o.id = d.order_id JOIN users u ON u.id = d.buyer_id JOIN creators c ON c.id = o.seller_id
           LEFT JOIN dispute_events decision ON decision.dispute_id = d.id AND decision.event = 'resolved'
           LEFT JOIN dispute_messages response ON response.dispute_id = d.id AND response.is_response
           ORDER BY chosen.place"#,
        ids
    )
    .fetch_all(db)
    .await?;
    Ok(summaries)
}
