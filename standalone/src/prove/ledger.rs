//! What ingest has promised: kept by those who reported, from its answers alone.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clickhouse::{Client, Row};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::load::Told;

/// Broken promises that are listed; the others are only counted.
const LISTED: usize = 50;

#[derive(Default)]
pub struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    plays: HashMap<Uuid, Entry>,
    figures: Figures,
}

/// One play.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// One bit a report (seq): sent at least once.
    offered: u32,
    /// One bit a report (seq): answered with 202.
    promised: u32,
    /// The report by which it counts was sent.
    may_count: bool,
    /// … and answered with 202.
    must_count: bool,
}

/// How much was promised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Reports, each counted once, however often it was sent.
    pub reports: u64,
    /// Plays that must be counted, each once.
    pub plays: u64,
    /// Records that are no reports, and that Kafka has acknowledged.
    pub poison: u64,
    /// Requests that were sent again, as nothing was promised.
    pub retries: u64,
}

/// A play as the warehouse tells it.
#[derive(Debug, Clone, PartialEq, Row, Deserialize)]
struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    play_id: Uuid,
    seqs: Vec<u32>,
    counted: u64,
}

/// A promise that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Broken {
    /// Answered with 202, and nowhere.
    ReportIsMissing {
        play_id: Uuid,
        seq: u32,
    },
    /// Its crossing report was answered with 202.
    PlayIsNotCounted {
        play_id: Uuid,
    },
    PlayIsCountedTwice {
        play_id: Uuid,
        times: u64,
    },
    /// Nothing that was reported of it makes it count.
    PlayIsCountedWrongly {
        play_id: Uuid,
    },
    /// A row that nobody has reported.
    NobodyReported {
        play_id: Uuid,
        seq: u32,
    },
    RejectionsAreMissing {
        written: u64,
        stored: u64,
    },
}

/// What the comparison found: all of it counted, some of it listed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    pub broken: u64,
    pub listed: Vec<Broken>,
}

impl Comparison {
    fn add(&mut self, broken: Broken) {
        self.broken += 1;
        if self.listed.len() < LISTED {
            self.listed.push(broken);
        }
    }
}

impl Ledger {
    /// About to be sent.
    pub fn offered(&self, told: &[Told]) {
        let mut entries = self.entries();
        for Told { report, counts } in told {
            let entry = entries.plays.entry(report.play_id).or_default();
            entry.offered |= 1 << report.seq;
            entry.may_count |= counts;
        }
    }

    /// Answered with 202.
    pub fn promised(&self, told: &[Told]) {
        let mut entries = self.entries();
        let Entries { plays, figures } = &mut *entries;
        for Told { report, counts } in told {
            let entry = plays.entry(report.play_id).or_default();
            let bit = 1 << report.seq;
            figures.reports += u64::from(entry.promised & bit == 0);
            figures.plays += u64::from(*counts && !entry.must_count);
            entry.promised |= bit;
            entry.must_count |= counts;
        }
    }

    /// Nothing was promised, and the same is sent again.
    pub fn retried(&self) {
        self.entries().figures.retries += 1;
    }

    /// A record that is no report was acknowledged.
    pub fn poisoned(&self) {
        self.entries().figures.poison += 1;
    }

    pub fn figures(&self) -> Figures {
        self.entries().figures
    }

