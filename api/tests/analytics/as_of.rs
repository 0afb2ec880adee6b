//! What is not known yet is null; what has passed without a play is 0.

use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use veza_schemas::row::Reason;

use crate::world::World;

const DAYS: [(&str, &str); 3] = [
    ("from", "2026-05-01"),
    ("to", "2026-05-04"),
    ("bucket", "day"),
];

fn by_bucket(data: &Value, name: &str) -> Vec<Value> {
    let buckets = data["buckets"].as_array().unwrap();
    buckets.iter().map(|bucket| bucket[name].clone()).collect()
}

/// One counted play on the second of three days.
async fn world_with_one_play() -> World {
    let mut world = World::empty().await;
    let mut row = world.row(&mut StdRng::seed_from_u64(1), 0);
    row.creator_id = world.creators[0].id;
    row.started_at = "2026-05-02T10:00:00Z".parse().unwrap();
    row.reason = Reason::Counted;
    row.bot = false;
    world.insert(vec![row]).await;
    world
}

#[tokio::test]
async fn without_progress_nothing_is_zero() {
    let world = world_with_one_play().await;
    let (data, meta) = world.report("overview", &DAYS).await.parts();
    assert_eq!(meta["as_of"], Value::Null);
    assert_eq!(
        by_bucket(&data, "plays"),
        [Value::Null, 1.into(), Value::Null]
    );
    assert_eq!(by_bucket(&data, "complete"), [false, false, false]);
    assert_eq!(data["total"]["plays"], 1);

    let empty = [("from", "2026-06-01"), ("to", "2026-06-04")];
    let (data, meta) = world.report("overview", &empty).await.parts();
    assert_eq!(
        (&data["total"]["plays"], &meta["without_listener"]),
        (&Value::Null, &Value::Null)
    );
    let (data, _) = world.report("geography", &empty).await.parts();
    for sum in ["rest", "unknown", "total"] {
        assert_eq!(data[sum]["plays"], Value::Null, "{sum}");
    }
    let (data, _) = world.report("excluded", &empty).await.parts();
    assert_eq!(data["received"], Value::Null);

    // One of two partitions says nothing.
    let seen = "2026-06-01T00:00:00Z".parse().unwrap();
    world.progress(0, 2, seen).await;
    let (_, meta) = world.report("overview", &DAYS).await.parts();
    assert_eq!(meta["as_of"], Value::Null);
    let held_back: Vec<&Value> = meta["held_back_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| &held["partition"])
        .collect();
    assert_eq!(held_back, [0, 1]);
}

#[tokio::test]
async fn gaps_are_zero_up_to_as_of_and_null_from_it_on() {
    let world = world_with_one_play().await;
    world
        .complete_up_to("2026-05-02T12:00:00Z".parse().unwrap())
        .await;
    let (data, meta) = world.report("overview", &DAYS).await.parts();
    assert_eq!(meta["as_of"], "2026-05-02T12:00:00Z");
    assert_eq!(by_bucket(&data, "plays"), [0.into(), 1.into(), Value::Null]);
    assert_eq!(by_bucket(&data, "complete"), [true, false, false]);
    assert_eq!(by_bucket(&data, "completion")[0], Value::Null);

    world
        .complete_up_to("2026-05-04T00:00:00Z".parse().unwrap())
        .await;
    let (data, _) = world.report("overview", &DAYS).await.parts();
    assert_eq!(by_bucket(&data, "plays"), [0, 1, 0]);
    assert_eq!(by_bucket(&data, "complete"), [true, true, true]);
}

#[tokio::test]
async fn the_slowest_partition_holds_it_back() {
    let world = World::empty().await;
    let now = jiff::Timestamp::now();
    let late = now - SignedDuration::from_secs(60);
    world.progress(0, 2, now).await;
    world.progress(1, 2, late).await;
    let (_, meta) = world.report("live", &[]).await.parts();
    let as_of: jiff::Timestamp = meta["as_of"].as_str().unwrap().parse().unwrap();
    // Postgres keeps microseconds.
    let expected = late - crate::world::DELIVERY_DEADLINE;
    assert!(
        expected.duration_since(as_of).abs() < SignedDuration::from_millis(1),
        "{as_of}"
    );
    assert_eq!(meta["held_back_by"][0]["partition"], 1);
    assert_eq!(meta["held_back_by"].as_array().unwrap().len(), 1);
}
