//! `kill -9` between any two steps of a range: whoever takes the partition up stores what is missing, and only that.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::support::{
    Creator, PATIENCE, add_track, assert_exactly_once, assert_verified, creator, heard, play_id,
    reasons, rows, send_to, stored, stored_within, track, under_load,
};
use serde_json::Value;
use uuid::Uuid;
use veza_enrich::mmdb;
use veza_schemas::record::PlayReport;
use veza_standalone::testing::{Installation, Service, eventually};

const PARTITION: i32 = 3;

/// What the catalog and the GeoIP file say; both change while nobody consumes.
struct World {
    veza: Installation,
    before: Creator,
    after: Creator,
    /// Is sold from one creator to the other.
    song: Uuid,
    /// Comes into the catalog later.
    late: Uuid,
    geoip: PathBuf,
}

impl World {
    async fn new() -> Self {
        let veza = Installation::new().await;
        let (before, after) = (creator(&veza).await, creator(&veza).await);
        let song = track(&veza, &before, 180_000).await;
        let world = Self {
            veza,
            before,
            after,
            song,
            late: Uuid::new_v4(),
            geoip: std::env::temp_dir().join(format!("veza-crash-{}.mmdb", Uuid::new_v4())),
        };
        world.move_everyone_to("FR");
        world
    }

    /// Starts an aggregator on what is in the topic, and kills it when a worker has come to `fail_point`.
    async fn killed_at(&self, fail_point: &str) {
        let aggregator = self
            .start(&[
                ("VEZA_AGGREGATOR_FAIL_POINT", fail_point),
                // All of it in one range, on a busy machine too.
                ("VEZA_AGGREGATOR_SEAL_AGE_MS", "3000"),
            ])
            .await;
        eventually(PATIENCE, async || {
            aggregator.log().contains("fail point hit")
        })
        .await;
        aggregator.kill9().await;
    }

    async fn start(&self, settings: &[(&str, &str)]) -> Service {
        let geoip = self.geoip.display().to_string();
        let all = [&[("VEZA_AGGREGATOR_GEOIP", geoip.as_str())], settings].concat();
        self.veza.start_aggregator_with(&all).await
    }

    /// The one creator's song becomes the other's, a track becomes known, and everyone has moved.
    async fn change(&self) {
        add_track(&self.veza, &self.before, self.late, 180_000).await;
        sqlx::query("UPDATE tracks SET creator_id = $1 WHERE id = $2")
            .bind(self.after.id)
            .bind(self.song)
            .execute(self.veza.postgres())
            .await
            .unwrap();
        self.move_everyone_to("DE");
    }

    fn move_everyone_to(&self, country: &str) {
        let place = mmdb::map([("country_code", country.into())]);
        let file = mmdb::write(4, &[("203.0.113.0/24", place)]);
        std::fs::write(&self.geoip, file).unwrap();
    }

    fn heard(&self, track: Uuid) -> PlayReport {
        PlayReport {
            address: Some("203.0.113.7".into()),
            ..heard(track, 60_000)
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.geoip);
    }
}

/// Creator and country of a play's rows.
fn known(rows: &BTreeMap<Uuid, Vec<Value>>, report: &PlayReport) -> Vec<(i64, String)> {
    let row = |row: &Value| {
        let country = row["country"].as_str().unwrap();
        (row["creator_id"].as_i64().unwrap(), country.to_owned())
    };
    rows[&play_id(report)].iter().map(row).collect()
}

/// Rows and rejections that are stored.
async fn counts(veza: &Installation) -> (u64, u64) {
    let sql =
        "SELECT (SELECT count() FROM plays) AS plays, (SELECT count() FROM rejected) AS rejected";
    let row = &veza.clickhouse(sql).await[0];
    (
        row["plays"].as_u64().unwrap(),
        row["rejected"].as_u64().unwrap(),
    )
}

