//! What each day came to: as it was stored when it closed, or counted now where it is not closed yet.
//!
//! The distinct users of the dates `[a, b]` are the rows of `activity_days` in it whose previous day lies before `a`: a count
//! of an index, without a hash of users. The running day goes on from what was stored of yesterday.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use sqlx::PgPool;

use crate::civil_date::CivilDate;
use crate::error::Result;
use crate::statistics::cohorts::{self, DAYS_AFTER};
use crate::time::zone::Zone;
use crate::timestamptz::Timestamptz;

/// Of one day, up to now if it is running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub signups: u64,
    pub dau: u64,
    /// In the 7 days that end with it.
    pub wau: u64,
    /// In the 30 days that end with it.
    pub mau: u64,
    /// Active on it, of those who signed up 1, 7 and 30 days before; 0 on the running day, when it is not known.
    pub returned: [u64; 3],
}

impl From<Day> for cohorts::Day {
    fn from(day: Day) -> Self {
        Self {
            signups: day.signups,
            returned: day.returned,
        }
    }
}

/// The dates of `[from, to)` that have begun by `now`. Dates before anyone signed up are left out.
pub async fn read(
    db: &PgPool,
    zone: &Zone,
    from: Date,
    to: Date,
    now: Timestamp,
) -> Result<BTreeMap<Date, Day>> {
    let today = zone.date_of(now);
    let to = to.min(today.saturating_add(1.day()));
    let mut days = closed(db, from, to).await?;
    let open_from = next_open(db, zone).await?.map(|next| next.max(from));
    let open: Vec<Date> = open_from.map_or_else(Vec::new, |next| {
        let dates = next.series(1.day());
        dates.take_while(|date| *date < to.min(today)).collect()
    });
    days.extend(measured(db, zone, &open).await?);
    if from <= today && today < to {
        days.insert(today, running(db, zone, today).await?);
    }
    Ok(days)
}

/// The first date that is not closed: the one after the newest that is, or else the one of the first sign-up or activity.
/// None: there is nobody.
pub async fn next_open(db: &PgPool, zone: &Zone) -> sqlx::Result<Option<Date>> {
    let row = sqlx::query!(
        r#"SELECT (SELECT max(day) FROM closed_days) AS "closed: CivilDate",
                  (SELECT min(created_at) FROM users) AS "signed_up: Timestamptz",
                  (SELECT min(day) FROM activity_days) AS "active: CivilDate""#
    )
    .fetch_one(db)
    .await?;
    if let Some(closed) = row.closed {
        return Ok(closed.0.tomorrow().ok());
    }
    let signed_up = row.signed_up.map(|time| zone.date_of(time.0));
    let firsts = [signed_up, row.active.map(|day| day.0)];
    Ok(firsts.into_iter().flatten().min())
}

async fn closed(db: &PgPool, from: Date, to: Date) -> Result<BTreeMap<Date, Day>> {
    let rows = sqlx::query!(
        r#"SELECT day AS "day: CivilDate", signups, dau, wau, mau, returned_1, returned_7, returned_30
           FROM closed_days WHERE day >= $1 AND day < $2"#,
        CivilDate(from) as CivilDate,
        CivilDate(to) as CivilDate
    )
    .fetch_all(db)
    .await?;
    let day = |count: i32| u64::from(count.unsigned_abs());
    let days = rows.into_iter().map(|row| {
        let of = Day {
            signups: day(row.signups),
            dau: day(row.dau),
            wau: day(row.wau),
            mau: day(row.mau),
            returned: [row.returned_1, row.returned_7, row.returned_30].map(day),
        };
        (row.day.0, of)
    });
    Ok(days.collect())
}

/// Days that have ended and are not closed: a minute after midnight, or while a history is being closed.
async fn measured(db: &PgPool, zone: &Zone, dates: &[Date]) -> Result<BTreeMap<Date, Day>> {
    let mut days = BTreeMap::new();
    for date in dates {
        days.insert(*date, measure(db, zone, *date).await?.day);
    }
    Ok(days)
}

/// All that is stored of a day.
pub struct Measured {
    pub day: Day,
    /// In the 6 days that end with it, …
    pub active_6: u64,
    /// … and in the 29.
    pub active_29: u64,
}

