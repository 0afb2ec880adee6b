//! What there is to hear: 14 tracks of each creator, made up, with their audio.

use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::audio::{self, Piece};
use super::people::CreatorSession;
use super::site::Site;
use crate::supervisor::Lines;

const TRACKS: usize = 14;

/// Titles of a creator, the oldest first.
const TITLES: [(&str, [&str; TRACKS]); 5] = [
    (
        "Ines Caldeira",
        [
            "Harbour Lights",
            "Slow Ferry",
            "Salt on the Window",
            "Paper Lanterns",
            "The Long Pier",
            "Undertow",
            "Gulls at Noon",
            "Blue Hour",
            "Lighthouse Keeper",
            "Driftwood",
            "A Map of Rain",
            "Anchor Song",
            "Last Boat Home",
            "Tidewater",
        ],
    ),
    (
        "Tomasz Wren",
        [
            "Copper Wire",
            "Night Shift",
            "Tramline",
            "Static Garden",
            "Sodium Glow",
            "Concrete Birds",
            "Terminal B",
            "Half Past Four",
            "Neon Moss",
            "The Understudy",
            "Night Tram",
            "Cold Start",
            "Signal Lost",
            "First Light",
        ],
    ),
    (
        "Low Tide Assembly",
        [
            "Assembly Hall",
            "Marching Slowly",
            "Brass Weather",
            "The Committee",
            "Tin Roof",
            "Parade Rest",
            "Foghorn Waltz",
            "Minutes of the Meeting",
            "Any Other Business",
            "Sunday Rehearsal",
            "Borrowed Drums",
            "Encore for Nobody",
            "Standing Order",
            "Adjourned",
        ],
    ),
    (
        "Kestrel Park",
        [
            "Swings at Dusk",
            "Chalk Lines",
            "Dandelion Clock",
            "Paper Plane",
            "Roundabout",
            "Grass Stains",
            "Kite String",
            "Bench for Two",
            "Sandbox Summer",
            "Ice Cream Van",
            "Long Shadow",
            "Puddle Jump",
            "Home by Six",
            "Gate Left Open",
        ],
    ),
    (
        "Yumi Arai",
        [
            "Plum Rain",
            "Sliding Door",
            "Tea Steam",
            "Small Bells",
            "Moss Temple",
            "Crossing Light",
            "Vending Glow",
            "Last Train",
            "Quiet Floor",
            "Fox Wedding",
            "Red Bridge",
            "Snow Country",
            "Morning Market",
            "Lantern Boat",
        ],
    ),
];

/// Days before the demo's begin on which the tracks came out: some before its history, most within it.
const RELEASED_DAYS_AGO: [i64; TRACKS] = [
    420, 365, 300, 240, 190, 150, 120, 100, 84, 63, 45, 28, 14, 4,
];

/// Adds what is missing of the catalog.
pub async fn publish(
    site: &Site,
    creators: &[CreatorSession<'_>],
    now: Timestamp,
    lines: &Lines,
) -> anyhow::Result<()> {
    let bar = lines.bar("tracks with their audio");
    bar.set_length((creators.len() * TRACKS) as u64);
    for (index, creator) in creators.iter().enumerate() {
        let titles = TITLES.iter().find(|(name, _)| *name == creator.name);
        ensure!(titles.is_some(), "{} has no titles", creator.name);
        let titles = titles
            .map(|(_, titles)| titles.as_slice())
            .unwrap_or_default();
        let known = site.tracks_of(creator.id).await?;
        for (number, title) in titles.iter().enumerate() {
            let known = known.iter().find(|track| track.title == *title);
            if known.is_none_or(|track| track.audio.is_none()) {
                let piece = compose(index * TRACKS + number).await?;
                let id = match known {
                    Some(track) => track.id,
                    None => {
                        let hours = 24 * RELEASED_DAYS_AGO[number] + index as i64;
                        let track = json!({
                            "title": title, "artist": creator.name, "duration_ms": piece.duration_ms,
                            "released_at": now - SignedDuration::from_hours(hours),
                        });
                        creator.session.add_track(&track).await?.id
                    }
                };
                creator
                    .session
                    .upload_audio(id, audio::CONTENT_TYPE, piece.wav)
                    .await?;
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    lines.say("the demo has its catalog; its history follows");
    Ok(())
}

async fn compose(number: usize) -> anyhow::Result<Piece> {
    Ok(tokio::task::spawn_blocking(move || audio::compose(number as u64)).await?)
}
