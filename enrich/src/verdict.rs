//! Whether a report counts its play, and why not: the rule, on this page, and nowhere else.
//!
//! A play counts once, when what was heard of it first reaches 30 s, or 95 % of a track that is shorter than that.

use veza_schemas::row::Reason;

/// A play counts when this much was heard, in ms, …
const COUNTS_AFTER_MS: u64 = 30_000;
/// … or this much of the track, in hundredths.
const COUNTS_AFTER_PERCENT: u64 = 95;
/// A play is complete when this much of the track was heard, in hundredths.
const COMPLETE_AFTER_PERCENT: u64 = 90;
/// Nobody can have heard more than the time that passed, at this speed, …
const FASTEST_PLAYBACK: u64 = 2;
/// … and with this much for clocks and buffers, in ms.
const TIME_TOLERANCE_MS: u64 = 2_000;

/// What a report is judged by. Times in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub heard_ms: u32,
    /// Heard in earlier reports of the play, as the player says.
    pub heard_before_ms: u32,
    /// How much time can have passed since the play began.
    pub wall_ms: u32,
    /// The track's duration; `None`: the track is not in the catalog.
    pub duration_ms: Option<u32>,
    pub ended: bool,
    /// The listener is the track's creator.
    pub own: bool,
    pub bot: bool,
    /// Histories know when a play began, not how long it took.
    pub imported: bool,
    /// The heard time is implied by the source's rule: the play may count, but is neither complete nor a skip.
    pub assumed: bool,
    pub seen: Seen,
}

/// What was stored before of the same play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// This very report: the same `play_id` and `seq`.
    pub duplicate: bool,
    /// A report that counted the play.
    pub counted: bool,
    /// A report that would have counted the play, were it not a bot's.
    pub bot: bool,
    pub completed: bool,
    pub skipped: bool,
}

impl Seen {
    /// What either of two memories has seen.
    pub fn or(self, other: Self) -> Self {
        Self {
            duplicate: self.duplicate || other.duplicate,
            counted: self.counted || other.counted,
            bot: self.bot || other.bot,
            completed: self.completed || other.completed,
            skipped: self.skipped || other.skipped,
        }
    }

    /// The play has had its crossing report, be it a person's or a bot's.
    fn crossed(self) -> bool {
        self.counted || self.bot
    }
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub reason: Reason,
    /// By this report the play is complete; once a play.
    pub completed: bool,
    /// By this report the play is a skip; once a play.
    pub skipped: bool,
}

/// The rule, number [`veza_schemas::row::RULE`]. The order matters: the first reason that holds is the one that is kept.
pub fn judge(evidence: &Evidence) -> Verdict {
    let reason = reason(evidence);
    Verdict {
        reason,
        completed: completes(evidence, reason),
        skipped: reason == Reason::TooShort && !evidence.assumed && !evidence.seen.skipped,
    }
}

fn reason(evidence: &Evidence) -> Reason {
    let before = u64::from(evidence.heard_before_ms);
    let so_far = before + u64::from(evidence.heard_ms);
    let seen = evidence.seen;
    if seen.duplicate {
        return Reason::Duplicate;
    }
    let Some(duration_ms) = evidence.duration_ms else {
        return Reason::UnknownTrack;
    };
    if !evidence.imported
        && so_far > FASTEST_PLAYBACK * u64::from(evidence.wall_ms) + TIME_TOLERANCE_MS
    {
        return Reason::ImpossibleTime;
    }
    if evidence.own {
        return Reason::OwnPlay;
    }
    let threshold = threshold_ms(duration_ms);
    if so_far < threshold {
        return if evidence.ended && !seen.crossed() {
            Reason::TooShort
        } else {
            Reason::Continued
        };
    }
    if before >= threshold {
        return Reason::Continued;
    }
    if seen.crossed() {
        return Reason::AlreadyCounted;
    }
    // Last, so that "bots included" is what is counted or `bot`.
    if evidence.bot {
        Reason::Bot
    } else {
        Reason::Counted
    }
}

/// Heard time at which a play of a track counts, in ms.
pub fn threshold_ms(duration_ms: u32) -> u64 {
    (u64::from(duration_ms) * COUNTS_AFTER_PERCENT)
        .div_ceil(100)
        .min(COUNTS_AFTER_MS)
}

