//! `/analytics/plays`: the rows behind numbers, page by page.

use std::collections::BTreeSet;

use serde_json::Value;
use veza_schemas::row::{Outcome, Reason};

use crate::world::{Row, World};

const ALL_TIME: [(&str, &str); 2] = [("from", "2026-02-01"), ("to", "2026-12-01")];

/// All pages of a list over [`ALL_TIME`].
pub async fn all_pages(world: &World, token: &str, query: &[(&str, &str)]) -> Vec<Value> {
    pages(world, token, &[&ALL_TIME[..], query].concat(), "97").await
}

/// All pages of a list, of so many rows each.
pub async fn pages(world: &World, token: &str, query: &[(&str, &str)], limit: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = query.to_vec();
        query.push(("limit", limit));
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let (data, meta) = world.get(token, "plays", &query, "*/*").await.parts();
        rows.extend(data.as_array().unwrap().iter().cloned());
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return rows,
        }
    }
}

fn ids(rows: &[Value]) -> BTreeSet<String> {
    rows.iter()
        .map(|row| row["play_id"].as_str().unwrap().to_owned())
        .collect()
}

fn expected<'a>(
    rows: impl Iterator<Item = &'a Row>,
    test: impl Fn(&Row) -> bool,
) -> BTreeSet<String> {
    rows.filter(|row| test(row))
        .map(|row| row.play_id.to_string())
        .collect()
}

#[tokio::test]
async fn paged_to_its_end_the_list_is_the_total_newest_first() {
    let world = World::shared().await;
    for token in [&world.creators[0].token, &world.admin] {
        let rows = all_pages(world, token, &[]).await;
        let (overview, _) = world.get(token, "overview", &ALL_TIME, "*/*").await.parts();
        assert_eq!(overview["total"]["plays"], rows.len());
        assert_eq!(ids(&rows).len(), rows.len(), "no row twice");
        let times: Vec<&str> = rows
            .iter()
            .map(|row| row["started_at"].as_str().unwrap())
            .collect();
        let times: Vec<jiff::Timestamp> = times.iter().map(|time| time.parse().unwrap()).collect();
        assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}

#[tokio::test]
async fn rows_that_begin_at_the_same_time_are_paged_once_each() {
    let mut world = World::empty().await;
    let mut random = rand::SeedableRng::seed_from_u64(3);
    let rows: Vec<Row> = (0..250)
        .map(|offset| {
            let row = world.row(&mut random, offset);
            Row {
                creator_id: world.creators[0].id,
                started_at: "2026-05-02T10:00:00.123Z".parse().unwrap(),
                reason: Reason::Counted,
                bot: false,
                ..row
            }
        })
        .collect();
    let all = expected(rows.iter(), |_| true);
    world.insert(rows).await;
    let found = all_pages(&world, &world.creators[0].token, &[]).await;
    assert_eq!((found.len(), ids(&found)), (250, all));
}

#[tokio::test]
async fn outcome_and_reason_find_what_does_not_count() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    let excluded = all_pages(world, token, &[("outcome", "excluded")]).await;
    let is_excluded = |row: &Row| row.reason.outcome() == Outcome::Excluded;
    assert_eq!(ids(&excluded), expected(world.own_rows(), is_excluded));
    assert!(excluded.iter().all(|row| row["reason"].is_string()));

    let of_bots = all_pages(world, token, &[("reason", "bot")]).await;
    assert_eq!(
        ids(&of_bots),
        expected(world.own_rows(), |row| row.reason == Reason::Bot)
    );
    let skips = all_pages(world, token, &[("skipped", "true")]).await;
    assert_eq!(
        ids(&skips),
        expected(world.own_rows(), |row| row.skipped && !row.bot)
    );
    let completed = all_pages(world, token, &[("completed", "true"), ("country", "FR")]).await;
    let is_completed = |row: &Row| row.completed && !row.bot && row.country == "FR";
    assert_eq!(ids(&completed), expected(world.own_rows(), is_completed));
    let included = all_pages(world, token, &[("bots", "include")]).await;
    let is_play = |row: &Row| matches!(row.reason, Reason::Counted | Reason::Bot);
    assert_eq!(ids(&included), expected(world.own_rows(), is_play));
}

