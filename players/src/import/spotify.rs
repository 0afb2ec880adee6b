//! Spotify's account data: `StreamingHistory_music_*.json` (formerly `StreamingHistory*.json`), times in UTC to the minute.

use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{Hearing, ImportError};

/// One entry, as Spotify names its fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    end_time: String,
    artist_name: String,
    track_name: String,
    ms_played: u32,
}

/// Whether a file's name is that of a music history.
pub fn is_account_data(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let number = name
        .strip_prefix("StreamingHistory")
        .map(|rest| rest.strip_prefix("_music_").unwrap_or(rest))
        .and_then(|rest| rest.strip_suffix(".json"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// The hearings of one file.
pub fn account_data(path: &Path, bytes: &[u8]) -> Result<Vec<Hearing>, ImportError> {
    let entries: Vec<Entry> =
        serde_json::from_slice(bytes).map_err(|error| ImportError::NotAHistory {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
            reason: error.to_string(),
        })?;
    let hearings = entries.into_iter().enumerate().map(|(index, entry)| {
        hearing(entry).map_err(|reason| ImportError::BadEntry {
            path: path.to_owned(),
            entry: index + 1,
            reason,
        })
    });
    hearings.collect()
}

fn hearing(entry: Entry) -> Result<Hearing, String> {
    let end = DateTime::strptime("%Y-%m-%d %H:%M", &entry.end_time).map_err(|error| {
        format!(
            "endTime is {:?}, expected such as \"2024-08-02 22:44\": {error}",
            entry.end_time
        )
    })?;
    let ended_at = TimeZone::UTC
        .to_timestamp(end)
        .map_err(|error| format!("endTime {:?}: {error}", entry.end_time))?;
    Ok(Hearing {
        artist: entry.artist_name,
        title: entry.track_name,
        ended_at,
        heard_ms: entry.ms_played,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_in_utc() {
        let file = br#"[{"endTime": "2024-08-02 22:44", "artistName": "A", "trackName": "B", "msPlayed": 118990}]"#;
        let hearings = account_data(Path::new("StreamingHistory_music_0.json"), file).unwrap();
        assert_eq!(hearings[0].ended_at.to_string(), "2024-08-02T22:44:00Z");
        assert_eq!(hearings[0].heard_ms, 118_990);
    }

    #[test]
    fn a_broken_file_is_named_with_its_place() {
        let error = account_data(Path::new("x.json"), b"[\n{\"endTime\": 5}]").unwrap_err();
        assert!(error.to_string().starts_with("x.json, line 2"), "{error}");
        let file =
            br#"[{"endTime": "yesterday", "artistName": "A", "trackName": "B", "msPlayed": 1}]"#;
        let error = account_data(Path::new("x.json"), file).unwrap_err();
        assert!(
            error.to_string().starts_with("x.json, entry 1: endTime"),
            "{error}"
        );
    }

    #[test]
    fn only_music_histories_are_picked_from_a_folder() {
        let picks = |name: &str| is_account_data(Path::new(name));
        assert!(picks("StreamingHistory_music_0.json") && picks("StreamingHistory12.json"));
        assert!(!picks("StreamingHistory_podcast_0.json") && !picks("Playlist1.json"));
    }
}
