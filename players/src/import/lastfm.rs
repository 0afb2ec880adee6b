//! Last.fm as CSV, in the shapes that people have: with a head of names (`uts,…,artist,…,track`), with semicolons
//! (`Artist;Album;AlbumId;Track;Date#user`, in ms), and without a head (artist, album, track, "02 Aug 2024 22:44"). Times are UTC, of
//! the beginning. Heard time is what Last.fm's rule implies.

use csv::{Reader, ReaderBuilder, StringRecord};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use veza_schemas::report::HeardBasis;

use super::Hearing;
use super::format::{Content, Fault};
use super::hearing::scrobbled_ms;

/// Where in a row things stand.
#[derive(Debug, Clone, Copy)]
struct Columns {
    artist: usize,
    track: usize,
    time: usize,
}

impl Columns {
    const WITHOUT_HEAD: Self = Self {
        artist: 0,
        track: 2,
        time: 3,
    };

    /// From a head; none if this row is no head.
    fn of_head(row: &StringRecord) -> Option<Self> {
        let at = |names: &[&str]| {
            names.iter().find_map(|name| {
                row.iter().position(|cell| {
                    // lastfmstats.com writes whose they are into the last name.
                    let cell = cell.split('#').next().unwrap_or(cell);
                    cell.trim().eq_ignore_ascii_case(name)
                })
            })
        };
        Some(Self {
            artist: at(&["artist", "artist_name"])?,
            track: at(&["track", "track_name", "title", "name"])?,
            time: at(&["uts", "timestamp", "utc_time", "date"])?,
        })
    }
}

/// Whether a text begins with a head that names the columns, or with a scrobble.
pub fn begins_as_scrobbles(text: &str) -> bool {
    let first = reader(text.as_bytes()).into_records().next();
    first.and_then(Result::ok).is_some_and(|row| {
        Columns::of_head(&row).is_some() || scrobble(&row, Columns::WITHOUT_HEAD).is_ok()
    })
}

fn reader(bytes: &[u8]) -> Reader<&[u8]> {
    let by = |delimiter| {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(bytes)
    };
    let first = by(b';').into_records().next();
    let has_semicolons = first
        .and_then(Result::ok)
        .is_some_and(|row| Columns::of_head(&row).is_some());
    by(if has_semicolons { b';' } else { b',' })
}

pub fn scrobbles(bytes: &[u8]) -> Result<Content, Fault> {
    let mut content = Content::default();
    let mut columns = None;
    for row in reader(bytes).into_records() {
        let row = row.map_err(fault)?;
        if columns.is_none() {
            let head = Columns::of_head(&row);
            columns = Some(head.unwrap_or(Columns::WITHOUT_HEAD));
            if head.is_some() {
                continue;
            }
        }
        let columns = columns.unwrap_or(Columns::WITHOUT_HEAD);
        let line = row.position().map_or(0, csv::Position::line);
        let taken = match scrobble(&row, columns) {
            Ok(Row::Scrobble(hearing)) => content.add(hearing),
            Ok(Row::NowPlaying) => Ok(()),
            Err(reason) => Err(reason),
        };
        taken.map_err(|reason| Fault { line, reason })?;
    }
    Ok(content)
}

enum Row {
    /// None: without artist or title.
    Scrobble(Option<Hearing>),
    /// What is playing while the export is made has no time yet.
    NowPlaying,
}

fn scrobble(row: &StringRecord, columns: Columns) -> Result<Row, String> {
    let cell = |index: usize, name: &str| {
        let short = || {
            format!(
                "a row of {} columns has no {name}; expected artist, album, track and time, or a head that names the columns",
                row.len()
            )
        };
        row.get(index).map(str::trim).ok_or_else(short)
    };
    let (artist, track) = (
        cell(columns.artist, "artist")?,
        cell(columns.track, "track")?,
    );
    let time = cell(columns.time, "time")?;
    if time.is_empty() {
        return Ok(Row::NowPlaying);
    }
    let heard_ms = scrobbled_ms(None);
    let ended_at = started_at(time)? + SignedDuration::from_millis(i64::from(heard_ms));
    let hearing = Hearing::new(artist, track, ended_at, heard_ms);
    Ok(Row::Scrobble(hearing.map(|hearing| Hearing {
        basis: HeardBasis::Assumed,
        ..hearing
    })))
}

/// Unix seconds or milliseconds, or a date as Last.fm writes it.
fn started_at(text: &str) -> Result<Timestamp, String> {
    const FORMATS: [&str; 4] = [
        "%d %b %Y %H:%M",
        "%d %b %Y, %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
    ];
    /// Seconds reach it in the year 5138.
    const LEAST_MILLISECONDS: i64 = 100_000_000_000;
    if let Ok(number) = text.parse::<i64>() {
        let time = match number < LEAST_MILLISECONDS {
            true => Timestamp::from_second(number),
            false => Timestamp::from_millisecond(number),
        };
        return time.map_err(|error| format!("the time is {text}: {error}"));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let parsed = FORMATS
        .iter()
        .find_map(|format| DateTime::strptime(format, text).ok());
    parsed
        .and_then(|time| TimeZone::UTC.to_timestamp(time).ok())
        .ok_or_else(|| {
            format!("the time is {text:?}, expected such as \"02 Aug 2024 22:44\" or Unix seconds")
        })
}

fn fault(error: csv::Error) -> Fault {
    Fault {
        line: error.position().map_or(0, csv::Position::line),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shapes_say_the_same() {
        let semicolons = "Artist;Album;AlbumId;Track;Date#odile\n\"A\";\"X\";\"\";\"B, live\";\"1722638640000\"\n";
        let without = "A,X,\"B, live\",02 Aug 2024 22:44\n";
        let with = "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n\"1722638640\",\"02 Aug 2024, 22:44\",\"A\",\"\",\"X\",\"\",\"B, live\",\"\"\n";
        let expected = scrobbles(with.as_bytes()).unwrap();
        assert_eq!(scrobbles(without.as_bytes()).unwrap(), expected);
        assert_eq!(scrobbles(semicolons.as_bytes()).unwrap(), expected);
        assert_eq!(expected.hearings.len(), 1);
        assert_eq!(
            expected.hearings[0].ended_at.to_string(),
            "2024-08-02T22:44:30Z"
        );
    }

    #[test]
    fn a_broken_row_is_named_with_its_line() {
        let fault = scrobbles(b"A,X,B,02 Aug 2024 22:44\nA,X,B,soon\n").unwrap_err();
        assert_eq!(fault.line, 2);
        assert!(fault.reason.contains("soon"), "{fault}");
        assert_eq!(scrobbles(b"A,X,B,\nA,X\n").unwrap_err().line, 2);
    }
}
