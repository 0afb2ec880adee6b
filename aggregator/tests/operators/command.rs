//! Runs `veza-aggregator` as an operator does, and `veza verify` after it.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use veza_standalone::testing::{Installation, eventually, program};
use veza_standalone::verify::Proof;

use crate::support::PATIENCE;

fn command(veza: &Installation, args: &[&str]) -> Command {
    let mut command = Command::new(program("veza-aggregator"));
    command
        .args(args)
        .envs(veza.env())
        .env("VEZA_AGGREGATOR_GROUP", veza.topic())
        .stdin(Stdio::null());
    command
}

/// What it printed; `Err`, with what it said was wrong, if it failed.
pub async fn try_operate(veza: &Installation, args: &[&str]) -> Result<String, String> {
    let mut command = command(veza, args);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub async fn operate(veza: &Installation, args: &[&str]) -> String {
    try_operate(veza, args)
        .await
        .unwrap_or_else(|said| panic!("{args:?}: {said}"))
}

/// Runs it until it has come to `fail_point`, and kills it there.
pub async fn killed_at(veza: &Installation, args: &[&str], fail_point: &str) {
    let log = std::env::temp_dir().join(format!("{}-{}", veza.topic(), uuid::Uuid::new_v4()));
    let mut process = Kill(
        command(veza, args)
            .env("VEZA_AGGREGATOR_FAIL_POINT", fail_point)
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap(),
    );
    let said = |log: &Path| std::fs::read_to_string(log).unwrap_or_default();
    eventually(PATIENCE, async || {
        let said = said(&log);
        if said.contains("fail point hit") {
            Ok(())
        } else {
            Err(said)
        }
    })
    .await;
    process.0.kill().unwrap();
    process.0.wait().unwrap();
    let _ = std::fs::remove_file(&log);
}

/// Ends the process however the test ends.
struct Kill(Child);

impl Drop for Kill {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

pub async fn verified(veza: &Installation) -> Proof {
    let proof = veza.verify(PATIENCE).await;
    assert_eq!(proof.findings, [], "veza verify");
    proof
}
