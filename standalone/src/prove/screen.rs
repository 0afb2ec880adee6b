//! What a doubter sees: on a terminal three lines that move, below what happened; elsewhere a line every few seconds.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::observe::Sight;

/// Elsewhere than on a terminal.
const LINE_EVERY: Duration = Duration::from_secs(3);

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

pub struct Screen {
    seconds: u64,
    state: Mutex<State>,
    lines: Option<Lines>,
}

struct State {
    begun: Instant,
    last_line: Option<Instant>,
}

/// Those that move.
struct Lines {
    all: MultiProgress,
    rule: ProgressBar,
    time: ProgressBar,
    processes: ProgressBar,
    balance: ProgressBar,
    promised: ProgressBar,
    colours: bool,
}

impl Screen {
    pub fn new(seconds: u64) -> Self {
        let lines = std::io::stderr().is_terminal().then(Lines::new);
        Self {
            seconds,
            state: Mutex::new(State {
                begun: Instant::now(),
                last_line: None,
            }),
            lines,
        }
    }

    /// The load begins now.
    pub fn begin(&self) {
        self.state().begun = Instant::now();
        if let Some(lines) = &self.lines {
            lines.begin(self.seconds);
        }
    }

    pub fn say(&self, text: &str) {
        match &self.lines {
            Some(lines) => {
                let _ = lines.all.println(text);
            }
            None => eprintln!("{text}"),
        }
    }

    pub fn killed(&self, at: Duration, name: &str) {
        let what = self.paint(RED, &format!("✗ {name:<13}"));
        self.say(&format!("  {:>6.1} s  {what} kill -9", at.as_secs_f64()));
    }

    pub fn is_back(&self, at: Duration, name: &str, after: Duration) {
        let what = self.paint(GREEN, &format!("✓ {name:<13}"));
        self.say(&format!(
            "  {:>6.1} s  {what} serves again, {:.1} s later",
            at.as_secs_f64(),
            after.as_secs_f64()
        ));
    }

    pub fn show(&self, sight: &Sight) {
        let mut state = self.state();
        let elapsed = state.begun.elapsed();
        match &self.lines {
            Some(lines) => {
                lines.time.set_position(elapsed.as_secs().min(self.seconds));
                lines.processes.set_message(self.processes(sight));
                lines.balance.set_message(balance(sight));
                lines
                    .promised
                    .set_message(format!("answered with 202: {}", sight.promised));
            }
            None if state
                .last_line
                .is_none_or(|last| last.elapsed() >= LINE_EVERY) =>
            {
                state.last_line = Some(Instant::now());
                eprintln!("  {:>6.1} s  {}", elapsed.as_secs_f64(), balance(sight));
            }
            None => {}
        }
    }

    /// Takes the moving lines away.
    pub fn close(&self) {
        if let Some(lines) = &self.lines {
            lines
                .bars()
                .into_iter()
                .for_each(ProgressBar::finish_and_clear);
        }
    }

    fn processes(&self, sight: &Sight) -> String {
        let parts: Vec<_> = sight
            .serving
            .iter()
            .map(|(name, serves)| match serves {
                true => format!("{} {name}", self.paint(GREEN, "●")),
                false => self.paint(RED, &format!("○ {name}")),
            })
            .collect();
        parts.join("   ")
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match &self.lines {
            Some(lines) if lines.colours => format!("{colour}{text}{PLAIN}"),
            _ => text.to_owned(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Lines {
    fn new() -> Self {
        let all = MultiProgress::new();
        let line = ProgressBar::hidden;
        Self {
            rule: line(),
            time: line(),
            processes: line(),
            balance: line(),
            promised: line(),
            colours: std::env::var_os("NO_COLOR").is_none(),
            all,
        }
    }

    /// From the top to the bottom.
    fn bars(&self) -> [&ProgressBar; 5] {
        let Self {
            rule,
            time,
            processes,
            balance,
            promised,
            ..
        } = self;
        [rule, time, processes, balance, promised]
    }

    fn begin(&self, seconds: u64) {
        for bar in self.bars() {
            self.all.add(bar.clone());
            bar.set_style(style("  {wide_msg}"));
        }
        self.time.set_length(seconds);
        self.time.set_style(style("  [{bar:40}] {pos} of {len} s"));
        let rule = "─".repeat(76);
        self.rule.set_message(match self.colours {
            true => format!("{DIM}{rule}{PLAIN}"),
            false => rule,
        });
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The equation that must hold, as it moves.
fn balance(sight: &Sight) -> String {
    let b = sight.balance;
    let on_their_way = sight.received.saturating_sub(b.sum());
    format!(
        "received {} = counted {} + continued {} + excluded {} + duplicate {} + rejected {}  (+ {on_their_way} on their way)",
        sight.received, b.counted, b.continued, b.excluded, b.duplicate, b.rejected
    )
}
