//! Users, sign-ups and retention of 10,000 generated people, against an independent computation: Postgres told the local
//! dates by its own time zone database, and the expected numbers are counted from the events, person by person.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;
use veza_standalone::testing::{Installation, eventually};

use crate::support::{Api, Person};

const PEOPLE: usize = 10_000;
/// Back to here people signed up: both clock changes of every zone are in it.
const DAYS: i64 = 400;

struct Signup {
    id: Uuid,
    at: Timestamp,
    active: Vec<Timestamp>,
}

struct World {
    api: Api,
    admin: Person,
    zone: TimeZone,
    people: Vec<Signup>,
    today: Date,
}

impl World {
    async fn new(zone: &str) -> Self {
        let veza = Installation::new().await;
        let zone_rules = TimeZone::get(zone).expect("a zone");
        let people = generate(&zone_rules);
        insert(&veza, zone, &people).await;
        let api = Api::on(veza, &[("VEZA_REPORTING_TZ", zone)]).await;
        let admin = api.admin().await;
        let today = Timestamp::now()
            .to_zoned_datetime(zone_rules.clone())
            .date();
        Self {
            api,
            admin,
            zone: zone_rules,
            people,
            today,
        }
    }

    fn local(&self, time: Timestamp) -> Date {
        time.to_zoned_datetime(self.zone.clone()).date()
    }

    async fn get(&self, path: &str) -> Value {
        let path = format!("/api/v1/admin/analytics/{path}");
        self.api.get(&path, &self.admin.token).await.data().clone()
    }

    /// Until every day before today is closed.
    async fn until_closed(&self) {
        let yesterday = self.today.yesterday().unwrap().to_string();
        eventually(Duration::from_secs(180), || async {
            let newest: Option<String> =
                sqlx::query_scalar("SELECT max(day)::text FROM closed_days")
                    .fetch_one(self.api.db())
                    .await
                    .unwrap();
            newest
                .as_ref()
                .is_some_and(|newest| *newest >= yesterday)
                .then_some(())
                .ok_or(newest)
        })
        .await;
    }
}

/// Half of what they do is near midnight, where a zone that is told wrongly shows.
fn generate(zone: &TimeZone) -> Vec<Signup> {
    let mut random = StdRng::seed_from_u64(7);
    let today = Timestamp::now().to_zoned_datetime(zone.clone()).date();
    let moment = |random: &mut StdRng, date: Date| {
        let midnight = date.to_zoned_datetime(zone.clone()).unwrap().timestamp();
        let seconds = match random.random_bool(0.5) {
            true => random.random_range(-5_400..5_400),
            false => random.random_range(0..86_400),
        };
        midnight + seconds.seconds()
    };
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        let signed_up = today - random.random_range(2..DAYS).days();
        let at = moment(&mut random, signed_up);
        let mut active = vec![at];
        for after in [1, 1, 2, 7, 7, 8, 29, 30, 30, 31, 60, 200] {
            let date = at.to_zoned_datetime(zone.clone()).date() + after.days();
            if random.random_bool(0.3) && date < today - 1.day() {
                active.push(moment(&mut random, date));
            }
        }
        people.push(Signup {
            id: Uuid::from_u128(random.random()),
            at,
            active,
        });
    }
    people
}

async fn insert(veza: &Installation, zone: &str, people: &[Signup]) {
    let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
    let times: Vec<String> = people.iter().map(|person| person.at.to_string()).collect();
    sqlx::query(
        "INSERT INTO users (id, email, password_hash, name, created_at)
         SELECT id, id || '@example.org', '', 'Someone', at::timestamptz FROM unnest($1::uuid[], $2::text[]) AS row (id, at)",
    )
    .bind(&ids)
    .bind(&times)
    .execute(veza.postgres())
    .await
    .unwrap();
    let (ids, times): (Vec<Uuid>, Vec<String>) = people
        .iter()
        .flat_map(|person| {
            let times = person.active.iter();
            times.map(|time| (person.id, time.to_string()))
        })
        .unzip();
    sqlx::query(
        "INSERT INTO activity_days (user_id, day, previous_day)
         SELECT id, day, lag(day) OVER (PARTITION BY id ORDER BY day)
         FROM (SELECT DISTINCT id, (at::timestamptz AT TIME ZONE $3)::date AS day
               FROM unnest($1::uuid[], $2::text[]) AS row (id, at)) days",
    )
    .bind(&ids)
    .bind(&times)
    .bind(zone)
    .execute(veza.postgres())
    .await
    .unwrap();
}

