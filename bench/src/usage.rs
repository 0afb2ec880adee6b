//! What a process has used, as the kernel counts it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

/// A running process.
#[derive(Debug, Clone)]
pub struct Usage {
    folder: PathBuf,
}

impl Usage {
    pub fn of(pid: u32) -> Self {
        Self {
            folder: Path::new("/proc").join(pid.to_string()),
        }
    }

    /// CPU time in user and kernel mode, since it started.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        cpu(&self.folder)
    }

    /// CPU time of the threads that live, by name; those that differ only in digits together.
    pub fn cpu_by_thread(&self) -> anyhow::Result<BTreeMap<String, Duration>> {
        let mut threads: BTreeMap<String, Duration> = BTreeMap::new();
        for entry in fs::read_dir(self.folder.join("task"))?.flatten() {
            // One that has just ended is none.
            let Ok(name) = fs::read_to_string(entry.path().join("comm")) else {
                continue;
            };
            let name = name.trim().trim_end_matches(|c: char| c.is_ascii_digit());
            *threads.entry(name.to_owned()).or_default() += cpu(&entry.path()).unwrap_or_default();
        }
        Ok(threads)
    }

    /// Most bytes that were resident at once.
    pub fn peak_resident(&self) -> anyhow::Result<u64> {
        self.status("VmHWM")
    }

    fn status(&self, name: &str) -> anyhow::Result<u64> {
        let text = read(&self.folder.join("status"))?;
        let line = text.lines().find(|line| line.starts_with(name));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
        Ok(kib.with_context(|| format!("the kernel does not tell {name}"))? << 10)
    }
}

fn cpu(folder: &Path) -> anyhow::Result<Duration> {
    let text = read(&folder.join("stat"))?;
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field after it.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let mut fields = fields.split_whitespace().skip(11);
    let (Some(user), Some(kernel)) = (fields.next(), fields.next()) else {
        bail!("{} is cut", folder.display());
    };
    let ticks: u64 = user.parse::<u64>()? + kernel.parse::<u64>()?;
    let per_second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)?.unwrap_or(100) as f64;
    Ok(Duration::from_secs_f64(ticks as f64 / per_second))
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_what_it_used() {
        let own = Usage::of(std::process::id());
        let begun = std::time::Instant::now();
        while own.cpu().unwrap() < Duration::from_millis(30) {
            assert!(begun.elapsed() < Duration::from_secs(30));
        }
        assert!(own.peak_resident().unwrap() > 1 << 20);
        assert!(!own.cpu_by_thread().unwrap().is_empty());
    }
}
