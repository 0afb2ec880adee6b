//! Each offset is one row or one rejection, and only one; and the row says what the record says.

use std::collections::BTreeMap;
use std::ops::Range;

use super::finding::Finding;
use super::log::Logged;
use super::warehouse::StoredRow;

/// Compares the records of `offsets` with what is stored of them.
pub fn compare(
    partition: i32,
    offsets: Range<i64>,
    records: &BTreeMap<i64, Logged>,
    rows: &[StoredRow],
    rejected: &[u64],
) -> Vec<Finding> {
    let mut stored: BTreeMap<i64, (Vec<&StoredRow>, usize)> = BTreeMap::new();
    for row in rows {
        stored
            .entry(row.kafka_offset as i64)
            .or_default()
            .0
            .push(row);
    }
    for offset in rejected {
        stored.entry(*offset as i64).or_default().1 += 1;
    }
    let mut findings = Vec::new();
    for offset in offsets {
        let (rows, rejections) = stored
            .get(&offset)
            .map_or((&[][..], 0), |(rows, n)| (&rows[..], *n));
        match rows.len() + rejections {
            0 => findings.push(Finding::Missing { partition, offset }),
            1 => findings.extend(compare_one(
                partition,
                offset,
                records.get(&offset),
                rows.first().copied(),
            )),
            times => findings.push(Finding::StoredTwice {
                partition,
                offset,
                times,
            }),
        }
    }
    findings
}

fn compare_one(
    partition: i32,
    offset: i64,
    record: Option<&Logged>,
    row: Option<&StoredRow>,
) -> Option<Finding> {
    let filed = |why: &str| {
        Some(Finding::WronglyFiled {
            partition,
            offset,
            why: why.into(),
        })
    };
    match (record, row) {
        (
            Some(Logged::Report {
                play_id,
                seq,
                heard_ms,
            }),
            Some(row),
        ) => {
            let differs = |field, record: String, row: String| {
                (record != row).then_some(Finding::Differs {
                    partition,
                    offset,
                    field,
                    record,
                    row,
                })
            };
            differs("play_id", play_id.to_string(), row.play_id.to_string())
                .or_else(|| differs("seq", seq.to_string(), row.seq.to_string()))
                .or_else(|| differs("heard_ms", heard_ms.to_string(), row.heard_ms.to_string()))
        }
        (Some(Logged::Report { .. }), None) => filed("rejected, and its record can be read"),
        (Some(Logged::Unreadable), Some(_)) => {
            filed("stored as a play, and its record can't be read")
        }
        (Some(Logged::Unreadable), None) => None,
        // Kafka no longer had it when it was read: retention passed on meanwhile.
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn report(n: u128) -> Logged {
        Logged::Report {
            play_id: Uuid::from_u128(n),
            seq: 0,
            heard_ms: 30_000,
        }
    }

    fn row(offset: u64, n: u128) -> StoredRow {
        StoredRow {
            kafka_offset: offset,
            play_id: Uuid::from_u128(n),
            seq: 0,
            heard_ms: 30_000,
        }
    }

    fn records() -> BTreeMap<i64, Logged> {
        BTreeMap::from([(5, report(1)), (6, Logged::Unreadable), (7, report(2))])
    }

    #[test]
    fn what_is_stored_once_is_right() {
        assert!(compare(0, 5..8, &records(), &[row(5, 1), row(7, 2)], &[6]).is_empty());
    }

    #[test]
    fn each_falsification_is_found() {
        let found =
            |rows: &[StoredRow], rejected: &[u64]| compare(0, 5..8, &records(), rows, rejected);
        assert_eq!(
            found(&[row(5, 1)], &[6]),
            [Finding::Missing {
                partition: 0,
                offset: 7
            }]
        );
        assert_eq!(
            found(&[row(5, 1), row(5, 1), row(7, 2)], &[6]),
            [Finding::StoredTwice {
                partition: 0,
                offset: 5,
                times: 2
            }]
        );
        assert_eq!(
            found(&[row(5, 1), row(7, 2)], &[6, 7]),
            [Finding::StoredTwice {
                partition: 0,
                offset: 7,
                times: 2
            }]
        );
        assert!(matches!(
            found(&[row(5, 9), row(7, 2)], &[6])[..],
            [Finding::Differs {
                field: "play_id",
                ..
            }]
        ));
        assert!(matches!(
            found(&[row(5, 1)], &[6, 7])[..],
            [Finding::WronglyFiled { offset: 7, .. }]
        ));
        assert!(matches!(
            found(&[row(5, 1), row(6, 3), row(7, 2)], &[])[..],
            [Finding::WronglyFiled { offset: 6, .. }]
        ));
    }
}
