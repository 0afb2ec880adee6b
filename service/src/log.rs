//! Logs go to standard error through `tracing`: a constant message plus fields.
//!
//! Never log a client's address, a token or an e-mail, not even at `debug`: logs are copied, shipped and kept where no
//! erasure reaches them. An id (a user's UUID, a topic's, an offset) says as much to who may look it up.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::settings::Log;

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("VEZA_LOG_FILTER `{filter}` is no filter: {why}; `info` and `veza_api=debug,info` are")]
    Filter { filter: String, why: String },
    #[error("a logger is already installed in this process")]
    Installed,
}

/// Installs the process's logger. Once a process.
pub fn init(settings: &Log) -> Result<(), LogError> {
    let filter = filter(&settings.filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let installed = if settings.format == "json" {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.try_init()
    };
    installed.map_err(|_| LogError::Installed)
}

fn filter(text: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::builder()
        .parse(text)
        .map_err(|error| LogError::Filter {
            filter: text.to_owned(),
            why: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_filter_is_named_with_good_ones() {
        let message = filter("veza_api=loudly")
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(message.contains("veza_api=loudly") && message.contains("veza_api=debug"));
        assert!(filter("info").is_ok());
    }
}
