//! What the demo's creators sell: what they released, as files of their tracks.

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::cover;
use crate::demo::people::CreatorSession;
use crate::demo::site::{Session, Site};
use crate::supervisor::Lines;

/// A product of a creator.
struct Offer {
    kind: &'static str,
    title: &'static str,
    price_minor: i64,
    /// Places in the creator's list of tracks, the oldest first; the first is heard on the product's page.
    tracks: &'static [usize],
}

const fn offer(
    kind: &'static str,
    title: &'static str,
    price_minor: i64,
    tracks: &'static [usize],
) -> Offer {
    Offer {
        kind,
        title,
        price_minor,
        tracks,
    }
}

/// By the creator's name.
const OFFERS: [(&str, &str, [Offer; 8]); 5] = [
    (
        "Ines Caldeira",
        "Songs from a harbour town: nylon strings, tape and the sea in the next room.",
        [
            offer("album", "Harbour Lights", 1_299, &[0, 1, 2, 3]),
            offer("ep", "The Long Pier", 650, &[4, 5, 6]),
            offer("single", "Blue Hour", 150, &[7]),
            offer("album", "A Map of Rain", 1_199, &[10, 8, 9, 11]),
            offer("stems", "Undertow, stems", 290, &[5, 6]),
            offer("samples", "Salt and Rope, field samples", 900, &[2, 9]),
            offer("single", "Last Boat Home", 150, &[12]),
            offer("ep", "Tidewater", 590, &[13, 12]),
        ],
    ),
    (
        "Tomasz Wren",
        "Late machines: drum computers, broken radios, the first tram of the day.",
        [
            offer("album", "Night Shift", 1_100, &[1, 0, 2, 3]),
            offer("single", "Sodium Glow", 125, &[4]),
            offer("ep", "Concrete Birds", 600, &[5, 6, 7]),
            offer("samples", "Copper Wire, one-shots", 1_450, &[0, 8]),
            offer("stems", "Neon Moss, stems", 350, &[8, 9]),
            offer("album", "Signal Lost", 1_250, &[12, 10, 11, 13]),
            offer("single", "First Light", 125, &[13]),
            offer("other", "Patches for a small synthesizer", 0, &[3]),
        ],
    ),
    (
        "Low Tide Assembly",
        "A brass band that rehearses on Sundays, and sounds like it.",
        [
            offer("album", "Minutes of the Meeting", 1_399, &[7, 0, 1, 2]),
            offer("ep", "Foghorn Waltz", 550, &[6, 5]),
            offer("single", "Tin Roof", 99, &[4]),
            offer("samples", "Borrowed Drums", 1_900, &[10, 3]),
            offer("album", "Any Other Business", 999, &[8, 9, 11]),
            offer("stems", "Parade Rest, stems", 400, &[5, 12]),
            offer("single", "Adjourned", 99, &[13]),
            offer("other", "Scores for six players", 750, &[9]),
        ],
    ),
    (
        "Kestrel Park",
        "Small pop songs from the edge of a playground.",
        [
            offer("album", "Swings at Dusk", 1_050, &[0, 1, 2, 3]),
            offer("single", "Paper Plane", 120, &[3]),
            offer("ep", "Grass Stains", 700, &[5, 4, 6]),
            offer("single", "Ice Cream Van", 120, &[9]),
            offer("samples", "Sandbox Summer, loops", 1_200, &[8, 10]),
            offer("stems", "Long Shadow, stems", 300, &[10, 11]),
            offer("album", "Home by Six", 1_150, &[12, 11, 13]),
            offer("single", "Gate Left Open", 120, &[13]),
        ],
    ),
    (
        "Yumi Arai",
        "Rain, trains, tea: piano recorded in rooms that were not quite silent.",
        [
            offer("album", "Plum Rain", 1_350, &[0, 1, 2, 4]),
            offer("ep", "Small Bells", 680, &[3, 4]),
            offer("single", "Fox Wedding", 160, &[9]),
            offer("album", "Snow Country", 1_299, &[11, 9, 10, 8]),
            offer("samples", "Vending Glow, room tones", 850, &[6, 8]),
            offer("stems", "Last Train, stems", 320, &[7, 5]),
            offer("single", "Morning Market", 160, &[12]),
            offer("ep", "Lantern Boat", 620, &[13, 12]),
        ],
    ),
];

const LICENCE: &str = "You may use these recordings in your own works, also for money. You may not sell them as they are.\n";

#[derive(Deserialize)]
struct Product {
    id: Uuid,
    title: String,
    state: String,
    cover: Option<Value>,
    files: Option<Value>,
}