/// Counts a day that has ended from its sign-ups and activity.
pub async fn measure(db: &PgPool, zone: &Zone, date: Date) -> sqlx::Result<Measured> {
    let (since, until) = bounds(zone, date);
    let signed_up = DAYS_AFTER.map(|days| bounds(zone, date.saturating_sub(days.days())));
    let row = sqlx::query!(
        r#"WITH active AS (
             SELECT count(*) FILTER (WHERE day = $1::date) AS dau,
                    count(*) FILTER (WHERE day > $1::date - 7 AND (previous_day IS NULL OR previous_day <= $1::date - 7)) AS wau,
                    count(*) FILTER (WHERE previous_day IS NULL OR previous_day <= $1::date - 30) AS mau,
                    count(*) FILTER (WHERE day > $1::date - 6 AND (previous_day IS NULL OR previous_day <= $1::date - 6)) AS active_6,
                    count(*) FILTER (WHERE day > $1::date - 29 AND (previous_day IS NULL OR previous_day <= $1::date - 29)) AS active_29
             FROM activity_days WHERE day > $1::date - 30 AND day <= $1::date)
           SELECT dau AS "dau!", wau AS "wau!", mau AS "mau!", active_6 AS "active_6!", active_29 AS "active_29!",
                  (SELECT count(*) FROM users WHERE created_at >= $2 AND created_at < $3) AS "signups!",
                  ARRAY(SELECT (SELECT count(*) FROM users u JOIN activity_days a ON a.user_id = u.id AND a.day = $1::date
                                WHERE u.created_at >= cohort.since AND u.created_at < cohort.until)
                        FROM unnest($4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY AS cohort (since, until, n)
                        ORDER BY n) AS "returned!: Vec<i64>"
           FROM active"#,
        CivilDate(date) as CivilDate,
        since as Timestamptz,
        until as Timestamptz,
        &signed_up.map(|(since, _)| since) as &[Timestamptz],
        &signed_up.map(|(_, until)| until) as &[Timestamptz],
    )
    .fetch_one(db)
    .await?;
    let mut returned = [0; 3];
    for (returned, count) in returned.iter_mut().zip(row.returned) {
        *returned = count.unsigned_abs();
    }
    Ok(Measured {
        day: Day {
            signups: row.signups.unsigned_abs(),
            dau: row.dau.unsigned_abs(),
            wau: row.wau.unsigned_abs(),
            mau: row.mau.unsigned_abs(),
            returned,
        },
        active_6: row.active_6.unsigned_abs(),
        active_29: row.active_29.unsigned_abs(),
    })
}

/// The day so far: yesterday's 6 and 29 days, and whoever is here today for the first time since.
async fn running(db: &PgPool, zone: &Zone, today: Date) -> Result<Day> {
    let (since, until) = bounds(zone, today);
    let row = sqlx::query!(
        r#"SELECT active_6 AS "active_6?", active_29 AS "active_29?", today.dau AS "dau!", new_7 AS "new_7!", new_30 AS "new_30!",
                  (SELECT count(*) FROM users WHERE created_at >= $2 AND created_at < $3) AS "signups!"
           FROM (SELECT count(*) AS dau,
                        count(*) FILTER (WHERE previous_day IS NULL OR previous_day <= $1::date - 7) AS new_7,
                        count(*) FILTER (WHERE previous_day IS NULL OR previous_day <= $1::date - 30) AS new_30
                 FROM activity_days WHERE day = $1::date) today
           LEFT JOIN closed_days ON closed_days.day = $1::date - 1"#,
        CivilDate(today) as CivilDate,
        since as Timestamptz,
        until as Timestamptz,
    )
    .fetch_one(db)
    .await?;
    let (Some(active_6), Some(active_29)) = (row.active_6, row.active_29) else {
        return Ok(measure(db, zone, today).await?.day);
    };
    Ok(Day {
        signups: row.signups.unsigned_abs(),
        dau: row.dau.unsigned_abs(),
        wau: u64::from(active_6.unsigned_abs()) + row.new_7.unsigned_abs(),
        mau: u64::from(active_29.unsigned_abs()) + row.new_30.unsigned_abs(),
        returned: [0; 3],
    })
}

/// When a date begins and ends.
fn bounds(zone: &Zone, date: Date) -> (Timestamptz, Timestamptz) {
    let start = |date: Date| Timestamptz(zone.start_of(date).unwrap_or(Timestamp::MAX));
    (start(date), start(date.saturating_add(1.day())))
}
