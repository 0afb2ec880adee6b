//! The console: on a terminal one line a process, kept up to date; elsewhere a line at each change; or nothing at all.

use std::io::IsTerminal;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::status::ServiceStatus;

pub enum Lines {
    Terminal(MultiProgress, Vec<ProgressBar>),
    Plain,
    /// For who shows the processes in another way.
    Silent,
}

impl Lines {
    /// With a line for each of `services` processes, where standard error is a terminal.
    pub fn new(services: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Plain;
        }
        let all = MultiProgress::new();
        let bars = (0..services)
            .map(|_| {
                let bar = all.add(ProgressBar::new_spinner());
                bar.set_style(plain_style());
                bar
            })
            .collect();
        Self::Terminal(all, bars)
    }

    /// Shows what a process does; elsewhere than on a terminal only where its state is another.
    pub fn show(&self, index: usize, service: &ServiceStatus, new_state: bool) {
        match self {
            Self::Terminal(_, bars) => bars[index].set_message(service.to_string()),
            Self::Plain if new_state => eprintln!("{service}"),
            Self::Plain | Self::Silent => {}
        }
    }

    /// Says something above the lines.
    pub fn say(&self, text: &str) {
        match self {
            Self::Terminal(all, _) => {
                let _ = all.println(text);
            }
            Self::Plain => eprintln!("{text}"),
            Self::Silent => {}
        }
    }

    /// A bar below the lines; hidden elsewhere than on a terminal.
    pub fn bar(&self, what: &str) -> ProgressBar {
        match self {
            Self::Terminal(all, _) => {
                let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {eta}");
                let bar = all.add(ProgressBar::new(0));
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.with_message(what.to_owned())
            }
            Self::Plain | Self::Silent => ProgressBar::hidden(),
        }
    }

    /// Leaves the lines as they are.
    pub fn close(&self) {
        if let Self::Terminal(_, bars) = self {
            bars.iter().for_each(ProgressBar::abandon);
        }
    }
}

fn plain_style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}