#[tokio::test]
async fn heard_finds_the_reports_whose_heard_time_is_summed() {
    let world = World::shared().await;
    let token = &world.creators[0].token;
    for bots in ["exclude", "include"] {
        let query = [("heard", "true"), ("bots", bots)];
        let rows = all_pages(world, token, &query).await;
        let heard: u64 = rows
            .iter()
            .map(|row| row["heard_ms"].as_u64().unwrap())
            .sum();
        let query = [&ALL_TIME[..], &[("bots", bots)]].concat();
        let (overview, _) = world.get(token, "overview", &query, "*/*").await.parts();
        assert_eq!(overview["total"]["heard_ms"], heard, "bots: {bots}");
    }
    let others = all_pages(world, token, &[("heard", "false"), ("bots", "include")]).await;
    let is_other = |row: &Row| {
        let outcome = row.reason.outcome();
        let excluded =
            outcome == Outcome::Excluded && !matches!(row.reason, Reason::TooShort | Reason::Bot);
        row.assumed || excluded || outcome == Outcome::Duplicate
    };
    assert_eq!(ids(&others), expected(world.own_rows(), is_other));
}

#[tokio::test]
async fn a_row_tells_what_it_was_judged_by_and_nothing_that_identifies() {
    let world = World::shared().await;
    let row = world.own_rows().find(|row| {
        row.reason == Reason::Counted && row.city == "Twin \\n Falls" && row.listener != 0
    });
    let row = row.unwrap();
    let (data, _) = world
        .report(&format!("plays/{}", row.play_id), &[])
        .await
        .parts();
    let found = &data["reports"][0];
    assert_eq!(found["region"], "O'Higgins\\\t\"");
    assert_eq!(found["outcome"], "counted");
    assert_eq!(found["reason"], Value::Null);
    assert_eq!(found["heard_ms"], row.heard_ms);
    assert_eq!(found["started_at"], row.started_at.to_string());
    assert_eq!(found["source"].as_str().unwrap_or_default(), row.source);
    let listener = found["listener"].as_str().unwrap();
    assert_ne!(u64::from_str_radix(listener, 16).unwrap(), row.listener);
}

#[tokio::test]
async fn a_listener_has_another_id_for_each_creator_and_one_within() {
    let world = World::shared().await;
    let counted = |row: &&Row| row.reason == Reason::Counted && row.listener != 0;
    let mut ids = Vec::new();
    // A listener of all three.
    let heard_by = |creator: i64, listener: u64| {
        let of = world.rows.iter().filter(counted);
        of.filter(move |row| row.creator_id == creator && row.listener == listener)
    };
    let listener = world
        .rows
        .iter()
        .map(|row| row.listener)
        .find(|listener| {
            *listener != 0
                && world
                    .creators
                    .iter()
                    .all(|creator| heard_by(creator.id, *listener).count() > 1)
        })
        .unwrap();
    for creator in &world.creators {
        let mut own = BTreeSet::new();
        for row in heard_by(creator.id, listener) {
            let path = format!("plays/{}", row.play_id);
            let (data, _) = world.get(&creator.token, &path, &[], "*/*").await.parts();
            own.insert(data["reports"][0]["listener"].as_str().unwrap().to_owned());
        }
        assert_eq!(own.len(), 1);
        ids.extend(own);
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
}

#[tokio::test]
async fn someone_elses_play_is_not_found() {
    let world = World::shared().await;
    let others = world
        .rows
        .iter()
        .find(|row| row.creator_id == world.creators[1].id)
        .unwrap();
    let unknown = uuid::Uuid::new_v4();
    for id in [others.play_id, unknown] {
        let answer = world.report(&format!("plays/{id}"), &[]).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (404, &"not_found".into())
        );
    }
    let answer = world
        .get(
            &world.admin,
            &format!("plays/{}", others.play_id),
            &[],
            "*/*",
        )
        .await;
    assert_eq!(answer.status, 200);
}
