//! `/analytics/live`: by the time of receipt, of plays begun within a day.

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use veza_schemas::row::Reason;

use crate::world::{Row, World};

/// A counted play that began, and was received, so many minutes ago.
fn row(
    world: &World,
    random: &mut StdRng,
    offset: u64,
    began: i64,
    received: i64,
    listener: u64,
) -> Row {
    let ago = |minutes| Timestamp::now() - SignedDuration::from_mins(minutes);
    Row {
        creator_id: world.creators[0].id,
        track: world.creators[0].tracks[usize::from(listener == 2)].id,
        started_at: ago(began),
        received_at: ago(received),
        reason: Reason::Counted,
        bot: false,
        listener,
        ..world.row(random, offset)
    }
}

#[tokio::test]
async fn the_last_half_hour_is_counted_by_receipt() {
    let mut world = World::empty().await;
    world.complete_up_to(Timestamp::now()).await;
    let mut random = StdRng::seed_from_u64(4);
    let cases = [
        (1, 0, 1),
        (2, 1, 1),
        (20, 4, 2),
        // Long ago, but received just now: a player that was offline.
        (23 * 60, 2, 0),
        (20, 19, 2),
        (40, 31, 3),
        (25 * 60, 1, 4),
    ];
    let rows = cases.into_iter().zip(0..);
    let rows = rows.map(|((began, received, listener), offset)| {
        row(&world, &mut random, offset, began, received, listener)
    });
    let rows: Vec<Row> = rows.collect();
    world.insert(rows).await;
    let (data, meta) = world.report("live", &[]).await.parts();
    assert_eq!(
        (&data["last_5"]["plays"], &data["last_5"]["listeners"]),
        (&4.into(), &2.into())
    );
    assert_eq!(
        (&data["last_30"]["plays"], &data["last_30"]["listeners"]),
        (&5.into(), &2.into())
    );
    assert_eq!(meta["without_listener"], 1);
    let minutes = data["minutes"].as_array().unwrap();
    let sum: u64 = minutes
        .iter()
        .filter_map(|minute| minute["plays"].as_u64())
        .sum();
    assert_eq!((minutes.len(), sum), (30, 5));
    let tracks = &data["tracks"];
    assert_eq!(
        (&tracks[0]["plays"], &tracks[1]["plays"]),
        (&3.into(), &2.into())
    );
    assert_eq!(
        tracks[0]["track"]["title"],
        world.creators[0].tracks[0].title
    );

    // The plays behind the numbers are so many.
    let until: Timestamp = data["until"].as_str().unwrap().parse().unwrap();
    let at = |time: Timestamp| time.to_string();
    let (day_ago, soon) = (
        at(until - SignedDuration::from_hours(24)),
        at(until + SignedDuration::from_mins(15)),
    );
    for (minutes, plays) in [(5, 4), (30, 5)] {
        let since = at(until - SignedDuration::from_mins(minutes));
        let query = [
            ("from", day_ago.as_str()),
            ("to", &soon),
            ("received_from", &since),
            ("received_to", &at(until)),
        ];
        let (rows, _) = world.report("plays", &query).await.parts();
        assert_eq!(rows.as_array().unwrap().len(), plays, "{minutes} minutes");
    }

    let (filtered, _) = world
        .report(
            "live",
            &[("track", &world.creators[0].tracks[1].id.to_string())],
        )
        .await
        .parts();
    assert_eq!(filtered["last_30"]["plays"], 2);
}
