//! Pauses between attempts.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
/// Short, so that whoever comes back finds us soon.
const LONGEST: Duration = Duration::from_secs(1);

/// Pauses that double, from 50 ms up to 1 s.
#[derive(Debug)]
pub struct Backoff(Duration);

impl Backoff {
    pub fn new() -> Self {
        Self(FIRST)
    }

    pub async fn pause(&mut self) {
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST);
        tokio::time::sleep(pause).await;
    }
}
