//! What the catalog says of a track is followed soon, and an outage of it is waited for.

use std::time::{Duration, Instant};

use crate::support::{
    PATIENCE, add_track, creator, heard, play_id, reasons, rows, send, stored, track,
};
use uuid::Uuid;
use veza_standalone::testing::{Installation, eventually};

#[tokio::test]
async fn a_track_that_was_just_made_is_soon_known() {
    let veza = Installation::new().await;
    let owner = creator(&veza).await;
    let song = Uuid::new_v4();
    let _aggregator = veza.start_aggregator().await;
    let too_early = heard(song, 60_000);
    send(&veza, std::slice::from_ref(&too_early)).await;
    stored(&veza, 1).await;
    assert_eq!(reasons(&rows(&veza).await, &too_early), ["unknown_track"]);

    add_track(&veza, &owner, song, 180_000).await;
    let made = Instant::now();
    let sent = std::cell::Cell::new(1);
    eventually(PATIENCE, async || {
        let play = heard(song, 60_000);
        send(&veza, std::slice::from_ref(&play)).await;
        sent.set(sent.get() + 1);
        stored(&veza, sent.get()).await;
        reasons(&rows(&veza).await, &play) == [""]
    })
    .await;
    assert!(
        made.elapsed() < Duration::from_secs(10),
        "{:?}",
        made.elapsed()
    );
}

#[tokio::test]
async fn a_track_that_changes_hands_is_its_new_owners_at_once() {
    let veza = Installation::new().await;
    let (old, new) = (creator(&veza).await, creator(&veza).await);
    let song = track(&veza, &old, 180_000).await;
    let _aggregator = veza.start_aggregator().await;
    let sent = std::cell::Cell::new(0);
    let owner_of_next_play = async || {
        let play = heard(song, 60_000);
        send(&veza, std::slice::from_ref(&play)).await;
        sent.set(sent.get() + 1);
        stored(&veza, sent.get()).await;
        rows(&veza).await[&play_id(&play)][0]["creator_id"].as_i64()
    };
    assert_eq!(owner_of_next_play().await, Some(old.id));
    sqlx::query("UPDATE tracks SET creator_id = $1 WHERE id = $2")
        .bind(new.id)
        .bind(song)
        .execute(veza.postgres())
        .await
        .unwrap();
    // Far sooner than the minute for which tracks are remembered.
    eventually(PATIENCE, async || {
        owner_of_next_play().await == Some(new.id)
    })
    .await;
}