fn completes(evidence: &Evidence, reason: Reason) -> bool {
    let crossed = match reason {
        Reason::Counted | Reason::Bot => true,
        Reason::Continued | Reason::AlreadyCounted => evidence.seen.crossed(),
        _ => false,
    };
    let so_far = u64::from(evidence.heard_before_ms) + u64::from(evidence.heard_ms);
    let duration_ms = u64::from(evidence.duration_ms.unwrap_or(u32::MAX));
    crossed
        && evidence.ended
        && !evidence.assumed
        && !evidence.seen.completed
        && so_far * 100 >= duration_ms * COMPLETE_AFTER_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const THREE_MINUTES: u32 = 180_000;

    /// A whole play in one report, ended, with as much time as it needs.
    fn heard(heard_ms: u32, duration_ms: u32) -> Evidence {
        Evidence {
            heard_ms,
            heard_before_ms: 0,
            wall_ms: heard_ms,
            duration_ms: Some(duration_ms),
            ended: true,
            own: false,
            bot: false,
            imported: false,
            assumed: false,
            seen: Seen::default(),
        }
    }

    fn reason_of(evidence: Evidence) -> Reason {
        judge(&evidence).reason
    }

    #[test]
    fn thirty_seconds_count_and_a_millisecond_less_does_not() {
        assert_eq!(reason_of(heard(30_000, THREE_MINUTES)), Reason::Counted);
        assert_eq!(reason_of(heard(29_999, THREE_MINUTES)), Reason::TooShort);
    }

    #[test]
    fn a_short_track_counts_at_95_percent() {
        assert_eq!(reason_of(heard(20_000, 20_000)), Reason::Counted);
        assert_eq!(reason_of(heard(19_000, 20_000)), Reason::Counted);
        assert_eq!(reason_of(heard(18_999, 20_000)), Reason::TooShort);
        assert_eq!(reason_of(heard(1, 1)), Reason::Counted);
        assert_eq!(reason_of(heard(0, 1)), Reason::TooShort);
    }

    #[test]
    fn a_seek_to_the_end_hears_nothing() {
        let verdict = judge(&heard(3_000, THREE_MINUTES));
        assert_eq!(
            (verdict.reason, verdict.completed, verdict.skipped),
            (Reason::TooShort, false, true)
        );
    }

    #[test]
    fn the_report_that_crosses_counts_and_the_others_continue() {
        let first = Evidence {
            ended: false,
            ..heard(20_000, THREE_MINUTES)
        };
        assert_eq!(reason_of(first), Reason::Continued);
        let second = Evidence {
            heard_before_ms: 20_000,
            heard_ms: 10_000,
            wall_ms: 30_000,
            ..first
        };
        assert_eq!(reason_of(second), Reason::Counted);
        let third = Evidence {
            heard_before_ms: 30_000,
            heard_ms: 30_000,
            wall_ms: 60_000,
            seen: Seen {
                counted: true,
                ..Seen::default()
            },
            ..first
        };
        assert_eq!(reason_of(third), Reason::Continued);
    }

    #[test]
    fn a_play_that_was_counted_is_not_counted_again_nor_too_short() {
        let seen = Seen {
            counted: true,
            ..Seen::default()
        };
        assert_eq!(
            reason_of(Evidence {
                seen,
                ..heard(40_000, THREE_MINUTES)
            }),
            Reason::AlreadyCounted
        );
        let short = judge(&Evidence {
            seen,
            ..heard(5_000, THREE_MINUTES)
        });
        assert_eq!((short.reason, short.skipped), (Reason::Continued, false));
    }

    #[test]
    fn time_can_run_at_double_speed_and_two_seconds_off() {
        let fast = Evidence {
            wall_ms: 29_000,
            ..heard(60_000, THREE_MINUTES)
        };
        assert_eq!(reason_of(fast), Reason::Counted);
        let faster = Evidence {
            heard_ms: 60_001,
            ..fast
        };
        assert_eq!(reason_of(faster), Reason::ImpossibleTime);
        assert_eq!(
            reason_of(Evidence {
                imported: true,
                ..faster
            }),
            Reason::Counted
        );
    }

    #[test]
    fn each_reason_gives_way_to_the_ones_before_it() {
        let mut evidence = Evidence {
            wall_ms: 0,
            own: true,
            bot: true,
            duration_ms: None,
            seen: Seen {
                duplicate: true,
                ..Seen::default()
            },
            ..heard(40_000, THREE_MINUTES)
        };
        assert_eq!(reason_of(evidence), Reason::Duplicate);
        evidence.seen.duplicate = false;
        assert_eq!(reason_of(evidence), Reason::UnknownTrack);
        evidence.duration_ms = Some(THREE_MINUTES);
        assert_eq!(reason_of(evidence), Reason::ImpossibleTime);
        evidence.wall_ms = 40_000;
        assert_eq!(reason_of(evidence), Reason::OwnPlay);
        evidence.own = false;
        assert_eq!(reason_of(evidence), Reason::Bot);
        assert_eq!(
            reason_of(Evidence {
                heard_ms: 10_000,
                ..evidence
            }),
            Reason::TooShort
        );
        evidence.seen.bot = true;
        assert_eq!(reason_of(evidence), Reason::AlreadyCounted);
    }

    #[test]
    fn complete_at_90_percent_when_ended_and_counted() {
        let whole = heard(162_000, THREE_MINUTES);
        assert!(judge(&whole).completed);
        assert!(
            !judge(&Evidence {
                heard_ms: 161_999,
                ..whole
            })
            .completed
        );
        assert!(
            !judge(&Evidence {
                ended: false,
                ..whole
            })
            .completed
        );
        assert!(
            !judge(&Evidence {
                assumed: true,
                ..whole
            })
            .completed
        );
        assert!(!judge(&Evidence { own: true, ..whole }).completed);
        assert!(judge(&Evidence { bot: true, ..whole }).completed);
        let last = Evidence {
            heard_before_ms: 150_000,
            heard_ms: 30_000,
            wall_ms: 180_000,
            ..whole
        };
        assert!(
            !judge(&last).completed,
            "a play that never counted is never complete"
        );
        assert!(
            judge(&Evidence {
                seen: Seen {
                    counted: true,
                    ..Seen::default()
                },
                ..last
            })
            .completed
        );
        assert!(
            !judge(&Evidence {
                seen: Seen {
                    counted: true,
                    completed: true,
                    ..Seen::default()
                },
                ..last
            })
            .completed
        );
    }

    /// A play's reports in any order, some of them twice, claiming anything.
    fn reports() -> impl Strategy<Value = (u32, Vec<(u16, Evidence)>)> {
        let evidence = (
            0u32..90_000,
            0u32..90_000,
            0u32..120_000,
            any::<[bool; 4]>(),
        )
            .prop_map(
                |(heard_ms, heard_before_ms, wall_ms, [ended, bot, imported, assumed])| Evidence {
                    heard_before_ms,
                    wall_ms,
                    ended,
                    bot,
                    imported,
                    assumed,
                    ..heard(heard_ms, 1)
                },
            );
        (
            1u32..200_000,
            proptest::collection::vec((0u16..6, evidence), 1..30),
        )
    }

    proptest! {
        #[test]
        fn a_play_is_counted_completed_and_skipped_at_most_once((duration_ms, reports) in reports()) {
            let mut seen_seqs = std::collections::BTreeSet::new();
            let mut seen = Seen::default();
            let (mut crossings, mut completions, mut skips, mut duplicates) = (0, 0, 0, 0);
            let total = reports.len();
            for (seq, mut evidence) in reports {
                seen.duplicate = !seen_seqs.insert(seq);
                evidence.duration_ms = Some(duration_ms);
                evidence.seen = seen;
                let verdict = judge(&evidence);
                prop_assert_eq!(verdict.reason == Reason::Duplicate, seen.duplicate);
                prop_assert!(!(verdict.completed && verdict.skipped));
                crossings += u32::from(matches!(verdict.reason, Reason::Counted | Reason::Bot));
                completions += u32::from(verdict.completed);
                skips += u32::from(verdict.skipped);
                duplicates += usize::from(verdict.reason == Reason::Duplicate);
                prop_assert!(completions <= crossings, "complete only after it counted");
                seen.counted |= verdict.reason == Reason::Counted;
                seen.bot |= verdict.reason == Reason::Bot;
                seen.completed |= verdict.completed;
                seen.skipped |= verdict.skipped;
            }
            prop_assert!(crossings <= 1 && completions <= 1 && skips <= 1);
            prop_assert_eq!(duplicates, total - seen_seqs.len());
        }

        #[test]
        fn more_heard_never_takes_a_count_away(heard_ms in 0u32..200_000, more in 0u32..200_000, duration_ms in 1u32..400_000) {
            let less = heard(heard_ms, duration_ms);
            if reason_of(less) == Reason::Counted {
                prop_assert_eq!(reason_of(heard(heard_ms + more, duration_ms)), Reason::Counted);
            }
        }
    }
}
