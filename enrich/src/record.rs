//! A record of the topic, read and checked: what gets past here is a row, what does not is a rejection. Both depend on the
//! record's bytes alone.

use uuid::Uuid;
use veza_schemas::record::{OLDEST_IMPORT_MS, RecordError, slot_of};
use veza_schemas::record_view::ReportView;
use veza_schemas::report::MAX_HEARD_MS;

/// The end of what the warehouse's `slot` can hold (2106-02-07), in Unix ms.
const NEWEST_MS: i64 = u32::MAX as i64 * 1_000;

/// A record that can become a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record<'a> {
    pub report: ReportView<'a>,
    pub play_id: Uuid,
    pub track_id: Uuid,
    /// Corrected by the skew, Unix ms.
    pub started_at_ms: i64,
    /// Its slot's start, Unix seconds.
    pub slot: u32,
}

impl<'a> Record<'a> {
    /// Reads a record's value; a record without one (a tombstone) is as empty bytes.
    pub fn read(value: &'a [u8]) -> Result<Self, RecordError> {
        let report = ReportView::read(value)?;
        let (play_id, track_id) = (report.play_uuid()?, report.track_uuid()?);
        within("seq", report.seq.into(), 0..=u16::MAX.into(), "0 to 65,535")?;
        let heard = 0..=i64::from(MAX_HEARD_MS);
        within(
            "heard_ms",
            report.heard_ms.into(),
            heard.clone(),
            "0 to 86,400,000",
        )?;
        within(
            "heard_before_ms",
            report.heard_before_ms.into(),
            heard,
            "0 to 86,400,000",
        )?;
        let times = OLDEST_IMPORT_MS..=NEWEST_MS;
        within(
            "received_at_ms",
            report.received_at_ms,
            times.clone(),
            "2000-01-01 to 2106-02-07",
        )?;
        let started_at_ms = report.times().corrected_started_at_ms();
        within(
            "started_at_ms",
            started_at_ms,
            times,
            "2000-01-01 to 2106-02-07, once corrected by the clock's skew",
        )?;
        let slot = u32::try_from(slot_of(started_at_ms)).map_err(|_| {
            out_of_range("started_at_ms", started_at_ms, "2000-01-01 to 2106-02-07")
        })?;
        Ok(Self {
            report,
            play_id,
            track_id,
            started_at_ms,
            slot,
        })
    }
}

fn within(
    field: &'static str,
    value: i64,
    range: std::ops::RangeInclusive<i64>,
    allowed: &'static str,
) -> Result<(), RecordError> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(out_of_range(field, value, allowed))
    }
}

fn out_of_range(field: &'static str, value: i64, allowed: &'static str) -> RecordError {
    RecordError::OutOfRange {
        field,
        value,
        allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message;
    use veza_schemas::record::PlayReport;

    fn report() -> PlayReport {
        PlayReport {
            play_id: vec![1; 16].into(),
            track_id: vec![2; 16].into(),
            started_at_ms: 1_700_000_000_000,
            received_at_ms: 1_700_000_060_000,
            heard_ms: 60_000,
            ..PlayReport::default()
        }
    }

    fn code(change: impl Fn(&mut PlayReport)) -> &'static str {
        let mut report = report();
        change(&mut report);
        Record::read(&report.encode_to_vec()).map_or_else(|error| error.code(), |_| "")
    }

    #[test]
    fn each_thing_wrong_has_its_code() {
        assert_eq!(code(|_| ()), "");
        assert_eq!(Record::read(b"\xff\xff").unwrap_err().code(), "undecodable");
        assert_eq!(Record::read(b"").unwrap_err().code(), "not_a_uuid");
        assert_eq!(code(|r| r.play_id = vec![1; 15].into()), "not_a_uuid");
        assert_eq!(code(|r| r.track_id.clear()), "not_a_uuid");
        assert_eq!(code(|r| r.seq = 65_536), "out_of_range");
        assert_eq!(code(|r| r.heard_ms = MAX_HEARD_MS + 1), "out_of_range");
        assert_eq!(code(|r| r.heard_before_ms = u32::MAX), "out_of_range");
        assert_eq!(code(|r| r.received_at_ms = 0), "out_of_range");
        assert_eq!(code(|r| r.received_at_ms = i64::MAX), "out_of_range");
        assert_eq!(code(|r| r.started_at_ms = i64::MIN), "out_of_range");
    }

    #[test]
    fn a_start_is_cut_at_its_receipt_and_lies_in_its_slot() {
        let mut late = report();
        late.started_at_ms = late.received_at_ms + 1;
        let bytes = late.encode_to_vec();
        let record = Record::read(&bytes).unwrap();
        assert_eq!(record.started_at_ms, late.received_at_ms);
        assert_eq!(i64::from(record.slot), slot_of(late.received_at_ms));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Record::read(&bytes);
        }

        #[test]
        fn any_times_are_read_into_the_warehouses_range_or_refused(started_at_ms: i64, sent_at_ms: Option<i64>, received_at_ms: i64) {
            let bytes = PlayReport { started_at_ms, sent_at_ms, received_at_ms, ..report() }.encode_to_vec();
            if let Ok(record) = Record::read(&bytes) {
                prop_assert!(record.started_at_ms <= received_at_ms);
                prop_assert!((OLDEST_IMPORT_MS..=NEWEST_MS).contains(&record.started_at_ms));
                prop_assert_eq!(record.slot % 900, 0);
            }
        }
    }
}
