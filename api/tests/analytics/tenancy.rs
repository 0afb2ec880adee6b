//! Whose plays a report counts: from the token, and from nowhere else.

use serde_json::Value;
use uuid::Uuid;

use crate::truth::{Bots, plays};
use crate::world::{Answer, Row, World};

const ALL_TIME: [(&str, &str); 3] = [
    ("from", "2026-02-01"),
    ("to", "2026-12-01"),
    ("bucket", "month"),
];
const REPORTS: [&str; 8] = [
    "overview",
    "geography",
    "demographics",
    "traffic-sources",
    "tracks",
    "live",
    "excluded",
    "plays",
];

async fn overview(world: &World, token: &str, creator: Option<&str>) -> Answer {
    let mut query = ALL_TIME.to_vec();
    query.extend(creator.map(|id| ("creator", id)));
    world.get(token, "overview", &query, "*/*").await
}

fn plays_of(world: &World, creator: Option<i64>) -> usize {
    let rows: Vec<&Row> = world
        .rows
        .iter()
        .filter(|row| creator.is_none_or(|id| row.creator_id == id))
        .collect();
    plays(&rows, Bots::Exclude).len()
}

#[tokio::test]
async fn a_creator_sees_its_own_plays_and_nobody_elses() {
    let world = World::shared().await;
    for creator in &world.creators {
        let (data, meta) = overview(world, &creator.token, None).await.parts();
        assert_eq!(data["total"]["plays"], plays_of(world, Some(creator.id)));
        assert_eq!(meta["creator"], creator.id);
    }
    // Not even by naming another's track, or artist.
    let others = world.creators[1].tracks[0].id.to_string();
    for report in [
        "overview",
        "geography",
        "demographics",
        "traffic-sources",
        "tracks",
    ] {
        let query = [ALL_TIME[0], ALL_TIME[1], ("track", &others)];
        let (data, _) = world.report(report, &query).await.parts();
        assert_eq!(data["total"]["plays"], 0, "{report}");
    }
    let query = [
        ALL_TIME[0],
        ALL_TIME[1],
        ("track", &others),
        ("outcome", "excluded"),
        ("outcome", "counted"),
    ];
    let (data, _) = world.report("plays", &query).await.parts();
    assert_eq!(data, Value::Array(Vec::new()));
}

#[tokio::test]
async fn an_administrator_sees_all_or_the_creator_that_it_names() {
    let world = World::shared().await;
    let (data, meta) = overview(world, &world.admin, None).await.parts();
    assert_eq!(data["total"]["plays"], plays_of(world, None));
    assert_eq!(meta["creator"], Value::Null);
    let second = world.creators[1].id;
    let (data, _) = overview(world, &world.admin, Some(&second.to_string()))
        .await
        .parts();
    assert_eq!(data["total"]["plays"], plays_of(world, Some(second)));

    let missing = overview(world, &world.admin, Some("999999")).await;
    assert_eq!(
        (missing.status, &missing.json()["field"]),
        (422, &"creator".into())
    );
}

#[tokio::test]
async fn naming_a_creator_is_for_administrators() {
    let world = World::shared().await;
    let first = &world.creators[0];
    for named in [first.id, world.creators[1].id] {
        let answer = overview(world, &first.token, Some(&named.to_string())).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (403, &"forbidden".into())
        );
    }
}

#[tokio::test]
async fn reports_take_a_creator_an_administrator_or_their_scope() {
    let world = World::shared().await;
    let listener = world.veza.token(Uuid::new_v4(), "user", &[]);
    let no_creator_any_more = world.veza.token(Uuid::new_v4(), "creator", &[]);
    let machine = world
        .veza
        .token(Uuid::new_v4(), "admin", &["analytics:read"]);
    let importer = world.veza.token(Uuid::new_v4(), "admin", &["plays:import"]);
    for report in REPORTS {
        for (token, status) in [
            ("", 401),
            (&listener, 403),
            (&no_creator_any_more, 403),
            (&importer, 403),
            (&machine, 200),
        ] {
            let answer = world.get(token, report, &[], "*/*").await;
            assert_eq!(answer.status, status, "{report}: {answer:?}");
        }
    }
}
