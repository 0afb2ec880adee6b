//! `veza prove`, as a doubter runs it, in short.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use veza_standalone::process::{Launch, Process};
use veza_standalone::status::Status;
use veza_standalone::testing::{eventually, program};

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

/// The folders of stacks that `prove` runs below `folder`.
fn stacks(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let ours = |path: &PathBuf| path.display().to_string().contains("/veza-temporary-");
    entries.map(|entry| entry.path()).filter(ours).collect()
}

/// The processes of the one stack, once there are so many.
fn processes(folder: &Path, at_least: usize) -> Option<Vec<u32>> {
    let stacks = stacks(folder);
    let status = Status::read(&stacks.first()?.join("status.json")).ok()?;
    let pids = status.services.iter().filter_map(|service| service.pid);
    let pids: Vec<u32> = pids.collect();
    (pids.len() >= at_least).then_some(pids)
}

#[tokio::test]
async fn ctrl_c_leaves_no_process_and_no_folder() {
    let folder = std::env::temp_dir().join(format!("veza-prove-{}", uuid::Uuid::new_v4()));
    fs::create_dir_all(&folder).unwrap();
    // Postgres may run as another user.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).unwrap();
    let log = folder.with_extension("log");
    let mut launch = Launch::new(program("veza"), &log)
        .args(["prove"])
        .env("TMPDIR", &folder);
    launch.inherit_settings = true;
    let prove = Process::spawn(&launch).unwrap();
    let servers = 4;
    let pids = eventually(Duration::from_secs(120), async || {
        processes(&folder, servers)
    })
    .await;

    prove.signal(Signal::SIGINT);
    let status = tokio::time::timeout(Duration::from_secs(20), prove.exited()).await;
    let said = fs::read_to_string(&log).unwrap();
    assert!(!status.expect("it ends").success());
    assert!(said.contains("interrupted"), "{said}");
    for pid in pids {
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "{pid} still runs"
        );
    }
    assert_eq!(stacks(&folder), Vec::<PathBuf>::new());
    fs::remove_dir_all(&folder).unwrap();
    fs::remove_file(&log).unwrap();
}
