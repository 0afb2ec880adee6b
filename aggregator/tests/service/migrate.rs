//! The warehouse's schema is applied once, and guarded.

use std::process::{Command, Output};

use veza_standalone::testing::{Installation, program};

/// Making an installation has already migrated it once.
fn migrate(veza: &Installation) -> Output {
    let mut command = Command::new(program("veza-aggregator"));
    command.arg("migrate").envs(veza.env()).output().unwrap()
}

async fn applied(veza: &Installation) -> Vec<serde_json::Value> {
    veza.clickhouse("SELECT name, applied_at FROM schema_migrations ORDER BY name")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_file_is_applied_once() {
    let veza = Installation::new().await;
    let before = applied(&veza).await;
    assert!(before.len() >= 2, "{before:?}");
    assert!(migrate(&veza).status.success());
    assert_eq!(applied(&veza).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_after_it_was_applied_is_refused() {
    let veza = Installation::new().await;
    veza.clickhouse("ALTER TABLE schema_migrations UPDATE checksum = 'another' WHERE name = '001_plays.sql' SETTINGS mutations_sync = 1").await;
    refused(
        &veza,
        "clickhouse/001_plays.sql was changed after it was applied",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_materialized_view_on_plays_is_refused() {
    let veza = Installation::new().await;
    veza.clickhouse("CREATE MATERIALIZED VIEW by_day ENGINE = MergeTree ORDER BY day AS SELECT toDate(slot) AS day FROM plays").await;
    refused(&veza, ".by_day. Views count a range again");
}

fn refused(veza: &Installation, why: &str) {
    let output = migrate(veza);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(why), "{said}");
}
