//! `/analytics/overview` against the truth: zones, buckets, clock changes, bots, filters.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use veza_schemas::row::Reason;

use crate::truth::{Bots, Test, assert_same, bucket_name, by_bucket, measures, selected};
use crate::world::{Row, World};

pub const ZONES: [&str; 6] = [
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
];

fn first_instant(zone: &TimeZone, date: &str) -> Timestamp {
    let date: jiff::civil::Date = date.parse().unwrap();
    date.to_zoned_datetime(zone.clone()).unwrap().timestamp()
}

pub async fn check(world: &World, zone_name: &str, bucket: &str, from: &str, to: &str) {
    let what = format!("{zone_name} by {bucket}, {from} to {to}");
    let query = [
        ("tz", zone_name),
        ("bucket", bucket),
        ("from", from),
        ("to", to),
    ];
    let (data, meta) = world.report("overview", &query).await.parts();
    let zone = TimeZone::get(zone_name).unwrap();
    let (start, end) = (first_instant(&zone, from), first_instant(&zone, to));
    assert_eq!(meta["from"], start.to_string(), "{what}");
    assert_eq!(meta["to"], end.to_string(), "{what}");
    assert_eq!(meta["tz"], zone_name);

    let rows = selected(world.own_rows(), start, end, &[]);
    assert!(!rows.is_empty(), "{what}: nothing to compare");
    let expected = by_bucket(&rows, &zone, bucket, start, end);
    let buckets = data["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), expected.len(), "{what}");
    for found in buckets {
        let at: Timestamp = found["start"].as_str().unwrap().parse().unwrap();
        let name = bucket_name(&zone, bucket, at);
        let rows = expected
            .get(&name)
            .unwrap_or_else(|| panic!("{what}: {name} is not expected"));
        assert_same(
            found,
            &measures(rows, Bots::Exclude),
            &format!("{what}, {name}"),
        );
        assert_eq!(found["complete"], true, "{what}, {name}");
    }
    assert_same(&data["total"], &measures(&rows, Bots::Exclude), &what);
    let without = rows
        .iter()
        .filter(|row| row.reason == Reason::Counted && row.listener == 0);
    assert_eq!(meta["without_listener"], without.count(), "{what}");
}

#[tokio::test]
async fn every_zone_and_bucket_tells_the_truth_through_clock_changes() {
    let world = World::shared().await;
    for zone in ZONES {
        for (from, to) in [
            ("2026-03-07", "2026-03-10"),
            ("2026-04-03", "2026-04-06"),
            ("2026-10-02", "2026-10-05"),
            ("2026-10-31", "2026-11-03"),
        ] {
            // On the Chatham Islands clocks go back from 3:45 to 2:45: hours by their name are not of one piece there.
            if zone != "Pacific/Chatham" {
                check(world, zone, "hour", from, to).await;
            }
            check(world, zone, "day", from, to).await;
        }
        check(world, zone, "week", "2026-03-02", "2026-11-09").await;
        check(world, zone, "month", "2026-02-10", "2026-11-20").await;
    }
}

#[tokio::test]
async fn buckets_are_cut_at_the_ends_and_say_so() {
    let world = World::shared().await;
    let query = [
        ("from", "2026-03-07T23:10:00Z"),
        ("to", "2026-03-10T01:14:59Z"),
        ("bucket", "day"),
    ];
    let (data, meta) = world.report("overview", &query).await.parts();
    assert_eq!(
        (&meta["from"], &meta["to"]),
        (
            &"2026-03-07T23:00:00Z".into(),
            &"2026-03-10T01:00:00Z".into()
        )
    );
    let buckets: Vec<(&str, &str, bool)> = data["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| {
            (
                bucket["start"].as_str().unwrap(),
                bucket["end"].as_str().unwrap(),
                bucket["partial"] == true,
            )
        })
        .collect();
    let expected = [
        ("2026-03-07T23:00:00Z", "2026-03-08T00:00:00Z", true),
        ("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z", false),
        ("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z", false),
        ("2026-03-10T00:00:00Z", "2026-03-10T01:00:00Z", true),
    ];
    assert_eq!(buckets, expected);
}

#[tokio::test]
async fn bots_are_left_out_taken_in_or_looked_at_alone() {
    let world = World::shared().await;
    let (from, to) = ("2026-02-01", "2026-12-01");
    for (name, bots) in Bots::ALL {
        let (data, meta) = world
            .report("overview", &[("from", from), ("to", to), ("bots", name)])
            .await
            .parts();
        let rows: Vec<&Row> = world.own_rows().collect();
        assert_same(&data["total"], &measures(&rows, bots), name);
        assert_eq!(meta["filters"]["bots"], name);
    }
}

