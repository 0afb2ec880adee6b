//! Plays are judged again, from what their rows were judged by and what the catalog says now.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;
use veza_enrich::listener::ListenerKey;
use veza_enrich::verdict::{self, Evidence, Seen};
use veza_schemas::row::{RULE, Reason};

use crate::catalog::{Catalog, Tracks};

/// What plays are judged with.
pub struct Judge {
    pub catalog: Arc<Catalog>,
    pub key: ListenerKey,
}

/// A row of `plays`, as far as it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub play_id: Uuid,
    pub topic_id: String,
    pub partition: u16,
    pub offset: u64,
    pub seq: u32,
    pub track_id: Uuid,
    pub listener: u64,
    pub heard_ms: u32,
    pub heard_before_ms: u32,
    pub wall_ms: u32,
    pub ended: bool,
    pub bot: bool,
    pub imported: bool,
    pub assumed: bool,
    pub received_at_ms: i64,
    /// Of its slot, as 202611.
    pub month: u32,
    /// As it was judged.
    pub judged: Judged,
}

/// What judging writes into a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// 0: unknown track.
    pub creator_id: u64,
    pub duration_ms: u32,
    pub own: bool,
    pub reason: Reason,
    pub completed: bool,
    pub skipped: bool,
    pub rule: u8,
}

impl Judge {
    /// The rows of `month` whose verdict changes. `rows`: all rows of some plays, each play's together and in the order of their
    /// offsets within a partition. Rows of `done` months are as they are to be, and are taken so.
    pub async fn judge(
        &self,
        rows: &[Row],
        month: u32,
        done: &BTreeSet<u32>,
    ) -> Vec<(Row, Judged)> {
        let tracks = self
            .catalog
            .look_up(rows.iter().map(|row| row.track_id))
            .await;
        let mut changed = Vec::new();
        for play in rows.chunk_by(|a, b| a.play_id == b.play_id) {
            changed.extend(judge_play(play, month, done, &tracks, &self.key));
        }
        changed
    }
}

fn judge_play(
    play: &[Row],
    month: u32,
    done: &BTreeSet<u32>,
    tracks: &Tracks,
    key: &ListenerKey,
) -> Vec<(Row, Judged)> {
    let mut past = Past::default();
    let mut changed = Vec::new();
    for row in in_order(play) {
        let judged = if done.contains(&row.month) {
            row.judged
        } else {
            judge_row(row, past.seen(row.seq), tracks, key)
        };
        past.remember(row.seq, &judged);
        if row.month == month && judged != row.judged {
            changed.push((row.clone(), judged));
        }
    }
    changed
}

/// In the order of their offsets; where a play's reports lie in several partitions or topics, those of one after those of the
/// other, that first which received first.
fn in_order(play: &[Row]) -> impl Iterator<Item = &Row> {
    let same_log = |a: &Row, b: &Row| (&a.topic_id, a.partition) == (&b.topic_id, b.partition);
    let mut logs: Vec<&[Row]> = play.chunk_by(same_log).collect();
    logs.sort_by_key(|rows| rows.iter().map(|row| row.received_at_ms).min());
    logs.into_iter().flatten()
}

fn judge_row(row: &Row, seen: Seen, tracks: &Tracks, key: &ListenerKey) -> Judged {
    let before = row.judged;
    let track = tracks.get(&row.track_id);
    let (creator_id, duration_ms, own) = match track {
        Some(track) if track.creator_id == before.creator_id => {
            (track.creator_id, track.duration_ms, before.own)
        }
        Some(track) => {
            let is_creator = |user| row.listener != 0 && key.of_account(user) == row.listener;
            let own = track.creator_user.is_some_and(is_creator);
            (track.creator_id, track.duration_ms, own)
        }
        // Gone from the catalog: the row is all that is known of it.
        None => (before.creator_id, before.duration_ms, before.own),
    };
    let verdict = verdict::judge(&Evidence {
        heard_ms: row.heard_ms,
        heard_before_ms: row.heard_before_ms,
        wall_ms: row.wall_ms,
        duration_ms: (creator_id != 0).then_some(duration_ms),
        ended: row.ended,
        own,
        bot: row.bot,
        imported: row.imported,
        assumed: row.assumed,
        seen,
    });
    Judged {
        creator_id,
        duration_ms,
        own,
        reason: verdict.reason,
        completed: verdict.completed,
        skipped: verdict.skipped,
        rule: RULE,
    }
}

