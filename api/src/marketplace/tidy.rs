//! What the marketplace does by itself: tax rates at the start, verdicts that come late, orders whose time is over.

use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::mpsc::UnboundedReceiver;
use veza_service::probes::Condition;

use super::payment::{Charge, Notice, Payments, Return};
use super::{settlement, tax_rates};
use crate::error::Result;
use crate::state::AppState;
use crate::timestamptz::Timestamptz;

/// How often unfinished business is looked at.
const INTERVAL: Duration = Duration::from_secs(5);
/// How old a payment is before its verdict is looked up.
const LOOK_UP_AFTER_SECONDS: f64 = 15.0;
/// At most so many of a kind at a time.
const BATCH: i64 = 100;
/// How often what no longer counts is forgotten.
const FORGET_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Keeps the marketplace in order as long as the service runs.
pub async fn keep(state: AppState, rates: Condition, mut notices: UnboundedReceiver<Notice>) {
    write_tax_rates(&state, &rates).await;
    let (db, payments) = (&state.db, &state.payments);
    let mut ticks = tokio::time::interval(INTERVAL);
    let mut forgetting = tokio::time::interval(FORGET_INTERVAL);
    loop {
        let (done, what) = tokio::select! {
            notice = notices.recv() => match notice {
                Some(notice) => (settlement::settle(db, payments, notice.payment_id, notice.verdict).await, "take a payment's verdict"),
                None => return,
            },
            _ = ticks.tick() => (finish(db, payments).await, "finish payments and orders"),
            _ = forgetting.tick() => (forget(db).await, "forget old keys and grants"),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "could not {what}; it is tried again");
        }
    }
}

/// Until they are there no order can be priced, so the service is not ready.
async fn write_tax_rates(state: &AppState, rates: &Condition) {
    while let Err(error) = tax_rates::write(&state.db, state.settings.tax_rates.as_ref()).await {
        rates.not_ready(format!("{error:#}"));
        tracing::warn!(
            error = format!("{error:#}"),
            "could not write the tax rates; it is tried again"
        );
        tokio::time::sleep(INTERVAL).await;
    }
    rates.ready();
}

async fn finish(db: &PgPool, payments: &Payments) -> Result<()> {
    cancel_expired(db).await?;
    look_up_payments(db, payments).await?;
    give_back_payments(db, payments).await?;
    send_refunds(db, payments).await
}

async fn cancel_expired(db: &PgPool) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET state = 'canceled', canceled_at = expires_at WHERE id IN (
           SELECT id FROM orders WHERE state = 'pending_payment' AND expires_at <= clock_timestamp()
           ORDER BY expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)",
        BATCH
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Payments whose verdict got lost, by a crash of ours or of theirs.
async fn look_up_payments(db: &PgPool, payments: &Payments) -> Result<()> {
    let lost = sqlx::query!(
        r#"SELECT id, amount_minor, currency, method, created_at AS "created_at: Timestamptz" FROM payments
           WHERE state = 'started' AND provider = $1 AND created_at < clock_timestamp() - $2 * interval '1 second'
           ORDER BY created_at LIMIT $3"#,
        payments.name(),
        LOOK_UP_AFTER_SECONDS,
        BATCH
    )
    .fetch_all(db)
    .await?;
    for payment in lost {
        let charge = Charge {
            payment_id: payment.id,
            amount_minor: payment.amount_minor,
            currency: payment.currency,
            method: payment.method,
            started_at: payment.created_at.0,
        };
        match payments.look_up(&charge).await {
            Ok(verdict) => settlement::settle(db, payments, payment.id, verdict).await?,
            Err(error) => tracing::warn!(%error, "a payment could not be looked up yet"),
        }
    }
    Ok(())
}

async fn give_back_payments(db: &PgPool, payments: &Payments) -> Result<()> {
    let unfinished = sqlx::query_scalar!(
        "SELECT id FROM payments WHERE state = 'returned' AND returned_at IS NULL AND provider = $1 ORDER BY created_at LIMIT $2",
        payments.name(),
        BATCH
    )
    .fetch_all(db)
    .await?;
    for payment in unfinished {
        settlement::give_back(db, payments, payment).await;
    }
    Ok(())
}

/// Refunds that were decided, and of which the provider doesn't know yet.
pub async fn send_refunds(db: &PgPool, payments: &Payments) -> Result<()> {
    let unsent = sqlx::query!(
        "SELECT r.id, r.amount_minor, y.currency, y.reference FROM refunds r JOIN payments y ON y.id = r.payment_id
         WHERE r.sent_at IS NULL AND y.provider = $1 ORDER BY r.refunded_at LIMIT $2",
        payments.name(),
        BATCH
    )
    .fetch_all(db)
    .await?;
    for refund in unsent {
        let part = Return {
            id: refund.id,
            payment_reference: refund.reference,
            amount_minor: refund.amount_minor,
            currency: refund.currency,
        };
        match payments.refund(&part).await {
            Ok(reference) => {
                sqlx::query!(
                    "UPDATE refunds SET reference = $2, sent_at = clock_timestamp() WHERE id = $1 AND sent_at IS NULL",
                    refund.id,
                    reference
                )
                .execute(db)
                .await?;
            }
            Err(error) => tracing::warn!(%error, "a refund could not be sent yet"),
        }
    }
    Ok(())
}

/// Keys are kept for a week, grants until they end.
async fn forget(db: &PgPool) -> Result<()> {
    sqlx::query!("DELETE FROM idempotency_keys WHERE created_at < now() - interval '7 days'")
        .execute(db)
        .await?;
    sqlx::query!("DELETE FROM download_grants WHERE expires_at < now() - interval '1 day'")
        .execute(db)
        .await?;
    Ok(())
}
