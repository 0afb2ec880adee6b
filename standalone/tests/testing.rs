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

/// Set in the child of the next test: whoever runs all ignored tests doesn't want to wait for ever.
const HOLD: &str = "VEZA_TEST_HOLD_SERVERS";

/// Started by the next test as a process of its own: shows what it runs, then waits to be killed.
#[tokio::test]
#[ignore = "only as a child of a_killed_test_leaves_nothing_behind"]
async fn hold_servers() {
    if std::env::var_os(HOLD).is_none() {
        return;
    }
    let servers = Servers::shared().await;
    let pids = [
        servers.kafka.pid(),
        servers.postgres.pid(),
        servers.warehouse.pid(),
        servers.objects.pid(),
    ];
    println!("\nholding {}", pids.map(|pid| pid.to_string()).join(" "));
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_test_leaves_nothing_behind() {
    use std::io::BufRead;
    use std::process::{Command, Stdio};
    let mut child = Command::new(std::env::current_exe().expect("our own path"))
        .args(["--ignored", "--exact", "hold_servers", "--nocapture"])
        .env(HOLD, "")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test starts");
    let mut lines = std::io::BufReader::new(child.stdout.take().expect("piped")).lines();
    let held = lines.find_map(|line| {
        line.expect("text")
            .strip_prefix("holding ")
            .map(str::to_owned)
    });
    let pids: Vec<String> = held
        .expect("it holds servers")
        .split(' ')
        .map(str::to_owned)
        .collect();
    assert!(pids.iter().all(|pid| runs(pid)));
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    eventually(Duration::from_secs(10), || async {
        !pids.iter().any(|pid| runs(pid))
    })
    .await;
}

/// Whether a process runs; one that has ended and is not reaped yet has no command line.
fn runs(pid: &str) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}
