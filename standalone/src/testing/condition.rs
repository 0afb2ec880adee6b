//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::panic::Location;
use std::time::{Duration, Instant};

/// What can be waited for: `true`, `Some`, `Ok`.
pub trait Condition {
    type Value;
    /// The value once it holds; until then why not.
    fn holds(self) -> Result<Self::Value, String>;
}

impl Condition for bool {
    type Value = ();
    fn holds(self) -> Result<(), String> {
        self.then_some(()).ok_or_else(|| "false".into())
    }
}

impl<T> Condition for Option<T> {
    type Value = T;
    fn holds(self) -> Result<T, String> {
        self.ok_or_else(|| "None".into())
    }
}

impl<T, E: Debug> Condition for Result<T, E> {
    type Value = T;
    fn holds(self) -> Result<T, String> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// Asks every 50 ms until the condition holds, and gives its value.
///
/// # Panics
/// If it does not hold within `timeout`; the message names the caller's line and what it was last.
#[track_caller]
pub fn eventually<C, F, Fut>(timeout: Duration, mut condition: F) -> impl Future<Output = C::Value>
where
    C: Condition,
    F: FnMut() -> Fut,
    Fut: Future<Output = C>,
{
    let caller = Location::caller();
    async move {
        let deadline = Instant::now() + timeout;
        loop {
            match condition().await.holds() {
                Ok(value) => return value,
                Err(last) if Instant::now() > deadline => {
                    panic!("not within {timeout:?} at {caller}; last: {last}")
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}
