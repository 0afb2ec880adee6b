//! Spotify's account data: `StreamingHistory_music_*.json` (formerly `StreamingHistory*.json`), times in UTC to the minute.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::Hearing;
use super::format::{Content, Fault, LeftOut, each_entry};

/// One entry, as Spotify names its fields.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(deserialize_with = "minute")]
    end_time: Timestamp,
    artist_name: String,
    track_name: String,
    ms_played: u32,
}

fn minute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    let end =
        DateTime::strptime("%Y-%m-%d %H:%M", &text).and_then(|end| TimeZone::UTC.to_timestamp(end));
    end.map_err(|error| {
        D::Error::custom(format!(
            "endTime is {text:?}, expected such as \"2024-08-02 22:44\": {error}"
        ))
    })
}

pub fn music(bytes: &[u8]) -> Result<Content, Fault> {
    let mut content = Content::default();
    each_entry(bytes, |entry: Entry| {
        content.add(Hearing::new(
            &entry.artist_name,
            &entry.track_name,
            entry.end_time,
            entry.ms_played,
        ))
    })?;
    Ok(content)
}

/// Podcasts, and audiobooks, which Spotify lists with their chapters.
pub fn other(bytes: &[u8]) -> Result<Content, Fault> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Other {
        audiobook_name: Option<IgnoredAny>,
    }
    let mut left_out = LeftOut::default();
    each_entry(bytes, |entry: Other| {
        match entry.audiobook_name {
            Some(_) => left_out.audiobooks += 1,
            None => left_out.podcasts += 1,
        }
        Ok(())
    })?;
    Ok(Content {
        left_out,
        ..Content::default()
    })
}

/// `Userdata.json`: whose the export is.
pub fn account(bytes: &[u8]) -> Result<Content, Fault> {
    #[derive(Deserialize)]
    struct User {
        username: Option<String>,
    }
    let user: User = serde_json::from_slice(bytes)?;
    Ok(Content {
        account: user.username,
        ..Content::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_in_utc() {
        let file = br#"[{"endTime": "2024-08-02 22:44", "artistName": "A", "trackName": "B", "msPlayed": 118990}]"#;
        let hearings = music(file).unwrap().hearings;
        assert_eq!(hearings[0].ended_at.to_string(), "2024-08-02T22:44:00Z");
        assert_eq!(hearings[0].heard_ms, 118_990);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(music(b"[\n{\"endTime\": 5}]").unwrap_err().line, 2);
        let file = b"[\n\n{\"endTime\": \"yesterday\", \"artistName\": \"A\", \"trackName\": \"B\", \"msPlayed\": 1}]";
        let fault = music(file).unwrap_err();
        assert_eq!(fault.line, 3);
        assert!(
            fault.reason.starts_with("endTime is \"yesterday\""),
            "{fault}"
        );
    }
}
