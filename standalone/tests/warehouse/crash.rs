//! What was confirmed is there after a crash, once.

use std::time::Duration;

use crate::support::{WRITER, Warehouse};

const ROWS: u64 = 2_000;

async fn insert(url: &str, number: u64) -> Result<(), String> {
    let sql = format!(
        "INSERT INTO veza.t SETTINGS insert_deduplication_token = 'range-{number}' FORMAT TSV"
    );
    let first = number * ROWS;
    let rows: String = (first..first + ROWS)
        .map(|row| format!("{row}\n"))
        .collect();
    let response = reqwest::Client::new()
        .post(url)
        .query(&[("query", &sql)])
        .basic_auth(WRITER, Some(WRITER))
        .timeout(Duration::from_secs(20))
        .body(rows)
        .send()
        .await
        .map_err(|error| error.to_string())?;
    match response.status().as_u16() {
        200 => Ok(()),
        status => Err(format!(
            "{status}: {}",
            response.text().await.unwrap_or_default()
        )),
    }
}

#[tokio::test]
async fn a_kill_amid_inserts_loses_and_doubles_nothing() {
    let mut warehouse = Warehouse::start().await;
    warehouse
        .run(
            "CREATE TABLE veza.t (a UInt64) ENGINE = MergeTree PARTITION BY intDiv(a, 100000) ORDER BY a SETTINGS \
             non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1",
        )
        .await;
    let mut number = 0;
    for round in 0..3 {
        let url = warehouse.url();
        let inserts = tokio::spawn(async move {
            let mut next = number;
            while insert(&url, next).await.is_ok() {
                next += 1;
            }
            next
        });
        tokio::time::sleep(Duration::from_millis(300 + 170 * round)).await;
        warehouse.kill9().await;
        let confirmed = inserts.await.unwrap();
        assert!(confirmed > number, "some were confirmed before the kill");
        warehouse.restart().await;
        let stored = warehouse
            .run("SELECT count(), uniqExact(a) FROM veza.t")
            .await;
        let sure = confirmed * ROWS;
        let (perhaps, all) = (sure + ROWS, format!("{sure}\t{sure}\n"));
        assert!(
            stored == all || stored == format!("{perhaps}\t{perhaps}\n"),
            "{sure} rows were confirmed, and {stored} are stored"
        );
        // The one that was not confirmed goes again, as its sender would do.
        insert(&warehouse.url(), confirmed).await.unwrap();
        number = confirmed + 1;
        let rows = number * ROWS;
        let stored = warehouse
            .run("SELECT count(), uniqExact(a) FROM veza.t")
            .await;
        assert_eq!(stored, format!("{rows}\t{rows}\n"));
    }
}

#[tokio::test]
async fn it_ends_in_good_order_and_starts_on_the_same_data() {
    let mut warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    let url = warehouse.url();
    let slow = tokio::spawn(async move {
        let request = reqwest::Client::new()
            .post(url)
            .basic_auth(WRITER, Some(WRITER));
        let response = request.body("SELECT sleep(2)").send().await.unwrap();
        response.text().await.unwrap()
    });
    veza_standalone::testing::eventually(Duration::from_secs(10), async || {
        let sql = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep%'";
        warehouse.run(sql).await == "1\n"
    })
    .await;
    insert(&warehouse.url(), 0).await.unwrap();
    let status = warehouse.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", warehouse.log());
    assert_eq!(slow.await.unwrap(), "0\n", "what ran was answered");
    warehouse.restart().await;
    assert_eq!(
        warehouse.run("SELECT count() FROM veza.t").await,
        format!("{ROWS}\n")
    );
}

#[tokio::test]
async fn data_in_use_is_refused() {
    let warehouse = Warehouse::start().await;
    let status = warehouse.rival().await;
    assert_eq!(status.code(), Some(1), "{}", warehouse.log());
    assert_eq!(warehouse.run("SELECT 1").await, "1\n");
}