/// The rows of a play before one.
#[derive(Debug, Default)]
struct Past {
    seqs: HashSet<u32>,
    seen: Seen,
}

impl Past {
    fn seen(&self, seq: u32) -> Seen {
        Seen {
            duplicate: self.seqs.contains(&seq),
            ..self.seen
        }
    }

    fn remember(&mut self, seq: u32, judged: &Judged) {
        self.seqs.insert(seq);
        self.seen = self.seen.or(Seen {
            duplicate: false,
            counted: judged.reason == Reason::Counted,
            bot: judged.reason == Reason::Bot,
            completed: judged.completed,
            skipped: judged.skipped,
        });
    }
}

/// How many rows changed, by what they were and what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<(Reason, Reason), u64>);

impl Changes {
    pub fn of(changed: &[(Row, Judged)]) -> Self {
        let mut changes = Self::default();
        for (row, judged) in changed {
            *changes
                .0
                .entry((row.judged.reason, judged.reason))
                .or_default() += 1;
        }
        changes
    }

    pub fn add(&mut self, other: Self) {
        for (change, rows) in other.0 {
            *self.0.entry(change).or_default() += rows;
        }
    }

    pub fn rows(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing changes");
        }
        let name = |reason: Reason| match reason {
            Reason::Counted => "counted",
            other => other.as_str(),
        };
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|((from, to), rows)| match from == to {
                true => format!("{rows} stay {}, with other values", name(*to)),
                false => format!("{rows} {} → {}", name(*from), name(*to)),
            })
            .collect();
        write!(f, "{} rows change: {}", self.rows(), parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use veza_enrich::Track;

    const MONTH: u32 = 202_611;

    fn key() -> ListenerKey {
        "0".repeat(32).parse().unwrap()
    }

    fn track_id() -> Uuid {
        Uuid::from_u128(2)
    }

    fn tracks(creator_user: Option<Uuid>) -> Tracks {
        let track = Track {
            creator_id: 5,
            creator_user,
            duration_ms: 180_000,
        };
        [(track_id(), track)].into()
    }

    /// Of an unknown track.
    fn row(offset: u64, seq: u32, before: u32, heard: u32, reason: Reason) -> Row {
        Row {
            play_id: Uuid::from_u128(1),
            topic_id: "T".into(),
            partition: 0,
            offset,
            seq,
            track_id: track_id(),
            listener: 0,
            heard_ms: heard,
            heard_before_ms: before,
            wall_ms: before + heard,
            ended: false,
            bot: false,
            imported: false,
            assumed: false,
            received_at_ms: 1_000 + offset as i64,
            month: MONTH,
            judged: Judged {
                creator_id: 0,
                duration_ms: 0,
                own: false,
                reason,
                completed: false,
                skipped: false,
                rule: RULE,
            },
        }
    }

    fn reasons(play: &[Row], done: &BTreeSet<u32>, tracks: &Tracks) -> Vec<(u64, Reason)> {
        judge_play(play, MONTH, done, tracks, &key())
            .into_iter()
            .map(|(row, judged)| (row.offset, judged.reason))
            .collect()
    }

    fn unknown_play() -> [Row; 4] {
        use Reason::{Duplicate, UnknownTrack};
        [
            row(3, 0, 0, 20_000, UnknownTrack),
            row(4, 1, 20_000, 20_000, UnknownTrack),
            row(6, 1, 20_000, 20_000, Duplicate),
            row(9, 2, 10_000, 40_000, UnknownTrack),
        ]
    }

    #[test]
    fn a_play_whose_track_came_later_counts_once() {
        let changed = reasons(&unknown_play(), &BTreeSet::new(), &tracks(None));
        assert_eq!(
            changed,
            [
                (3, Reason::Continued),
                (4, Reason::Counted),
                (6, Reason::Duplicate),
                (9, Reason::AlreadyCounted)
            ]
        );
        let same = reasons(&unknown_play(), &BTreeSet::new(), &Tracks::new());
        assert_eq!(same, [], "still unknown");
    }

    #[test]
    fn the_creator_is_recognised_by_the_listeners_hash() {
        let user = Uuid::from_u128(9);
        let mut own = row(3, 0, 0, 60_000, Reason::UnknownTrack);
        own.listener = key().of_account(user);
        let judged = |row: &Row| {
            judge_play(
                std::slice::from_ref(row),
                MONTH,
                &BTreeSet::new(),
                &tracks(Some(user)),
                &key(),
            )[0]
            .1
        };
        assert_eq!(
            (judged(&own).reason, judged(&own).own),
            (Reason::OwnPlay, true)
        );
        own.listener = 0;
        assert_eq!(judged(&own).reason, Reason::Counted);
    }

    #[test]
    fn rows_of_other_months_have_their_say_and_stay() {
        let mut rows = unknown_play();
        rows[1].month = 202_610;
        // The other month is yet to be judged: it will count there.
        assert_eq!(
            reasons(&rows, &BTreeSet::new(), &tracks(None)),
            [
                (3, Reason::Continued),
                (6, Reason::Duplicate),
                (9, Reason::AlreadyCounted)
            ]
        );
        // It is done, and did not count, as by another catalog.
        let done = [202_610].into();
        let last = reasons(&rows, &done, &tracks(None)).pop();
        assert_eq!(last, Some((9, Reason::Counted)));
    }

    #[test]
    fn a_track_that_left_the_catalog_keeps_its_plays() {
        let mut counted = row(3, 0, 0, 60_000, Reason::Counted);
        counted.judged.creator_id = 7;
        counted.judged.duration_ms = 120_000;
        assert_eq!(reasons(&[counted], &BTreeSet::new(), &Tracks::new()), []);
    }

    #[test]
    fn changes_are_told_by_what_was_and_is() {
        let changed = judge_play(
            &unknown_play(),
            MONTH,
            &BTreeSet::new(),
            &tracks(None),
            &key(),
        );
        assert_eq!(
            Changes::of(&changed).to_string(),
            "4 rows change: 1 stay duplicate, with other values, 1 unknown_track → counted, 1 unknown_track → continued, \
             1 unknown_track → already_counted"
        );
    }

    proptest! {
        #[test]
        fn judged_again_nothing_changes_and_nothing_counts_twice(
            reports in proptest::collection::vec((0u32..4, 0u32..60_000, 0u32..60_000, any::<bool>(), any::<bool>()), 1..20),
        ) {
            let mut rows: Vec<Row> = reports
                .into_iter()
                .zip(0..)
                .map(|((seq, before, heard, ended, bot), offset)| Row {
                    ended,
                    bot,
                    ..row(offset, seq, before, heard, Reason::UnknownTrack)
                })
                .collect();
            let changed = judge_play(&rows, MONTH, &BTreeSet::new(), &tracks(None), &key());
            for (row, judged) in changed {
                rows[row.offset as usize].judged = judged;
            }
            prop_assert!(rows.iter().filter(|row| row.judged.reason == Reason::Counted).count() <= 1);
            prop_assert_eq!(judge_play(&rows, MONTH, &BTreeSet::new(), &tracks(None), &key()), vec![]);
        }
    }
}
