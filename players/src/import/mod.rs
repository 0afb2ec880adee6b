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

use tokio::time::Instant;
use uuid::Uuid;
use veza_schemas::report::{MAX_REPORTS, Receipt, Report};

use crate::client::ImportedTrack;
use archive::Source;
use hearing::{TrackKey, key};

pub use archive::{Export, Limits};
pub use format::{Fault, LeftOut};
pub use hearing::{Hearing, Listener, Ownership, tracks};
pub use summary::{Outcomes, Summary};

/// Most tracks of one request to the catalog.
pub const TRACKS_PER_REQUEST: usize = 1_000;
/// How long nothing new may be stored before the summary is given without the rest.
const STORED_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks at what is stored.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Why an import came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{name}: {source}")]
    Unreadable {
        name: String,
        source: std::io::Error,
    },
    #[error("{name} is no listening history; {READ_FORMATS}")]
    NoHistory { name: String },
    #[error("no listening history is among the files of {name}; {READ_FORMATS}")]
    NothingFound { name: String },
    #[error("{name} unpacks to more than {most_mib} MiB")]
    TooLarge { name: String, most_mib: u64 },
    #[error("more than {most} hearings are too many for one import; bring them in in parts")]
    TooMany { most: usize },
}

/// What can be read, in words.
const READ_FORMATS: &str = "these are read: Spotify's StreamingHistory_music_*.json and Streaming_History_*.json (endsong_*.json), \
    ListenBrainz's *.jsonl, Last.fm as CSV, and the zip as it was downloaded";

/// Most hearings of one import, as long as they are held in memory; more than a lifetime has.
const MAX_HEARINGS: usize = 2_000_000;

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

impl History {
    fn add(&mut self, source: Source) -> Result<(), ImportError> {
        match source.format.read(&source.bytes) {
            Ok(content) => {
                self.files += 1;
                self.hearings.extend(content.hearings);
                self.left_out += content.left_out;
                self.account = self.account.take().or(content.account);
            }
            // Without the file that says whose it is, the history is whole all the same.
            Err(_) if !source.format.is_listening() => {}
            Err(fault) => self.broken.push((source.name, fault)),
        }
        if self.hearings.len() > MAX_HEARINGS {
            return Err(ImportError::TooMany { most: MAX_HEARINGS });
        }
        Ok(())
    }

    /// Itself, if there was anything in `name`.
    fn found_in(self, name: impl FnOnce() -> String) -> Result<Self, ImportError> {
        if self.files == 0 && self.broken.is_empty() {
            return Err(ImportError::NothingFound { name: name() });
        }
        Ok(self)
    }
}

/// Reads files, folders and archives.
///
/// # Errors
/// If a place can't be opened, a file that was named is no history, or there is none at all.
pub fn read(places: &[PathBuf]) -> Result<History, ImportError> {
    let mut history = History::default();
    archive::each(places, |source| history.add(source))?;
    history.found_in(|| {
        let names = places.iter().map(|place| place.display().to_string());
        names.collect::<Vec<_>>().join(", ")
    })
}

/// Reads what was uploaded.
///
/// # Errors
/// If it is damaged, more than `limits` allow, or holds no history.
pub fn read_export(export: Export, limits: Limits) -> Result<History, ImportError> {
    let name = export.name().to_owned();
    let mut history = History::default();
    export.each(limits, &mut |source| history.add(source))?;
    history.found_in(|| name)
}

/// Where a history is brought in: an installation, from outside through its API or from within.
pub trait Destination: Sync {
    type Error: Send;

    /// Ids of at most [`TRACKS_PER_REQUEST`] tracks under the creator, in their order; unknown ones are made.
    fn track_ids(
        &self,
        ownership: &Ownership,
        tracks: &[ImportedTrack],
    ) -> impl Future<Output = Result<Vec<Uuid>, Self::Error>> + Send;

    /// Reports at most [`MAX_REPORTS`], as long as it takes.
    fn report(
        &self,
        reports: &[Report],
    ) -> impl Future<Output = Result<Receipt, Self::Error>> + Send;

    /// How all imported reports of this listener and creator were judged so far.
    fn outcomes(
        &self,
        ownership: &Ownership,
    ) -> impl Future<Output = Result<Outcomes, Self::Error>> + Send;
}

/// Brings `hearings` in: first their tracks, then a report each; then waits until they are stored. `sent` is told how many
/// hearings have been reported.
pub async fn send<D: Destination>(
    to: &D,
    ownership: &Ownership,
    hearings: &[Hearing],
    sent: impl Fn(u64) + Send,
) -> Result<Summary, D::Error> {
    let tracks = tracks(hearings);
    let ids = track_ids(to, ownership, &tracks).await?;
    let before = to.outcomes(ownership).await?;
    let mut summary = Summary {
        read: hearings.len() as u64,
        tracks: tracks.len() as u64,
        ..Summary::default()
    };
    let mut done = 0;
    for batch in hearings.chunks(MAX_REPORTS / 2) {
        let report = |hearing: &Hearing| Some(hearing.report(*ids.get(&key(hearing))?, ownership));
        let reports: Vec<Report> = batch.iter().filter_map(report).collect();
        summary.add(&to.report(&reports).await?);
        done += batch.len() as u64;
        sent(done);
    }
    summary.outcomes = stored(to, ownership, &before, summary.accepted).await?;
    Ok(summary)
}

async fn track_ids<D: Destination>(
    to: &D,
    ownership: &Ownership,
    tracks: &BTreeMap<TrackKey, ImportedTrack>,
) -> Result<BTreeMap<TrackKey, Uuid>, D::Error> {
    let mut ids = BTreeMap::new();
    let all: Vec<(&TrackKey, &ImportedTrack)> = tracks.iter().collect();
    for batch in all.chunks(TRACKS_PER_REQUEST) {
        let wanted: Vec<ImportedTrack> = batch.iter().map(|(_, track)| (*track).clone()).collect();
        let found = to.track_ids(ownership, &wanted).await?;
        ids.extend(batch.iter().map(|(key, _)| (*key).clone()).zip(found));
    }
    Ok(ids)
}

/// What has become of this import's reports: all of them, or as many as are stored when nothing comes any more.
async fn stored<D: Destination>(
    to: &D,
    ownership: &Ownership,
    before: &Outcomes,
    accepted: u64,
) -> Result<Outcomes, D::Error> {
    let mut known = Outcomes::default();
    let mut last_news = Instant::now();
    loop {
        let now = to.outcomes(ownership).await?.since(before);
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
        // As people leave it who take their address out.
        write(&folder, "MyData/user.json", "{}{}");
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