/// What the days' distinct users should be, counted with sets of people.
fn check_users(world: &World, users: &Value, from: Date) {
    let mut active: BTreeMap<Date, BTreeSet<Uuid>> = BTreeMap::new();
    for person in &world.people {
        for time in &person.active {
            active
                .entry(world.local(*time))
                .or_default()
                .insert(person.id);
        }
    }
    let within = |days: i64, last: Date| {
        let window = active.range(last - (days - 1).days()..=last);
        let people: BTreeSet<&Uuid> = window.flat_map(|(_, people)| people).collect();
        people.len()
    };
    let days = users["days"].as_array().expect("days");
    let mut date = from;
    for day in days {
        assert_eq!(day["date"], json!(date.to_string()));
        // The admin is active today.
        if date < world.today {
            let found = (&day["dau"], &day["wau"], &day["mau"]);
            let expected = (within(1, date), within(7, date), within(30, date));
            assert_eq!(
                found,
                (&json!(expected.0), &json!(expected.1), &json!(expected.2)),
                "{date}"
            );
            match (expected.2, day["stickiness"].as_f64()) {
                (0, stickiness) => assert_eq!(stickiness, None, "{date}"),
                (mau, stickiness) => {
                    let exact = expected.0 as f64 / mau as f64;
                    assert!(
                        (stickiness.unwrap_or(f64::NAN) - exact).abs() < 1e-9,
                        "{date}"
                    );
                }
            }
            assert_eq!(day["complete"], json!(true));
        }
        date = date.tomorrow().unwrap();
    }
    assert!(date > world.today, "{date}");
}

/// By the rule itself: a person is in a cell when active on exactly the Nth date after the one of the sign-up.
fn check_retention(world: &World, retention: &Value) {
    let cohorts = retention["cohorts"].as_array().expect("cohorts");
    assert!(cohorts.len() > 10);
    let mut means = BTreeMap::new();
    for cohort in cohorts {
        let date = |name: &str| -> Date { cohort[name].as_str().unwrap().parse().unwrap() };
        let (start, end) = (date("start"), date("end"));
        let of: Vec<&Signup> = world
            .people
            .iter()
            .filter(|person| (start..end).contains(&world.local(person.at)))
            .collect();
        if end <= world.today {
            assert_eq!(cohort["signups"], json!(of.len()), "{start}");
        }
        for (name, after) in [("day_1", 1), ("day_7", 7), ("day_30", 30)] {
            let cell = &cohort[name];
            // The whole of the last person's Nth day must be over.
            if end + after.days() > world.today {
                assert_eq!(cell["returned"], Value::Null, "{start} {name}");
                assert_eq!(cell["rate"], Value::Null, "{start} {name}");
                let from = (end + after.days()).to_string();
                assert_eq!(cell["completes_on"], json!(from), "{start} {name}");
                continue;
            }
            let returned = of
                .iter()
                .filter(|person| {
                    let day = world.local(person.at) + after.days();
                    person.active.iter().any(|time| world.local(*time) == day)
                })
                .count();
            assert_eq!(cell["returned"], json!(returned), "{start} {name}");
            assert_eq!(cell["completes_on"], Value::Null, "{start} {name}");
            let mean: &mut (usize, usize) = means.entry(name).or_default();
            *mean = (mean.0 + returned, mean.1 + of.len());
        }
    }
    for (name, (returned, signups)) in means {
        let mean = retention["mean"][name]["rate"].as_f64().unwrap();
        assert!(
            (mean - returned as f64 / signups as f64).abs() < 1e-9,
            "{name}"
        );
    }
}

fn check_signups(world: &World, signups: &Value, zone: &str) {
    let zone = TimeZone::get(zone).unwrap();
    let mut total = 0;
    for bucket in signups["buckets"].as_array().expect("buckets") {
        let time = |name: &str| -> Timestamp { bucket[name].as_str().unwrap().parse().unwrap() };
        let (start, end) = (time("start"), time("end"));
        let people = world.people.iter();
        let expected = people
            .filter(|person| start <= person.at && person.at < end)
            .count();
        if bucket["complete"] == json!(true) {
            assert_eq!(bucket["signups"], json!(expected), "{start}");
        }
        let local = start.to_zoned_datetime(zone.clone());
        assert_eq!((local.hour(), local.minute()), (0, 0), "{local}");
        total += expected;
    }
    assert!(total > PEOPLE / 2);
}

