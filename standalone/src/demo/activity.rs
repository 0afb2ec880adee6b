//! Who signed up in the demo's 90 days, and on which days they came back. Nobody can sign up in the past through the API, so
//! these accounts and their days are written where the API would have written them.

use anyhow::Context;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::ADMIN;
use crate::services::Service;

const SEED: u64 = 90;
const DAYS: i64 = 90;
/// Sign-ups of a day at the beginning and at the end of the 90.
const SIGN_UPS: (f64, f64) = (14.0, 26.0);
/// Of those who signed up, how many come back on the day after; on the nth day it is this ÷ n to the power of [`FADING`].
const NEXT_DAY: f64 = 0.41;
const FADING: f64 = 0.34;

#[rustfmt::skip]
const FIRST_NAMES: [&str; 24] = [
    "Ada", "Amir", "Bo", "Chiara", "Dario", "Elif", "Farah", "Goran", "Hana", "Ivo", "Jules", "Kofi", "Lena", "Mateo", "Nia",
    "Olu", "Priya", "Quentin", "Rosa", "Sami", "Tove", "Uma", "Wanda", "Yusuf",
];
#[rustfmt::skip]
const LAST_NAMES: [&str; 20] = [
    "Abara", "Berg", "Costa", "Dumont", "Eriksen", "Ferrari", "Garnier", "Hassan", "Ito", "Jansen", "Keller", "Lopes", "Moreau",
    "Novak", "Okafor", "Petit", "Rossi", "Sato", "Torres", "Weber",
];

/// Somebody of the demo.
struct Person {
    id: Uuid,
    name: String,
    signed_up: Timestamp,
    /// Ascending, the day of the sign-up first.
    days: Vec<Date>,
    last_seen: Timestamp,
}

/// Puts the people into the installation's database, unless they are there.
pub async fn sign_up(api: &Service, until: Timestamp) -> anyhow::Result<()> {
    let setting = |name: &str| {
        let own = api.settings.get(name).cloned();
        own.or_else(|| std::env::var(name).ok())
    };
    let url = setting("VEZA_POSTGRES_URL").context("the API has no VEZA_POSTGRES_URL")?;
    let zone = setting("VEZA_REPORTING_TZ").unwrap_or_else(|| "UTC".into());
    let zone = TimeZone::get(&zone).with_context(|| format!("VEZA_REPORTING_TZ={zone}"))?;
    let mut db = PgConnection::connect(&url).await?;
    let people = people(&zone, until);
    let mut tx = db.begin().await?;
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM users WHERE id = $1)")
        .bind(people[0].id)
        .fetch_one(&mut *tx)
        .await?;
    if !known {
        insert(&mut tx, &people).await?;
    }
    tx.commit().await?;
    db.close().await?;
    Ok(())
}

/// The same each time: more each week, more at the weekend, and fewer of them the longer ago it is.
fn people(zone: &TimeZone, until: Timestamp) -> Vec<Person> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let today = until.to_zoned_datetime(zone.clone()).date();
    let first = today.saturating_sub(DAYS.days());
    let mut people = Vec::new();
    for date in first.series(1.day()).take_while(|date| *date <= today) {
        let elapsed = f64::from(first.until(date).map_or(0, |span| span.get_days())) / DAYS as f64;
        let expected = SIGN_UPS.0 + (SIGN_UPS.1 - SIGN_UPS.0) * elapsed;
        let count = (expected * weekend(date) * random.random_range(0.8..1.2)) as usize;
        for _ in 0..count {
            let Some(signed_up) = moment(&mut random, zone, date).filter(|time| *time < until)
            else {
                continue;
            };
            people.push(person(&mut random, zone, signed_up, until));
        }
    }
    people
}

