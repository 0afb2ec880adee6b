//! Programs of Python that tests use, each set in an environment of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::home::Home;

/// The folder of a virtual environment with what `requirements`, a `requirements.txt`, pins; made once for each version of that
/// file. `name` tells what it is for.
///
/// # Panics
/// If Python 3 with venv is missing, or something of it can't be installed.
pub fn python_environment(name: &str, requirements: &Path) -> PathBuf {
    let pins = std::fs::read(requirements)
        .unwrap_or_else(|error| panic!("{}: {error}", requirements.display()));
    let digest: String = Sha256::digest(&pins)[..6]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let downloads = Home::from_environment().downloads();
    let environment = downloads.join(format!("{name}-{digest}"));
    // One makes it, the others wait.
    let lock = File::create(environment.with_extension("lock")).expect("a lock beside it");
    lock.lock().expect("the lock");
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
        .arg(requirements));
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
