//! ListenBrainz: a listen a line (JSONL), as in the archive that one can download. Heard time is what its rule implies.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use veza_schemas::report::{HeardBasis, MAX_HEARD_MS};

use super::Hearing;
use super::format::{Content, Fault};
use super::hearing::scrobbled_ms;

#[derive(Deserialize)]
struct Listen {
    /// When it began, Unix seconds.
    listened_at: i64,
    track_metadata: Track,
}

#[derive(Deserialize)]
struct Track {
    artist_name: String,
    track_name: String,
    #[serde(default)]
    additional_info: Additional,
}

/// Whatever the client sent; some write numbers as texts, and most write no duration at all.
#[derive(Deserialize, Default)]
struct Additional {
    duration_ms: Option<serde_json::Value>,
    /// Seconds.
    duration: Option<serde_json::Value>,
}

pub fn listens(bytes: &[u8]) -> Result<Content, Fault> {
    let mut content = Content::default();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let at_line = |reason: String| Fault {
            line: index as u64 + 1,
            reason,
        };
        let listen: Listen =
            serde_json::from_slice(line).map_err(|error| at_line(error.to_string()))?;
        let started_at = Timestamp::from_second(listen.listened_at)
            .map_err(|error| at_line(format!("listened_at is {}: {error}", listen.listened_at)))?;
        content
            .add(listen.track_metadata.hearing(started_at))
            .map_err(at_line)?;
    }
    Ok(content)
}

impl Track {
    fn hearing(&self, started_at: Timestamp) -> Option<Hearing> {
        let duration_ms = self.additional_info.duration_ms();
        let heard_ms = scrobbled_ms(duration_ms);
        let ended_at = started_at + SignedDuration::from_millis(i64::from(heard_ms));
        let hearing = Hearing::new(&self.artist_name, &self.track_name, ended_at, heard_ms)?;
        Some(Hearing {
            basis: HeardBasis::Assumed,
            duration_ms,
            ..hearing
        })
    }
}

impl Additional {
    fn duration_ms(&self) -> Option<u32> {
        let number = |value: &Option<serde_json::Value>| match value {
            Some(serde_json::Value::Number(number)) => number.as_f64(),
            Some(serde_json::Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        let ms = number(&self.duration_ms).or_else(|| Some(number(&self.duration)? * 1_000.0))?;
        (1.0..=f64::from(MAX_HEARD_MS))
            .contains(&ms)
            .then_some(ms as u32)
    }
}

/// `user.json`: whose the export is.
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
    fn the_heard_time_is_half_of_the_track_and_four_minutes_at_most() {
        let line = |info: &str| {
            format!(
                r#"{{"listened_at": 1700000000, "track_metadata": {{"artist_name": "A", "track_name": "B", "additional_info": {info}}}}}"#
            )
        };
        let file = [
            r#"{"duration_ms": 180000}"#,
            r#"{"duration": "900"}"#,
            "{}",
            r#"{"duration_ms": 0}"#,
        ]
        .map(line)
        .join("\n");
        let hearings = listens(file.as_bytes()).unwrap().hearings;
        let heard: Vec<u32> = hearings.iter().map(|hearing| hearing.heard_ms).collect();
        assert_eq!(heard, [90_000, 240_000, 30_000, 30_000]);
        assert_eq!(hearings[0].ended_at.as_second(), 1_700_000_090);
        assert!(
            hearings
                .iter()
                .all(|hearing| hearing.basis == HeardBasis::Assumed)
        );
        assert_eq!(hearings[2].duration_ms, None);
    }

    #[test]
    fn a_broken_line_is_named() {
        let file = "\n{\"listened_at\": 1, \"track_metadata\": {\"artist_name\": \"A\", \"track_name\": \"B\"}}\n{\n";
        assert_eq!(listens(file.as_bytes()).unwrap_err().line, 3);
    }
}