fn person(
    random: &mut ChaCha8Rng,
    zone: &TimeZone,
    signed_up: Timestamp,
    until: Timestamp,
) -> Person {
    let first = signed_up.to_zoned_datetime(zone.clone()).date();
    let mut days = vec![first];
    let mut last_seen = signed_up;
    // Some take to it, others don't.
    let liking = random.random_range(0.4..1.6);
    for (after, date) in first.series(1.day()).enumerate().skip(1) {
        let chance = NEXT_DAY / (after as f64).powf(FADING) * liking * weekend(date);
        let time = moment(random, zone, date);
        match time {
            Some(time) if time < until => {
                if random.random_bool(chance.min(0.95)) {
                    days.push(date);
                    last_seen = time;
                }
            }
            _ => break,
        }
    }
    let name = |names: &[&'static str], random: &mut ChaCha8Rng| {
        names.choose(random).copied().unwrap_or_default()
    };
    Person {
        id: Uuid::from_u128(random.random()),
        name: format!(
            "{} {}",
            name(&FIRST_NAMES, random),
            name(&LAST_NAMES, random)
        ),
        signed_up,
        days,
        last_seen,
    }
}

fn weekend(date: Date) -> f64 {
    match date.weekday().to_monday_zero_offset() {
        5 | 6 => 1.2,
        _ => 0.95,
    }
}

/// Some time of a date, in the day rather than in the night.
fn moment(random: &mut ChaCha8Rng, zone: &TimeZone, date: Date) -> Option<Timestamp> {
    let hour = random.random_range(7..24);
    let (minute, second) = (random.random_range(0..60), random.random_range(0..60));
    let local = date
        .at(hour, minute, second, 0)
        .to_zoned_datetime(zone.clone());
    local.ok().map(|local| local.timestamp())
}

async fn insert(db: &mut PgConnection, people: &[Person]) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
    let emails: Vec<String> = (1..=people.len())
        .map(|number| format!("listener-{number}@demo.veza.local"))
        .collect();
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    let text = |of: fn(&Person) -> Timestamp| -> Vec<String> {
        people.iter().map(|person| of(person).to_string()).collect()
    };
    // They log in with the demo's password, as the admin does.
    sqlx::query(
        "INSERT INTO users (id, email, password_hash, name, created_at, last_active_at)
         SELECT id, email, (SELECT password_hash FROM users WHERE email = $1), name, signed_up::timestamptz, last_seen::timestamptz
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) AS row (id, email, name, signed_up, last_seen)",
    )
    .bind(ADMIN)
    .bind(&ids)
    .bind(&emails)
    .bind(&names)
    .bind(text(|person| person.signed_up))
    .bind(text(|person| person.last_seen))
    .execute(&mut *db)
    .await?;
    let (ids, days): (Vec<Uuid>, Vec<String>) = people
        .iter()
        .flat_map(|person| {
            let days = person.days.iter();
            days.map(|day| (person.id, day.to_string()))
        })
        .unzip();
    sqlx::query(
        "INSERT INTO activity_days (user_id, day, previous_day)
         SELECT id, day::date, lag(day::date) OVER (PARTITION BY id ORDER BY day)
         FROM unnest($1::uuid[], $2::text[]) AS row (id, day)",
    )
    .bind(&ids)
    .bind(&days)
    .execute(&mut *db)
    .await?;
    // What was counted of these days was counted without them.
    sqlx::query("DELETE FROM closed_days").execute(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until() -> Timestamp {
        "2026-11-25T13:20:00Z".parse().unwrap()
    }

    #[test]
    fn they_sign_up_and_come_back_as_people_do() {
        let people = people(&TimeZone::UTC, until());
        assert!((1_200..2_600).contains(&people.len()), "{}", people.len());
        let today: Date = "2026-11-25".parse().unwrap();
        let returned = |after: i64| {
            let old: Vec<&Person> = people
                .iter()
                .filter(|person| person.days[0].saturating_add(after.days()) < today)
                .collect();
            let back = old.iter().filter(|person| {
                person
                    .days
                    .contains(&person.days[0].saturating_add(after.days()))
            });
            back.count() as f64 / old.len() as f64
        };
        let (day_1, day_7, day_30) = (returned(1), returned(7), returned(30));
        assert!((0.3..0.5).contains(&day_1), "{day_1}");
        assert!((0.15..0.28).contains(&day_7), "{day_7}");
        assert!((0.08..0.2).contains(&day_30), "{day_30}");
    }

    #[test]
    fn nobody_is_there_twice_a_day_or_in_the_future() {
        for person in people(&TimeZone::UTC, until()) {
            assert!(person.days.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(person.signed_up <= person.last_seen && person.last_seen < until());
        }
    }
}
