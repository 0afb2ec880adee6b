//! Schemathesis makes requests out of the OpenAPI document, right and wrong ones, as each kind of person: nothing may fail on
//! our side, and every answer must be as the document says.

#[allow(dead_code)]
#[path = "../marketplace/market.rs"]
mod market;
mod scene;
#[allow(dead_code)]
#[path = "../after_sale/shop.rs"]
mod shop;
#[allow(dead_code)]
#[path = "../http/support.rs"]
mod support;

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;
use veza_standalone::testing::{python_environment, repository};

use scene::Scene;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";

/// The same requests every time.
const SEED: &str = "901";

/// How the program is to go about it.
struct Effort {
    /// Of schemathesis; `coverage` takes each constraint of the document by itself.
    phases: &'static str,
    /// Requests for each operation and person at most, in a phase of random ones.
    examples: &'static str,
    /// Requests for each person at least: fewer, and the document or the program was not read as it is meant.
    at_least: u64,
    patience: Duration,
}

#[tokio::test]
async fn no_request_of_a_few_hundred_fails_on_our_side_or_is_answered_otherwise_than_documented() {
    let effort = Effort {
        phases: "fuzzing",
        examples: "4",
        at_least: 250,
        patience: Duration::from_secs(300),
    };
    fuzz(&effort).await;
}

#[tokio::test]
#[ignore = "ten thousand requests take minutes"]
async fn no_request_of_ten_thousand_fails_on_our_side_or_is_answered_otherwise_than_documented() {
    let effort = Effort {
        phases: "examples,coverage,fuzzing",
        examples: "50",
        at_least: 3_000,
        patience: Duration::from_secs(3_000),
    };
    fuzz(&effort).await;
}

async fn fuzz(effort: &Effort) {
    let folder = repository().join("api/tests/fuzzer");
    let requirements = folder.join("requirements.txt");
    let environment =
        tokio::task::spawn_blocking(move || python_environment("schemathesis", &requirements));
    let (environment, scene) = tokio::join!(environment, Scene::new());
    let program = environment.expect("no panic").join("bin/schemathesis");
    for (person, token) in scene.people() {
        let said = run(&program, &folder, &scene, token, effort).await;
        let generated = number_before(&said, " generated").unwrap_or_default();
        assert!(
            generated >= effort.at_least,
            "only {generated} requests as {person}:\n{said}"
        );
    }
}

/// What it printed; panics with it if it found something.
async fn run(program: &Path, folder: &Path, scene: &Scene, token: &str, effort: &Effort) -> String {
    let mut command = Command::new(program);
    command
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(scene.url("/api/openapi.json"))
        .args(["--phases", effort.phases, "--max-examples", effort.examples])
        .args(["--seed", SEED, "--checks", CHECKS])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", folder)
        .env("VEZA_KNOWN_IDS", scene.known_ids().to_string())
        // It keeps what it found beside where it runs.
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .kill_on_drop(true);
    let output = tokio::time::timeout(effort.patience, command.output()).await;
    let output = output
        .expect("an end in time")
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    said
}

/// The number that stands before some words.
fn number_before(text: &str, words: &str) -> Option<u64> {
    let (before, _) = text.split_once(words)?;
    before
        .split_whitespace()
        .last()?
        .replace(',', "")
        .parse()
        .ok()
}
