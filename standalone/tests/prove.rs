//! `veza prove`, as a doubter runs it, in short.

use std::process::{Command, Stdio};

use serde_json::Value;
use veza_standalone::testing::program;

#[tokio::test]
async fn prove_kills_what_runs_and_finds_every_promise_kept() {
    let mut command = Command::new(program("veza"));
    command.stdin(Stdio::null());
    command.args([
        "prove",
        "--seconds",
        "12",
        "--rate",
        "300",
        "--seed",
        "7",
        "--json",
    ]);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("no panic").expect("veza starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}\n{said}",
        String::from_utf8_lossy(&output.stdout)
    );

    let verdict: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(verdict["holds"], true, "{verdict}");
    let kills = verdict["kills"].as_array().expect("kills");
    assert!(kills.len() >= 2, "{said}");
    assert!(
        kills
            .iter()
            .all(|kill| kill["back_after"].as_f64() > Some(0.0)),
        "{kills:?}"
    );
    assert!(
        said.contains("kill -9") && said.contains("serves again"),
        "{said}"
    );
    // Each of the five terms has something to show, and they sum to what was received.
    let terms = ["counted", "continued", "excluded", "duplicate", "rejected"];
    let balance = terms.map(|term| verdict["balance"][term].as_u64().expect(term));
    assert!(balance.iter().all(|records| *records > 0), "{balance:?}");
    assert_eq!(verdict["received"].as_u64(), Some(balance.iter().sum()));
    let promised = verdict["promised"]["reports"].as_u64().expect("promises");
    assert!(
        promised > 300 && promised <= balance.iter().sum(),
        "{verdict}"
    );
}
