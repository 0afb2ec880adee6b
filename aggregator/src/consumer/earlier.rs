//! Old reports: of plays that began before the window's oldest record, so that an earlier report of the same play may lie
//! outside the window. They are looked up in `plays`; so there is no limit in time, and importing a file twice changes nothing.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;
use veza_enrich::verdict::Seen;
use veza_schemas::record::{SLOT_MS, slot_of};
use veza_schemas::row::Reason;

use super::judged::Judged;
use super::range::Readable;

/// How far the order of records may differ from the order of their received times, in ms: what ingest may take to hand a report to
/// Kafka, and what its machines' clocks may differ.
const DISORDER_MS: i64 = 60_000;
/// Most plays that are asked for at once; with these, a statement stays below ClickHouse's limit of 256 KiB.
const MOST_PLAYS: usize = 3_000;
/// Most spans of slots in one question.
const MOST_SLOT_SPANS: usize = 64;
/// Spans of slots that are closer than this, in seconds, become one.
const JOINED_WITHIN: i64 = 86_400;
const SLOT_SECONDS: i64 = SLOT_MS / 1_000;

/// Asks for the stored reports of some plays.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Question {
    pub plays: BTreeSet<Uuid>,
    pub tracks: BTreeSet<Uuid>,
    /// Where to look: from slot to slot, both included, in Unix seconds.
    pub slots: Vec<(i64, i64)>,
}

/// What was stored of plays that are older than the window.
#[derive(Debug, Default)]
pub struct Earlier(HashMap<Uuid, Vec<Judged>>);

impl Earlier {
    pub fn from_rows(rows: impl IntoIterator<Item = Judged>) -> Self {
        let mut plays: HashMap<Uuid, Vec<Judged>> = HashMap::new();
        for row in rows {
            plays.entry(row.play_id).or_default().push(row);
        }
        Self(plays)
    }

    pub fn seen(&self, play_id: Uuid, seq: u32) -> Seen {
        let Some(rows) = self.0.get(&play_id) else {
            return Seen::default();
        };
        Seen {
            duplicate: rows.iter().any(|row| row.seq == seq),
            counted: rows.iter().any(|row| row.reason == Reason::Counted),
            bot: rows.iter().any(|row| row.reason == Reason::Bot),
            completed: rows.iter().any(|row| row.completed),
            skipped: rows.iter().any(|row| row.skipped),
        }
    }
}

/// What to ask for, of the `records` of a range. `oldest_received_ms`: of the window; `None`: every record is old.
pub fn questions(records: &[Readable], oldest_received_ms: Option<i64>) -> Vec<Question> {
    let known_since = oldest_received_ms.map_or(i64::MAX, |oldest| oldest + DISORDER_MS);
    let mut old: Vec<&Readable> = records
        .iter()
        .filter(|record| record.began_ms.0 < known_since)
        .collect();
    old.sort_by_key(|record| record.began_ms.0);
    let mut questions: Vec<Question> = Vec::new();
    for record in old {
        let (first, last) = record.began_ms;
        // A retry may be dated a little differently, so one slot more on each side.
        let slots = (slot(first) - SLOT_SECONDS, slot(last) + SLOT_SECONDS);
        match questions.last_mut() {
            Some(question) if question.has_room(slots) => question.add(slots, record),
            _ => {
                let mut question = Question::default();
                question.add(slots, record);
                questions.push(question);
            }
        }
    }
    questions
}

impl Question {
    fn has_room(&self, slots: (i64, i64)) -> bool {
        self.plays.len() < MOST_PLAYS
            && (self.slots.len() < MOST_SLOT_SPANS || self.joins_last(slots))
    }

    fn joins_last(&self, (from, _): (i64, i64)) -> bool {
        self.slots
            .last()
            .is_some_and(|(_, to)| from <= to + JOINED_WITHIN)
    }

    /// Records come in the order of their slots.
    fn add(&mut self, slots: (i64, i64), record: &Readable) {
        self.plays.insert(record.play_id);
        self.tracks.insert(record.track_id);
        let joins = self.joins_last(slots);
        match self.slots.last_mut() {
            Some((_, to)) if joins => *to = slots.1.max(*to),
            _ => self.slots.push(slots),
        }
    }
}

/// The slot of a time as sent, which may be any number: cut to what a slot can be.
fn slot(unix_ms: i64) -> i64 {
    slot_of(unix_ms).clamp(SLOT_SECONDS, i64::from(u32::MAX) - SLOT_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::range::Fetched;
    use crate::testing::report;
    use proptest::prelude::*;
    use prost::Message;
    use veza_schemas::record::PlayReport;

    fn readable(report: &PlayReport) -> Readable {
        let fetched = Fetched {
            offset: 0,
            at_ms: 0,
            value: report.encode_to_vec().into(),
        };
        Readable::try_from(&fetched).unwrap()
    }

    fn record(play: u8, started_at_ms: i64) -> Readable {
        readable(&PlayReport {
            play_id: vec![play; 16].into(),
            started_at_ms,
            sent_at_ms: None,
            imported: true,
            ..report()
        })
    }

    #[test]
    fn only_plays_that_began_before_the_window_are_asked_for() {
        let began = report().started_at_ms;
        let records = [record(1, began)];
        assert_eq!(questions(&records, Some(began - DISORDER_MS)), []);
        assert_eq!(questions(&records, Some(began)).len(), 1);
        assert_eq!(questions(&records, None).len(), 1, "an empty window");
    }

    #[test]
    fn a_play_is_looked_for_around_both_of_its_dates() {
        let report = PlayReport {
            // The player's clock is two hours behind.
            sent_at_ms: Some(report().received_at_ms - 7_200_000),
            started_at_ms: report().received_at_ms - 7_260_000,
            ..report()
        };
        let record = readable(&report);
        let questions = questions(std::slice::from_ref(&record), None);
        let sent = slot_of(report.started_at_ms);
        let corrected = i64::from(record.read().slot);
        assert_eq!(corrected - sent, 7_200);
        assert_eq!(questions[0].slots, [(sent - 900, corrected + 900)]);
    }

    #[test]
    fn a_date_that_no_slot_can_hold_is_cut() {
        assert_eq!(slot(i64::MIN), 900);
        assert_eq!(slot(i64::MAX), i64::from(u32::MAX) - 900);
    }

    proptest! {
        #[test]
        fn each_play_is_asked_for_once_where_it_may_be_and_no_question_is_too_long(days in proptest::collection::vec(0i64..3_000, 1..400)) {
            let records: Vec<_> = days.iter().map(|day| record((day % 251) as u8, 1_200_000_000_000 + day * 86_400_000)).collect();
            let questions = questions(&records, None);
            for record in &records {
                let slot = i64::from(record.read().slot);
                let asked = questions.iter().any(|question| {
                    question.plays.contains(&record.play_id) && question.tracks.contains(&record.track_id)
                        && question.slots.iter().any(|(from, to)| (*from..=*to).contains(&slot))
                });
                prop_assert!(asked);
            }
            for question in &questions {
                prop_assert!(question.plays.len() <= MOST_PLAYS && question.slots.len() <= MOST_SLOT_SPANS);
                prop_assert!(question.slots.is_sorted());
            }
        }
    }
}