    /// Holds what was promised against what is stored.
    pub async fn compare(&self, warehouse: &Client) -> anyhow::Result<Comparison> {
        let rejected: u64 = warehouse
            .query("SELECT uniqExact(kafka_partition, kafka_offset) FROM rejected")
            .fetch_one()
            .await?;
        let mut stored = warehouse
            .query("SELECT play_id, groupUniqArray(seq) AS seqs, countIf(reason = '') AS counted FROM plays GROUP BY play_id")
            .fetch::<Stored>()?;
        let (mut plays, figures) = {
            let entries = self.entries();
            (entries.plays.clone(), entries.figures)
        };
        let mut comparison = Comparison::default();
        while let Some(stored) = stored.next().await? {
            let entry = plays.remove(&stored.play_id).unwrap_or_default();
            judge(&entry, &stored, &mut comparison);
        }
        for (play_id, entry) in plays {
            let nothing = Stored {
                play_id,
                seqs: Vec::new(),
                counted: 0,
            };
            judge(&entry, &nothing, &mut comparison);
        }
        if rejected < figures.poison {
            comparison.add(Broken::RejectionsAreMissing {
                written: figures.poison,
                stored: rejected,
            });
        }
        Ok(comparison)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One play: what was promised of it against what is stored of it.
fn judge(entry: &Entry, stored: &Stored, comparison: &mut Comparison) {
    let play_id = stored.play_id;
    let bit = |seq: u32| 1u32.checked_shl(seq).unwrap_or(0);
    for seq in (0..u32::BITS).filter(|seq| entry.promised & bit(*seq) != 0) {
        if !stored.seqs.contains(&seq) {
            comparison.add(Broken::ReportIsMissing { play_id, seq });
        }
    }
    for seq in stored.seqs.iter().copied() {
        if entry.offered & bit(seq) == 0 {
            comparison.add(Broken::NobodyReported { play_id, seq });
        }
    }
    match stored.counted {
        0 if entry.must_count => comparison.add(Broken::PlayIsNotCounted { play_id }),
        1 if !entry.may_count => comparison.add(Broken::PlayIsCountedWrongly { play_id }),
        0 | 1 => {}
        times => comparison.add(Broken::PlayIsCountedTwice { play_id, times }),
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReportIsMissing { play_id, seq } => {
                write!(
                    f,
                    "play {play_id}, report {seq}: answered with 202, and not stored"
                )
            }
            Self::PlayIsNotCounted { play_id } => write!(
                f,
                "play {play_id}: heard long enough, answered with 202, and not counted"
            ),
            Self::PlayIsCountedTwice { play_id, times } => {
                write!(f, "play {play_id}: counted {times} times")
            }
            Self::PlayIsCountedWrongly { play_id } => {
                write!(f, "play {play_id}: counted, though nothing of it counts")
            }
            Self::NobodyReported { play_id, seq } => {
                write!(
                    f,
                    "play {play_id}, report {seq}: stored, and nobody has reported it"
                )
            }
            Self::RejectionsAreMissing { written, stored } => write!(
                f,
                "{written} records that are no reports were written, and {stored} rejections are stored"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAY: Uuid = Uuid::from_u128(7);

    fn told(seq: u16, counts: bool) -> Told {
        let report = serde_json::json!({
            "play_id": PLAY, "seq": seq, "track_id": PLAY, "started_at": "2026-01-01T00:00:00Z", "heard_ms": 35_000,
        });
        Told {
            report: serde_json::from_value(report).unwrap(),
            counts,
        }
    }

    fn judged(entry: Entry, seqs: &[u32], counted: u64) -> Vec<Broken> {
        let mut comparison = Comparison::default();
        let stored = Stored {
            play_id: PLAY,
            seqs: seqs.to_vec(),
            counted,
        };
        judge(&entry, &stored, &mut comparison);
        comparison.listed
    }

    fn entry(ledger: &Ledger) -> Entry {
        ledger.entries().plays[&PLAY]
    }

    #[test]
    fn what_was_promised_must_be_stored_and_counted_once() {
        let ledger = Ledger::default();
        ledger.offered(&[told(0, true), told(1, false)]);
        ledger.promised(&[told(0, true), told(1, false)]);
        ledger.promised(&[told(0, true)]);
        assert_eq!((ledger.figures().reports, ledger.figures().plays), (2, 1));
        let entry = entry(&ledger);
        assert_eq!(judged(entry, &[0, 1], 1), []);
        let missing = Broken::ReportIsMissing {
            play_id: PLAY,
            seq: 1,
        };
        assert_eq!(judged(entry, &[0], 1), [missing]);
        let uncounted = Broken::PlayIsNotCounted { play_id: PLAY };
        assert_eq!(judged(entry, &[0, 1], 0), [uncounted]);
        let twice = Broken::PlayIsCountedTwice {
            play_id: PLAY,
            times: 2,
        };
        assert_eq!(judged(entry, &[0, 1], 2), [twice]);
    }

    #[test]
    fn what_was_only_offered_may_be_stored_or_not_and_nothing_else_may() {
        let ledger = Ledger::default();
        ledger.offered(&[told(0, true)]);
        let offered = entry(&ledger);
        assert_eq!(judged(offered, &[], 0), []);
        assert_eq!(judged(offered, &[0], 1), []);
        let unknown = Broken::NobodyReported {
            play_id: PLAY,
            seq: 3,
        };
        assert_eq!(judged(offered, &[3], 0), [unknown]);

        let ledger = Ledger::default();
        ledger.offered(&[told(0, false)]);
        let wrongly = Broken::PlayIsCountedWrongly { play_id: PLAY };
        assert_eq!(judged(entry(&ledger), &[0], 1), [wrongly]);
    }
}
