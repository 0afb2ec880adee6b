//! What a doubter sees: on a terminal a few lines that move, below what happened; elsewhere a line every few seconds.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressStyle};

use super::observe::Sight;
use crate::verify::Balance;

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
    /// When the load began.
    begun: Option<Instant>,
    last_line: Option<Instant>,
}

/// Those that move.
struct Lines {
    all: MultiProgress,
    rule: ProgressBar,
    time: ProgressBar,
    processes: ProgressBar,
    terms: ProgressBar,
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
                begun: None,
                last_line: None,
            }),
            lines,
        }
    }

    /// The load begins now.
    pub fn begin(&self) {
        self.state().begun = Some(Instant::now());
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

    pub fn stays_away(&self, at: Duration, name: &str) {
        let what = self.paint(RED, &format!("✗ {name:<13}"));
        self.say(&format!(
            "  {:>6.1} s  {what} has not come back",
            at.as_secs_f64()
        ));
    }

    /// The load has ended; the bar of what follows.
    pub fn verifying(&self) -> ProgressBar {
        self.say("\n  the load has ended, and all that was reported is acknowledged; verifying");
        let Some(lines) = &self.lines else {
            return ProgressBar::hidden();
        };
        self.close();
        let bar = lines.all.add(ProgressBar::new(0));
        bar.set_style(style("  [{bar:40}] {percent} %"));
        bar
    }

    pub fn show(&self, sight: &Sight) {
        let mut state = self.state();
        let elapsed = state.begun.map(|begun| begun.elapsed());
        if let Some(lines) = &self.lines {
            lines.processes.set_message(self.processes(sight));
        }
        let Some(elapsed) = elapsed else {
            return;
        };
        match &self.lines {
            Some(lines) => {
                lines.time.set_position(elapsed.as_secs().min(self.seconds));
                let under_way = sight.received.saturating_sub(sight.balance.sum());
                let [terms, balance] = table(sight.received, sight.balance, Some(under_way));
                lines.terms.set_message(self.paint(DIM, &terms));
                lines.balance.set_message(balance);
                let promised = HumanCount(sight.promised);
                lines
                    .promised
                    .set_message(format!("{promised} reports were answered with 202"));
            }
            None if state
                .last_line
                .is_none_or(|last| last.elapsed() >= LINE_EVERY) =>
            {
                state.last_line = Some(Instant::now());
                eprintln!("  {:>6.1} s  {}", elapsed.as_secs_f64(), equation(sight));
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
            // Whoever looks on may have drawn one of them meanwhile.
            let _ = lines.all.clear();
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
    /// With the processes' line: they start before the load begins.
    fn new() -> Self {
        let all = MultiProgress::new();
        let line = || {
            let line = ProgressBar::hidden();
            line.set_style(style("  {wide_msg}"));
            line
        };
        let lines = Self {
            rule: line(),
            time: line(),
            processes: line(),
            terms: line(),
            balance: line(),
            promised: line(),
            colours: std::env::var_os("NO_COLOR").is_none(),
            all,
        };
        let rule = "─".repeat(77);
        lines.all.add(lines.rule.clone());
        lines.rule.set_message(match lines.colours {
            true => format!("{DIM}{rule}{PLAIN}"),
            false => rule,
        });
        lines.all.add(lines.processes.clone());
        lines
    }

    fn bars(&self) -> [&ProgressBar; 6] {
        let Self {
            rule,
            time,
            processes,
            terms,
            balance,
            promised,
            ..
        } = self;
        [rule, time, processes, terms, balance, promised]
    }

    fn begin(&self, seconds: u64) {
        self.all.insert_before(&self.processes, self.time.clone());
        self.time.set_length(seconds);
        self.time.set_style(style("  [{bar:40}] {pos} of {len} s"));
        for line in [&self.terms, &self.balance, &self.promised] {
            self.all.add(line.clone());
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The equation that must hold, as it moves, in one line.
fn equation(sight: &Sight) -> String {
    let b = sight.balance;
    let under_way = sight.received.saturating_sub(b.sum());
    format!(
        "received {} = counted {} + continued {} + excluded {} + duplicate {} + rejected {}  (+ {under_way} under way)",
        sight.received, b.counted, b.continued, b.excluded, b.duplicate, b.rejected
    )
}

/// The same as a table of 80 columns: the terms' names, and below them the numbers, which stay where they are.
pub fn table(received: u64, b: Balance, under_way: Option<u64>) -> [String; 2] {
    let mut terms = vec![
        ("received", received),
        ("counted", b.counted),
        ("continued", b.continued),
        ("excluded", b.excluded),
        ("duplicate", b.duplicate),
        ("rejected", b.rejected),
    ];
    terms.extend(under_way.map(|records| ("under way", records)));
    let (mut names, mut numbers) = (String::new(), String::new());
    for (index, (name, records)) in terms.iter().enumerate() {
        let sign = match index {
            0 => "",
            1 => " =",
            _ => " +",
        };
        let number = HumanCount(*records).to_string();
        names.push_str(&format!("{:width$}{name:>9}", "", width = sign.len()));
        numbers.push_str(&format!("{sign}{number:>9}"));
    }
    [names, numbers]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equation_fits_a_terminal_and_each_number_stands_below_its_name() {
        let balance = Balance {
            counted: 1_234_567,
            continued: 20,
            excluded: 3,
            duplicate: 4,
            rejected: 5,
        };
        let [names, numbers] = table(1_234_600, balance, Some(1));
        assert_eq!(names.len(), numbers.len());
        assert!(names.len() <= 78, "{}", names.len());
        assert_eq!(
            numbers,
            "1,234,600 =1,234,567 +       20 +        3 +        4 +        5 +        1"
        );
    }
}
