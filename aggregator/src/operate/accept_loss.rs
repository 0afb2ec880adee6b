//! `veza-aggregator accept-loss`: a partition that stopped because Kafka no longer has what it is to read goes on without it. What is
//! lost is written down in Postgres first, and `veza verify` lists it.
//!
//! Where the log ended below what was read, Kafka gives the lost offsets to other records. So what is stored of the lost ones is
//! put under a topic id of its own (`<topic UUID>~<loss>`): those rows count as before, and nobody takes them for the new records.
//! For the same reason the partition's tokens carry the number of such losses from then on (see [`crate::losses`]).

use anyhow::{Context, ensure};
use clap::Args;
use sqlx::PgPool;

use super::Alone;
use super::group::{Group, Position};
use crate::consumer::range::{Origin, Span};
use crate::settings::Settings;
use crate::warehouse::insert::Table;
use crate::warehouse::{Warehouse, arrow, stored};

#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Arguments {
    /// The partition that stopped
    #[arg(long)]
    pub partition: u16,
    /// Say what would be accepted, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Offsets that the log does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Loss {
    span: Span,
    /// Kafka will give them to other records.
    beyond_log: bool,
    why: String,
}

/// A loss that was written down.
#[derive(Debug, Clone, Copy)]
struct Accepted {
    id: i64,
    span: Span,
    beyond_log: bool,
    resume_at: u64,
}

pub async fn run(settings: &Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.clickhouse)?;
    let pool = super::postgres(settings).await?;
    let alone = Alone::take(&pool).await?;
    let settings = settings.clone();
    let group = tokio::task::spawn_blocking(move || {
        let group = Group::open(&settings)?;
        group.until_empty()?;
        anyhow::Ok(group)
    })
    .await??;
    let partition = Partition {
        position: position(&group, arguments.partition)?,
        origin: Origin {
            topic_id: &group.described.id,
            partition: arguments.partition,
        },
        warehouse,
    };
    let begun = unfinished(&pool, partition.origin).await?;
    if begun.is_empty() {
        let losses = partition.look(&group).await?;
        if arguments.dry_run {
            println!("  it would go on at offset {}", partition.resume_at());
            return Ok(());
        }
        write_down(&pool, &partition, &losses).await?;
    } else {
        println!("going on with what was accepted before");
        if arguments.dry_run {
            return Ok(());
        }
    }
    let accepted = unfinished(&pool, partition.origin).await?;
    partition.finish(&pool, &group, &accepted, alone).await
}

fn position(group: &Group, number: u16) -> anyhow::Result<Position> {
    tokio::task::block_in_place(|| group.positions())?
        .into_iter()
        .find(|position| position.partition == i32::from(number))
        .with_context(|| {
            let last = group.described.partitions - 1;
            format!("the topic has no partition {number}; it has 0 to {last}")
        })
}

/// The partition that stopped.
struct Partition<'a> {
    position: Position,
    origin: Origin<'a>,
    warehouse: Warehouse,
}

impl Partition<'_> {
    fn start(&self) -> u64 {
        self.position.committed.unwrap_or(self.position.low)
    }

    fn resume_at(&self) -> u64 {
        self.start().clamp(self.position.low, self.position.high)
    }

    /// Finds and prints what is lost: each loss, and how much of it is stored.
    async fn look(&self, group: &Group) -> anyhow::Result<Vec<(Loss, u64)>> {
        let position = &self.position;
        let stored_end = stored::end(&self.warehouse, self.origin, self.start()).await?;
        let held = match position.pending {
            Some(span) if is_within(span, position) => {
                let held = tokio::task::block_in_place(|| group.held(position.partition, span));
                Some(held?)
            }
            _ => None,
        };
        print_position(position, stored_end);
        let losses = losses(position, stored_end, held.as_deref());
        ensure!(
            !losses.is_empty(),
            "partition {} is not stopped by a loss; there is nothing to accept",
            position.partition
        );
        let mut counted = Vec::new();
        for loss in losses {
            let stored = count(&self.warehouse, self.origin, loss.span).await?;
            println!(
                "  offsets {}: {}; {stored} of them are stored, and stay",
                loss.span, loss.why
            );
            counted.push((loss, stored));
        }
        Ok(counted)
    }

    /// Puts aside what must be, and lets the partition go on.
    async fn finish(
        &self,
        pool: &PgPool,
        group: &Group,
        accepted: &[Accepted],
        mut alone: Alone,
    ) -> anyhow::Result<()> {
        for loss in accepted {
            alone.check().await?;
            if loss.beyond_log {
                put_aside(&self.warehouse, self.origin, *loss).await?;
            }
        }
        let resume_at = accepted
            .first()
            .map_or(self.resume_at(), |loss| loss.resume_at);
        let number = self.position.partition;
        tokio::task::block_in_place(|| group.commit(number, resume_at))?;
        let ids: Vec<i64> = accepted.iter().map(|loss| loss.id).collect();
        sqlx::query!(
            "UPDATE accepted_losses SET done_at = now() WHERE id = ANY($1)",
            &ids
        )
        .execute(pool)
        .await?;
        println!(
            "  accepted; partition {number} goes on at offset {resume_at} when the aggregators start"
        );
        Ok(())
    }
}

