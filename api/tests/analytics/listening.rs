//! `/me/listening`: what the account itself heard, of whichever creator, and nothing of anybody else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use veza_enrich::listener::ListenerKey;
use veza_schemas::row::Reason;

use crate::csv::parse;
use crate::truth::assert_same;
use crate::world::{Row, World, user};

const YEAR: [(&str, &str); 3] = [
    ("from", "2026-02-01"),
    ("to", "2026-12-01"),
    ("tz", "America/New_York"),
];

/// An account with its own plays among many of others.
struct Listener {
    world: World,
    token: String,
    id: Uuid,
}

impl Listener {
    async fn new() -> Self {
        let mut world = World::empty().await;
        let id = user(&world.veza, "listener", "user").await;
        let key: ListenerKey = world.veza.setting("VEZA_LISTENER_KEY").parse().unwrap();
        let mut random = StdRng::seed_from_u64(5);
        let rows = (0..600).map(|offset| {
            let mut row = world.row(&mut random, offset);
            if offset % 2 == 0 {
                row.listener = key.of_account(id);
            }
            row
        });
        let rows = rows.collect();
        world.insert(rows).await;
        world
            .complete_up_to("2027-01-01T00:00:00Z".parse().unwrap())
            .await;
        let token = world.veza.token(id, "user", &[]);
        Self { world, token, id }
    }

    fn own_rows(&self) -> Vec<&Row> {
        self.world
            .rows
            .iter()
            .filter(|row| row.offset % 2 == 0)
            .collect()
    }

    async fn call(&self, method: Method, path: &str, query: &[(&str, &str)]) -> (u16, String) {
        self.call_as(&self.token, method, path, query).await
    }

