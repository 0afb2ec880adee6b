//! What operators have accepted to be lost (`veza-aggregator accept-loss`), as far as consuming depends on it.

use sqlx::PgPool;

/// How often the partition's log has ended below what was read of it. Kafka gave such offsets out a second time, so ranges of the
/// same offsets need other tokens, or ClickHouse would take them for those that it has.
pub async fn cuts(pool: &PgPool, topic_id: &str, partition: i32) -> Result<u64, sqlx::Error> {
    let cuts = sqlx::query_scalar!(
        r#"SELECT count(*) AS "cuts!" FROM accepted_losses WHERE topic_id = $1 AND kafka_partition = $2 AND beyond_log"#,
        topic_id,
        partition,
    )
    .fetch_one(pool)
    .await?;
    Ok(cuts.unsigned_abs())
}
