//! One hearing of a history, and what derives from it: the same in every export that holds it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use veza_schemas::report::{HeardBasis, MAX_HEARD_MS, Report};

use crate::client::ImportedTrack;

/// The shortest duration that a track is given for want of a better one.
const LEAST_DURATION_MS: u32 = 30_000;
/// Longest artist and title that the catalog takes, in characters.
const MAX_NAME: usize = 300;
/// Namespace of the play ids of imports.
const PLAY_IDS: Uuid = Uuid::from_u128(0x9d3f_6f4e_0c0b_5f43_9a55_64c6_41d2_70b1);

/// One hearing, as the export has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hearing {
    pub artist: String,
    pub title: String,
    pub ended_at: Timestamp,
    pub heard_ms: u32,
    /// Measured, or what the format's rule implies.
    pub basis: HeardBasis,
    /// Of the track, where the export knows it.
    pub duration_ms: Option<u32>,
    /// As recorded at the time.
    pub address: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    pub user_agent: Option<String>,
}

impl Hearing {
    /// A hearing of which no more is known; none without artist or title.
    pub fn new(artist: &str, title: &str, ended_at: Timestamp, heard_ms: u32) -> Option<Self> {
        Some(Self {
            artist: name(artist)?,
            title: name(title)?,
            ended_at,
            heard_ms: heard_ms.min(MAX_HEARD_MS),
            basis: HeardBasis::Measured,
            duration_ms: None,
            address: None,
            country: None,
            user_agent: None,
        })
    }

    /// What its report says, under the track's id in the catalog.
    pub fn report(&self, track_id: Uuid, ownership: &Ownership) -> Report {
        let heard = SignedDuration::from_millis(i64::from(self.heard_ms));
        let (subject, listener) = match &ownership.listener {
            Listener::Account { subject, .. } => (Some(subject.to_string()), None),
            Listener::Opaque(id) => (None, Some(id.clone())),
        };
        Report {
            play_id: self.play_id(ownership),
            seq: 0,
            track_id,
            started_at: self.ended_at - heard,
            sent_at: None,
            heard_ms: self.heard_ms,
            heard_before_ms: 0,
            ended: true,
            referrer: None,
            page_url: None,
            context: Some("library".into()),
            listener,
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
            country: self.country.clone(),
            subject,
            heard_basis: self.basis,
        }
    }

    /// Derived from creator, listener, artist, title, the minute in which it ended, and the time heard.
    fn play_id(&self, ownership: &Ownership) -> Uuid {
        let minute = self.ended_at.as_second().div_euclid(60).to_string();
        let heard = self.heard_ms.to_string();
        let listener = ownership.listener.id();
        let creator = ownership.creator.as_deref().unwrap_or_default();
        let parts = [
            creator,
            &listener,
            &self.artist,
            &self.title,
            &minute,
            &heard,
        ];
        let content: Vec<String> = parts
            .iter()
            .map(|part| format!("{}:{part}", part.len()))
            .collect();
        Uuid::new_v5(&PLAY_IDS, content.concat().as_bytes())
    }
}

/// As the catalog takes it: one line of at most [`MAX_NAME`] characters, without white space around it.
fn name(text: &str) -> Option<String> {
    let line: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let cut: String = line.trim().chars().take(MAX_NAME).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Whose history it is, and whose tracks they become.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// E-mail of the creator to whom the tracks belong; none: the installation's library.
    pub creator: Option<String>,
    pub listener: Listener,
}

/// Who listened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// An account of the installation, whose *your listening* shows the plays.
    Account { subject: Uuid },
    /// Any id of at most 64 bytes.
    Opaque(String),
}

impl Listener {
    /// Whom an export names, or, if it names nobody, one that derives from `creator`; never the creator itself.
    pub fn of_export(account: Option<&str>, creator: &str) -> Self {
        let of = match account {
            Some(account) => format!("account:{account}"),
            None => format!("import:{creator}"),
        };
        let digest = Sha256::digest(of);
        let id = Uuid::from_slice(&digest[..16]).unwrap_or_default();
        Self::Opaque(format!("import-{}", id.simple()))
    }

    fn id(&self) -> String {
        match self {
            Self::Account { subject } => subject.to_string(),
            Self::Opaque(id) => id.clone(),
        }
    }
}

/// What makes two hearings ones of the same track; the catalog folds case and white space besides.
pub type TrackKey = (String, String);