    async fn call_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> (u16, String) {
        let url = format!("{}/api/v1/me/listening{path}", self.world.service.url());
        let request = reqwest::Client::new().request(method, url).query(query);
        let response = request.bearer_auth(token).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn get(&self, query: &[(&str, &str)]) -> (Value, Value) {
        let (status, text) = self.call(Method::GET, "", query).await;
        assert_eq!(status, 200, "{text}");
        let mut body: Value = serde_json::from_str(&text).unwrap();
        (body["data"].take(), body["meta"].take())
    }
}

fn is_play(row: &Row) -> bool {
    !row.bot && row.reason == Reason::Counted
}

fn heard_ms(row: &Row) -> u64 {
    let counts = matches!(
        row.reason,
        Reason::Counted | Reason::Continued | Reason::TooShort
    );
    match counts && !row.bot && !row.assumed {
        true => row.heard_ms.into(),
        false => 0,
    }
}

/// Entries by plays, then name.
fn ranked<K: Ord + Clone>(
    rows: &[&Row],
    key: impl Fn(&Row) -> K,
) -> Vec<(K, u64, u64, BTreeSet<Uuid>)> {
    let mut groups: BTreeMap<K, (u64, u64, BTreeSet<Uuid>)> = BTreeMap::new();
    let played: BTreeSet<Uuid> = rows
        .iter()
        .filter(|row| is_play(row))
        .map(|row| row.track)
        .collect();
    for row in rows.iter().filter(|row| played.contains(&row.track)) {
        let (plays, heard, tracks) = groups.entry(key(row)).or_default();
        *plays += u64::from(is_play(row));
        *heard += heard_ms(row);
        tracks.insert(row.track);
    }
    let mut list: Vec<_> = groups
        .into_iter()
        .map(|(key, (plays, heard, tracks))| (key, plays, heard, tracks))
        .collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}

#[tokio::test]
async fn the_summary_is_the_truth_of_ones_own_rows_in_ones_own_zone() {
    let listener = Listener::new().await;
    let rows = listener.own_rows();
    let zone = TimeZone::get("America/New_York").unwrap();
    let plays: Vec<&Row> = rows.iter().copied().filter(|row| is_play(row)).collect();
    let local = |row: &Row| row.started_at.to_zoned_datetime(zone.clone());
    let days: BTreeSet<_> = plays.iter().map(|row| local(row).date()).collect();
    let heard: u64 = rows.iter().map(|row| heard_ms(row)).sum();

    let (data, meta) = listener.get(&YEAR).await;
    let summary = &data["summary"];
    let tracks = ranked(&rows, |row| row.track);
    let artists = ranked(&rows, |row| row.artist);
    assert_same(
        &summary["total"],
        &json!({"plays": plays.len(), "heard_ms": heard, "tracks": tracks.len(), "artists": artists.len(), "days": days.len()}),
        "total",
    );
    for (found, (track, plays, heard, _)) in
        summary["tracks"].as_array().unwrap().iter().zip(&tracks)
    {
        let expected = json!({"track": {"id": track}, "plays": plays, "heard_ms": heard});
        assert_same(found, &expected, "track");
    }
    let listed = summary["tracks"].as_array().unwrap().len();
    assert_eq!(listed, tracks.len().min(20));
    for (found, (artist, plays, heard, tracks)) in
        summary["artists"].as_array().unwrap().iter().zip(&artists)
    {
        let expected =
            json!({"artist": artist, "plays": plays, "heard_ms": heard, "tracks": tracks.len()});
        assert_same(found, &expected, "artist");
    }
    let mut clock = vec![vec![0; 24]; 7];
    for row in &plays {
        let local = local(row);
        clock[local.weekday().to_monday_zero_offset() as usize][local.hour() as usize] += 1;
    }
    assert_same(&summary["clock"], &json!(clock), "clock");

    let mut longest = 0;
    let mut run = 0;
    let mut before = None;
    for day in &days {
        run = match before {
            Some(before) if *day == before => run + 1,
            _ => 1,
        };
        longest = longest.max(run);
        before = day.tomorrow().ok();
    }
    assert_eq!(summary["streaks"]["longest"]["days"], longest);
    assert_eq!(meta["tz"], "America/New_York");
    let in_buckets: u64 = summary["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| bucket["plays"].as_u64().unwrap())
        .sum();
    assert_eq!(in_buckets, plays.len() as u64);
}

#[tokio::test]
async fn paged_to_its_end_the_list_has_the_plays_and_one_summary() {
    let listener = Listener::new().await;
    let expected: BTreeSet<String> = listener
        .own_rows()
        .iter()
        .filter(|row| is_play(row))
        .map(|row| row.play_id.to_string())
        .collect();
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = YEAR.to_vec();
        query.push(("limit", "37"));
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let (data, meta) = listener.get(&query).await;
        assert_eq!(data["summary"].is_null(), cursor.is_some());
        found.extend(
            data["plays"]
                .as_array()
                .unwrap()
                .iter()
                .map(|play| play["play_id"].as_str().unwrap().to_owned()),
        );
        match meta["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[tokio::test]
async fn today_is_part_of_the_streak_and_what_is_not_known_yet_is_null() {
    let mut world = World::empty().await;
    let id = user(&world.veza, "listener", "user").await;
    let key: ListenerKey = world.veza.setting("VEZA_LISTENER_KEY").parse().unwrap();
    let now = Timestamp::now();
    let mut random = StdRng::seed_from_u64(6);
    let rows = (0..3)
        .map(|day| Row {
            started_at: now - SignedDuration::from_hours(24 * day),
            listener: key.of_account(id),
            reason: Reason::Counted,
            bot: false,
            ..world.row(&mut random, day as u64)
        })
        .collect();
    world.insert(rows).await;
    world.complete_up_to(now).await;
    let token = world.veza.token(id, "user", &[]);
    let listener = Listener { world, token, id };
    let (data, _) = listener.get(&[]).await;
    assert_eq!(data["summary"]["streaks"]["current"]["days"], 3);
    let future = [("from", "2100-01-01"), ("to", "2100-01-03")];
    let (data, _) = listener.get(&future).await;
    assert_eq!(data["summary"]["total"], Value::Null);
    assert_eq!(data["summary"]["buckets"][0]["plays"], Value::Null);
}

#[tokio::test]
async fn the_export_has_all_that_is_stored_of_the_listener_and_nothing_else() {
    let listener = Listener::new().await;
    let (status, text) = listener
        .call(Method::GET, "/export", &[("format", "csv")])
        .await;
    assert_eq!(status, 200);
    let found: BTreeSet<String> = parse(&text)
        .into_iter()
        .skip(1)
        .map(|row| row[0].clone())
        .collect();
    let expected: BTreeSet<String> = listener
        .own_rows()
        .iter()
        .map(|row| row.play_id.to_string())
        .collect();
    assert_eq!(found, expected);
    let stranger = user(&listener.world.veza, "stranger", "user").await;
    let stranger = listener.world.veza.token(stranger, "user", &[]);
    let csv = [("format", "csv")];
    let (_, text) = listener
        .call_as(&stranger, Method::GET, "/export", &csv)
        .await;
    assert_eq!(parse(&text).len(), 1);
}

#[tokio::test]
async fn an_erasure_is_queued_once_and_its_receipt_is_ones_own() {
    let listener = Listener::new().await;
    let erase = async || {
        let (status, text) = listener.call(Method::DELETE, "", &[]).await;
        assert_eq!(status, 202, "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["data"].take()
    };
    let receipt = erase().await;
    assert_eq!(
        (&receipt["state"], &receipt["rows"], &receipt["done_at"]),
        (&"queued".into(), &Value::Null, &Value::Null)
    );
    let again = erase().await;
    assert_eq!(again["id"], receipt["id"]);
    assert_ne!(
        again["requested_at"], receipt["requested_at"],
        "moved to now"
    );

    let path = format!("/erasures/{}", receipt["id"].as_str().unwrap());
    let (status, text) = listener.call(Method::GET, &path, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["data"], again);
    let (data, _) = listener.get(&[]).await;
    assert_eq!(data["erasure"], again);

    let stranger = user(&listener.world.veza, "stranger", "user").await;
    let stranger = listener.world.veza.token(stranger, "user", &[]);
    let (status, _) = listener.call_as(&stranger, Method::GET, &path, &[]).await;
    assert_eq!(status, 404);
    let ghost = listener.world.veza.token(Uuid::new_v4(), "user", &[]);
    let (status, _) = listener.call_as(&ghost, Method::DELETE, "", &[]).await;
    assert_eq!(status, 401);

    // What an aggregator writes when it has run.
    sqlx::query("UPDATE erasures SET erased_at = now(), rows = 300 WHERE user_id = $1")
        .bind(listener.id)
        .execute(listener.world.veza.postgres())
        .await
        .unwrap();
    let (_, text) = listener.call(Method::GET, &path, &[]).await;
    let receipt = &serde_json::from_str::<Value>(&text).unwrap()["data"];
    assert_eq!(
        (&receipt["state"], &receipt["rows"]),
        (&"erased".into(), &300.into())
    );
    assert_ne!(erase().await["id"], receipt["id"], "a new request");
}
