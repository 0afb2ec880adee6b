//! clickhouse-connect, a client of another language: `tests/clickhouse_connect/test_client.py` on a warehouse of its own.

use std::path::Path;
use std::process::Command;

use veza_standalone::testing::python_environment;

use crate::support::Warehouse;

#[tokio::test]
async fn it_works_as_with_a_server() {
    let warehouse = Warehouse::start().await;
    let port = warehouse.address().rsplit(':').next().unwrap().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clickhouse_connect");
        let environment =
            python_environment("clickhouse-connect", &folder.join("requirements.txt"));
        Command::new(environment.join("bin/python"))
            .args(["-m", "unittest", "--verbose", "test_client"])
            .current_dir(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("VEZA_TEST_PORT", port)
            .output()
            .expect("Python runs")
    });
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Ran "), "{said}");
}
