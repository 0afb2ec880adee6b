//! The insert of a sealed range: one record batch, one request, one token, the same bytes until ClickHouse says yes.

use std::time::Instant;

use bytes::Bytes;

use super::{Warehouse, WarehouseError, arrow};

/// Pinned in every insert, because ClickHouse derives its deduplication ids from how it cuts a request into blocks: with
/// other values, the same bytes under the same token are stored twice.
///
/// The limits on a block are above any range, so a range is one block; and a block may span any number of months.
const PINNED: &str = "insert_deduplicate = 1, async_insert = 0, max_partitions_per_insert_block = 0, max_insert_threads = 1, \
     materialized_views_ignore_errors = 0, deduplicate_blocks_in_dependent_materialized_views = 1, \
     max_insert_block_size = 1048449, min_insert_block_size_rows = 1048449, min_insert_block_size_bytes = 268402944";

/// A table that ranges are inserted into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Plays,
    Rejected,
}

impl Table {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plays => "plays",
            Self::Rejected => "rejected",
        }
    }

    fn columns(self) -> String {
        match self {
            Self::Plays => arrow::PLAY_COLUMNS.join(", "),
            Self::Rejected => arrow::REJECTED_COLUMNS.join(", "),
        }
    }
}

/// What a range still has to store in one table: encoded once, and sent until it is there.
#[derive(Debug, Clone)]
pub struct Insert {
    pub table: Table,
    statement: String,
    body: Bytes,
}

impl Insert {
    /// `token` names the range: the same rows under the same token are stored once, however often they are sent.
    pub fn new(table: Table, token: &str, body: Bytes) -> Self {
        let token = token.replace('\\', "\\\\").replace('\'', "\\'");
        let statement = format!(
            "INSERT INTO {} ({}) SETTINGS insert_deduplication_token = '{token}', {PINNED} FORMAT ArrowStream",
            table.name(),
            table.columns()
        );
        Self {
            table,
            statement,
            body,
        }
    }

    /// One attempt.
    pub async fn send(&self, warehouse: &Warehouse) -> Result<(), WarehouseError> {
        let mut attempt = Attempt {
            table: self.table,
            begun: Instant::now(),
            outcome: "cancelled",
        };
        let result = warehouse.insert(&self.statement, self.body.clone()).await;
        attempt.outcome = match &result {
            Ok(()) => "stored",
            Err(WarehouseError::Refused { .. }) => "refused",
            Err(_) => "unanswered",
        };
        result
    }
}

/// An attempt under way. It is measured when dropped, which happens to one that is given up, too.
struct Attempt {
    table: Table,
    begun: Instant,
    outcome: &'static str,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        metrics::histogram!("veza_aggregator_insert_duration_seconds", "table" => self.table.name(), "outcome" => self.outcome)
            .record(self.begun.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_names_the_range_its_columns_and_every_pinned_setting() {
        let insert = Insert::new(Table::Rejected, "AbC:3:10-19", Bytes::new());
        let expected = "INSERT INTO rejected (topic_id, kafka_partition, kafka_offset, code, reason, at, raw) SETTINGS insert_deduplication_token = 'AbC:3:10-19', insert_deduplicate = 1, async_insert = 0, ";
        assert!(
            insert.statement.starts_with(expected),
            "{}",
            insert.statement
        );
        assert!(
            insert
                .statement
                .ends_with("min_insert_block_size_bytes = 268402944 FORMAT ArrowStream")
        );
    }
}
