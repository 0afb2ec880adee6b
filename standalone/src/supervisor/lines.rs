//! The console: on a terminal one line a process, kept up to date; elsewhere a line at each change.

use std::io::IsTerminal;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::status::ServiceStatus;

pub struct Lines {
    /// None: not a terminal.
    terminal: Option<(MultiProgress, Vec<ProgressBar>)>,
}

impl Lines {
    /// With a line for each of `services` processes, where standard error is a terminal.
    pub fn new(services: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { terminal: None };
        }
        let all = MultiProgress::new();
        let bars = (0..services)
            .map(|_| {
                let bar = all.add(ProgressBar::new_spinner());
                bar.set_style(plain_style());
                bar
            })
            .collect();
        Self {
            terminal: Some((all, bars)),
        }
    }

    /// Shows what a process does; elsewhere than on a terminal only where its state is another.
    pub fn show(&self, index: usize, service: &ServiceStatus, new_state: bool) {
        match &self.terminal {
            Some((_, bars)) => bars[index].set_message(service.to_string()),
            None if new_state => eprintln!("{service}"),
            None => {}
        }
    }

    /// Says something above the lines.
    pub fn say(&self, text: &str) {
        match &self.terminal {
            Some((all, _)) => {
                let _ = all.println(text);
            }
            None => eprintln!("{text}"),
        }
    }

    /// A bar below the lines; hidden elsewhere than on a terminal.
    pub fn bar(&self, what: &str) -> ProgressBar {
        match &self.terminal {
            Some((all, _)) => {
                let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {eta}");
                let bar = all.add(ProgressBar::new(0));
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.with_message(what.to_owned())
            }
            None => ProgressBar::hidden(),
        }
    }

    /// Leaves the lines as they are.
    pub fn close(&self) {
        for bar in self.terminal.iter().flat_map(|(_, bars)| bars) {
            bar.abandon();
        }
    }
}

fn plain_style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}
