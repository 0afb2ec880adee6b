//! Distinct listeners: exact below 2,000, within 1 % at a million.

use serde_json::Value;

use crate::world::World;

/// Enough rows that distinct listeners are counted the quick way.
const MANY_ROWS: u64 = 2_200_000;
/// Few enough that they are counted the fine way.
const FEWER_ROWS: u64 = 1_200_000;
const LISTENERS: u64 = 1_000_000;
/// Rows of the country that few listen in, each by another listener.
const FEW: u64 = 1_999;

async fn fill(world: &World, rows: u64) {
    // A bijection of the row's number mixes the listeners; 0 stands for none.
    let sql = format!(
        "INSERT INTO plays (creator_id, slot, track_id, listener, counted, country, reason, topic_id, kafka_offset)
         SELECT {creator}, toDateTime('2026-03-01 00:00:00', 'UTC') + 900 * (number % 2688),
                toUUID('{track}'), intHash64(1 + number % {LISTENERS}), 1, if(number < {FEW}, 'IS', 'FR'), '', 'topic', number
         FROM numbers({rows})",
        creator = world.creators[0].id,
        track = world.creators[0].tracks[0].id,
    );
    world.veza.clickhouse(&sql).await;
    world
        .complete_up_to("2026-05-01T00:00:00Z".parse().unwrap())
        .await;
}

#[track_caller]
fn assert_close(found: &Value, expected: u64) {
    let found = found.as_u64().unwrap();
    let off = found.abs_diff(expected) as f64 / expected as f64;
    assert!(
        off <= 0.01,
        "{found} is {:.2} % off {expected}",
        off * 100.0
    );
}

#[tokio::test]
async fn a_million_listeners_are_counted_within_a_hundredth_and_few_exactly() {
    tells_the_truth(FEWER_ROWS).await;
}

#[tokio::test]
async fn a_million_listeners_of_many_rows_are_counted_within_a_hundredth_and_few_exactly() {
    tells_the_truth(MANY_ROWS).await;
}

async fn tells_the_truth(rows: u64) {
    let world = World::empty().await;
    fill(&world, rows).await;
    let march = [
        ("from", "2026-03-01"),
        ("to", "2026-03-29"),
        ("bucket", "day"),
    ];
    let (overview, _) = world.report("overview", &march).await.parts();
    assert_eq!(overview["total"]["plays"], rows);
    assert_close(&overview["total"]["listeners"], LISTENERS);
    for bucket in overview["buckets"].as_array().unwrap() {
        let plays = bucket["plays"].as_u64().unwrap();
        assert_close(&bucket["listeners"], distinct(bucket, rows, plays));
    }
    let (geography, _) = world.report("geography", &march).await.parts();
    let countries = geography["countries"].as_array().unwrap();
    assert_eq!(
        (&countries[1]["key"], &countries[1]["listeners"]),
        (&"IS".into(), &FEW.into())
    );
    assert_close(&countries[0]["listeners"], LISTENERS);
}

/// Listeners of a day, counted here: the rows of a day are known by their number.
fn distinct(bucket: &Value, rows: u64, plays: u64) -> u64 {
    let start: jiff::Timestamp = bucket["start"].as_str().unwrap().parse().unwrap();
    let first: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let day = start.duration_since(first).as_hours() / 24;
    let of_day = |number: &u64| (number % 2688 / 96) as i64 == day;
    let numbers: Vec<u64> = (0..rows).filter(of_day).collect();
    assert_eq!(numbers.len() as u64, plays);
    let listeners: std::collections::HashSet<u64> =
        numbers.iter().map(|number| number % LISTENERS).collect();
    listeners.len() as u64
}