fn print_position(position: &Position, stored_end: Option<u64>) {
    let committed = match (position.committed, position.pending) {
        (Some(offset), Some(span)) => {
            format!("offset {offset} is committed, with {span} on its way")
        }
        (Some(offset), None) => format!("offset {offset} is committed"),
        (None, _) => "nothing is committed".into(),
    };
    let stored = stored_end.map_or_else(String::new, |end| {
        format!(", the warehouse holds offsets up to {}", end - 1)
    });
    println!(
        "partition {}: {committed}{stored}, the log holds {} to {} (the end excluded)",
        position.partition, position.low, position.high
    );
}

fn is_within(span: Span, position: &Position) -> bool {
    position.low <= span.first && span.last < position.high
}

/// `stored_end`: the offset after the highest one stored, from the committed one on. `held`: which offsets of the pending range
/// the log holds, where it holds both ends.
fn losses(position: &Position, stored_end: Option<u64>, held: Option<&[u64]>) -> Vec<Loss> {
    let Position { low, high, .. } = *position;
    let start = position.committed.unwrap_or(low);
    let mut losses = Vec::new();
    let mut lose = |first: u64, end: u64, beyond_log: bool, why: &str| {
        if first < end {
            losses.push(Loss {
                span: Span {
                    first,
                    last: end - 1,
                },
                beyond_log,
                why: why.to_owned(),
            });
        }
    };
    lose(
        start,
        low.max(start),
        false,
        "Kafka removed them before they were read",
    );
    let read_to = [
        Some(start),
        stored_end,
        position.pending.map(|span| span.last + 1),
    ]
    .into_iter()
    .flatten()
    .max()
    .unwrap_or(start);
    lose(
        high,
        read_to,
        true,
        "the log ends before them: they are gone, or were never there",
    );
    if let (Some(span), Some(held)) = (position.pending, held) {
        let gaps = gaps(span, held);
        for gap in gaps {
            lose(
                gap.first,
                gap.last + 1,
                false,
                "they are of the range that was on its way, and the log has a gap there",
            );
        }
    }
    losses
}

/// The offsets of `span` that are not `held`, as spans.
fn gaps(span: Span, held: &[u64]) -> Vec<Span> {
    let mut gaps: Vec<Span> = Vec::new();
    for offset in (span.first..=span.last).filter(|offset| held.binary_search(offset).is_err()) {
        match gaps.last_mut() {
            Some(gap) if gap.last + 1 == offset => gap.last = offset,
            _ => gaps.push(Span {
                first: offset,
                last: offset,
            }),
        }
    }
    gaps
}

/// What was accepted, and is not carried out to its end.
async fn unfinished(pool: &PgPool, origin: Origin<'_>) -> anyhow::Result<Vec<Accepted>> {
    let rows = sqlx::query!(
        "SELECT id, first_offset, last_offset, beyond_log, resumed_at FROM accepted_losses
         WHERE topic_id = $1 AND kafka_partition = $2 AND done_at IS NULL ORDER BY id",
        origin.topic_id,
        i32::from(origin.partition),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let span = Span {
                first: row.first_offset.try_into()?,
                last: row.last_offset.try_into()?,
            };
            Ok(Accepted {
                id: row.id,
                span,
                beyond_log: row.beyond_log,
                resume_at: row.resumed_at.try_into()?,
            })
        })
        .collect()
}

