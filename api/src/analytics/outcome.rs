//! What became of reports, as reports tell it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use veza_schemas::row::Reason;

/// What became of a report that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It made its play count.
    Counted,
    /// It goes on with a play that has counted, or has not yet.
    Continued,
    /// It does not count, for a reason.
    Excluded,
    /// The same report was stored before.
    Duplicate,
}

/// Why a report is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// The catalog doesn't have the track.
    UnknownTrack,
    /// More was heard than time has passed.
    ImpossibleTime,
    /// The track's creator listened.
    OwnPlay,
    /// It ended before 30 s, or 95 % of a shorter track, were heard.
    TooShort,
    /// The play has counted before.
    AlreadyCounted,
    /// A declared bot.
    Bot,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Continued => "continued",
            Self::Excluded => "excluded",
            Self::Duplicate => "duplicate",
        }
    }

    /// What a row of this reason has become, and why.
    pub fn of(reason: Reason) -> (Self, Option<Exclusion>) {
        let excluded = |why| (Self::Excluded, Some(why));
        match reason {
            Reason::Counted => (Self::Counted, None),
            Reason::Continued => (Self::Continued, None),
            Reason::Duplicate => (Self::Duplicate, None),
            Reason::UnknownTrack => excluded(Exclusion::UnknownTrack),
            Reason::ImpossibleTime => excluded(Exclusion::ImpossibleTime),
            Reason::OwnPlay => excluded(Exclusion::OwnPlay),
            Reason::TooShort => excluded(Exclusion::TooShort),
            Reason::AlreadyCounted => excluded(Exclusion::AlreadyCounted),
            Reason::Bot => excluded(Exclusion::Bot),
        }
    }
}

impl Exclusion {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownTrack => "unknown_track",
            Self::ImpossibleTime => "impossible_time",
            Self::OwnPlay => "own_play",
            Self::TooShort => "too_short",
            Self::AlreadyCounted => "already_counted",
            Self::Bot => "bot",
        }
    }
}

/// The reasons of rows with one of these outcomes and one of these exclusions; an empty list lets every one pass.
pub fn reasons_of(outcomes: &[Outcome], exclusions: &[Exclusion]) -> Vec<Reason> {
    let asked = |reason: &Reason| {
        let (outcome, exclusion) = Outcome::of(*reason);
        let outcome_fits = outcomes.is_empty() || outcomes.contains(&outcome);
        let exclusion_fits =
            exclusions.is_empty() || exclusion.is_some_and(|why| exclusions.contains(&why));
        outcome_fits && exclusion_fits
    };
    Reason::ALL.into_iter().filter(asked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_stored() {
        for reason in Reason::ALL {
            let (outcome, exclusion) = Outcome::of(reason);
            assert_eq!(outcome.as_str(), reason.outcome().as_str());
            if let Some(exclusion) = exclusion {
                assert_eq!(exclusion.as_str(), reason.as_str());
            }
        }
    }

    #[test]
    fn outcome_and_reason_narrow_each_other() {
        assert_eq!(reasons_of(&[], &[]), Reason::ALL);
        assert_eq!(reasons_of(&[Outcome::Counted], &[]), [Reason::Counted]);
        assert_eq!(reasons_of(&[], &[Exclusion::Bot]), [Reason::Bot]);
        assert_eq!(reasons_of(&[Outcome::Excluded], &[]).len(), 6);
        assert_eq!(reasons_of(&[Outcome::Counted], &[Exclusion::Bot]), []);
    }
}
