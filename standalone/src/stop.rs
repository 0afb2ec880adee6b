//! Requests to end: Ctrl-C, SIGTERM, the terminal closed.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// As long as it lives, none of them ends the process by itself.
pub struct Stop {
    signals: [Signal; 3],
}

impl Stop {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ],
        })
    }

    /// The next one.
    pub async fn requested(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
