//! One report on its way, and how it reads.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// A report of the play, as far as it came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// When ingest received it; of a record that can't be read, Kafka's own time.
    pub received_at: Timestamp,
    /// Kafka's UUID of the topic; none: of one that is only in the log.
    pub topic_id: Option<String>,
    pub partition: i32,
    pub offset: i64,
    /// Kafka still has the record.
    pub in_log: bool,
    /// None: it can't be read.
    pub seq: Option<u32>,
    pub track_id: Option<Uuid>,
    pub heard_ms: Option<u32>,
    /// Partition and offset of the rejected record that it sends again.
    pub replay_of: Option<(i32, i64)>,
    /// Partition and offset of the record that sent it again.
    pub replayed_as: Option<(i32, i64)>,
    /// Of its row's slot, as 202611.
    #[serde(skip)]
    pub month: Option<u32>,
    #[serde(flatten)]
    pub fate: Fate,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Fate {
    /// A row of `plays`.
    Row {
        outcome: &'static str,
        /// Why it was excluded; none: the outcome says it.
        reason: Option<String>,
        rule: u8,
        creator_id: u64,
        #[serde(flatten)]
        inserted: Inserted,
    },
    /// A row of `rejected`.
    Rejected {
        code: String,
        reason: String,
        #[serde(flatten)]
        inserted: Inserted,
    },
    /// In Kafka, and not stored yet.
    Waiting {
        /// Records of its partition before it that are not stored either.
        before_it: u64,
        /// The range in the journal, and its token, if the record is in it: it may be on its way.
        journaled: Option<String>,
    },
}

/// How it came into the warehouse. A row does not keep its range: until its part is merged, the part holds what was inserted
/// together; afterwards the range is not known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Inserted {
    /// First and last offset of what was inserted together into this month of this table; the range may be longer.
    pub together: Option<(u64, u64)>,
    pub visible: Visible,
}

/// When it became visible, as narrow as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Visible {
    pub not_before: Option<Timestamp>,
    pub at_latest: Option<Timestamp>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gone = if self.in_log {
            ""
        } else {
            " (gone from Kafka)"
        };
        write!(
            f,
            "{:.3}  partition {} offset {}{gone}",
            self.received_at, self.partition, self.offset
        )?;
        if let (Some(seq), Some(heard_ms)) = (self.seq, self.heard_ms) {
            write!(
                f,
                "  seq {seq}, {}.{} s heard",
                heard_ms / 1_000,
                heard_ms % 1_000 / 100
            )?;
        }
        match &self.fate {
            Fate::Row {
                outcome,
                reason,
                rule,
                creator_id,
                inserted,
            } => {
                let reason = reason.as_ref().map(|reason| format!(": {reason}"));
                write!(
                    f,
                    "  {outcome}{} by rule {rule}, creator {creator_id}  {}",
                    reason.unwrap_or_default(),
                    self.range(inserted)
                )
            }
            Fate::Rejected {
                code,
                reason,
                inserted,
            } => write!(f, "  rejected: {code}: {reason}  {}", self.range(inserted)),
            Fate::Waiting {
                before_it,
                journaled,
            } => {
                write!(f, "  not stored yet, {before_it} records before it")?;
                match journaled {
                    Some(token) => write!(f, "; on its way as {token}"),
                    None => Ok(()),
                }
            }
        }?;
        if let Some((partition, offset)) = self.replay_of {
            write!(f, "  a replay of partition {partition} offset {offset}")?;
        }
        if let Some((partition, offset)) = self.replayed_as {
            write!(f, "  replayed as partition {partition} offset {offset}")?;
        }
        Ok(())
    }
}

impl Step {
    /// Claims nothing of how it was inserted, as its part may have been rebuilt.
    pub fn forget_range(&mut self) {
        if let Fate::Row { inserted, .. } | Fate::Rejected { inserted, .. } = &mut self.fate {
            *inserted = Inserted::default();
        }
    }

    fn range(&self, inserted: &Inserted) -> String {
        let range = match (inserted.together, &self.topic_id) {
            (Some((first, last)), Some(topic_id)) => format!(
                "range {first}-{last} or longer, token {topic_id}:{}:{first}-{last} if no longer",
                self.partition
            ),
            _ => "range not known any more, its part was merged or rebuilt".into(),
        };
        format!("{range}  {}", inserted.visible)
    }
}

impl fmt::Display for Visible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.not_before, self.at_latest) {
            (Some(from), Some(to)) if from == to => write!(f, "visible since {to}"),
            (Some(from), Some(to)) => write!(f, "visible since between {from} and {to}"),
            (None, Some(to)) => write!(f, "visible since {to} at the latest"),
            (Some(from), None) => write!(f, "visible since later than {from}"),
            (None, None) => f.write_str("visible; since when is not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn step(fate: Fate) -> Step {
        Step {
            received_at: at(0),
            topic_id: Some("T".into()),
            partition: 3,
            offset: 41,
            in_log: true,
            seq: Some(0),
            track_id: None,
            heard_ms: Some(61_250),
            replay_of: None,
            replayed_as: None,
            month: None,
            fate,
        }
    }

    #[test]
    fn a_row_says_its_outcome_and_claims_no_more_of_its_range_than_is_known() {
        let row = |together, visible| {
            step(Fate::Row {
                outcome: "excluded",
                reason: Some("too_short".into()),
                rule: 1,
                creator_id: 5,
                inserted: Inserted { together, visible },
            })
            .to_string()
        };
        let exact = Visible {
            not_before: Some(at(2)),
            at_latest: Some(at(2)),
        };
        assert_eq!(
            row(Some((40, 57)), exact),
            "2023-11-14T22:13:20.000Z  partition 3 offset 41  seq 0, 61.2 s heard  excluded: too_short by rule 1, creator 5  \
             range 40-57 or longer, token T:3:40-57 if no longer  visible since 2023-11-14T22:13:22Z"
        );
        assert!(row(None, Visible::default()).ends_with(
            "range not known any more, its part was merged or rebuilt  visible; since when is not known"
        ));
    }

    #[test]
    fn a_report_that_waits_says_for_how_many() {
        let waiting = step(Fate::Waiting {
            before_it: 12,
            journaled: Some("T:3:40-57".into()),
        });
        assert!(
            waiting
                .to_string()
                .ends_with("not stored yet, 12 records before it; on its way as T:3:40-57")
        );
    }
}