async fn all_numbers_are_right_in(zone: &str) {
    let world = World::new(zone).await;
    world.until_closed().await;
    let from = world.today - (DAYS + 10).days();
    let users = format!("users?from={from}");
    check_users(&world, &world.get(&users).await, from);
    for bucket in ["day", "week", "month"] {
        let path = format!("retention?from={from}&bucket={bucket}");
        check_retention(&world, &world.get(&path).await);
        for tz in ["Asia/Kathmandu", "America/New_York", "Europe/Paris"] {
            let path = format!("signups?from={from}&bucket={bucket}&tz={tz}");
            check_signups(&world, &world.get(&path).await, tz);
        }
    }

    // Days that are not closed yet are the same, counted now.
    sqlx::query("DELETE FROM closed_days WHERE day > (SELECT max(day) - 40 FROM closed_days)")
        .execute(world.api.db())
        .await
        .unwrap();
    check_users(&world, &world.get(&users).await, from);
    check_retention(
        &world,
        &world
            .get(&format!("retention?from={from}&bucket=day"))
            .await,
    );

    // And closed ones stay as they were, whoever leaves.
    world.until_closed().await;
    sqlx::query("DELETE FROM users WHERE id = ANY($1)")
        .bind(
            world.people[..500]
                .iter()
                .map(|person| person.id)
                .collect::<Vec<_>>(),
        )
        .execute(world.api.db())
        .await
        .unwrap();
    check_users(&world, &world.get(&users).await, from);
}

#[tokio::test]
async fn users_signups_and_retention_are_right_in_paris_through_clock_changes() {
    all_numbers_are_right_in("Europe/Paris").await;
}

#[tokio::test]
async fn users_signups_and_retention_are_right_in_new_york_through_clock_changes() {
    all_numbers_are_right_in("America/New_York").await;
}

#[tokio::test]
async fn a_cohort_of_yesterday_is_not_yet_known_and_one_without_return_is_zero() {
    let veza = Installation::new().await;
    let now = Timestamp::now();
    let people = [1, 1, 40, 40, 40].map(|days: i64| {
        let at = now - (days * 24).hours();
        Signup {
            id: Uuid::new_v4(),
            at,
            active: vec![at],
        }
    });
    insert(&veza, "UTC", &people).await;
    let api = Api::on(veza, &[]).await;
    let admin = api.admin().await;
    let today = Timestamp::now().to_zoned_datetime(TimeZone::UTC).date();
    let cohort = |days: i64| {
        let (from, to) = (today - days.days(), today - (days - 1).days());
        let path = format!("/api/v1/admin/analytics/retention?bucket=day&from={from}&to={to}");
        let (api, admin) = (&api, &admin);
        async move { api.get(&path, &admin.token).await.data()["cohorts"][0].clone() }
    };
    let yesterday = cohort(1).await;
    assert_eq!(yesterday["signups"], json!(2));
    let in_a_week = (today + 7.days()).to_string();
    assert_eq!(
        yesterday["day_7"],
        json!({"returned": null, "rate": null, "completes_on": in_a_week})
    );
    let old = cohort(40).await;
    assert_eq!(old["signups"], json!(3));
    for day in ["day_1", "day_7", "day_30"] {
        assert_eq!(
            old[day],
            json!({"returned": 0, "rate": 0.0, "completes_on": null})
        );
    }
}

#[tokio::test]
async fn the_same_numbers_as_a_table() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for (report, header) in [
        ("users", "date,complete,dau,wau,mau,stickiness,listeners"),
        ("signups", "start,end,complete,partial,signups"),
        (
            "retention",
            "start,end,signups,day,returned,rate,completes_on",
        ),
    ] {
        let path = format!("/api/v1/admin/analytics/{report}");
        let answer = api
            .request(reqwest::Method::GET, &path, &admin.token)
            .header("accept", "text/csv")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        assert!(text.starts_with(header), "{text}");
        assert!(text.lines().count() > 5, "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_named() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let cases = [
        ("users?tz=Europe/Paris", "unknown_field", "tz"),
        ("users?from=2026-02-30", "invalid", "from"),
        ("users?from=2026-01-02&to=2026-01-01", "invalid", "to"),
        ("users?from=1990-01-01", "range_too_long", "to"),
        ("retention?bucket=hour", "invalid", "bucket"),
        ("signups?bucket=hour", "invalid", "bucket"),
        ("signups?tz=Mars", "invalid", "tz"),
        ("transactions?currency=euro", "invalid", "currency"),
        ("transactions?group=buyer", "invalid", "group"),
        ("performance?window=1y", "invalid", "window"),
        ("pipeline?bucket=day", "unknown_field", "bucket"),
        ("pipeline/rejected?limit=0", "invalid", "limit"),
    ];
    for (path, code, field) in cases {
        let path = format!("/api/v1/admin/analytics/{path}");
        api.get(&path, &admin.token)
            .await
            .assert_problem(422, code, field);
    }
}
