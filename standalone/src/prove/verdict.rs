//! What was shown in the end.

use std::collections::BTreeMap;
use std::fmt;

use indicatif::HumanCount;
use serde_json::{Value, json};

use super::kills::Kill;
use super::ledger::{Comparison, Figures};
use super::screen::table;
use crate::verify::Proof;

pub struct Verdict {
    pub seed: u64,
    pub seconds: u64,
    pub kills: Vec<Kill>,
    pub promised: Figures,
    pub proof: Proof,
    pub broken: Comparison,
}

impl Verdict {
    pub fn holds(&self) -> bool {
        self.proof.holds() && self.broken.broken == 0 && self.promised.reports > 0
    }

    pub fn to_json(&self) -> Value {
        json!({
            "holds": self.holds(), "seed": self.seed, "seconds": self.seconds, "kills": self.kills,
            "promised": self.promised, "received": self.proof.received(), "balance": self.proof.balance(),
            "verify": self.proof, "ledger": self.broken,
        })
    }

    fn kills_by_service(&self) -> String {
        let mut by_service: BTreeMap<&str, u32> = BTreeMap::new();
        for kill in &self.kills {
            *by_service.entry(kill.service).or_default() += 1;
        }
        let parts: Vec<_> = by_service
            .iter()
            .map(|(service, kills)| format!("{service} {kills}"))
            .collect();
        parts.join(", ")
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (b, promised) = (self.proof.balance(), self.promised);
        let [terms, balance] = table(self.proof.received() as u64, b, None);
        writeln!(f, "\n  {terms}\n  {balance}\n")?;
        let mark = |holds: bool| if holds { '✓' } else { '✗' };
        writeln!(
            f,
            "  {} verify: each of {} records in Kafka is one row or one rejection,\n            each of {} plays is counted at most once",
            mark(self.proof.holds()),
            HumanCount(self.proof.received() as u64),
            HumanCount(self.proof.plays)
        )?;
        for finding in &self.proof.findings {
            writeln!(f, "      {finding}")?;
        }
        writeln!(
            f,
            "  {} ledger: each of {} reports that were answered with 202 is stored,\n            each of {} plays that were heard is counted once",
            mark(self.broken.broken == 0),
            HumanCount(promised.reports),
            HumanCount(promised.plays)
        )?;
        for broken in &self.broken.listed {
            writeln!(f, "      {broken}")?;
        }
        let (seconds, kills) = (self.seconds, self.kills.len());
        let by_service = self.kills_by_service();
        write!(
            f,
            "\n  {}\n  {seconds} s of load, {kills} × kill -9 ({by_service}), {} requests sent again; seed {}",
            if self.holds() {
                "PROVED: nothing is missing, nothing is twice."
            } else {
                "NOT PROVED."
            },
            promised.retries,
            self.seed
        )
    }
}
