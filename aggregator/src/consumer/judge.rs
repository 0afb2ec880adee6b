//! The records of a range become rows, in the order of their offsets, each judged by what was seen before it.

use veza_enrich::place::Places;
use veza_enrich::play::Play;
use veza_enrich::{Enricher, Position};
use veza_schemas::row::Reason;

use super::duplicates::Past;
use super::judged::Judged;
use super::range::{Origin, Readable};
use crate::catalog::Tracks;
use crate::warehouse::stored::Stored;

/// What the records of a range are judged by, besides what was seen before.
pub struct Judge<'a, 'b> {
    pub origin: Origin<'a>,
    pub enricher: &'b Enricher,
    pub places: &'b Places,
    pub tracks: &'b Tracks,
}

impl<'a, 'b> Judge<'a, 'b> {
    /// The rows of `records`, one after the other, each judged by those before it, so that a report counts its play before the next
    /// one is judged.
    ///
    /// What is `stored` of the same range is taken as it is stored. Rows that come after a record that is missing count as seen
    /// too, except duplicates, as what they repeat may be that very record: otherwise its play could be counted by both.
    pub fn rows(
        self,
        records: &'b [Readable],
        stored: &'b Stored,
        mut past: Past<'b>,
    ) -> impl Iterator<Item = Play<'a>> {
        let originals = stored.rows().filter(|row| row.reason != Reason::Duplicate);
        originals.for_each(|row| past.remember(row));
        let mut stored = stored.rows().peekable();
        records.iter().map(move |readable| {
            while let Some(row) = stored.next_if(|row| row.offset < readable.offset) {
                past.remember(row);
            }
            let record = readable.read();
            let position = Position {
                topic_id: self.origin.topic_id,
                partition: self.origin.partition,
                offset: readable.offset,
            };
            let seen = past.seen(record.play_id, record.report.seq);
            let track = self.tracks.get(&record.track_id);
            let row = self
                .enricher
                .enrich(&record, position, self.places, track, seen);
            past.remember(&Judged::from(&row));
            row
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::duplicates::Window;
    use crate::consumer::earlier::Earlier;
    use crate::consumer::range::{Fetched, Range};
    use crate::testing::report;
    use proptest::prelude::*;
    use prost::Message;
    use std::sync::LazyLock;
    use std::time::Instant;
    use uuid::Uuid;
    use veza_enrich::Track;
    use veza_schemas::record::PlayReport;

    static ENRICHER: LazyLock<Enricher> =
        LazyLock::new(|| Enricher::new("0".repeat(32).parse().unwrap(), &[]).unwrap());

    const ORIGIN: Origin<'static> = Origin {
        topic_id: "T",
        partition: 2,
    };

    fn tracks() -> Tracks {
        [(
            Uuid::from_bytes([2; 16]),
            Track {
                creator_id: 1,
                creator_user: None,
                duration_ms: 180_000,
            },
        )]
        .into()
    }

    fn range(first: u64, reports: &[PlayReport]) -> Range {
        let fetched = |offset: u64, report: &PlayReport| Fetched {
            offset,
            at_ms: 0,
            value: report.encode_to_vec().into(),
        };
        let mut range = Range::open(ORIGIN, &fetched(first, &reports[0]), Instant::now());
        for (offset, report) in (first + 1..).zip(&reports[1..]) {
            range.push(ORIGIN, &fetched(offset, report));
        }
        range
    }

    fn rows(window: &mut Window, first: u64, reports: &[PlayReport]) -> Vec<Play<'static>> {
        let rows = rows_beside(window, &range(first, reports), &Stored::default());
        rows.iter().for_each(|row| window.remember(&row.into()));
        rows
    }

