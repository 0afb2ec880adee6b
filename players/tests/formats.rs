//! Exports of known truth, in each format: what the import says of them is that truth, and a second time changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use veza_players::import::{self, Listener, Outcomes, Ownership};

mod support;
use support::{CREATOR, World};

const ROWS: i64 = 1_000;
const TRACKS: i64 = 50;

/// One row of an export, before it is written in a format.
struct Row {
    artist: String,
    title: String,
    ended_at: Timestamp,
    heard_ms: u64,
}

/// A thousand hearings, no two at the same minute; each track was heard for 200 s once, so that 30 s count.
fn rows() -> Vec<Row> {
    let begin: Timestamp = "2021-03-01T06:00:17Z".parse().unwrap();
    (0..ROWS)
        .map(|n| Row {
            artist: format!("Ártist \"{}\", the", n % TRACKS % 7),
            title: format!("Track {}", n % TRACKS),
            ended_at: begin + SignedDuration::from_mins(61 * n),
            heard_ms: if n < TRACKS {
                200_000
            } else {
                (n as u64 * 7_919) % 120_000
            },
        })
        .collect()
}

/// Of what a format with heard times says.
fn measured_truth(rows: &[Row]) -> Outcomes {
    let counted = rows.iter().filter(|row| row.heard_ms >= 30_000).count() as u64;
    outcomes(&[("counted", counted), ("too_short", ROWS as u64 - counted)])
}

fn outcomes(rows: &[(&str, u64)]) -> Outcomes {
    Outcomes(
        rows.iter()
            .map(|(outcome, rows)| ((*outcome).into(), *rows))
            .collect(),
    )
}

fn account_data(rows: &[Row]) -> String {
    let entries: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "endTime": row.ended_at.strftime("%Y-%m-%d %H:%M").to_string(), "artistName": row.artist,
                "trackName": row.title, "msPlayed": row.heard_ms,
            })
        })
        .collect();
    serde_json::to_string_pretty(&entries).unwrap()
}

/// With a podcast and an audiobook at the end.
fn extended(rows: &[Row], address: &str) -> String {
    let mut entries: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "ts": row.ended_at.to_string(), "platform": "Android OS 9 API 28 (samsung, SM-G950F)", "ms_played": row.heard_ms,
                "conn_country": "FR", address: "203.0.113.9", "master_metadata_track_name": row.title,
                "master_metadata_album_artist_name": row.artist, "episode_name": null, "skipped": row.heard_ms < 5_000,
                "offline": true, "offline_timestamp": row.ended_at.as_second() - 300, "incognito_mode": false,
            })
        })
        .collect();
    entries
        .push(json!({"ts": "2021-01-01T00:00:00Z", "ms_played": 1, "episode_name": "An episode"}));
    entries
        .push(json!({"ts": "2021-01-01T00:00:00Z", "ms_played": 1, "audiobook_title": "A book"}));
    serde_json::to_string(&entries).unwrap()
}

