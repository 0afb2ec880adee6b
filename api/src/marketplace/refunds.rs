//! Giving back what was paid: in full or in part, never more than is left. A refund counts from the moment it is decided; the
//! provider is told of it afterwards, by `tidy`, until it has confirmed it.

use sqlx::PgConnection;
use uuid::Uuid;
use veza_schemas::problem::{Code, Problem};

use crate::error::{ApiError, Result};
use crate::money::share::{ExceedsPaid, PaidLine, Share, left_minor, spread};

/// How much is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// All that is left.
    Full,
    /// In minor units, tax included.
    Minor(i64),
}

/// What was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    pub id: Uuid,
    pub amount_minor: i64,
}

/// A line, as it is locked.
struct Line {
    id: Uuid,
    paid: PaidLine,
}

/// Writes a refund of the order down, with its share of each line; when nothing is left after it, the products are not owned any
/// more. The order is to be locked. 409 `nothing_to_refund` where nothing is left, 422 at `amount_minor` where less is.
pub async fn record(
    tx: &mut PgConnection,
    order: Uuid,
    amount: Amount,
    reason: &str,
    decided_by: Uuid,
) -> Result<Refund> {
    let lines = lines_of(tx, order).await?;
    let paid: Vec<PaidLine> = lines.iter().map(|line| line.paid).collect();
    let left = left_minor(&paid);
    let amount_minor = match amount {
        _ if left == 0 => return Err(nothing_left()),
        Amount::Full => left,
        Amount::Minor(amount) => amount,
    };
    let shares = spread(&paid, amount_minor).map_err(exceeds)?;
    let tax_minor: i64 = shares.iter().map(|share| share.tax_minor).sum();
    let id = sqlx::query_scalar!(
        "INSERT INTO refunds (order_id, payment_id, amount_minor, tax_minor, reason, decided_by, refunded_at)
         SELECT $1, id, $2, $3, $4, $5, clock_timestamp() FROM payments WHERE order_id = $1 AND state = 'approved' RETURNING id",
        order,
        amount_minor,
        tax_minor,
        reason,
        decided_by
    )
    .fetch_one(&mut *tx)
    .await?;
    for (line, share) in lines.iter().zip(&shares) {
        give_back(tx, id, line.id, share).await?;
    }
    sqlx::query!(
        "UPDATE orders SET refunded_minor = refunded_minor + $2, refunded_tax_minor = refunded_tax_minor + $3,
           state = CASE WHEN refunded_minor + $2 = total_minor THEN 'refunded' ELSE 'partially_refunded' END
         WHERE id = $1",
        order,
        amount_minor,
        tax_minor
    )
    .execute(&mut *tx)
    .await?;
    if amount_minor == left {
        sqlx::query!(
            "UPDATE order_items SET owned_until = clock_timestamp() WHERE order_id = $1",
            order
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(Refund { id, amount_minor })
}

async fn lines_of(tx: &mut PgConnection, order: Uuid) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        "SELECT id, total_minor, tax_minor, refunded_minor FROM order_items WHERE order_id = $1 ORDER BY line FOR UPDATE",
        order
    )
    .fetch_all(tx)
    .await?;
    let lines = rows.into_iter().map(|row| Line {
        id: row.id,
        paid: PaidLine {
            total_minor: row.total_minor,
            tax_minor: row.tax_minor,
            refunded_minor: row.refunded_minor,
        },
    });
    Ok(lines.collect())
}

async fn give_back(tx: &mut PgConnection, refund: Uuid, item: Uuid, share: &Share) -> Result<()> {
    if share.amount_minor == 0 {
        return Ok(());
    }
    sqlx::query!(
        "WITH line AS (INSERT INTO refund_lines (refund_id, item_id, amount_minor, tax_minor) VALUES ($1, $2, $3, $4))
         UPDATE order_items SET refunded_minor = refunded_minor + $3, refunded_tax_minor = refunded_tax_minor + $4 WHERE id = $2",
        refund,
        item,
        share.amount_minor,
        share.tax_minor
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn nothing_left() -> ApiError {
    ApiError::new(
        Code::NothingToRefund,
        "nothing is left of what was paid for this order",
    )
}

fn exceeds(error: ExceedsPaid) -> ApiError {
    Problem::new(Code::Invalid, error.to_string())
        .at("amount_minor")
        .into()
}