pub fn key(hearing: &Hearing) -> TrackKey {
    (hearing.artist.clone(), hearing.title.clone())
}

/// The tracks of a history, each with the duration that its export knows, else the longest hearing as an estimate.
pub fn tracks(hearings: &[Hearing]) -> BTreeMap<TrackKey, ImportedTrack> {
    let mut tracks = BTreeMap::new();
    for hearing in hearings {
        let track = tracks.entry(key(hearing)).or_insert_with(|| ImportedTrack {
            artist: hearing.artist.clone(),
            title: hearing.title.clone(),
            duration_ms: LEAST_DURATION_MS,
            duration_estimated: true,
        });
        match hearing.duration_ms {
            Some(known) if track.duration_estimated => {
                (track.duration_ms, track.duration_estimated) = (known, false);
            }
            Some(known) => track.duration_ms = track.duration_ms.max(known),
            None if track.duration_estimated && hearing.basis == HeardBasis::Measured => {
                track.duration_ms = track.duration_ms.max(hearing.heard_ms);
            }
            None => {}
        }
    }
    tracks
}

/// The heard time that a scrobble implies: services take one once half of the track or four minutes of it were heard, whichever
/// comes first (Last.fm's and ListenBrainz's rule); without a duration, the 30 s that a scrobbled track has at least.
pub fn scrobbled_ms(duration_ms: Option<u32>) -> u32 {
    const FOUR_MINUTES_MS: u32 = 240_000;
    duration_ms.map_or(LEAST_DURATION_MS, |duration| {
        (duration / 2).min(FOUR_MINUTES_MS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hearing(title: &str, ended: &str, heard_ms: u32) -> Hearing {
        Hearing::new("Odile Marchetti", title, ended.parse().unwrap(), heard_ms).unwrap()
    }

    fn owner() -> Ownership {
        let creator = "creator@demo.veza.local";
        Ownership {
            creator: Some(creator.into()),
            listener: Listener::of_export(None, creator),
        }
    }

    #[test]
    fn a_hearing_keeps_its_id_and_no_two_share_one() {
        let one = hearing("Undertow", "2026-01-01T10:00:00Z", 180_000);
        assert_eq!(one.play_id(&owner()), one.clone().play_id(&owner()));
        // The other format of the same export knows the second.
        let to_the_second = hearing("Undertow", "2026-01-01T10:00:42Z", 180_000);
        assert_eq!(one.play_id(&owner()), to_the_second.play_id(&owner()));
        for other in [
            hearing("Undertow", "2026-01-01T10:01:00Z", 180_000),
            hearing("Undertow", "2026-01-01T10:00:00Z", 180_001),
            hearing("Kelp", "2026-01-01T10:00:00Z", 180_000),
        ] {
            assert_ne!(one.play_id(&owner()), other.play_id(&owner()));
        }
    }

    #[test]
    fn a_duration_is_the_known_one_else_the_longest_hearing_and_at_least_30_s() {
        let mut known = hearing("Drift", "2026-01-02T12:00:00Z", 300_000);
        known.duration_ms = Some(240_000);
        let history = [
            hearing("Undertow", "2026-01-01T10:00:00Z", 9_000),
            hearing("Undertow", "2026-01-02T10:00:00Z", 181_000),
            hearing("Kelp", "2026-01-02T11:00:00Z", 2_000),
            hearing("Drift", "2026-01-02T11:30:00Z", 290_000),
            known,
        ];
        let durations: Vec<(u32, bool)> = tracks(&history)
            .values()
            .map(|t| (t.duration_ms, t.duration_estimated))
            .collect();
        assert_eq!(
            durations,
            [(240_000, false), (30_000, true), (181_000, true)]
        );
    }

    #[test]
    fn the_derived_listener_is_not_the_creator() {
        let Listener::Opaque(id) = owner().listener else {
            panic!()
        };
        assert!(id.starts_with("import-") && id.len() <= 64);
        assert_ne!(
            owner().listener,
            Listener::of_export(Some("odile"), "creator@demo.veza.local")
        );
    }

    #[test]
    fn a_name_is_one_line_that_the_catalog_takes() {
        assert_eq!(name(" a\tb\n").as_deref(), Some("a b"));
        assert_eq!(name(&"é".repeat(400)).unwrap().chars().count(), MAX_NAME);
        assert_eq!(name(" \u{0} "), None);
    }
}
