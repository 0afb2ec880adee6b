//! `/analytics/tracks?align=release`: each track's days since its release.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use veza_schemas::row::Reason;

use crate::truth::slot;
use crate::world::World;

#[tokio::test]
async fn days_since_release_are_local_days_whatever_the_range() {
    let world = World::shared().await;
    let query = [
        ("from", "2026-07-01"),
        ("to", "2026-11-20"),
        ("tz", "America/New_York"),
        ("align", "release"),
        ("days", "10"),
    ];
    let (data, _) = world.report("tracks", &query).await.parts();
    let zone = TimeZone::get("America/New_York").unwrap();
    let mut compared = 0;
    for (number, track) in world.creators[0].tracks.iter().enumerate() {
        let entries = data["tracks"].as_array().unwrap();
        let entry = entries
            .iter()
            .find(|entry| entry["key"] == track.id.to_string())
            .unwrap();
        if number >= 4 {
            assert_eq!(
                (&entry["days"], &entry["released_at"]),
                (&Value::Null, &Value::Null)
            );
            continue;
        }
        let days = entry["days"].as_array().unwrap();
        assert_eq!(days.len(), 10);
        let released: Timestamp = entry["released_at"].as_str().unwrap().parse().unwrap();
        let first = released.to_zoned_datetime(zone.clone()).date();
        for (day, found) in days.iter().enumerate() {
            let date = first
                .checked_add(jiff::Span::new().days(day as i64))
                .unwrap();
            let on_that_day = |time: Timestamp| time.to_zoned_datetime(zone.clone()).date() == date;
            let expected = world
                .own_rows()
                .filter(|row| row.track == track.id && row.reason == Reason::Counted)
                .filter(|row| on_that_day(slot(row)))
                .count();
            assert_eq!(found["day"], day);
            assert_eq!(found["plays"], expected, "{} on {date}", track.title);
            compared += expected;
        }
    }
    assert!(compared > 10, "too few plays to compare: {compared}");
}
