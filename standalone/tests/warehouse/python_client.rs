//! clickhouse-connect, a client of another language: `tests/clickhouse_connect/test_client.py` on a warehouse of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use veza_standalone::home::Home;

use crate::support::Warehouse;

#[tokio::test]
async fn it_works_as_with_a_server() {
    let warehouse = Warehouse::start().await;
    let port = warehouse.address().rsplit(':').next().unwrap().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        Command::new(environment().join("bin/python"))
            .args(["-m", "unittest", "--verbose", "test_client"])
            .current_dir(folder())
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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clickhouse_connect")
}

/// A virtual environment with what `requirements.txt` pins; made once for each version of that file.
fn environment() -> PathBuf {
    let requirements = folder().join("requirements.txt");
    let pins = std::fs::read(&requirements).expect("requirements.txt");
    let digest: String = Sha256::digest(&pins)[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let home = Home::from_environment();
    let environment = home
        .downloads()
        .join(format!("clickhouse-connect-{digest}"));
    let whole = environment.join("whole");
    if whole.exists() {
        return environment;
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment));
    run(Command::new(environment.join("bin/pip"))
        .args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(&requirements));
    std::fs::write(whole, "").expect("the mark of a whole environment");
    environment
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; Python 3 with venv is needed"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
