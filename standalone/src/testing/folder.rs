//! The data of a test process: a folder that goes when the process has gone.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const PREFIX: &str = "veza-test-";

/// A new folder for one set of servers, inside the process's own.
pub fn new() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = of_process().join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    create(&folder);
    folder
}

fn of_process() -> &'static Path {
    static FOLDER: OnceLock<(PathBuf, File)> = OnceLock::new();
    let (folder, _lock) = FOLDER.get_or_init(|| {
        let parent = std::env::temp_dir();
        remove_abandoned(&parent);
        let folder = parent.join(format!("{PREFIX}{}", std::process::id()));
        create(&folder);
        let lock =
            File::create(folder.join("lock")).expect("a lock file in the folder of the test");
        lock.lock().expect("the lock of our own folder");
        // SAFETY: `remove_own` is a plain function that stays valid until the process ends.
        unsafe { libc::atexit(remove_own) };
        (folder, lock)
    });
    folder
}

/// Postgres may run as another user, who must be able to pass.
fn create(folder: &Path) {
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let passable = fs::Permissions::from_mode(0o711);
    fs::set_permissions(folder, passable)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// At a normal end of the process. Servers still write into it, so some of it may stay for [`remove_abandoned`].
extern "C" fn remove_own() {
    super::servers::kill_all();
    remove(of_process());
}

/// Beside what goes on: databases are tens of thousands of files, and taking them away takes longer than many a test.
pub fn remove(folder: &Path) {
    let _ = Command::new("sh")
        .args(["-c", "rm -rf \"$0\" &"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Folders of test processes that have ended: nobody holds their lock.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let lock = File::open(entry.path().join("lock"));
        if ours && lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            remove(&entry.path());
        }
    }
}
