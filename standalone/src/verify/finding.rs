//! What can be wrong, each with the offset or the play to look at.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

/// One thing that is not as it was promised.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// Neither a row nor a rejection.
    Missing {
        partition: i32,
        offset: i64,
    },
    /// More than one row or rejection.
    StoredTwice {
        partition: i32,
        offset: i64,
        times: usize,
    },
    /// A row whose record says something else.
    Differs {
        partition: i32,
        offset: i64,
        field: &'static str,
        record: String,
        row: String,
    },
    /// A rejection of a record that can be read, or a row of one that can't.
    WronglyFiled {
        partition: i32,
        offset: i64,
        why: String,
    },
    /// The five outcomes don't sum to what was received.
    Unbalanced {
        partition: i32,
        received: i64,
        stored: u64,
    },
    /// A `duplicate` without another row of its (play, seq) that is none.
    DuplicateWithoutOriginal {
        play_id: Uuid,
        partition: u16,
        offset: u64,
    },
    /// A second row of a (play, seq) that is no `duplicate`.
    RepeatNotDuplicate {
        play_id: Uuid,
        partition: u16,
        offset: u64,
    },
    /// `already_counted` without a row that was counted, or would have been but for a bot.
    AlreadyCountedWithoutCount {
        play_id: Uuid,
        partition: u16,
        offset: u64,
    },
    CountedTwice {
        play_id: Uuid,
        times: usize,
    },
    /// It crossed the threshold, nothing excludes it, and no row counts it.
    NotCounted {
        play_id: Uuid,
        partition: u16,
        offset: u64,
    },
    /// `counted` and `reason` contradict each other.
    Contradiction {
        play_id: Uuid,
        partition: u16,
        offset: u64,
        reason: String,
    },
    ViewReadsPlays {
        view: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { partition, offset } => write!(
                f,
                "partition {partition}, offset {offset}: neither stored nor rejected"
            ),
            Self::StoredTwice {
                partition,
                offset,
                times,
            } => write!(
                f,
                "partition {partition}, offset {offset}: stored {times} times"
            ),
            Self::Differs {
                partition,
                offset,
                field,
                record,
                row,
            } => {
                write!(
                    f,
                    "partition {partition}, offset {offset}: {field} is {record} in the record and {row} in the row"
                )
            }
            Self::WronglyFiled {
                partition,
                offset,
                why,
            } => write!(f, "partition {partition}, offset {offset}: {why}"),
            Self::Unbalanced {
                partition,
                received,
                stored,
            } => {
                write!(
                    f,
                    "partition {partition}: {received} received, and the five outcomes sum to {stored}"
                )
            }
            Self::DuplicateWithoutOriginal {
                play_id,
                partition,
                offset,
            } => {
                write!(
                    f,
                    "play {play_id}, partition {partition}, offset {offset}: a duplicate without an original"
                )
            }
            Self::RepeatNotDuplicate {
                play_id,
                partition,
                offset,
            } => {
                write!(
                    f,
                    "play {play_id}, partition {partition}, offset {offset}: repeats an earlier report and is no duplicate"
                )
            }
            Self::AlreadyCountedWithoutCount {
                play_id,
                partition,
                offset,
            } => {
                write!(
                    f,
                    "play {play_id}, partition {partition}, offset {offset}: already_counted, and nothing counts"
                )
            }
            Self::CountedTwice { play_id, times } => {
                write!(f, "play {play_id}: counted {times} times")
            }
            Self::NotCounted {
                play_id,
                partition,
                offset,
            } => {
                write!(
                    f,
                    "play {play_id}, partition {partition}, offset {offset}: crosses the threshold, and is counted nowhere"
                )
            }
            Self::Contradiction {
                play_id,
                partition,
                offset,
                reason,
            } => {
                write!(
                    f,
                    "play {play_id}, partition {partition}, offset {offset}: its flag and its reason {reason:?} contradict each other"
                )
            }
            Self::ViewReadsPlays { view } => write!(
                f,
                "the materialised view {view} reads from plays, and a retried insert would double it"
            ),
        }
    }
}
