//! Ports for tests: free ones that stay ours while a server behind them is killed and started again.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::Context;

/// Below the range that the kernel takes for outgoing connections, so that no client's socket lands on a reserved port.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// A port on loopback that no other test process takes as long as this lives.
#[derive(Debug)]
pub struct ReservedPort {
    pub port: u16,
    /// Locked; the kernel lets go of it when the process ends, however it ends.
    _lock: File,
}

/// Reserves a port that nobody listens on.
pub fn reserve() -> anyhow::Result<ReservedPort> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let locks = std::env::temp_dir().join("veza-ports");
    std::fs::create_dir_all(&locks)
        .with_context(|| format!("cannot create {}", locks.display()))?;
    let span = LAST - FIRST;
    // Processes begin at different places, so that they seldom try the same port.
    let start = (std::process::id() as u16).wrapping_mul(97) % span;
    for _ in 0..span {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + start.wrapping_add(step) % span;
        let path = locks.join(port.to_string());
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        if file.try_lock().is_ok() && is_free(port) {
            return Ok(ReservedPort { port, _lock: file });
        }
    }
    anyhow::bail!("no free port between {FIRST} and {LAST}")
}

/// Whether somebody could listen on this port of loopback now.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
