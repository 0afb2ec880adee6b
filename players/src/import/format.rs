//! Which format a file has: by the name that its service gives it, else by how it begins.

use serde::Deserializer;
use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};

use super::{lastfm, listenbrainz, spotify, spotify_extended};

/// How much of a file tells its format.
pub const HEAD_BYTES: usize = 4_096;
/// Most hearings of one file: nobody's life has as many.
const MAX_HEARINGS: usize = 1_000_000;

/// What can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Spotify's account data: a year of music.
    Spotify,
    /// Spotify's account data: what is no music, counted and left out.
    SpotifyOther,
    /// Spotify's extended streaming history: all years.
    SpotifyExtended,
    /// Spotify's account data: whose it is.
    SpotifyAccount,
    ListenBrainz,
    /// ListenBrainz: whose it is.
    ListenBrainzAccount,
    LastFm,
}

impl Format {
    /// By how it begins, as people rename what they download; else by the name, where that is a service's own.
    pub fn of(name: &str, begin: &[u8]) -> Option<Self> {
        let by_name = || Self::of_name(name).filter(|format| !format.is_named_by_ending());
        Self::of_content(begin).or_else(by_name)
    }

    /// By the name alone, as in a folder or an archive, where other files lie beside the histories.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        // What macOS puts beside a file, in archives too: `__MACOSX/._scrobbles.csv`.
        if name.starts_with('.') {
            return None;
        }
        let is_json = name.ends_with(".json");
        let numbered = |prefix: &str| {
            name.strip_prefix(prefix)
                .and_then(|rest| rest.strip_suffix(".json"))
                .is_some_and(|rest| {
                    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
                })
        };
        let other_media = ["podcast", "audiobook", "video"];
        if numbered("StreamingHistory_music_") || numbered("StreamingHistory") {
            Some(Self::Spotify)
        } else if other_media
            .iter()
            .any(|media| numbered(&format!("StreamingHistory_{media}_")))
        {
            Some(Self::SpotifyOther)
        } else if is_json && name.starts_with("Streaming_History_") || numbered("endsong_") {
            Some(Self::SpotifyExtended)
        } else if name == "Userdata.json" {
            Some(Self::SpotifyAccount)
        } else if name == "user.json" {
            Some(Self::ListenBrainzAccount)
        } else if name.ends_with(".jsonl") && !is_listenbrainz_extra(name) {
            Some(Self::ListenBrainz)
        } else if name.ends_with(".csv") {
            Some(Self::LastFm)
        } else {
            None
        }
    }

    /// Many files end in `.csv` or `.jsonl` that are no history.
    fn is_named_by_ending(self) -> bool {
        matches!(self, Self::LastFm | Self::ListenBrainz)
    }

    /// By its first [`HEAD_BYTES`].
    fn of_content(bytes: &[u8]) -> Option<Self> {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]);
        let head = head.trim_start_matches('\u{feff}').trim_start();
        if head.starts_with('[') {
            if head.contains("\"podcastName\"") || head.contains("\"audiobookName\"") {
                return Some(Self::SpotifyOther);
            }
            if head.contains("\"endTime\"") {
                return Some(Self::Spotify);
            }
            return head
                .contains("\"ms_played\"")
                .then_some(Self::SpotifyExtended);
        }
        if head.starts_with('{') {
            return head
                .contains("\"track_metadata\"")
                .then_some(Self::ListenBrainz);
        }
        lastfm::begins_as_scrobbles(head).then_some(Self::LastFm)
    }

    /// Whether it lists what was heard, not only by whom.
    pub fn is_listening(self) -> bool {
        !matches!(self, Self::SpotifyAccount | Self::ListenBrainzAccount)
    }

    /// What a file of this format says.
    pub fn read(self, bytes: &[u8]) -> Result<Content, Fault> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        match self {
            Self::Spotify => spotify::music(bytes),
            Self::SpotifyOther => spotify::other(bytes),
            Self::SpotifyAccount => spotify::account(bytes),
            Self::SpotifyExtended => spotify_extended::read(bytes),
            Self::ListenBrainz => listenbrainz::listens(bytes),
            Self::ListenBrainzAccount => listenbrainz::account(bytes),
            Self::LastFm => lastfm::scrobbles(bytes),
        }
    }
}

