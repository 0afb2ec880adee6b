//! From the start of a payment to its end: under one order of locks (buyer, order, payment), so that an order is paid once and
//! nobody owns a product twice, whatever the provider answers, however late, and how often.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use veza_schemas::problem::Code;

use super::pay::canceled;
use super::payment::{Charge, Payments, Return, Verdict};
use crate::error::{ApiError, Result};
use crate::timestamptz::Timestamptz;

/// Why an approval was returned.
pub const ALREADY_OWNED: &str = "already_owned";
const ORDER_CANCELED: &str = "order_canceled";

/// What paying begins with.
pub enum Start {
    /// Nothing: it is paid.
    Paid,
    Charge(Charge),
}

/// Locks the account of a buyer: its orders and payments wait for each other.
pub async fn lock_buyer(tx: &mut PgConnection, buyer: Uuid) -> Result<()> {
    sqlx::query_scalar!("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", buyer)
        .fetch_optional(tx)
        .await?
        .map(drop)
        .ok_or_else(|| ApiError::unauthenticated("this account does not exist (any more)"))
}

/// Begins a payment of the buyer's order, unless it is paid or can't be paid any more.
pub async fn start(
    db: &PgPool,
    payments: &Payments,
    buyer: Uuid,
    order: Uuid,
    method: &str,
) -> Result<Start> {
    let mut tx = db.begin().await?;
    lock_buyer(&mut tx, buyer).await?;
    let known = sqlx::query!(
        r#"SELECT state, expires_at <= clock_timestamp() AS "expired!", total_minor, currency
           FROM orders WHERE id = $1 AND buyer_id = $2 FOR NO KEY UPDATE"#,
        order,
        buyer
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ApiError::not_found("order"))?;
    match known.state.as_str() {
        "pending_payment" if known.expired => return Err(canceled().into()),
        "pending_payment" => {}
        "canceled" => return Err(canceled().into()),
        _ => return Ok(Start::Paid),
    }
    if is_owned(&mut tx, order).await? {
        return Err(ApiError::new(
            Code::AlreadyOwned,
            "a product of this order was bought meanwhile",
        ));
    }
    let payment = sqlx::query!(
        r#"INSERT INTO payments (order_id, provider, method, amount_minor, currency, created_at)
           VALUES ($1, $2, $3, $4, $5, clock_timestamp()) RETURNING id, created_at AS "created_at: Timestamptz""#,
        order,
        payments.name(),
        method,
        known.total_minor,
        known.currency
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Start::Charge(Charge {
        payment_id: payment.id,
        amount_minor: known.total_minor,
        currency: known.currency,
        method: method.to_owned(),
        started_at: payment.created_at.0,
    }))
}

/// Takes a provider's verdict. A payment that was decided before stays as it was decided.
pub async fn settle(
    db: &PgPool,
    payments: &Payments,
    payment: Uuid,
    verdict: Verdict,
) -> Result<()> {
    let (state, reference, reason) = match verdict {
        Verdict::Pending => return Ok(()),
        Verdict::Approved { reference } => ("approved", reference, None),
        Verdict::Declined { reference, reason } => ("declined", reference, Some(reason)),
    };
    let parties = sqlx::query!(
        "SELECT o.id, o.buyer_id FROM payments y JOIN orders o ON o.id = y.order_id WHERE y.id = $1",
        payment
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| ApiError::not_found("payment"))?;
    let mut tx = db.begin().await?;
    lock_buyer(&mut tx, parties.buyer_id).await?;
    let order = sqlx::query!(
        r#"SELECT state = 'pending_payment' AS "pending!", expires_at <= clock_timestamp() AS "expired!"
           FROM orders WHERE id = $1 FOR NO KEY UPDATE"#,
        parties.id
    )
    .fetch_one(&mut *tx)
    .await?;
    let undecided = sqlx::query_scalar!(
        r#"SELECT state = 'started' AS "undecided!" FROM payments WHERE id = $1 FOR UPDATE"#,
        payment
    )
    .fetch_one(&mut *tx)
    .await?;
    if !undecided {
        return Ok(());
    }
    let payable = order.pending && !order.expired;
    let (state, reason) = if state == "declined" {
        (state, reason)
    } else if !payable {
        ("returned", Some(ORDER_CANCELED.to_owned()))
    } else if is_owned(&mut tx, parties.id).await? {
        ("returned", Some(ALREADY_OWNED.to_owned()))
    } else {
        mark_paid(&mut tx, parties.id).await?;
        (state, None)
    };
    if state == "returned" && order.pending {
        cancel(&mut tx, parties.id).await?;
    }
    sqlx::query!(
        "UPDATE payments SET state = $2, reference = $3, reason = $4, decided_at = clock_timestamp() WHERE id = $1",
        payment,
        state,
        reference,
        reason
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    metrics::counter!("veza_api_payments_total", "outcome" => state).increment(1);
    if state == "returned" {
        give_back(db, payments, payment).await;
    }
    Ok(())
}

/// The order is paid and its products are owned from now on.
pub async fn mark_paid(tx: &mut PgConnection, order: Uuid) -> Result<()> {
    sqlx::query!(
        "WITH paid AS (
           UPDATE orders SET state = 'paid', paid_at = clock_timestamp() WHERE id = $1 RETURNING paid_at)
         UPDATE order_items SET owned_from = paid.paid_at FROM paid WHERE order_id = $1",
        order
    )
    .execute(&mut *tx)
    .await?;
    // What one has, one doesn't wish for.
    sqlx::query!(
        "DELETE FROM wishlist w USING order_items i WHERE i.order_id = $1 AND w.user_id = i.buyer_id AND w.product_id = i.product_id",
        order
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Tells the provider to give a returned payment back, and writes down that it did. What fails is tried again later.
pub async fn give_back(db: &PgPool, payments: &Payments, payment: Uuid) {
    let given = async {
        let row = sqlx::query!(
            "SELECT amount_minor, currency, reference FROM payments WHERE id = $1 AND state = 'returned' AND returned_at IS NULL",
            payment
        )
        .fetch_optional(db)
        .await?;
        let Some(row) = row else { return Ok(()) };
        let whole = Return {
            // One key for one payment: the provider gives it back once.
            id: payment,
            payment_reference: row.reference,
            amount_minor: row.amount_minor,
            currency: row.currency,
        };
        payments.refund(&whole).await.map_err(anyhow::Error::from)?;
        sqlx::query!(
            "UPDATE payments SET returned_at = clock_timestamp() WHERE id = $1",
            payment
        )
        .execute(db)
        .await?;
        Ok::<_, ApiError>(())
    };
    if let Err(error) = given.await {
        tracing::warn!(%error, payment_id = %payment, "a payment could not be given back yet");
    }
}

async fn cancel(tx: &mut PgConnection, order: Uuid) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET state = 'canceled', canceled_at = clock_timestamp() WHERE id = $1",
        order
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the order's buyer has one of its products already, from another order.
async fn is_owned(tx: &mut PgConnection, order: Uuid) -> Result<bool> {
    let owned = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM order_items mine JOIN order_items i ON i.buyer_id = mine.buyer_id AND i.product_id = mine.product_id
             WHERE mine.order_id = $1 AND i.owned_from IS NOT NULL AND i.owned_until IS NULL) AS "owned!""#,
        order
    )
    .fetch_one(tx)
    .await?;
    Ok(owned)
}