/// A range of eight rows and a rejection, a crash at `fail_point`, catalog and GeoIP file that change meanwhile, and another
/// aggregator.
async fn crash(fail_point: &str, stored_at_crash: Option<(u64, u64)>) {
    let world = World::new().await;
    let veza = &world.veza;
    let crossing = world.heard(world.song);
    let crossing_again = PlayReport {
        seq: 1,
        ..crossing.clone()
    };
    let of_late_track = world.heard(world.late);
    let mut reports = vec![
        crossing.clone(),
        crossing_again,
        crossing.clone(),
        of_late_track.clone(),
    ];
    reports.extend((0..4).map(|_| world.heard(world.song)));
    send_to(veza, PARTITION, &reports).await;
    veza.produce_to(PARTITION, "poison", b"\xff").await;
    world.killed_at(fail_point).await;
    if let Some(expected) = stored_at_crash {
        assert_eq!(counts(veza).await, expected);
    }

    world.change().await;
    let next = world.start(&[]).await;
    eventually(PATIENCE, async || {
        next.log().contains("a range was on its way")
    })
    .await;
    stored(veza, 9).await;
    let judged = rows(veza).await;
    let (as_before, as_after) = (
        (world.before.id, "FR".to_owned()),
        (world.after.id, "DE".to_owned()),
    );
    let known = known(&judged, &crossing);
    match stored_at_crash {
        Some((0, _)) => assert_eq!(known, vec![as_after; 3]),
        Some(_) => assert_eq!(known, vec![as_before; 3]),
        // Sent, and who knows whether it arrived; but all of it or nothing.
        None => assert!(
            known == vec![as_before; 3] || known == vec![as_after; 3],
            "{known:?}"
        ),
    }
    // The window is what the table says: every play is known, whoever judged it.
    send_to(veza, PARTITION, &reports).await;
    stored(veza, 17).await;
    assert_exactly_once(veza, 17).await;
    assert_verified(veza, 17).await;
    let rows = rows(veza).await;
    for report in &reports {
        let reasons = reasons(&rows, report);
        let (first, repeated) = reasons.split_at(reasons.len() / 2);
        assert!(
            repeated.iter().all(|reason| *reason == "duplicate"),
            "{first:?} {repeated:?}"
        );
    }
    assert_eq!(
        reasons(&rows, &crossing)[..3],
        ["", "already_counted", "duplicate"]
    );
    let of_late_track = reasons(&rows, &of_late_track)[0];
    match stored_at_crash {
        Some((0, _)) => assert_eq!(of_late_track, ""),
        Some(_) => assert_eq!(of_late_track, "unknown_track"),
        None => assert!(["", "unknown_track"].contains(&of_late_track)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_journal() {
    crash("journaled", Some((0, 0))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_send() {
    crash("sent", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_yes_to_the_rows_and_the_rejections() {
    crash("stored", Some((8, 0))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_commit_of_what_is_stored() {
    crash("uncommitted", Some((8, 1))).await;
}

/// The edge between February and March, and reports of plays around it: by when they began, in ms since the edge.
fn around_edge<const N: usize>(plays: [(PlayReport, i64); N]) -> [PlayReport; N] {
    let edge = "2026-03-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    plays.map(|(play, since_edge)| PlayReport {
        started_at_ms: edge.as_millisecond() + since_edge,
        sent_at_ms: None,
        imported: true,
        ..play
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_one_month_that_went_missing_are_stored_again_under_a_second_token() {
    let world = World::new().await;
    let veza = &world.veza;
    let reports = around_edge([-900_000, -1, 0, 1].map(|at| (world.heard(world.song), at)));
    send_to(veza, PARTITION, &reports).await;
    world.killed_at("uncommitted").await;
    assert_eq!(counts(veza).await, (4, 0));
    // ClickHouse still knows the range's token in that month, so the same token would store nothing.
    veza.clickhouse("DELETE FROM plays WHERE toYYYYMM(slot) = 202602")
        .await;
    assert_eq!(counts(veza).await, (2, 0));

    let next = world.start(&[]).await;
    stored(veza, 4).await;
    assert!(next.log().contains("-3:2"), "{}", next.log());
    assert_exactly_once(veza, 4).await;
    let rows = rows(veza).await;
    for report in &reports {
        assert_eq!(reasons(&rows, report), [""], "{}", play_id(report));
    }
}

/// A range over the month's edge of which only the other month is stored than `missing`, as when ClickHouse is killed between the
/// two parts of the insert; then catalog and GeoIP file change, and it is replayed.
async fn replayed_without(missing: u32) {
    let world = World::new().await;
    let veza = &world.veza;
    let [february, march] = [-900_000, 900_000].map(|at| {
        let of_late_track = (world.heard(world.late), at);
        let play = world.heard(world.song);
        let second = PlayReport {
            seq: 1,
            ..play.clone()
        };
        around_edge([(play.clone(), at), of_late_track, (second, at), (play, at)])
    });
    // Of one play the first report is in the month that stays, where nothing counted it.
    let (of_other, of_missing) = match missing {
        202_602 => (900_000, -900_000),
        _ => (-900_000, 900_000),
    };
    let first = world.heard(world.late);
    let second = PlayReport {
        seq: 1,
        ..first.clone()
    };
    let across = around_edge([(first, of_other), (second, of_missing)]);
    // Each month between the records of the other.
    let in_turn = february.iter().zip(&march).flat_map(|(f, m)| [f, m]);
    let reports: Vec<PlayReport> = in_turn.chain(&across).cloned().collect();
    send_to(veza, PARTITION, &reports).await;
    world.killed_at("uncommitted").await;
    assert_eq!(counts(veza).await, (10, 0));
    // Its tokens go with it.
    veza.clickhouse(&format!("ALTER TABLE plays DROP PARTITION {missing}"))
        .await;
    assert_eq!(counts(veza).await, (5, 0));

    world.change().await;
    let next = world.start(&[]).await;
    stored(veza, 10).await;
    assert!(
        next.log().contains("sending what is missing"),
        "{}",
        next.log()
    );
    let judged = rows(veza).await;
    for (month, plays) in [(202_602, &february), (202_603, &march)] {
        let (creator, country, of_late_track) = match month == missing {
            true => (world.after.id, "DE", ""),
            false => (world.before.id, "FR", "unknown_track"),
        };
        assert_eq!(
            known(&judged, &plays[0]),
            vec![(creator, country.to_owned()); 3]
        );
        assert_eq!(
            reasons(&judged, &plays[0]),
            ["", "already_counted", "duplicate"]
        );
        assert_eq!(reasons(&judged, &plays[1]), [of_late_track]);
    }
    assert_eq!(reasons(&judged, &across[0]), ["unknown_track", ""]);
    // Window and table agree: whatever comes again is known, whoever judged it.
    send_to(veza, PARTITION, &reports).await;
    stored(veza, 20).await;
    assert_verified(veza, 20).await;
    let again = veza
        .clickhouse("SELECT countIf(reason = 'duplicate') AS n FROM plays WHERE kafka_offset >= 10")
        .await;
    assert_eq!(again[0]["n"], 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_which_the_first_month_is_missing_is_completed_by_what_is_known_now() {
    replayed_without(202_602).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_which_the_second_month_is_missing_is_completed_by_what_is_known_now() {
    replayed_without(202_603).await;
}

/// Kills one of `consumers` in each of `rounds`, at ever different moments, under load.
async fn kills_under_load(consumers: usize, rounds: u64) {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let mut services = Vec::new();
    for _ in 0..consumers {
        services.push(veza.start_aggregator().await);
    }
    let sent = under_load(&veza, song, async {
        for (round, service) in (0..rounds).zip(services.iter().cycle()) {
            tokio::time::sleep(Duration::from_millis(300 + round * 619 % 1_700)).await;
            service.restart().await;
        }
    })
    .await;
    stored_within(&veza, sent, Duration::from_secs(90)).await;
    assert_exactly_once(&veza, sent).await;
    assert_verified(&veza, sent).await;
    let duplicates = &veza
        .clickhouse(
            "SELECT countIf(reason = 'duplicate') AS n, countIf(counted) AS counted FROM plays",
        )
        .await[0];
    assert_eq!(duplicates["n"].as_u64(), Some(sent / 11));
    assert_eq!(duplicates["counted"].as_u64(), Some(sent / 11 * 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_under_load() {
    kills_under_load(2, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn killed_twenty_times_at_any_moment_under_load() {
    kills_under_load(2, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn three_consumers_killed_twenty_times_at_any_moment_under_load() {
    kills_under_load(3, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_stands_still_is_not_ready_and_says_so() {
    let veza = Installation::new().await;
    let song = track(&veza, &creator(&veza).await, 180_000).await;
    let aggregator = veza
        .start_aggregator_with(&[
            ("VEZA_AGGREGATOR_FAIL_POINT", "journaled"),
            ("VEZA_AGGREGATOR_STALL_SECONDS", "1"),
        ])
        .await;
    send_to(&veza, PARTITION, &[heard(song, 60_000)]).await;
    let why = eventually(PATIENCE, async || {
        let answer = reqwest::get(format!("{}/readyz", aggregator.metrics_url()))
            .await
            .ok()?;
        let ready = answer.status().is_success();
        let body = answer.text().await.ok()?;
        (!ready).then_some(body)
    })
    .await;
    assert!(why.contains("partition 3 has stored nothing for"), "{why}");
}
