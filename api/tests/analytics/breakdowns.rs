//! Breakdowns against the truth: entries, rest, unknown and total, which add up.

use serde_json::{Value, json};

use crate::truth::{Bots, assert_same, breakdown, listeners, plays};
use crate::world::{Row, World};

const ALL_TIME: [(&str, &str); 2] = [("from", "2026-02-01"), ("to", "2026-12-01")];

/// A list of a report: its name, and the key of a row.
pub type List = (&'static str, fn(&Row) -> String);

fn place(row: &Row, parts: usize) -> String {
    let names = [row.country, row.region, row.city];
    match names[parts - 1] {
        "" => String::new(),
        _ => names[..parts].join("/"),
    }
}

/// `name/version`, of what has both.
fn version(name: &str, version: &str) -> String {
    match name.is_empty() || version.is_empty() {
        true => String::new(),
        false => format!("{name}/{version}"),
    }
}

pub const REPORTS: [(&str, &[List]); 6] = [
    ("geography", &[("countries", |row| row.country.into())]),
    (
        "geography?country=FR",
        &[
            ("countries", |row| row.country.into()),
            ("regions", |row| place(row, 2)),
            ("cities", |row| place(row, 3)),
        ],
    ),
    (
        "demographics",
        &[
            ("devices", |row| row.device.into()),
            ("systems", |row| row.os.into()),
            ("browsers", |row| row.browser.into()),
        ],
    ),
    (
        "demographics?versions=true",
        &[
            ("devices", |row| row.device.into()),
            ("system_versions", |row| version(row.os, row.os_version)),
            ("browser_versions", |row| {
                version(row.browser, row.browser_version)
            }),
        ],
    ),
    (
        "traffic-sources",
        &[
            ("sources", |row| row.source.into()),
            ("campaigns", |row| row.campaign.into()),
        ],
    ),
    ("tracks", &[("tracks", |row| row.track.to_string())]),
];

async fn check(world: &World, report: &str, lists: &[List], limit: usize, bots: (&str, Bots)) {
    let what = format!("{report}, limit {limit}, bots={}", bots.0);
    let (name, filter) = report.split_once('?').unwrap_or((report, ""));
    let limit_text = limit.to_string();
    let mut query = ALL_TIME.to_vec();
    query.extend([("limit", limit_text.as_str()), ("bots", bots.0)]);
    query.extend(filter.split_once('='));
    let rows: Vec<&Row> = world
        .own_rows()
        .filter(|row| filter != "country=FR" || row.country == "FR")
        .collect();
    let plays = plays(&rows, bots.1);
    compare(world, (name, &query), lists, limit, &plays, &what).await;
}

/// Compares a report, by its name and query, with the lists that the plays make.
pub async fn compare(
    world: &World,
    (report, query): (&str, &[(&str, &str)]),
    lists: &[List],
    limit: usize,
    plays: &[&Row],
    what: &str,
) {
    let (data, meta) = world.report(report, query).await.parts();
    let total = json!({"plays": plays.len(), "listeners": listeners(plays)});
    assert_same(&data["total"], &total, what);
    assert_eq!(
        meta["without_listener"],
        plays.iter().filter(|row| row.listener == 0).count()
    );
    for (i, (list, key)) in lists.iter().enumerate() {
        let what = format!("{what}, {list}");
        let [entries, rest, unknown] = breakdown(plays, limit, key);
        assert_same(&data[list], &entries, &what);
        let (rest_name, unknown_name) = match i {
            0 => ("rest".to_owned(), "unknown".to_owned()),
            _ => (format!("{list}_rest"), format!("{list}_unknown")),
        };
        assert_same(&data[&rest_name], &rest, &format!("{what}, rest"));
        assert_same(&data[&unknown_name], &unknown, &format!("{what}, unknown"));
        let sum = |value: &Value| value["plays"].as_u64().unwrap();
        let listed: u64 = data[list].as_array().unwrap().iter().map(sum).sum();
        assert_eq!(
            listed + sum(&data[&rest_name]) + sum(&data[&unknown_name]),
            plays.len() as u64,
            "{what}"
        );
    }
}

#[tokio::test]
async fn entries_rest_and_unknown_are_true_and_make_the_total() {
    let world = World::shared().await;
    for (report, lists) in REPORTS {
        for limit in [1, 3, 300] {
            check(world, report, lists, limit, Bots::ALL[0]).await;
        }
        check(world, report, lists, 2, Bots::ALL[1]).await;
        check(world, report, lists, 2, Bots::ALL[2]).await;
    }
}

#[tokio::test]
async fn versions_are_told_on_request_with_the_name_to_filter_by() {
    let world = World::shared().await;
    let (data, _) = world.report("demographics", &ALL_TIME).await.parts();
    assert_eq!(
        (&data["system_versions"], &data["browser_versions_rest"]),
        (&Value::Null, &Value::Null)
    );
    let query = [ALL_TIME[0], ALL_TIME[1], ("versions", "true")];
    let (data, _) = world.report("demographics", &query).await.parts();
    let versions = data["system_versions"].as_array().unwrap();
    let linux = versions.iter().find(|entry| entry["key"] == "GNU/Linux/6");
    let linux = linux.unwrap();
    assert_eq!(
        (&linux["label"], &linux["name"], &linux["version"]),
        (&"GNU/Linux 6".into(), &"GNU/Linux".into(), &"6".into())
    );
}

#[tokio::test]
async fn channels_and_contexts_are_listed_whole() {
    let world = World::shared().await;
    let query = [ALL_TIME[0], ALL_TIME[1], ("limit", "1")];
    let (data, _) = world.report("traffic-sources", &query).await.parts();
    let rows: Vec<&Row> = world.own_rows().collect();
    let plays = plays(&rows, Bots::Exclude);
    let lists: [List; 2] = [
        ("channels", |row| row.channel().into()),
        ("contexts", |row| row.context.into()),
    ];
    for (list, key) in lists {
        let [entries, _, unknown] = breakdown(&plays, 300, key);
        assert_same(&data[list], &entries, list);
        assert_same(&data[format!("{list}_unknown")], &unknown, list);
        assert_eq!(data[format!("{list}_rest")]["count"], 0);
    }
}

#[tokio::test]
async fn labels_are_names() {
    let world = World::shared().await;
    let (data, _) = world
        .report("geography", &[ALL_TIME[0], ALL_TIME[1], ("country", "NO")])
        .await
        .parts();
    assert_eq!(
        data["cities"][0]["key"],
        "NO/Trøndelag/Trööndelage/Trondheim"
    );
    assert_eq!(data["cities"][0]["label"], "Trondheim");
    assert_eq!(data["regions"][0]["label"], "Trøndelag/Trööndelage");

    let (data, _) = world
        .report(
            "traffic-sources",
            &[ALL_TIME[0], ALL_TIME[1], ("source", "social/Reddit")],
        )
        .await
        .parts();
    let source = &data["sources"][0];
    assert_eq!(
        (&source["label"], &source["channel"]),
        (&"Reddit".into(), &"social".into())
    );

    let track = &world.creators[0].tracks[1];
    let (data, _) = world
        .report(
            "tracks",
            &[ALL_TIME[0], ALL_TIME[1], ("track", &track.id.to_string())],
        )
        .await
        .parts();
    let entry = &data["tracks"][0];
    assert_eq!(
        (&entry["label"], &entry["artist"]),
        (&track.title.as_str().into(), &track.artist.into())
    );
}

#[tokio::test]
async fn regions_and_cities_belong_to_one_country() {
    let world = World::shared().await;
    for query in [
        &[][..],
        &[("country", "FR"), ("country", "DE")],
        &[("country", "unknown")],
    ] {
        let (data, _) = world.report("geography", query).await.parts();
        assert_eq!(
            (&data["regions"], &data["cities_rest"]),
            (&Value::Null, &Value::Null),
            "{query:?}"
        );
    }
}

/// The lists, and what they add up to, are the same whichever report says it.
#[tokio::test]
async fn all_reports_agree_on_the_total() {
    let world = World::shared().await;
    let (overview, _) = world.report("overview", &ALL_TIME).await.parts();
    for report in ["geography", "demographics", "traffic-sources", "tracks"] {
        let (data, _) = world.report(report, &ALL_TIME).await.parts();
        for measure in ["plays", "listeners"] {
            assert_eq!(
                data["total"][measure], overview["total"][measure],
                "{report}"
            );
        }
    }
}
