//! What is simulated or imported twice changes no count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use veza_enrich::listener::ListenerKey;
use veza_players::import::{self, Listener, Outcomes, Ownership};
use veza_players::simulate::{Options, Simulation, Summary};
use veza_standalone::fetch::fetch;
use veza_standalone::home::Home;

mod support;
use support::{CREATOR, World};

/// A history of 300 hearings of 20 tracks, some of which are skips, and how many of them count.
fn history() -> (PathBuf, u64) {
    let heard = |n: u64| {
        if n < 20 {
            200_000
        } else {
            (n * 7_919) % 120_000
        }
    };
    let entries: Vec<Value> = (0..300)
        .map(|n| {
            json!({
                "endTime": format!("2024-03-{:02} {:02}:{:02}", n / 24 + 1, n % 24, n % 60),
                "artistName": "Odile Marchetti", "trackName": format!("Track {}", n % 20), "msPlayed": heard(n),
            })
        })
        .collect();
    let file = std::env::temp_dir().join(format!(
        "StreamingHistory_music_{}.json",
        std::process::id()
    ));
    std::fs::write(&file, serde_json::to_vec(&entries).unwrap()).unwrap();
    // Every track was heard for 200 s once, so that each counts from 30 s on.
    (
        file,
        (0..300).filter(|n| heard(*n) >= 30_000).count() as u64,
    )
}

#[tokio::test]
async fn a_history_imported_twice_counts_once() {
    let world = World::new().await;
    world.creator().await;
    let (file, counted) = history();
    let hearings = import::read(&[file]).unwrap().hearings;
    let ownership = Ownership {
        creator: Some(CREATOR.into()),
        listener: Listener::of_export(None, CREATOR),
    };

    let first = import::send(&world.client, &ownership, &hearings, |_| {})
        .await
        .unwrap();
    assert_eq!((first.read, first.tracks, first.accepted), (300, 20, 300));
    assert_eq!(
        first.outcomes,
        outcomes(&[("counted", counted), ("too_short", 300 - counted)])
    );

    let second = import::send(&world.client, &ownership, &hearings, |_| {})
        .await
        .unwrap();
    assert_eq!(second.outcomes, outcomes(&[("duplicate", 300)]));
    let expected = [
        ("", counted),
        ("too_short", 300 - counted),
        ("duplicate", 300),
    ];
    assert_eq!(world.reasons(600).await, outcomes(&expected).0);
}

fn outcomes(rows: &[(&str, u64)]) -> Outcomes {
    Outcomes(
        rows.iter()
            .map(|(outcome, rows)| ((*outcome).into(), *rows))
            .collect(),
    )
}

/// So many people are logged in that no seed leaves them all silent.
fn accounts() -> Vec<Uuid> {
    (1..=40).map(Uuid::from_u128).collect()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_plays_and_another_seed_others() {
    let world = World::new().await;
    let creator = world.creator().await;
    sqlx::query(
        "INSERT INTO tracks (id, creator_id, title, artist, duration_ms) SELECT $2, $1, 'Kelp', 'Odile', 180000
         UNION ALL SELECT $3, $1, 'Undertow', 'Odile', 60000",
    )
    .bind(creator)
    .bind(Uuid::from_u128(1))
    .bind(Uuid::from_u128(2))
    .execute(world.veza.postgres())
    .await
    .unwrap();
    // The same hours whenever this runs: who is awake, and so who listens, goes by the time of day.
    let from: Timestamp = "2026-10-31T12:00:00Z".parse().unwrap();
    let to = from + SignedDuration::from_hours(12);

    let first = backfill(&world, 7, from, to).await;
    assert!(first.plays > 50 && first.refused == 0, "{first:?}");
    let counted = |reasons: &BTreeMap<String, u64>| reasons[""];
    let once = world.reasons(first.accepted).await;

    assert!(
        of_accounts(&world).await > 0,
        "nobody who is logged in has listened"
    );

    let second = backfill(&world, 7, from, to).await;
    assert_eq!(second, first);
    let twice = world.reasons(2 * first.accepted).await;
    assert_eq!(counted(&twice), counted(&once));

    let other = backfill(&world, 8, from, to).await;
    let thrice = world.reasons(2 * first.accepted + other.accepted).await;
    assert!(counted(&thrice) > counted(&once));
}

/// Reports of those who are logged in.
async fn of_accounts(world: &World) -> u64 {
    let key: ListenerKey = world.veza.setting("VEZA_LISTENER_KEY").parse().unwrap();
    let listeners: Vec<String> = accounts()
        .into_iter()
        .map(|account| key.of_account(account).to_string())
        .collect();
    let sql = format!(
        "SELECT toUInt32(count()) AS n FROM plays WHERE listener IN ({})",
        listeners.join(", ")
    );
    let found = world.veza.clickhouse(&sql).await;
    found[0]["n"].as_u64().unwrap()
}

async fn backfill(world: &World, seed: u64, from: Timestamp, to: Timestamp) -> Summary {
    let files = tokio::task::spawn_blocking(|| fetch(&Home::from_environment(), &|_| {}))
        .await
        .unwrap()
        .unwrap();
    let options = Options {
        seed,
        daily_plays: 300,
        population: 400,
        user_agents: files.user_agents,
        geoip: files.geoip,
        accounts: accounts(),
    };
    let catalog = world.client.tracks().await.unwrap();
    let simulation = Simulation::new(&options, catalog).unwrap();
    simulation
        .backfill(&world.client, from, to, &ProgressBar::hidden())
        .await
        .unwrap()
}
