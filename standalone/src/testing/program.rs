//! The programs and files that belong to the running test.

use std::path::{Path, PathBuf};

/// A program of this workspace, from the target directory of the running test.
///
/// # Panics
/// If it is not built.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    // target/debug/deps/test-0123 → target/debug/veza-ingest
    let path = test.ancestors().nth(2).unwrap_or(Path::new("/")).join(name);
    assert!(
        path.is_file(),
        "{} is not built; build the programs first: cargo build --bins",
        path.display()
    );
    path
}

/// The root of the source tree.
pub fn repository() -> &'static Path {
    crate::home::workspace()
}
