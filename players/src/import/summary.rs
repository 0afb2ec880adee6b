//! What an import came to.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use veza_schemas::report::{Receipt, RefusalCode};

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Hearings of the history.
    pub read: u64,
    /// Different tracks among them.
    pub tracks: u64,
    /// Reports that were taken.
    pub accepted: u64,
    /// Reports that were refused at the door, by code.
    pub rejected: BTreeMap<RefusalCode, u64>,
    /// What became of the accepted ones.
    pub outcomes: Outcomes,
}

impl Summary {
    pub fn add(&mut self, receipt: &Receipt) {
        self.accepted += receipt.accepted as u64;
        for refused in &receipt.rejected {
            *self.rejected.entry(refused.code).or_default() += 1;
        }
    }

    /// Reports that were taken and are not stored yet.
    pub fn waiting(&self) -> u64 {
        self.accepted.saturating_sub(self.outcomes.rows())
    }
}

/// How reports were judged: `counted`, or the reason why not, with how many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Outcomes(pub BTreeMap<String, u64>);

impl Outcomes {
    const COUNTED: &str = "counted";

    pub fn counted(&self) -> u64 {
        self.0.get(Self::COUNTED).copied().unwrap_or_default()
    }

    pub fn rows(&self) -> u64 {
        self.0.values().sum()
    }

    /// What has come since `before`.
    pub fn since(mut self, before: &Self) -> Self {
        for (outcome, rows) in &mut self.0 {
            *rows = rows.saturating_sub(before.0.get(outcome).copied().unwrap_or_default());
        }
        self.0.retain(|_, rows| *rows > 0);
        self
    }

    fn not_counted(&self) -> impl Iterator<Item = (&String, &u64)> {
        self.0
            .iter()
            .filter(|(outcome, _)| *outcome != Self::COUNTED)
    }
}

/// `excluded 1,903 too_short` and so on, a line each.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>10}  hearings read, of {} tracks",
            self.read, self.tracks
        )?;
        writeln!(f, "{:>10}  counted", self.outcomes.counted())?;
        for (reason, rows) in self.outcomes.not_counted() {
            writeln!(f, "{rows:>10}  excluded: {reason}")?;
        }
        for (code, reports) in &self.rejected {
            writeln!(f, "{reports:>10}  rejected: {}", code.name())?;
        }
        let waiting = self.waiting();
        if waiting > 0 {
            writeln!(
                f,
                "{waiting:>10}  accepted and not stored yet; nothing is lost, and `veza verify` shows it later"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(rows: &[(&str, u64)]) -> Outcomes {
        Outcomes(
            rows.iter()
                .map(|(outcome, rows)| ((*outcome).into(), *rows))
                .collect(),
        )
    }

    #[test]
    fn the_summary_is_of_this_import_alone() {
        let before = outcomes(&[("counted", 7), ("too_short", 2)]);
        let after = outcomes(&[("counted", 7), ("duplicate", 9), ("too_short", 3)]);
        assert_eq!(
            after.since(&before),
            outcomes(&[("duplicate", 9), ("too_short", 1)])
        );
    }

    #[test]
    fn every_number_has_its_line() {
        let summary = Summary {
            read: 12,
            tracks: 3,
            accepted: 11,
            rejected: BTreeMap::from([(RefusalCode::TooOld, 1)]),
            outcomes: outcomes(&[("counted", 6), ("too_short", 4)]),
        };
        let text = summary.to_string();
        let numbers: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(numbers, ["12", "6", "4", "1", "1"]);
    }
}
