//! A listening history, as its owner can download it, brought in through the ordinary pipeline. Everything about a play
//! derives from the export's content, so that importing it twice changes no count.

mod archive;
mod format;
mod hearing;
mod lastfm;
mod listenbrainz;
mod spotify;
mod spotify_extended;
mod summary;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::ProgressBar;
use tokio::time::Instant;
use uuid::Uuid;
use veza_schemas::report::{MAX_REPORTS, Report};

use crate::client::{ClientError, ImportedTrack, Installation};
use hearing::{TrackKey, key};

pub use format::{Fault, LeftOut};
pub use hearing::{Hearing, Listener, Ownership, tracks};
pub use summary::{Outcomes, Summary};

/// Most tracks of one request to the catalog.
const TRACKS_PER_REQUEST: usize = 1_000;
/// How long nothing new may be stored before the summary is given without the rest.
const STORED_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks at what is stored.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Why an import came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "{} is no listening history; these are read: Spotify's StreamingHistory_music_*.json and Streaming_History_*.json \
         (endsong_*.json), ListenBrainz's *.jsonl, Last.fm as CSV, the folder that they are in, or the zip as it was downloaded",
        path.display()
    )]
    NoHistory { path: PathBuf },
    #[error("no listening history is among the files of {}", shown(places))]
    NothingFound { places: Vec<PathBuf> },
    #[error(transparent)]
    Client(#[from] ClientError),
}

fn shown(places: &[PathBuf]) -> String {
    let names: Vec<String> = places
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    names.join(", ")
}

/// What the files hold.
#[derive(Debug, Default)]
pub struct History {
    /// Histories that were read.
    pub files: u64,
    pub hearings: Vec<Hearing>,
    pub left_out: LeftOut,
    /// Files that are not what they seem, by name; nothing of them is brought in, and all others are.
    pub broken: Vec<(String, Fault)>,
    /// Whom the export names.
    pub account: Option<String>,
}

/// Reads files, folders and archives.
///
/// # Errors
/// If a place can't be opened, a file that was named is no history, or there is none at all.
pub fn read(places: &[PathBuf]) -> Result<History, ImportError> {
    let mut history = History::default();
    archive::each(places, |source| match source.format.read(&source.bytes) {
        Ok(content) => {
            history.files += 1;
            history.hearings.extend(content.hearings);
            history.left_out += content.left_out;
            history.account = history.account.take().or(content.account);
        }
        Err(fault) => history.broken.push((source.name, fault)),
    })?;
    if history.files == 0 && history.broken.is_empty() {
        return Err(ImportError::NothingFound {
            places: places.into(),
        });
    }
    Ok(history)
}

/// Brings `hearings` in: first their tracks, then a report each; then waits until they are stored. The bar counts hearings.
pub async fn send(
    installation: &Installation,
    ownership: &Ownership,
    hearings: &[Hearing],
    bar: &ProgressBar,
) -> Result<Summary, ImportError> {
    bar.set_length(hearings.len() as u64);
    let tracks = tracks(hearings);
    let ids = track_ids(installation, ownership, &tracks).await?;
    let before = installation.import_outcomes(ownership).await?;
    let mut summary = Summary {
        read: hearings.len() as u64,
        tracks: tracks.len() as u64,
        ..Summary::default()
    };
    for batch in hearings.chunks(MAX_REPORTS / 2) {
        let report = |hearing: &Hearing| Some(hearing.report(*ids.get(&key(hearing))?, ownership));
        let reports: Vec<Report> = batch.iter().filter_map(report).collect();
        summary.add(&installation.report(&reports, false).await?);
        bar.inc(batch.len() as u64);
    }
    bar.finish();
    summary.outcomes = stored(installation, ownership, &before, summary.accepted).await?;
    Ok(summary)
}

async fn track_ids(
    installation: &Installation,
    ownership: &Ownership,
    tracks: &BTreeMap<TrackKey, ImportedTrack>,
) -> Result<BTreeMap<TrackKey, Uuid>, ClientError> {
    let mut ids = BTreeMap::new();
    let all: Vec<(&TrackKey, &ImportedTrack)> = tracks.iter().collect();
    for batch in all.chunks(TRACKS_PER_REQUEST) {
        let wanted: Vec<ImportedTrack> = batch.iter().map(|(_, track)| (*track).clone()).collect();
        let found = installation
            .import_catalog(ownership.creator.as_deref(), &wanted)
            .await?;
        ids.extend(batch.iter().map(|(key, _)| (*key).clone()).zip(found));
    }
    Ok(ids)
}

/// What has become of this import's reports: all of them, or as many as are stored when nothing comes any more.
async fn stored(
    installation: &Installation,
    ownership: &Ownership,
    before: &Outcomes,
    accepted: u64,
) -> Result<Outcomes, ClientError> {
    let mut known = Outcomes::default();
    let mut last_news = Instant::now();
    loop {
        let now = installation.import_outcomes(ownership).await?.since(before);
        if now.rows() >= accepted || last_news.elapsed() > STORED_WITHIN {
            return Ok(now);
        }
        if now.rows() > known.rows() {
            (known, last_news) = (now, Instant::now());
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const ENTRY: &str = r#"{"endTime": "2024-08-02 22:44", "artistName": "A", "trackName": "B", "msPlayed": 118990}"#;

    /// A folder of its own, which goes with the test's process's temporary files.
    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("veza-import-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("MyData")).unwrap();
        folder
    }

    fn write(folder: &std::path::Path, name: &str, content: &str) {
        std::fs::write(folder.join(name), content).unwrap();
    }

    #[test]
    fn a_broken_file_in_a_folder_is_named_and_the_others_are_read() {
        let folder = folder("broken");
        write(
            &folder,
            "MyData/StreamingHistory_music_0.json",
            &format!("[{ENTRY}]"),
        );
        write(
            &folder,
            "MyData/StreamingHistory_music_1.json",
            &format!("[{ENTRY},\n{{\"endTime\": 5}}]"),
        );
        write(
            &folder,
            "MyData/StreamingHistory_podcast_0.json",
            "[{}, {}]",
        );
        write(
            &folder,
            "MyData/Userdata.json",
            r#"{"username": "odile", "email": null}"#,
        );
        write(&folder, "MyData/Playlist1.json", "{");
        let history = read(std::slice::from_ref(&folder)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            (
                history.files,
                history.hearings.len(),
                history.left_out.podcasts
            ),
            (3, 1, 2)
        );
        assert_eq!(history.account.as_deref(), Some("odile"));
        let [(name, fault)] = &history.broken[..] else {
            panic!("{:?}", history.broken)
        };
        assert!(
            name.ends_with("StreamingHistory_music_1.json") && fault.line == 2,
            "{name} {fault}"
        );
    }

    #[test]
    fn an_archive_is_read_as_it_was_downloaded() {
        let folder = folder("zip");
        let path = folder.join("my_spotify_data.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in [
            (
                "Spotify Account Data/StreamingHistory_music_0.json",
                format!("[{ENTRY}]"),
            ),
            ("Spotify Account Data/ReadMeFirst.pdf", "%PDF".into()),
        ] {
            zip.start_file(name, options).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let history = read(&[path]).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((history.files, history.hearings.len()), (1, 1));
    }

    #[test]
    fn what_is_no_history_is_said_with_what_would_be() {
        let folder = folder("none");
        write(&folder, "holiday.json", "{}");
        let error = read(&[folder.join("holiday.json")]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("holiday.json is no listening history; these are read"),
            "{error}"
        );
        let error = read(std::slice::from_ref(&folder)).unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(error, ImportError::NothingFound { .. }), "{error}");
    }
}