/// Offers what is missing. An interrupted one goes on where it was: a draft gets the files that it lacks.
pub async fn offer_all(
    site: &Site,
    creators: &[CreatorSession<'_>],
    lines: &Lines,
) -> anyhow::Result<()> {
    let bar = lines.bar("products with their files");
    bar.set_length(
        OFFERS
            .iter()
            .map(|(_, _, offers)| offers.len() as u64)
            .sum(),
    );
    for (index, creator) in creators.iter().enumerate() {
        let shelf = OFFERS.iter().find(|(name, ..)| *name == creator.name);
        let (_, words, offers) =
            shelf.with_context(|| format!("{} has no products", creator.name))?;
        let mut tracks = site.tracks_of(creator.id).await?;
        tracks.reverse();
        let known: Vec<Product> = creator.session.get("marketplace/selling?limit=100").await?;
        for (number, offer) in offers.iter().enumerate() {
            let seed = (index * offers.len() + number) as u64;
            let known = known.iter().find(|product| product.title == offer.title);
            let first = offer.tracks.first().and_then(|place| tracks.get(*place));
            let first = first.with_context(|| format!("{} lacks tracks", creator.name))?;
            let (id, is_new) = match known {
                Some(product) if product.state != "draft" => {
                    bar.inc(1);
                    continue;
                }
                Some(product) => (product.id, false),
                None => {
                    let product = json!({
                        "kind": offer.kind, "title": offer.title, "price_minor": offer.price_minor, "track_id": first.id,
                        "description": format!("{words}\n\n{} files, lossless as they left the desk.", offer.tracks.len()),
                    });
                    let product: Product = creator
                        .session
                        .post("marketplace/products", &product)
                        .await?;
                    (product.id, true)
                }
            };
            if is_new || known.is_some_and(|product| product.cover.is_none()) {
                add_cover(&creator.session, id, seed).await?;
            }
            add_files(site, &creator.session, id, offer, &tracks).await?;
            creator
                .session
                .patch::<Value>(
                    &format!("marketplace/products/{id}"),
                    &json!({"state": "published"}),
                )
                .await?;
            bar.inc(1);
        }
        add_unsold(&creator.session, &known).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

async fn add_cover(session: &Session<'_>, product: Uuid, seed: u64) -> anyhow::Result<()> {
    let picture = tokio::task::spawn_blocking(move || cover::draw(seed)).await??;
    let path = format!("marketplace/products/{product}/cover");
    let file = json!({ "type": cover::CONTENT_TYPE, "size": picture.len() });
    let upload = session.upload(&path, &file, picture).await?;
    session
        .post::<Value>(
            &format!("{path}/complete"),
            &json!({ "upload": upload["upload"] }),
        )
        .await?;
    Ok(())
}

async fn add_files(
    site: &Site,
    session: &Session<'_>,
    product: Uuid,
    offer: &Offer,
    tracks: &[crate::demo::site::Track],
) -> anyhow::Result<()> {
    let path = format!("marketplace/products/{product}");
    let known: Product = session.get(&path).await?;
    let known = known.files.unwrap_or_default().to_string();
    for (number, place) in offer.tracks.iter().enumerate() {
        let track = tracks.get(*place).context("a track is missing")?;
        let name = format!("{:02} {}.wav", number + 1, track.title);
        if known.contains(&name) {
            continue;
        }
        let audio = track.audio.as_ref().and_then(|audio| audio["url"].as_str());
        let bytes = site
            .bytes(audio.with_context(|| format!("{} has no audio", track.title))?)
            .await?;
        add_file(session, &path, &name, "audio/wav", bytes).await?;
    }
    let name = "Licence.txt";
    if ["samples", "stems"].contains(&offer.kind) && !known.contains(name) {
        add_file(session, &path, name, "text/plain", LICENCE.into()).await?;
    }
    Ok(())
}

async fn add_file(
    session: &Session<'_>,
    product: &str,
    name: &str,
    kind: &str,
    bytes: Vec<u8>,
) -> anyhow::Result<()> {
    let path = format!("{product}/files");
    let file = json!({ "name": name, "type": kind, "size": bytes.len() });
    let upload = session.upload(&path, &file, bytes).await?;
    let file = upload["file"]
        .as_str()
        .context("an upload without a file")?;
    session
        .post::<Value>(&format!("{path}/{file}/complete"), &json!({}))
        .await?;
    Ok(())
}

/// One draft each, so that there is something to go on with.
async fn add_unsold(session: &Session<'_>, known: &[Product]) -> anyhow::Result<()> {
    const TITLE: &str = "Work in progress";
    if known.iter().any(|product| product.title == TITLE) {
        return Ok(());
    }
    let draft = json!({ "kind": "ep", "title": TITLE, "price_minor": 500, "description": "Comes out when it is done." });
    let draft: Product = session.post("marketplace/products", &draft).await?;
    ensure!(draft.state == "draft", "a new product is {}", draft.state);
    Ok(())
}
