//! The records of a range become rows, in the order of their offsets, each judged by what was seen before it.

use veza_enrich::place::Places;
use veza_enrich::{Enricher, Position};
use veza_schemas::row::Play;

use super::duplicates::Window;
use super::range::{Origin, Range};
use crate::catalog::Tracks;

/// The rows of the range's readable records. The window takes them up as it goes, so that a report counts its play before
/// the next one of the same range is judged.
pub fn judge(
    range: &Range,
    origin: Origin<'_>,
    enricher: &Enricher,
    places: &Places,
    tracks: &Tracks,
    window: &mut Window,
) -> Vec<Play> {
    let rows = range.records.iter().map(|(offset, record)| {
        let position = Position {
            topic_id: origin.topic_id,
            partition: origin.partition,
            offset: *offset,
        };
        let seen = window.seen(record.play_id, record.report.seq);
        let row = enricher.enrich(record, position, places, tracks.get(&record.track_id), seen);
        window.remember(&row);
        row
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::range::Fetched;
    use crate::testing::report;
    use proptest::prelude::*;
    use prost::Message;
    use std::sync::LazyLock;
    use std::time::Instant;
    use uuid::Uuid;
    use veza_enrich::Track;
    use veza_schemas::record::PlayReport;
    use veza_schemas::row::Reason;

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

    fn rows(window: &mut Window, first: u64, reports: &[PlayReport]) -> Vec<Play> {
        judge(
            &range(first, reports),
            ORIGIN,
            &ENRICHER,
            &Places::default(),
            &tracks(),
            window,
        )
    }

    #[test]
    fn a_report_sent_twice_is_a_duplicate_within_a_range_and_in_the_next() {
        let mut window = Window::new(1_000);
        let reasons = |rows: Vec<Play>| rows.iter().map(|row| row.reason).collect::<Vec<_>>();
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