/// Beside the listens, in the same archive.
fn is_listenbrainz_extra(name: &str) -> bool {
    ["feedback.jsonl", "pinned_recording.jsonl"].contains(&name)
}

/// What one file holds.
#[derive(Debug, Default, PartialEq)]
pub struct Content {
    pub hearings: Vec<super::Hearing>,
    /// Entries that are no music of a known title.
    pub left_out: LeftOut,
    /// Whom the export names.
    pub account: Option<String>,
}

impl Content {
    /// Takes an entry of music in; none: it has no artist or title.
    pub fn add(&mut self, hearing: Option<super::Hearing>) -> Result<(), String> {
        if self.hearings.len() >= MAX_HEARINGS {
            return Err(format!("more than {MAX_HEARINGS} hearings in one file"));
        }
        match hearing {
            Some(hearing) => self.hearings.push(hearing),
            None => self.left_out.untitled += 1,
        }
        Ok(())
    }
}

/// Hands over each entry of a JSON array, so that not all of them are held beside what becomes of them. What `take` refuses is
/// a fault at the entry's line.
pub fn each_entry<T: DeserializeOwned>(
    bytes: &[u8],
    take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), Fault> {
    struct Entries<T, F>(F, std::marker::PhantomData<T>);

    impl<'de, T: DeserializeOwned, F: FnMut(T) -> Result<(), String>> Visitor<'de> for Entries<T, F> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list of entries")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
            while let Some(entry) = entries.next_element()? {
                (self.0)(entry).map_err(A::Error::custom)?;
            }
            Ok(())
        }
    }

    let mut reader = serde_json::Deserializer::from_slice(bytes);
    reader.deserialize_seq(Entries(take, std::marker::PhantomData))?;
    Ok(reader.end()?)
}

/// Entries that are not brought in, by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub podcasts: u64,
    pub audiobooks: u64,
    /// Without artist or title: removed from the service since.
    pub untitled: u64,
}

impl std::ops::AddAssign for LeftOut {
    fn add_assign(&mut self, other: Self) {
        self.podcasts += other.podcasts;
        self.audiobooks += other.audiobooks;
        self.untitled += other.untitled;
    }
}

/// Why a file is not what its name or beginning promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Fault {
    /// From 1.
    pub line: u64,
    pub reason: String,
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self {
            line: error.line() as u64,
            reason: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_histories_are_picked_from_a_folder() {
        for (name, format) in [
            (
                "MyData/StreamingHistory_music_0.json",
                Some(Format::Spotify),
            ),
            ("StreamingHistory12.json", Some(Format::Spotify)),
            (
                "StreamingHistory_podcast_0.json",
                Some(Format::SpotifyOther),
            ),
            ("endsong_3.json", Some(Format::SpotifyExtended)),
            (
                "Streaming_History_Audio_2019-2020_3.json",
                Some(Format::SpotifyExtended),
            ),
            ("listens/2023/5.jsonl", Some(Format::ListenBrainz)),
            ("feedback.jsonl", None),
            ("scrobbles.csv", Some(Format::LastFm)),
            ("__MACOSX/._scrobbles.csv", None),
            ("Playlist1.json", None),
            ("ReadMeFirst.pdf", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
    }

    #[test]
    fn a_file_that_was_renamed_is_known_by_how_it_begins() {
        for (content, format) in [
            (
                "[\n {\n \"endTime\" : \"2024-08-02 22:44\"",
                Some(Format::Spotify),
            ),
            (
                "[{\"endTime\": \"2024-08-02 22:44\", \"podcastName\": \"A\"",
                Some(Format::SpotifyOther),
            ),
            (
                "[{\"ts\": \"2019\", \"ms_played\": 1",
                Some(Format::SpotifyExtended),
            ),
            (
                "{\"listened_at\":1,\"track_metadata\":{}}",
                Some(Format::ListenBrainz),
            ),
            ("\u{feff}uts,utc_time,artist,track", Some(Format::LastFm)),
            ("{\"playlists\": []}", None),
            ("A,X,B,02 Aug 2024 22:44\n", Some(Format::LastFm)),
            ("date,weather\n02 Aug 2024,sun\n", None),
            ("Dear Sir, or Madam, I write", None),
            ("%PDF", None),
        ] {
            assert_eq!(Format::of_content(content.as_bytes()), format, "{content}");
        }
    }
}
