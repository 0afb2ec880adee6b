//! Each play is counted once if it was heard, and only then: its rows are judged anew, from the columns alone.

use clickhouse::Row;
use serde::Deserialize;
use uuid::Uuid;

use super::finding::Finding;

/// Heard time from which a play counts: 30 s, or 95 % of a shorter track.
const THRESHOLD_MS: u64 = 30_000;
const THRESHOLD_PERCENT: u64 = 95;

/// A row, with what its verdict was judged by.
#[derive(Debug, Clone, Row, Deserialize)]
pub struct Judged {
    #[serde(with = "clickhouse::serde::uuid")]
    pub play_id: Uuid,
    pub seq: u32,
    pub kafka_partition: u16,
    pub kafka_offset: u64,
    pub topic_id: String,
    pub reason: String,
    pub counted: u8,
    pub heard_ms: u32,
    pub heard_before_ms: u32,
    pub duration_ms: u32,
}

impl Judged {
    /// Whether `other` is the same report, read from the same log at a lower offset.
    fn repeats(&self, other: &Self) -> bool {
        self.seq == other.seq
            && self.topic_id == other.topic_id
            && self.kafka_partition == other.kafka_partition
            && self.kafka_offset > other.kafka_offset
    }

    /// Whether this report takes the play over the threshold.
    fn crosses(&self) -> bool {
        let duration = u64::from(self.duration_ms);
        let is_enough =
            |heard: u64| heard >= THRESHOLD_MS || heard * 100 >= duration * THRESHOLD_PERCENT;
        let before = u64::from(self.heard_before_ms);
        duration > 0 && !is_enough(before) && is_enough(before + u64::from(self.heard_ms))
    }

    /// Whether it counts the play, or would but for a bot.
    fn settles(&self) -> bool {
        matches!(self.reason.as_str(), "" | "bot")
    }
}

/// Judges all rows of one play.
pub fn judge(rows: &[Judged]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rows.iter().filter_map(|row| judge_row(row, rows)).collect();
    let Some(first) = rows.first() else {
        return findings;
    };
    let play_id = first.play_id;
    let times = rows.iter().filter(|row| row.counted == 1).count();
    if times > 1 {
        findings.push(Finding::CountedTwice { play_id, times });
    }
    findings.extend(not_counted(rows));
    findings
}

fn judge_row(row: &Judged, rows: &[Judged]) -> Option<Finding> {
    let (play_id, partition, offset) = (row.play_id, row.kafka_partition, row.kafka_offset);
    if (row.counted == 1) != row.reason.is_empty() {
        return Some(Finding::Contradiction {
            play_id,
            partition,
            offset,
            reason: row.reason.clone(),
        });
    }
    let mut others = rows.iter().filter(|other| !std::ptr::eq(*other, row));
    // The original may lie at a higher offset: an offset that was set back by hand can bring a record after its own repetition.
    match row.reason.as_str() {
        "duplicate" => {
            let original = others.any(|other| other.seq == row.seq && other.reason != "duplicate");
            (!original).then_some(Finding::DuplicateWithoutOriginal {
                play_id,
                partition,
                offset,
            })
        }
        "already_counted" => {
            let counted = others.any(Judged::settles);
            (!counted).then_some(Finding::AlreadyCountedWithoutCount {
                play_id,
                partition,
                offset,
            })
        }
        _ => {
            let repeats = others.any(|other| other.reason != "duplicate" && row.repeats(other));
            repeats.then_some(Finding::RepeatNotDuplicate {
                play_id,
                partition,
                offset,
            })
        }
    }
}

/// A report that crosses the threshold, which nothing excludes, of a play that no row counts, nor would but for a bot.
fn not_counted(rows: &[Judged]) -> Option<Finding> {
    if rows.iter().any(Judged::settles) {
        return None;
    }
    let row = rows.iter().find(|row| {
        let is_heard = matches!(
            row.reason.as_str(),
            "already_counted" | "continued" | "too_short"
        );
        is_heard && row.crosses()
    })?;
    Some(Finding::NotCounted {
        play_id: row.play_id,
        partition: row.kafka_partition,
        offset: row.kafka_offset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(offset: u64, seq: u32, reason: &str, before: u32, heard: u32) -> Judged {
        Judged {
            play_id: Uuid::from_u128(1),
            seq,
            kafka_partition: 0,
            kafka_offset: offset,
            topic_id: "topic".into(),
            reason: reason.into(),
            counted: u8::from(reason.is_empty()),
            heard_ms: heard,
            heard_before_ms: before,
            duration_ms: 180_000,
        }
    }

    #[test]
    fn an_honest_play_passes() {
        let rows = [
            row(1, 0, "continued", 0, 20_000),
            row(2, 1, "", 20_000, 20_000),
            row(3, 1, "duplicate", 20_000, 20_000),
            row(4, 2, "already_counted", 10_000, 25_000),
        ];
        assert_eq!(judge(&rows), []);
        assert_eq!(
            judge(&[
                row(1, 0, "bot", 0, 60_000),
                row(2, 1, "already_counted", 0, 60_000)
            ]),
            []
        );
        assert_eq!(judge(&[row(1, 0, "own_play", 0, 60_000)]), []);
    }

    #[test]
    fn a_short_track_is_crossed_at_95_percent_to_the_millisecond() {
        // 95 % of it are 18,999.05 ms.
        let heard = |heard_ms, reason| Judged {
            duration_ms: 19_999,
            ..row(1, 0, reason, 0, heard_ms)
        };
        assert_eq!(judge(&[heard(18_999, "too_short")]), []);
        assert!(matches!(
            judge(&[heard(19_000, "too_short")])[..],
            [Finding::NotCounted { .. }]
        ));
    }

    #[test]
    fn each_falsification_is_found() {
        let kinds = |rows: &[Judged]| judge(rows);
        assert!(matches!(
            kinds(&[row(3, 0, "duplicate", 0, 1_000)])[..],
            [Finding::DuplicateWithoutOriginal { .. }]
        ));
        assert!(
            kinds(&[row(1, 0, "", 0, 40_000), row(2, 1, "", 0, 40_000)]).contains(
                &Finding::CountedTwice {
                    play_id: Uuid::from_u128(1),
                    times: 2
                }
            )
        );
        assert!(matches!(
            kinds(&[
                row(1, 0, "continued", 0, 1_000),
                row(2, 0, "continued", 0, 1_000)
            ])[..],
            [Finding::RepeatNotDuplicate { offset: 2, .. }]
        ));
        assert!(matches!(
            kinds(&[row(1, 0, "already_counted", 0, 40_000)])[..],
            [
                Finding::AlreadyCountedWithoutCount { .. },
                Finding::NotCounted { .. }
            ]
        ));
        assert!(matches!(
            kinds(&[row(1, 0, "continued", 0, 40_000)])[..],
            [Finding::NotCounted { .. }]
        ));
        let mut flag = row(1, 0, "", 0, 40_000);
        flag.counted = 0;
        assert!(
            kinds(&[flag])
                .iter()
                .any(|finding| matches!(finding, Finding::Contradiction { .. }))
        );
    }
}