    fn rows_beside(window: &Window, range: &Range, stored: &Stored) -> Vec<Play<'static>> {
        let (places, tracks, earlier) = (Places::default(), tracks(), Earlier::default());
        let judge = Judge {
            origin: ORIGIN,
            enricher: &ENRICHER,
            places: &places,
            tracks: &tracks,
        };
        let past = Past::new(window, &earlier, range.records.len());
        judge.rows(&range.records, stored, past).collect()
    }

    fn stored(offset: u64, seq: u32, reason: Reason) -> Stored {
        Stored::from_rows([Judged {
            offset,
            play_id: Uuid::from_bytes([1; 16]),
            seq,
            reason,
            completed: false,
            skipped: false,
            received_at_ms: 0,
        }])
    }

    #[test]
    fn a_play_that_a_later_row_counted_is_not_counted_again_by_a_record_that_was_missing() {
        let second = PlayReport { seq: 1, ..report() };
        for (seq, of_later, of_missing) in [
            (1, Reason::Counted, Reason::AlreadyCounted),
            (0, Reason::Counted, Reason::Duplicate),
            (0, Reason::Duplicate, Reason::Counted),
        ] {
            let stored = stored(1, seq, of_later);
            let mut range = range(0, &[report(), second.clone()]);
            range.remove_stored(&stored);
            let rows = rows_beside(&Window::new(100), &range, &stored);
            assert_eq!(rows[0].reason, of_missing, "{of_later:?}");
        }
    }

    #[test]
    fn what_a_predecessor_stored_of_a_range_is_neither_judged_nor_forgotten() {
        // As by another catalog: the first report was stored, and its play not counted.
        let second = PlayReport { seq: 1, ..report() };
        for (of_first, of_second) in [
            (Reason::UnknownTrack, Reason::Counted),
            (Reason::Counted, Reason::AlreadyCounted),
        ] {
            let stored = stored(0, 0, of_first);
            let mut range = range(0, &[report(), second.clone()]);
            range.remove_stored(&stored);
            let rows = rows_beside(&Window::new(100), &range, &stored);
            let judged: Vec<_> = rows
                .iter()
                .map(|row| (row.kafka_offset, row.reason))
                .collect();
            assert_eq!(judged, [(1, of_second)]);
        }
    }

    #[test]
    fn a_report_sent_twice_is_a_duplicate_within_a_range_and_in_the_next() {
        let mut window = Window::new(1_000);
        let reasons = |rows: Vec<Play<'_>>| rows.iter().map(|row| row.reason).collect::<Vec<_>>();
        assert_eq!(
            reasons(rows(&mut window, 0, &[report(), report()])),
            [Reason::Counted, Reason::Duplicate]
        );
        assert_eq!(
            reasons(rows(&mut window, 2, &[report()])),
            [Reason::Duplicate]
        );
    }

    #[test]
    fn five_reports_that_each_claim_to_be_the_first_count_once() {
        let reports: Vec<_> = (0..5)
            .map(|seq| PlayReport {
                seq,
                heard_ms: 40_000,
                ..report()
            })
            .collect();
        let rows = rows(&mut Window::new(1_000), 0, &reports);
        assert_eq!(rows.iter().filter(|row| row.counted).count(), 1);
        assert!(
            rows[1..]
                .iter()
                .all(|row| row.reason == Reason::AlreadyCounted)
        );
    }

    proptest! {
        #[test]
        fn the_rows_do_not_depend_on_how_the_log_is_cut(
            reports in proptest::collection::vec((0u8..4, 0u32..3, 0u32..60_000, any::<bool>()), 2..40),
            cut in 1usize..39,
        ) {
            let reports: Vec<_> = reports
                .into_iter()
                .map(|(play, seq, heard_ms, ended)| PlayReport { play_id: vec![play; 16].into(), seq, heard_ms, ended, ..report() })
                .collect();
            let whole = rows(&mut Window::new(1_000), 0, &reports);
            let cut = cut.min(reports.len() - 1);
            let mut window = Window::new(1_000);
            let mut parts = rows(&mut window, 0, &reports[..cut]);
            parts.extend(rows(&mut window, cut as u64, &reports[cut..]));
            prop_assert_eq!(parts, whole);
        }
    }
}
