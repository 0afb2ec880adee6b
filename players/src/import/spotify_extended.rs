//! Spotify's extended streaming history: `Streaming_History_*.json`, formerly `endsong_*.json` with some fields under other names.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Hearing;
use super::format::{Content, Fault, each_entry};

/// One entry, as Spotify names its fields now or named them before. `ts` is when it ended, in UTC.
#[derive(Deserialize)]
struct Entry {
    ts: Timestamp,
    ms_played: i64,
    username: Option<String>,
    platform: Option<String>,
    conn_country: Option<String>,
    #[serde(alias = "ip_addr_decrypted")]
    ip_addr: Option<String>,
    user_agent_decrypted: Option<String>,
    master_metadata_track_name: Option<String>,
    master_metadata_album_artist_name: Option<String>,
    episode_name: Option<IgnoredAny>,
    spotify_episode_uri: Option<IgnoredAny>,
    audiobook_title: Option<IgnoredAny>,
    audiobook_uri: Option<IgnoredAny>,
}

pub fn read(bytes: &[u8]) -> Result<Content, Fault> {
    let mut content = Content::default();
    each_entry(bytes, |entry: Entry| {
        if content.account.is_none() {
            content.account.clone_from(&entry.username);
        }
        if entry.is_audiobook() {
            content.left_out.audiobooks += 1;
        } else if entry.is_podcast() {
            content.left_out.podcasts += 1;
        } else {
            content.add(entry.hearing())?;
        }
        Ok(())
    })?;
    Ok(content)
}

impl Entry {
    fn is_podcast(&self) -> bool {
        self.episode_name.is_some() || self.spotify_episode_uri.is_some()
    }

    fn is_audiobook(&self) -> bool {
        self.audiobook_title.is_some() || self.audiobook_uri.is_some()
    }

    /// Of music.
    fn hearing(&self) -> Option<Hearing> {
        // Some are negative: nothing was heard.
        let heard = u32::try_from(self.ms_played.max(0)).unwrap_or(u32::MAX);
        let artist = self.master_metadata_album_artist_name.as_deref()?;
        let title = self.master_metadata_track_name.as_deref()?;
        let hearing = Hearing::new(artist, title, self.ts, heard)?;
        Some(Hearing {
            address: self.address(),
            country: self.country(),
            user_agent: self.user_agent(),
            ..hearing
        })
    }

    /// Some have their last part blacked out, and are none.
    fn address(&self) -> Option<String> {
        let address: std::net::IpAddr = self.ip_addr.as_deref()?.parse().ok()?;
        Some(address.to_string())
    }

    /// `ZZ` is Spotify's word for unknown.
    fn country(&self) -> Option<String> {
        let code = self.conn_country.as_deref()?;
        let is_country = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
        (is_country && !code.eq_ignore_ascii_case("ZZ")).then(|| code.to_ascii_uppercase())
    }

    fn user_agent(&self) -> Option<String> {
        let recorded = self
            .user_agent_decrypted
            .as_deref()
            .filter(|agent| agent.starts_with("Mozilla/"));
        recorded
            .map(Into::into)
            .or_else(|| agent_of(self.platform.as_deref()?))
    }
}

/// A user agent that says of device and system what `platform` says: "Android OS 9 API 28 (samsung, SM-G950F)", "iOS 13.4
/// (iPhone11,8)", "Windows 10 (10.0.18362; x64)", "OS X 10.15.3 [x86 8]", "web_player windows 10;chrome 80.0;desktop", "android".
fn agent_of(platform: &str) -> Option<String> {
    let lower = platform.to_ascii_lowercase();
    if lower.is_empty() || lower == "not_applicable" {
        return None;
    }
    let system = if let Some(rest) = lower.strip_prefix("android") {
        format!("Linux; Android {}; {}", number_in(rest), model_in(platform))
    } else if let Some(rest) = lower.strip_prefix("ios") {
        format!("{}; iOS {}", model_in(platform), number_in(rest))
    } else if let Some((_, rest)) = lower.split_once("windows") {
        format!("Windows NT {}", windows_nt(&number_in(rest)))
    } else if let Some((_, rest)) = lower.split_once("os x") {
        format!("Macintosh; Intel Mac OS X {}", number_in(rest))
    } else if lower == "osx" {
        "Macintosh; Intel Mac OS X".into()
    } else if lower.contains("linux") {
        "X11; Linux x86_64".into()
    } else {
        platform.replace(['(', ')'], " ")
    };
    let browser = lower.split_once("chrome ").map(|(_, rest)| number_in(rest));
    Some(match browser.filter(|version| !version.is_empty()) {
        Some(version) => {
            format!(
                "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36"
            )
        }
        None => format!("Spotify ({system})"),
    })
}

