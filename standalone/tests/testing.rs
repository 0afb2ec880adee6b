//! What tests of all crates stand on: real servers, isolated installations, nothing left behind.

use std::time::Duration;

use veza_standalone::testing::{Installation, Servers, eventually};

#[tokio::test]
async fn two_installations_do_not_meet() {
    let (one, other) = tokio::join!(Installation::new(), Installation::new());
    for name in [
        "VEZA_KAFKA_TOPIC",
        "VEZA_POSTGRES_URL",
        "VEZA_CLICKHOUSE_DATABASE",
        "VEZA_S3_BUCKET",
        "VEZA_TOKEN_SECRET",
    ] {
        assert_ne!(one.setting(name), other.setting(name), "{name}");
    }
    one.produce("key", b"value").await;
    let (_, offset) = other.produce("key", b"value").await;
    assert_eq!(offset, 0);
    let insert = "INSERT INTO creators (name) VALUES ('someone')";
    sqlx::query(insert)
        .execute(one.postgres())
        .await
        .expect("a migrated database");
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM creators")
        .fetch_one(other.postgres())
        .await
        .expect("a count");
    assert_eq!(there, 0);
}

#[tokio::test]
async fn killed_servers_come_back_with_their_data() {
    let servers = Servers::dedicated().await;
    let veza = Installation::on(servers.clone()).await;
    let (partition, offset) = veza.produce("key", b"before").await;
    sqlx::query("INSERT INTO creators (name) VALUES ('someone')")
        .execute(veza.postgres())
        .await
        .expect("a migrated database");
    veza.clickhouse("CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n")
        .await;
    veza.clickhouse("INSERT INTO kept VALUES (7)").await;

    tokio::join!(
        servers.kafka.kill9(),
        servers.postgres.kill9(),
        servers.warehouse.kill9()
    );
    assert!(veza.try_clickhouse("SELECT 1").await.is_err());
    tokio::join!(
        servers.kafka.start(),
        servers.postgres.start(),
        servers.warehouse.start()
    );

    let (_, next) = veza.produce_to(partition, "key", b"after").await;
    assert_eq!(next, offset + 1);
    let creators = || async {
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM creators")
            .fetch_one(veza.postgres())
            .await
    };
    assert_eq!(eventually(Duration::from_secs(10), creators).await, 1);
    assert_eq!(veza.clickhouse("SELECT n FROM kept").await[0]["n"], 7);
}
