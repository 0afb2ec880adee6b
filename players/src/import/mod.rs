//! A listening history, as its owner can download it, brought in through the ordinary pipeline. Everything about a play
//! derives from the export's content, so that importing it twice changes no count.

mod spotify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use veza_schemas::report::{HeardBasis, MAX_HEARD_MS, MAX_REPORTS, Report};

use crate::client::{ClientError, ImportedTrack, Installation};

/// The shortest duration that a track is given for want of a better one.
const LEAST_DURATION_MS: u32 = 30_000;
/// Namespace of the play ids of imports.
const PLAY_IDS: Uuid = Uuid::from_u128(0x9d3f_6f4e_0c0b_5f43_9a55_64c6_41d2_70b1);

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{path}: {source}")]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{path}, line {line}, column {column}: {reason}; expected Spotify's StreamingHistory_music_*.json, an array of objects with endTime, artistName, trackName and msPlayed"
    )]
    NotAHistory {
        path: PathBuf,
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("{path}, entry {entry}: {reason}")]
    BadEntry {
        path: PathBuf,
        entry: usize,
        reason: String,
    },
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// One hearing, as the export has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hearing {
    pub artist: String,
    pub title: String,
    pub ended_at: Timestamp,
    pub heard_ms: u32,
}

/// Whose history it is, and whose tracks they become.
#[derive(Debug, Clone)]
pub struct Ownership {
    /// E-mail of the creator to whom the tracks belong.
    pub creator: String,
    /// Opaque id of the listener.
    pub listener: String,
}

impl Ownership {
    /// Without a listener's id, one is derived from the creator's e-mail; it is never the creator itself.
    pub fn new(creator: String, listener: Option<String>) -> Self {
        let listener = listener.unwrap_or_else(|| {
            let digest = Sha256::digest(format!("import:{creator}"));
            format!(
                "import-{}",
                Uuid::from_slice(&digest[..16]).unwrap_or_default().simple()
            )
        });
        Self { creator, listener }
    }
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub read: u64,
    pub tracks: u64,
    pub accepted: u64,
    /// Refused reports by code.
    pub refused: BTreeMap<String, u64>,
}

/// Reads every file; the first that can't be read ends it, before anything is sent.
pub fn read(files: &[PathBuf]) -> Result<Vec<Hearing>, ImportError> {
    let mut hearings = Vec::new();
    for path in files {
        let bytes = std::fs::read(path).map_err(|source| ImportError::Unreadable {
            path: path.clone(),
            source,
        })?;
        hearings.extend(spotify::account_data(path, &bytes)?);
    }
    Ok(hearings)
}

