//! What happened: the purchase, the downloads, what everybody wrote, and how it was decided.

use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::Resolution;
use super::rule::Side;
use crate::error::Result;
use crate::timestamptz::Timestamptz;

/// At most so many downloads are told, the last ones.
const MAX_DOWNLOADS: i64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DisputeHappeningKind)]
pub enum HappeningKind {
    Purchased,
    /// The buyer was given a file's address.
    Downloaded,
    Opened,
    Message,
    /// The seller's one answer.
    Responded,
    /// An administrator took it up, or, without an actor, nobody had answered for 72 hours.
    ReviewBegan,
    Resolved,
    Withdrawn,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = DisputeHappening)]
pub struct Happening {
    pub kind: HappeningKind,
    pub at: Timestamptz,
    /// Null: it happened by itself.
    #[schema(required)]
    pub side: Option<Side>,
    #[schema(required)]
    pub name: Option<String>,
    /// What was written, the reason of a decision, or the name of a file.
    #[schema(required)]
    pub text: Option<String>,
    /// Of a decision.
    #[schema(required)]
    pub resolution: Option<Resolution>,
    /// What a decision gave back, or what was paid.
    #[schema(required)]
    pub amount_minor: Option<i64>,
}

/// From the purchase on, in the order in which it happened. Downloads after the dispute's end have nothing to do with it.
pub async fn history(db: &mut PgConnection, dispute: Uuid) -> Result<Vec<Happening>> {
    let happenings = sqlx::query_as!(
        Happening,
        r#"WITH d AS (SELECT * FROM disputes WHERE id = $1),
             ended AS (SELECT at FROM dispute_events WHERE dispute_id = $1 AND event IN ('resolved', 'withdrawn')),
             began AS (SELECT at FROM dispute_events WHERE dispute_id = $1 AND event = 'review_began'
               UNION ALL SELECT created_at FROM dispute_messages WHERE dispute_id = $1 AND is_response
               UNION ALL SELECT at FROM ended)
           SELECT kind AS "kind!: HappeningKind", at AS "at!: Timestamptz", side AS "side: Side", u.name AS "name?", text,
             resolution AS "resolution: Resolution", amount_minor
           FROM (
             SELECT 'purchased' AS kind, o.paid_at AS at, 0 AS place, 'buyer' AS side, o.buyer_id AS actor, NULL AS text,
               NULL AS resolution, o.total_minor AS amount_minor
             FROM d JOIN orders o ON o.id = d.order_id
             UNION ALL
             (SELECT 'downloaded', w.at, 1, 'buyer', w.buyer_id, f.name, NULL, NULL
              FROM d JOIN order_items i ON i.order_id = d.order_id JOIN downloads w ON w.item_id = i.id
                JOIN product_files f ON f.id = w.file_id
              WHERE w.at <= coalesce((SELECT at FROM ended), now()) ORDER BY w.at DESC LIMIT $2)
             UNION ALL
             SELECT CASE WHEN is_response THEN 'responded' ELSE 'message' END, created_at, 3, side, author_id, text, NULL, NULL
             FROM dispute_messages WHERE dispute_id = $1
             UNION ALL
             SELECT 'review_began', d.created_at + interval '72 hours', 4, NULL, NULL, NULL, NULL, NULL
             FROM d WHERE d.created_at + interval '72 hours' <= least(now(), (SELECT min(at) FROM began))
             UNION ALL
             SELECT e.event, e.at, CASE e.event WHEN 'opened' THEN 2 ELSE 5 END,
               CASE WHEN e.event IN ('opened', 'withdrawn') THEN 'buyer' ELSE 'admin' END, e.actor_id,
               CASE e.event WHEN 'opened' THEN d.details ELSE e.reason END, e.resolution, e.amount_minor
             FROM d JOIN dispute_events e ON e.dispute_id = d.id
           ) happened LEFT JOIN users u ON u.id = happened.actor
           ORDER BY at, place"#,
        dispute,
        MAX_DOWNLOADS
    )
    .fetch_all(db)
    .await?;
    Ok(happenings)
}
