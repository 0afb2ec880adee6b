//! What a scenario measured: figures, each with its unit, and times of requests, with the goal where there is one.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::machine::Machine;

#[derive(Debug, Serialize)]
pub struct Report {
    pub scenario: &'static str,
    pub machine: Machine,
    pub figures: Vec<Figure>,
    pub latencies: Vec<Latencies>,
    /// What one must know to read the figures.
    pub notes: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Figure {
    pub what: String,
    pub value: f64,
    pub unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

/// How long something took, in ms.
#[derive(Debug, Serialize)]
pub struct Latencies {
    pub what: String,
    pub times: usize,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    /// At most; of p95 or p99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<PercentileGoal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PercentileGoal {
    P95(f64),
    P99(f64),
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl Report {
    /// To be begun before anything is measured: it notes what else runs.
    pub fn new(scenario: &'static str) -> Self {
        Self {
            scenario,
            machine: Machine::here(),
            figures: Vec::new(),
            latencies: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.push(what.into(), value, unit, None);
    }

    pub fn add_with_goal(
        &mut self,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        goal: Goal,
    ) {
        self.push(what.into(), value, unit, Some(goal));
    }

    pub fn add_latencies(
        &mut self,
        what: impl Into<String>,
        times: &mut [Duration],
        goal: Option<PercentileGoal>,
    ) {
        times.sort_unstable();
        let at = |share| percentile(times, share).as_secs_f64() * 1_000.0;
        let (p95, p99) = (at(0.95), at(0.99));
        self.latencies.push(Latencies {
            what: what.into(),
            times: times.len(),
            p50: at(0.5),
            p95,
            p99,
            max: at(1.0),
            goal,
            met: goal.map(|goal| match goal {
                PercentileGoal::P95(most) => p95 <= most,
                PercentileGoal::P99(most) => p99 <= most,
            }),
        });
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    fn push(&mut self, what: String, value: f64, unit: &'static str, goal: Option<Goal>) {
        let met = goal.map(|goal| goal.is_met_by(value));
        self.figures.push(Figure {
            what,
            value,
            unit,
            goal,
            met,
        });
    }
}

/// Of ascending values; zero of none.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    let value = sorted.get(rank.clamp(1, sorted.len().max(1)) - 1);
    value.copied().unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine {
            cpu,
            cores,
            memory_gib,
            load,
            ..
        } = &self.machine;
        writeln!(
            f,
            "{}: {cores} cores of {cpu}, {memory_gib} GiB, load before {load:.1}\n",
            self.scenario
        )?;
        let width = |figure: &Figure| figure.what.chars().count();
        let width = self.figures.iter().map(width).max().unwrap_or_default();
        for figure in &self.figures {
            write!(
                f,
                "  {:<width$}  {:>12} {:<12}",
                figure.what,
                number(figure.value),
                figure.unit
            )?;
            match (figure.goal, figure.met) {
                (Some(goal), Some(met)) => {
                    writeln!(f, "  {} {goal}", if met { '✓' } else { '✗' })?;
                }
                _ => writeln!(f)?,
            }
        }
        write_latencies(f, &self.latencies)?;
        self.notes
            .iter()
            .try_for_each(|note| writeln!(f, "\n  {note}"))
    }
}

fn write_latencies(f: &mut fmt::Formatter<'_>, latencies: &[Latencies]) -> fmt::Result {
    let width = latencies.iter().map(|row| row.what.chars().count()).max();
    let Some(width) = width else {
        return Ok(());
    };
    writeln!(f)?;
    let mut columns = |[what, times, p50, p95, p99, max]: [&str; 6], goal: &str| {
        let row =
            format!("  {what:<width$}  {times:>7}  {p50:>9}  {p95:>9}  {p99:>9}  {max:>9}  {goal}");
        writeln!(f, "{}", row.trim_end())
    };
    columns(["ms", "times", "p50", "p95", "p99", "max"], "")?;
    for row in latencies {
        let goal = match (row.goal, row.met) {
            (Some(goal), Some(met)) => format!("{} {goal}", if met { '✓' } else { '✗' }),
            _ => String::new(),
        };
        let times = row.times.to_string();
        let [p50, p95, p99, max] = [row.p50, row.p95, row.p99, row.max].map(number);
        columns([&row.what, &times, &p50, &p95, &p99, &max], &goal)?;
    }
    Ok(())
}

impl fmt::Display for PercentileGoal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P95(most) => write!(f, "goal p95 ≤ {}", number(*most)),
            Self::P99(most) => write!(f, "goal p99 ≤ {}", number(*most)),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "goal ≥ {}", number(*least)),
            Self::AtMost(most) => write!(f, "goal ≤ {}", number(*most)),
        }
    }
}

/// With as many digits as mean something, thousands apart.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_reading() {
        let shown = [0.5, 44.0, 100.4, 1_234.0, 41_203_000.0].map(number);
        assert_eq!(shown, ["0.5", "44", "100", "1,234", "41,203,000"]);
    }

    #[test]
    fn a_percentile_is_the_first_value_that_so_many_do_not_exceed() {
        let values: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&values, 0.99), Duration::from_millis(99));
        assert_eq!(percentile(&values, 1.0), Duration::from_millis(100));
        assert_eq!(percentile(&values[..1], 0.5), Duration::from_millis(1));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
    }
}
