//! `/analytics/compare`: two periods in total, per day, and by elapsed day.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::truth::{Bots, assert_same, listeners, plays, selected};
use crate::world::World;

fn periods<'a>(first: [&'a str; 2], second: [&'a str; 2]) -> [(&'a str, &'a str); 4] {
    [
        ("period1_start", first[0]),
        ("period1_end", first[1]),
        ("period2_start", second[0]),
        ("period2_end", second[1]),
    ]
}

fn sum(series: &Value, figure: &str) -> i64 {
    let days = series.as_array().unwrap().iter();
    days.map(|day| day[figure].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn periods_of_unequal_length_are_compared_in_total_and_per_day() {
    let world = World::shared().await;
    let zone = TimeZone::get("America/New_York").unwrap();
    let instant = |date: &str| -> Timestamp {
        let date: jiff::civil::Date = date.parse().unwrap();
        date.to_zoned_datetime(zone.clone()).unwrap().timestamp()
    };
    let dates = [["2026-03-01", "2026-04-01"], ["2026-04-01", "2026-04-11"]];
    let query = [
        &periods(dates[0], dates[1])[..],
        &[("tz", "America/New_York"), ("country", "FR")],
    ]
    .concat();
    let (data, meta) = world.report("compare", &query).await.parts();
    assert_eq!(meta["not_filtered_by"], json!(["followers", "revenue"]));
    let mut counts = Vec::new();
    for (name, [start, end], days) in [("period1", dates[0], 31), ("period2", dates[1], 10)] {
        let test: crate::truth::Test = Box::new(|row| row.country == "FR");
        let rows = selected(world.own_rows(), instant(start), instant(end), &[test]);
        let plays = plays(&rows, Bots::Exclude);
        assert!(!plays.is_empty());
        let expected = json!({
            "start": instant(start).to_string(), "end": instant(end).to_string(), "days": days, "complete": true,
            "plays": plays.len(), "listeners": listeners(&plays), "followers": null, "revenue_minor": null,
            "per_day": {"plays": plays.len() as f64 / f64::from(days)},
        });
        assert_same(&data[name], &expected, name);
        let series = &data[name]["series"];
        assert_eq!(series.as_array().unwrap().len(), days as usize);
        assert_eq!(sum(series, "plays"), plays.len() as i64);
        counts.push(plays.len() as f64);
    }
    let change = json!({
        "plays": (counts[1] - counts[0]) / counts[0],
        "followers": null,
        "per_day": {"plays": (counts[1] / 10.0 - counts[0] / 31.0) / (counts[0] / 31.0)},
    });
    assert_same(&data["change"], &change, "change");
}

#[tokio::test]
async fn a_running_period_is_compared_with_the_same_elapsed_time() {
    let world = World::empty().await;
    world
        .complete_up_to("2026-05-10T12:07:00Z".parse().unwrap())
        .await;
    let query = periods(["2026-04-01", "2026-05-01"], ["2026-05-01", "2026-06-01"]);
    let (data, _) = world.report("compare", &query).await.parts();
    assert_eq!(data["period1"]["end"], "2026-04-10T12:00:00Z");
    assert_eq!(data["period2"]["end"], "2026-05-10T12:00:00Z");
    for period in ["period1", "period2"] {
        assert_eq!(
            (&data[period]["days"], &data[period]["plays"]),
            (&json!(9.5), &json!(0))
        );
        assert_eq!(data[period]["series"].as_array().unwrap().len(), 10);
    }
    // Nothing to divide by.
    assert_eq!(data["change"]["plays"], Value::Null);

    let not_begun = periods(["2026-04-01", "2026-05-01"], ["2026-07-01", "2026-08-01"]);
    let (data, _) = world.report("compare", &not_begun).await.parts();
    assert_eq!(
        (&data["period2"]["plays"], &data["period2"]["days"]),
        (&Value::Null, &json!(0.0))
    );
}

#[tokio::test]
async fn followers_are_those_gained_less_those_lost() {
    let world = World::empty().await;
    let (own, other) = (world.creators[0].id, world.creators[1].id);
    for (creator, followed, unfollowed) in [
        (own, "2026-04-02T10:00:00Z", None),
        (own, "2026-04-02T11:00:00Z", Some("2026-04-03T00:00:00Z")),
        (own, "2026-05-02T00:00:00Z", None),
        (own, "2026-05-02T12:00:00Z", None),
        (own, "2026-03-31T23:59:59Z", None),
        (other, "2026-04-02T10:00:00Z", None),
    ] {
        sqlx::query(
            "WITH fan AS (INSERT INTO users (email, password_hash, name) VALUES ($1, '', 'Fan') RETURNING id)
             INSERT INTO follows (creator_id, user_id, followed_at, unfollowed_at)
             SELECT $2, id, $3::text::timestamptz, $4::text::timestamptz FROM fan",
        )
        .bind(format!("{}@example.org", Uuid::new_v4()))
        .bind(creator)
        .bind(followed)
        .bind(unfollowed)
        .execute(world.veza.postgres())
        .await
        .unwrap();
    }
    let query = periods(["2026-04-01", "2026-05-01"], ["2026-05-01", "2026-06-01"]);
    let (data, meta) = world.report("compare", &query).await.parts();
    assert_eq!(meta["not_filtered_by"], json!([]));
    assert_eq!(
        (&data["period1"]["followers"], &data["period2"]["followers"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(data["change"]["followers"], 1.0);
    let days = data["period1"]["series"].as_array().unwrap();
    assert_eq!(
        (&days[1]["followers"], &days[2]["followers"]),
        (&json!(2), &json!(-1))
    );

    // A track's followers are its creator's.
    let track = world.creators[0].tracks[0].id.to_string();
    let of_track = [&query[..], &[("track", &track)]].concat();
    let (data, _) = world.report("compare", &of_track).await.parts();
    assert_eq!(data["period2"]["followers"], 2);
    // Without plays known, plays are not zero.
    assert_eq!(data["period2"]["plays"], Value::Null);
}

#[tokio::test]
async fn periods_that_are_missing_or_wrong_are_named() {
    let world = World::shared().await;
    let good = periods(["2026-04-01", "2026-05-01"], ["2026-05-01", "2026-06-01"]);
    for missing in 0..4 {
        let query: Vec<(&str, &str)> = good
            .iter()
            .copied()
            .enumerate()
            .filter(|(i, _)| *i != missing)
            .map(|(_, pair)| pair)
            .collect();
        let problem = world.report("compare", &query).await.json();
        assert_eq!(
            (&problem["code"], &problem["field"]),
            (&json!("missing_field"), &json!(good[missing].0))
        );
        let mut query = good;
        query[missing].1 = "someday";
        let problem = world.report("compare", &query).await.json();
        assert_eq!(
            (&problem["status"], &problem["field"]),
            (&json!(422), &json!(good[missing].0))
        );
    }
}