/// Writes all losses down, or none.
async fn write_down(
    pool: &PgPool,
    partition: &Partition<'_>,
    losses: &[(Loss, u64)],
) -> anyhow::Result<()> {
    let mut transaction = pool.begin().await?;
    for (loss, stored) in losses {
        sqlx::query!(
            "INSERT INTO accepted_losses (topic_id, kafka_partition, first_offset, last_offset, beyond_log, stored, resumed_at, why)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            partition.origin.topic_id,
            i32::from(partition.origin.partition),
            i64::try_from(loss.span.first)?,
            i64::try_from(loss.span.last)?,
            loss.beyond_log,
            i64::try_from(*stored)?,
            i64::try_from(partition.resume_at())?,
            loss.why,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

/// How many of the offsets are stored, as rows or rejections.
async fn count(warehouse: &Warehouse, origin: Origin<'_>, span: Span) -> anyhow::Result<u64> {
    let mut count = 0;
    for table in [Table::Plays, Table::Rejected] {
        let sql = format!(
            "SELECT count() FROM {} WHERE {}",
            table.name(),
            stored::within(origin, span)
        );
        count += warehouse.run(&sql).await?.trim().parse::<u64>()?;
    }
    Ok(count)
}

/// Puts what is stored of lost offsets under a topic id of its own. Run twice, it changes nothing more.
async fn put_aside(
    warehouse: &Warehouse,
    origin: Origin<'_>,
    accepted: Accepted,
) -> anyhow::Result<()> {
    let aside = format!("{}~{}", origin.topic_id, accepted.id);
    let condition = stored::within(origin, accepted.span);
    warehouse
        .run(&format!(
            "ALTER TABLE plays UPDATE topic_id = '{aside}' WHERE {condition} SETTINGS mutations_sync = 2"
        ))
        .await?;
    // Its key holds the topic's id, which no mutation may change.
    let columns = arrow::REJECTED_COLUMNS.join(", ");
    let renamed = columns.replacen("topic_id", &format!("'{aside}' AS topic_id"), 1);
    warehouse
        .run(&format!(
            "INSERT INTO rejected ({columns}) SELECT {renamed} FROM rejected WHERE {} \
             AND kafka_offset NOT IN (SELECT kafka_offset FROM rejected WHERE topic_id = '{aside}')",
            condition.replace("topic_id", "rejected.topic_id"),
        ))
        .await?;
    warehouse
        .run(&format!(
            "ALTER TABLE rejected DELETE WHERE {condition} SETTINGS mutations_sync = 2"
        ))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(committed: u64, pending: Option<(u64, u64)>, (low, high): (u64, u64)) -> Position {
        Position::for_test(
            committed,
            pending.map(|(first, last)| Span { first, last }),
            low,
            high,
        )
    }

    fn lost(
        position: &Position,
        stored_end: Option<u64>,
        held: Option<&[u64]>,
    ) -> Vec<(u64, u64, bool)> {
        losses(position, stored_end, held)
            .iter()
            .map(|loss| (loss.span.first, loss.span.last, loss.beyond_log))
            .collect()
    }

    #[test]
    fn a_partition_that_is_whole_has_lost_nothing() {
        for stored_end in [None, Some(9)] {
            assert_eq!(lost(&position(5, None, (0, 9)), stored_end, None), []);
        }
        let pending = position(5, Some((5, 6)), (0, 9));
        assert_eq!(lost(&pending, None, Some(&[5, 6])), []);
    }

    #[test]
    fn what_kafka_removed_is_lost() {
        let removed = position(5, None, (8, 20));
        assert_eq!(lost(&removed, None, None), [(5, 7, false)]);
    }

    #[test]
    fn what_lies_beyond_the_log_is_lost_whether_it_was_committed_journaled_or_stored() {
        let committed = position(1_000, None, (0, 9));
        assert_eq!(lost(&committed, None, None), [(9, 999, true)]);
        let journaled = position(7, Some((7, 12)), (0, 9));
        assert_eq!(lost(&journaled, None, None), [(9, 12, true)]);
        let stored = position(7, None, (0, 9));
        assert_eq!(lost(&stored, Some(15), None), [(9, 14, true)]);
    }

    #[test]
    fn a_gap_within_the_range_that_was_on_its_way_is_lost() {
        let gap = position(5, Some((5, 9)), (0, 20));
        assert_eq!(
            lost(&gap, None, Some(&[5, 6, 8])),
            [(7, 7, false), (9, 9, false)]
        );
    }
}
