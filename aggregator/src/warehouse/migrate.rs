//! The warehouse's schema: numbered files of `clickhouse/`, each applied once, in order.
//!
//! ClickHouse has no transactions: a crash between a file and its record applies that file again, so files say `IF NOT EXISTS`.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Warehouse, WarehouseError};

/// A file of `clickhouse/`.
#[derive(Debug, Clone, Copy)]
struct File {
    name: &'static str,
    sql: &'static str,
}

macro_rules! files {
    ($($name:literal,)+) => { &[$(File { name: $name, sql: include_str!(concat!("../../../clickhouse/", $name)) },)+] };
}

const FILES: &[File] = files!["001_plays.sql", "002_rejected.sql", "003_creator_codec.sql",];

const RECORDS: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (\
    name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)\
    ) ENGINE = MergeTree ORDER BY name SETTINGS fsync_after_insert = 1, fsync_part_directory = 1";

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("clickhouse/{file}: {source}")]
    File {
        file: &'static str,
        source: WarehouseError,
    },
    #[error(
        "clickhouse/{0} was changed after it was applied; put it back as it was, and write a new file"
    )]
    Changed(&'static str),
    #[error(
        "materialized views read from {table}: {views}. Views count a range again when it is sent again; drop them, every number is computed from {table} itself"
    )]
    Views { table: &'static str, views: String },
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
}

/// Creates the database, applies what is new, and makes sure that no view reads from the tables. Returns the files applied.
pub async fn migrate(warehouse: &Warehouse) -> Result<Vec<&'static str>, MigrateError> {
    warehouse
        .run_outside(&format!(
            "CREATE DATABASE IF NOT EXISTS {} ENGINE = Atomic",
            identifier(warehouse.database())
        ))
        .await?;
    warehouse.run(RECORDS).await?;
    let applied = applied(warehouse).await?;
    let mut news = Vec::new();
    for file in FILES {
        let checksum = checksum(file.sql);
        match applied.get(file.name) {
            Some(known) if *known == checksum => continue,
            Some(_) => return Err(MigrateError::Changed(file.name)),
            None => apply(warehouse, file, &checksum).await?,
        }
        news.push(file.name);
    }
    refuse_views(warehouse).await?;
    Ok(news)
}

async fn apply(warehouse: &Warehouse, file: &File, checksum: &str) -> Result<(), MigrateError> {
    for statement in statements(file.sql) {
        warehouse
            .run(&statement)
            .await
            .map_err(|source| MigrateError::File {
                file: file.name,
                source,
            })?;
    }
    warehouse
        .run(&format!(
            "INSERT INTO schema_migrations (name, checksum) VALUES ('{}', '{checksum}')",
            file.name
        ))
        .await?;
    Ok(())
}

async fn applied(warehouse: &Warehouse) -> Result<BTreeMap<String, String>, WarehouseError> {
    let rows = warehouse
        .run("SELECT name, checksum FROM schema_migrations")
        .await?;
    Ok(rows
        .lines()
        .filter_map(|row| row.split_once('\t'))
        .map(|(name, checksum)| (name.to_string(), checksum.to_string()))
        .collect())
}

/// Fails when a materialized view reads from `plays` or `rejected`.
pub async fn refuse_views(warehouse: &Warehouse) -> Result<(), MigrateError> {
    for table in ["plays", "rejected"] {
        let sql = format!(
            "SELECT concat(d, '.', t) FROM system.tables ARRAY JOIN dependencies_database AS d, dependencies_table AS t WHERE database = currentDatabase() AND name = '{table}'"
        );
        let views = warehouse.run(&sql).await?;
        if !views.trim().is_empty() {
            return Err(MigrateError::Views {
                table,
                views: views.trim().replace('\n', ", "),
            });
        }
    }
    Ok(())
}

/// The statements of a file: each ends with a line's last `;`. Remarks are left out.
fn statements(sql: &str) -> Vec<String> {
    let mut statements = vec![String::new()];
    for line in sql.lines() {
        let line = line.split("--").next().unwrap_or_default().trim_end();
        if let Some(last) = statements.last_mut() {
            last.push_str(line.strip_suffix(';').unwrap_or(line));
            last.push('\n');
        }
        if line.ends_with(';') {
            statements.push(String::new());
        }
    }
    statements.retain(|statement| !statement.trim().is_empty());
    statements
}

fn checksum(sql: &str) -> String {
    Sha256::digest(sql)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_applied_in_its_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../clickhouse");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| name.ends_with(".sql"));
        names.sort();
        assert_eq!(
            FILES.iter().map(|file| file.name).collect::<Vec<_>>(),
            names
        );
    }

    #[test]
    fn files_can_be_applied_again() {
        for file in FILES {
            for statement in statements(file.sql) {
                let repeatable = ["IF NOT EXISTS", "IF EXISTS", "OR REPLACE"]
                    .iter()
                    .any(|words| statement.contains(words));
                assert!(repeatable, "{}: {statement}", file.name);
            }
        }
    }

    #[test]
    fn statements_end_with_a_line_and_not_within_a_remark() {
        assert_eq!(
            statements("-- one; two\nA (x, -- y; z\n  w);\n\nB;\nC\n"),
            ["\nA (x,\n  w)\n", "\nB\n", "C\n"]
        );
    }
}