/// The first number with its parts: "10.15.3".
fn number_in(text: &str) -> String {
    text.chars()
        .skip_while(|character| !character.is_ascii_digit())
        .take_while(|character| character.is_ascii_digit() || *character == '.')
        .collect()
}

/// What stands last in parentheses: the model.
fn model_in(platform: &str) -> &str {
    let inside = platform
        .rsplit_once('(')
        .map_or("", |(_, rest)| rest.trim_end_matches(')'));
    inside.rsplit(", ").next().unwrap_or(inside)
}

fn windows_nt(product: &str) -> &str {
    match product {
        "7" => "6.1",
        "8" => "6.2",
        "8.1" => "6.3",
        _ => "10.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(json: &str) -> Content {
        read(format!("[{json}]").as_bytes()).unwrap()
    }

    #[test]
    fn both_names_of_a_field_are_read() {
        let new = r#"{"ts": "2020-04-11T00:27:53Z", "platform": "iOS 13.4 (iPhone11,8)", "ms_played": 174674, "conn_country": "SG",
            "ip_addr": "203.0.113.9", "master_metadata_track_name": "B", "master_metadata_album_artist_name": "A",
            "episode_name": null, "skipped": false, "offline": true, "offline_timestamp": 1586564699}"#;
        let old = new.replace("ip_addr", "ip_addr_decrypted");
        let expected = only(new);
        assert_eq!(only(&old), expected);
        let hearing = &expected.hearings[0];
        assert_eq!(hearing.ended_at.to_string(), "2020-04-11T00:27:53Z");
        assert_eq!(hearing.country.as_deref(), Some("SG"));
        assert_eq!(hearing.address.as_deref(), Some("203.0.113.9"));
        assert_eq!(
            hearing.user_agent.as_deref(),
            Some("Spotify (iPhone11,8; iOS 13.4)")
        );
    }

    #[test]
    fn what_is_no_music_is_counted_and_left_out() {
        let content = read(
            br#"[{"ts": "2020-04-11T00:27:53Z", "ms_played": 1, "episode_name": "E", "username": "odile"},
                 {"ts": "2020-04-11T00:27:53Z", "ms_played": 1, "audiobook_title": "T", "audiobook_uri": "u"},
                 {"ts": "2020-04-11T00:27:53Z", "ms_played": 1, "master_metadata_track_name": null}]"#,
        )
        .unwrap();
        assert!(content.hearings.is_empty());
        let counts = (
            content.left_out.podcasts,
            content.left_out.audiobooks,
            content.left_out.untitled,
        );
        assert_eq!(counts, (1, 1, 1));
        assert_eq!(content.account.as_deref(), Some("odile"));
    }

    #[test]
    fn what_is_unknown_stays_unknown() {
        let content = only(
            r#"{"ts": "2020-04-11T00:27:53Z", "ms_played": -5, "conn_country": "ZZ", "ip_addr": "203.0.113.x",
                "platform": "not_applicable", "master_metadata_track_name": "B", "master_metadata_album_artist_name": "A"}"#,
        );
        let hearing = &content.hearings[0];
        assert_eq!(
            (
                hearing.heard_ms,
                &hearing.country,
                &hearing.address,
                &hearing.user_agent
            ),
            (0, &None, &None, &None)
        );
    }

    #[test]
    fn a_platform_becomes_an_agent_that_says_the_same() {
        for (platform, agent) in [
            (
                "Android OS 9 API 28 (samsung, SM-G950F)",
                "Spotify (Linux; Android 9; SM-G950F)",
            ),
            ("Windows 10 (10.0.18362; x64)", "Spotify (Windows NT 10.0)"),
            (
                "Windows 7 (Unknown Ed) SP1 [x86 0]",
                "Spotify (Windows NT 6.1)",
            ),
            (
                "OS X 10.15.3 [x86 8]",
                "Spotify (Macintosh; Intel Mac OS X 10.15.3)",
            ),
            ("osx", "Spotify (Macintosh; Intel Mac OS X)"),
            ("Linux [x86-64 0]", "Spotify (X11; Linux x86_64)"),
            (
                "web_player windows 10;chrome 80.0.3987.149;desktop",
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.149 Safari/537.36",
            ),
            (
                "Partner google cast_tv;Chromecast;;",
                "Spotify (Partner google cast_tv;Chromecast;;)",
            ),
        ] {
            assert_eq!(agent_of(platform).as_deref(), Some(agent), "{platform}");
        }
    }
}