/// A filter's name, a value, and what passes it.
pub fn filters(world: &World) -> Vec<(&'static str, String, Test)> {
    fn by(
        name: &'static str,
        value: &str,
        test: impl Fn(&Row) -> bool + 'static,
    ) -> (&'static str, String, Test) {
        (name, value.to_owned(), Box::new(test))
    }
    let track = world.creators[0].tracks[2].id;
    let quoted = "referral/it's \"quoted\", \\ and more";
    vec![
        by("track", &track.to_string(), move |row| row.track == track),
        by("artist", "D'Artagnan & Co", |row| {
            row.artist == "D'Artagnan & Co"
        }),
        by("country", "FR", |row| row.country == "FR"),
        by("country", "unknown", |row| row.country.is_empty()),
        by("region", "FR/Bretagne", |row| {
            row.country == "FR" && row.region == "Bretagne"
        }),
        by("region", "NO/Trøndelag/Trööndelage", |row| {
            row.country == "NO"
        }),
        by("region", "US/O'Higgins\\", |row| {
            row.country == "US" && row.region == "O'Higgins\\"
        }),
        by("region", "unknown", |row| row.region.is_empty()),
        by("city", "FR/Bretagne/Brest", |row| row.city == "Brest"),
        by("city", "FR//Sainte-Marie", |row| row.city == "Sainte-Marie"),
        by("city", "NO/Trøndelag/Trööndelage/Trondheim", |row| {
            row.city == "Trondheim"
        }),
        by("city", "unknown", |row| row.city.is_empty()),
        by("device", "phone", |row| row.device == "phone"),
        by("device", "unknown", |row| row.device.is_empty()),
        by("os", "Mac OS X", |row| row.os == "Mac OS X"),
        by("browser", "unknown", |row| row.browser.is_empty()),
        by("channel", "social", |row| row.channel() == "social"),
        by("source", quoted, move |row| row.source == quoted),
        by("source", "unknown", |row| row.source.is_empty()),
        by("context", "embed", |row| row.context == "embed"),
        by("campaign", "été", |row| row.campaign == "été"),
        by("campaign", "unknown", |row| row.campaign.is_empty()),
    ]
}

async fn total(world: &World, query: &[(&str, &str)]) -> Value {
    let mut query = query.to_vec();
    query.extend([
        ("from", "2026-02-01"),
        ("to", "2026-12-01"),
        ("bucket", "month"),
    ]);
    let (mut data, _) = world.report("overview", &query).await.parts();
    data["total"].take()
}

#[tokio::test]
async fn each_filter_and_each_pair_of_filters_tells_the_truth() {
    let world = World::shared().await;
    let all: Vec<&Row> = world.own_rows().collect();
    let filters = filters(world);
    for (i, (name, value, test)) in filters.iter().enumerate() {
        let rows: Vec<&Row> = all.iter().copied().filter(|row| test(row)).collect();
        assert!(
            !rows.is_empty() || value.starts_with("US/O'"),
            "{name}={value} finds nothing"
        );
        let found = total(world, &[(name, value)]).await;
        assert_same(
            &found,
            &measures(&rows, Bots::Exclude),
            &format!("{name}={value}"),
        );
        // With one of the others, a different one for each.
        let (other_name, other_value, other) = &filters[(i * 7 + 3) % filters.len()];
        if other_name == name {
            continue;
        }
        let rows: Vec<&Row> = rows.into_iter().filter(|row| other(row)).collect();
        let found = total(world, &[(name, value), (other_name, other_value)]).await;
        let what = format!("{name}={value}&{other_name}={other_value}");
        assert_same(&found, &measures(&rows, Bots::Exclude), &what);
    }
}

#[tokio::test]
async fn one_filter_twice_is_either_and_different_ones_are_both() {
    let world = World::shared().await;
    let either: Vec<&Row> = world
        .own_rows()
        .filter(|row| matches!(row.country, "DE" | ""))
        .filter(|row| row.device == "computer")
        .collect();
    let query = [
        ("country", "DE"),
        ("device", "computer"),
        ("country", "unknown"),
    ];
    assert_same(
        &total(world, &query).await,
        &measures(&either, Bots::Exclude),
        "either",
    );
}