fn listenbrainz(rows: &[Row]) -> String {
    let line = |row: &Row| {
        json!({
            "listened_at": row.ended_at.as_second() - 100,
            "track_metadata": {"artist_name": row.artist, "track_name": row.title, "additional_info": {"duration_ms": 200_000}},
        })
        .to_string()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn lastfm(rows: &[Row]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |row: &Row| {
        let time = row.ended_at.strftime("%d %b %Y %H:%M");
        format!(
            "{},{},{},{time}\n",
            quoted(&row.artist),
            quoted("An album"),
            quoted(&row.title)
        )
    };
    rows.iter().map(line).collect()
}

/// Names and contents as the export's zip.
fn zip(name: &str, files: &[(&str, String)]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("veza-formats-{}-{name}.zip", std::process::id()));
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path
}

#[tokio::test]
async fn each_format_says_its_truth_and_changes_nothing_the_second_time() {
    let world = World::new().await;
    world.creator().await;
    let rows = rows();
    let all_counted = outcomes(&[("counted", ROWS as u64)]);
    let exports = [
        (
            "account",
            vec![("MyData/StreamingHistory_music_0.json", account_data(&rows))],
            measured_truth(&rows),
        ),
        (
            "extended",
            vec![(
                "S/Streaming_History_Audio_2021_0.json",
                extended(&rows, "ip_addr"),
            )],
            measured_truth(&rows),
        ),
        (
            "endsong",
            vec![(
                "MyData/endsong_0.json",
                extended(&rows, "ip_addr_decrypted"),
            )],
            measured_truth(&rows),
        ),
        (
            "listenbrainz",
            vec![("listens/2021/3.jsonl", listenbrainz(&rows))],
            all_counted.clone(),
        ),
        (
            "lastfm",
            vec![("scrobbles.csv", lastfm(&rows))],
            all_counted,
        ),
    ];
    let mut stored = 0;
    for (name, files, truth) in exports {
        let path = zip(name, &files);
        let history = import::read(std::slice::from_ref(&path)).unwrap();
        std::fs::remove_file(path).unwrap();
        assert!(history.broken.is_empty(), "{name}: {:?}", history.broken);
        assert_eq!(history.hearings.len() as i64, ROWS, "{name}");
        let is_extended = ["extended", "endsong"].contains(&name);
        let left_out = (
            history.left_out.podcasts,
            history.left_out.audiobooks,
            history.left_out.untitled,
        );
        assert_eq!(
            left_out,
            if is_extended { (1, 1, 0) } else { (0, 0, 0) },
            "{name}"
        );

        // Each a listener of its own: what they have in common is shown below.
        let ownership = Ownership {
            creator: Some(CREATOR.into()),
            listener: Listener::Opaque(name.into()),
        };
        for expected in [truth, outcomes(&[("duplicate", ROWS as u64)])] {
            let summary = import::send(&world.client, &ownership, &history.hearings, |_| {})
                .await
                .unwrap();
            assert_eq!(
                (summary.read, summary.accepted),
                (ROWS as u64, ROWS as u64),
                "{name}"
            );
            assert_eq!(summary.outcomes, expected, "{name}");
            stored += ROWS as u64;
        }
    }
    // Nothing else has come.
    assert_eq!(world.reasons(stored).await.values().sum::<u64>(), stored);
    assert_eq!(
        places_and_devices(&world).await,
        BTreeSet::from(["FR phone Android".into()])
    );
    assert_eq!(
        assumed(&world).await,
        BTreeMap::from([("lastfm listenbrainz".into(), 4 * ROWS as u64)])
    );
}

/// Where and on what the extended history was heard, as it is stored.
async fn places_and_devices(world: &World) -> BTreeSet<String> {
    let found = world
        .veza
        .clickhouse("SELECT DISTINCT concat(toString(country), ' ', toString(device), ' ', toString(os)) AS it FROM plays WHERE country != ''")
        .await;
    found
        .iter()
        .map(|row| row["it"].as_str().unwrap().to_owned())
        .collect()
}

/// Rows whose heard time is what the format's rule implies.
async fn assumed(world: &World) -> BTreeMap<String, u64> {
    let found = world
        .veza
        .clickhouse("SELECT toUInt32(countIf(assumed)) AS rows FROM plays")
        .await;
    let rows = found[0]["rows"].as_u64().unwrap();
    BTreeMap::from([("lastfm listenbrainz".into(), rows)])
}

/// Both of Spotify's formats hold the last year; one who brings in both has listened once.
#[tokio::test]
async fn two_exports_that_overlap_count_once() {
    let world = World::new().await;
    world.creator().await;
    let rows = rows();
    let listener = Listener::Opaque("one person".into());
    let ownership = Ownership {
        creator: Some(CREATOR.into()),
        listener,
    };
    let path = zip(
        "both",
        &[
            (
                "a/StreamingHistory_music_0.json",
                account_data(&rows[500..]),
            ),
            ("b/endsong_0.json", extended(&rows, "ip_addr")),
        ],
    );
    let history = import::read(std::slice::from_ref(&path)).unwrap();
    std::fs::remove_file(path).unwrap();
    let summary = import::send(&world.client, &ownership, &history.hearings, |_| {})
        .await
        .unwrap();
    let mut expected = measured_truth(&rows);
    expected.0.insert("duplicate".into(), 500);
    assert_eq!(summary.outcomes, expected);
}
