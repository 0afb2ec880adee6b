//! What can be known to be wrong before anything starts, each as one line that says what to do.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::ports::is_free;
use crate::servers::Server;

/// Bytes that must be free to start: the logs of Kafka and Postgres grow by tens of megabytes at once.
const ROOM_NEEDED: u64 = 1 << 30;
/// How long processes of a killed run may take to let go of their ports.
const PORTS_TIMEOUT: Duration = Duration::from_secs(5);

/// Kafka needs Java 17.
pub fn check_java() -> anyhow::Result<()> {
    const INSTALL: &str = "install it: apt-get install openjdk-17-jre-headless";
    let Ok(output) = Command::new("java").arg("-version").output() else {
        bail!("java is missing, and Kafka needs it; {INSTALL}");
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match java_version(&said) {
        Some(version) if version < 17 => {
            bail!("java is version {version}, and Kafka needs 17; {INSTALL}")
        }
        Some(_) => Ok(()),
        None => bail!(
            "java does not say its version ({}); {INSTALL}",
            said.lines().next().unwrap_or_default()
        ),
    }
}

/// The 17 of `openjdk version "17.0.15" 2025-04-15`; before 9 it was the second number.
fn java_version(said: &str) -> Option<u32> {
    let version = said.split('"').nth(1)?;
    let mut numbers = version.split(['.', '-', '_', '+']).map(str::parse::<u32>);
    match numbers.next()?.ok()? {
        1 => numbers.next()?.ok(),
        version => Some(version),
    }
}

/// Room for what is written while it runs.
pub fn check_room(data: &Path) -> anyhow::Result<()> {
    let stat = nix::sys::statvfs::statvfs(data)
        .with_context(|| format!("cannot read {}", data.display()))?;
    let free = stat.blocks_available() as u64 * stat.fragment_size() as u64;
    if free < ROOM_NEEDED {
        bail!(
            "the disk of {} is nearly full: {} MiB are free, {} are needed; make room, or set VEZA_DIR to a folder elsewhere",
            data.display(),
            free >> 20,
            ROOM_NEEDED >> 20
        );
    }
    Ok(())
}

/// Nobody else listens on our ports, and no two of ours are the same. Processes of a killed run get a moment to end.
pub fn check_ports(servers: &[&dyn Server]) -> anyhow::Result<()> {
    let ports: Vec<_> = servers
        .iter()
        .flat_map(|server| {
            server
                .ports()
                .into_iter()
                .map(|(port, variable)| (server.name(), port, variable))
        })
        .collect();
    for (index, (name, port, variable)) in ports.iter().enumerate() {
        if let Some((other, _, other_variable)) =
            ports[..index].iter().find(|(_, taken, _)| taken == port)
        {
            bail!(
                "{other} and {name} have the same port {port}; change {other_variable} or {variable}"
            );
        }
    }
    let deadline = Instant::now() + PORTS_TIMEOUT;
    for (name, port, variable) in ports {
        while !is_free(port) {
            if Instant::now() > deadline {
                bail!(
                    "port {port} is in use, and {name} needs it; end the program that listens there, or choose another: {variable}=…"
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_java_is_read() {
        assert_eq!(
            java_version("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK"),
            Some(17)
        );
        assert_eq!(java_version("openjdk version \"21-ea\" 2023"), Some(21));
        assert_eq!(java_version("java version \"1.8.0_292\""), Some(8));
        assert_eq!(java_version("nothing of that kind"), None);
    }
}