/// Brings `hearings` in: first their tracks, then a report each. The bar counts hearings.
pub async fn send(
    installation: &Installation,
    ownership: &Ownership,
    hearings: &[Hearing],
    bar: &ProgressBar,
) -> Result<Summary, ImportError> {
    bar.set_length(hearings.len() as u64);
    let tracks = tracks(hearings);
    let ids = track_ids(installation, &ownership.creator, &tracks).await?;
    let mut summary = Summary {
        tracks: tracks.len() as u64,
        ..Summary::default()
    };
    for batch in hearings.chunks(MAX_REPORTS / 2) {
        let reports: Vec<Report> = batch
            .iter()
            .filter_map(|hearing| Some(report(hearing, *ids.get(&key(hearing))?, ownership)))
            .collect();
        let receipt = installation.report(&reports, false).await?;
        summary.read += batch.len() as u64;
        summary.accepted += receipt.accepted as u64;
        for refused in receipt.rejected {
            *summary
                .refused
                .entry(refused.code.name().to_owned())
                .or_default() += 1;
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish();
    Ok(summary)
}

type TrackKey = (String, String);

fn key(hearing: &Hearing) -> TrackKey {
    (hearing.artist.clone(), hearing.title.clone())
}

/// The tracks of a history, each with the longest hearing as its estimated duration.
pub fn tracks(hearings: &[Hearing]) -> BTreeMap<TrackKey, ImportedTrack> {
    let mut tracks = BTreeMap::new();
    for hearing in hearings {
        let track = tracks.entry(key(hearing)).or_insert_with(|| ImportedTrack {
            artist: hearing.artist.clone(),
            title: hearing.title.clone(),
            duration_ms: LEAST_DURATION_MS,
            duration_estimated: true,
        });
        track.duration_ms = track.duration_ms.max(hearing.heard_ms);
    }
    tracks
}

async fn track_ids(
    installation: &Installation,
    creator: &str,
    tracks: &BTreeMap<TrackKey, ImportedTrack>,
) -> Result<BTreeMap<TrackKey, Uuid>, ClientError> {
    let mut ids = BTreeMap::new();
    let all: Vec<(&TrackKey, &ImportedTrack)> = tracks.iter().collect();
    for batch in all.chunks(1_000) {
        let wanted: Vec<ImportedTrack> = batch.iter().map(|(_, track)| (*track).clone()).collect();
        let found = installation.import_catalog(creator, &wanted).await?;
        ids.extend(batch.iter().map(|(key, _)| (*key).clone()).zip(found));
    }
    Ok(ids)
}

fn report(hearing: &Hearing, track_id: Uuid, ownership: &Ownership) -> Report {
    let heard = SignedDuration::from_millis(i64::from(hearing.heard_ms));
    Report {
        play_id: play_id(hearing, ownership),
        seq: 0,
        track_id,
        started_at: hearing.ended_at - heard,
        sent_at: None,
        heard_ms: hearing.heard_ms.min(MAX_HEARD_MS),
        heard_before_ms: 0,
        ended: true,
        referrer: None,
        page_url: None,
        context: None,
        listener: Some(ownership.listener.clone()),
        address: None,
        user_agent: None,
        country: None,
        subject: None,
        heard_basis: HeardBasis::Measured,
    }
}

/// The same hearing has the same id in every export that holds it: derived from creator, listener, artist, title, the minute
/// in which it ended, and the time heard.
fn play_id(hearing: &Hearing, ownership: &Ownership) -> Uuid {
    let minute = hearing.ended_at.as_second().div_euclid(60).to_string();
    let heard = hearing.heard_ms.to_string();
    let parts = [
        &ownership.creator,
        &ownership.listener,
        &hearing.artist,
        &hearing.title,
        &minute,
        &heard,
    ];
    let content: Vec<String> = parts
        .iter()
        .map(|part| format!("{}:{part}", part.len()))
        .collect();
    Uuid::new_v5(&PLAY_IDS, content.concat().as_bytes())
}

/// The files that `paths` name, folders opened: those whose names are an export's, in order.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(histories_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn histories_in(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |source| ImportError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if spotify::is_account_data(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hearing(title: &str, ended: &str, heard_ms: u32) -> Hearing {
        Hearing {
            artist: "Odile Marchetti".into(),
            title: title.into(),
            ended_at: ended.parse().unwrap(),
            heard_ms,
        }
    }

    #[test]
    fn a_hearing_keeps_its_id_and_no_two_share_one() {
        let owner = Ownership::new("creator@demo.veza.local".into(), None);
        let one = hearing("Undertow", "2026-01-01T10:00:00Z", 180_000);
        assert_eq!(play_id(&one, &owner), play_id(&one.clone(), &owner));
        for other in [
            hearing("Undertow", "2026-01-01T10:01:00Z", 180_000),
            hearing("Undertow", "2026-01-01T10:00:00Z", 180_001),
            hearing("Kelp", "2026-01-01T10:00:00Z", 180_000),
        ] {
            assert_ne!(play_id(&one, &owner), play_id(&other, &owner));
        }
    }

    #[test]
    fn a_duration_is_the_longest_hearing_and_at_least_30_s() {
        let history = [
            hearing("Undertow", "2026-01-01T10:00:00Z", 9_000),
            hearing("Undertow", "2026-01-02T10:00:00Z", 181_000),
            hearing("Kelp", "2026-01-02T11:00:00Z", 2_000),
        ];
        let durations: Vec<u32> = tracks(&history).values().map(|t| t.duration_ms).collect();
        assert_eq!(durations, [30_000, 181_000]);
    }

    #[test]
    fn the_derived_listener_is_not_the_creator() {
        let owner = Ownership::new("creator@demo.veza.local".into(), None);
        assert!(owner.listener.starts_with("import-") && owner.listener.len() <= 64);
    }
}
