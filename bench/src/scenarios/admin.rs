//! What administrators ask, of many users and their days: ms an answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;
use veza_standalone::servers::Server;
use veza_standalone::temporary::Temporary;

use crate::report::{PercentileGoal, Report};
use crate::stack;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// People with an account
    #[arg(long, default_value_t = 1_000_000)]
    users: u32,
    /// Days on which each was active, on average
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// How often each question is asked
    #[arg(long, default_value_t = 20)]
    requests: usize,
}

/// The time over which they signed up, as many each day.
const SINCE_DAYS: u32 = 120;
/// People that are written at once.
const CHUNK: u32 = 50_000;
const GOAL_MS: f64 = 300.0;

/// A foreign key looks up the user of each day: made afterwards, it is one join.
const WITHOUT_KEYS: [&str; 2] = [
    "ALTER TABLE activity_days DROP CONSTRAINT activity_days_pkey, DROP CONSTRAINT activity_days_user_id_fkey",
    "DROP INDEX activity_days_by_day",
];
/// As migrations and autovacuum leave the tables.
const WITH_KEYS: [&str; 5] = [
    "SET maintenance_work_mem = '1GB'",
    "ALTER TABLE activity_days ADD PRIMARY KEY (user_id, day), ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE",
    "CREATE INDEX activity_days_by_day ON activity_days (day, previous_day)",
    "VACUUM ANALYZE users",
    "VACUUM ANALYZE activity_days",
];

/// Longest wait for all days to be closed, which is counted too.
const CLOSING: Duration = Duration::from_secs(3_600);

const QUESTIONS: [(&str, &str); 9] = [
    ("users, 28 days", "users"),
    ("users, 120 days", "users?from={since}"),
    ("sign-ups by day, 28 days", "signups"),
    ("sign-ups by day, all", "signups?from={since}"),
    (
        "sign-ups by week, all, in Kathmandu",
        "signups?from={since}&bucket=week&tz=Asia/Kathmandu",
    ),
    ("retention by day, 28 days", "retention?bucket=day"),
    (
        "retention by week, all",
        "retention?from={since}&bucket=week",
    ),
    (
        "retention by month, all",
        "retention?from={since}&bucket=month",
    ),
    ("transactions, 28 days", "transactions"),
];

pub async fn run(args: Args) -> anyhow::Result<Report> {
    let mut report = Report::new("admin");
    let mut stack = stack::servers().await?;
    let mut db = PgConnection::connect(&stack.stack.postgres_url())
        .await
        .context("Postgres")?;
    let rows = fill(&mut db, &args).await?;
    let services: Vec<Arc<dyn Server>> = vec![stack.stack.api.clone()];
    stack.start_services(services).await?;
    let closing = close(&mut db).await?;

    let since: String = sqlx::query_scalar("SELECT (current_date - $1)::text")
        .bind(SINCE_DAYS as i32)
        .fetch_one(&mut db)
        .await?;
    let token = stack.secrets.access_token(Uuid::new_v4(), "admin", &[])?;
    for (what, path) in QUESTIONS {
        let path = path.replace("{since}", &since);
        let mut latencies = ask(&stack, &path, &token, args.requests).await?;
        report.add_latencies(what, &mut latencies, Some(PercentileGoal::P95(GOAL_MS)));
    }
    report.add("users", f64::from(args.users), "rows");
    report.add("activity days", rows as f64, "rows");
    report.add(
        "to close one day",
        closing.as_secs_f64() * 1_000.0 / f64::from(SINCE_DAYS),
        "ms",
    );
    report.note("The running day is counted anew with each answer; days that are over are read as they were closed. The first request is among them.");
    stack.stop().await;
    Ok(report)
}

/// The people, and the days on which they were active; how many days.
async fn fill(db: &mut PgConnection, args: &Args) -> anyhow::Result<i64> {
    eprintln!("writing {} users and their days", args.users);
    for statement in WITHOUT_KEYS {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    // Of a person who signed up long ago as of one of yesterday, so many days were possible on average.
    let possible = f64::from(SINCE_DAYS) / 2.0;
    let chance = (f64::from(args.days) / possible).min(1.0);
    let mut first = 0;
    while first < args.users {
        let last = (first + CHUNK).min(args.users);
        sqlx::query(
            "WITH person AS (
               INSERT INTO users (email, password_hash, name, created_at)
               SELECT 'user-' || n || '@bench.example', '', 'Someone', now() - random() * $3 * interval '1 day'
               FROM generate_series($1, $2 - 1) AS n RETURNING id, created_at)
             INSERT INTO activity_days (user_id, day, previous_day)
             SELECT id, day::date, lag(day::date) OVER (PARTITION BY id ORDER BY day)
             FROM person CROSS JOIN LATERAL
               generate_series((created_at AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date, interval '1 day') AS day
             WHERE random() < $4 OR day::date = (created_at AT TIME ZONE 'UTC')::date",
        )
        .bind(first as i32)
        .bind(last as i32)
        .bind(f64::from(SINCE_DAYS))
        .bind(chance)
        .execute(&mut *db)
        .await
        .context("users and their days")?;
        first = last;
        eprintln!("{last} of {} written", args.users);
    }
    for statement in WITH_KEYS {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    Ok(sqlx::query_scalar("SELECT count(*) FROM activity_days")
        .fetch_one(db)
        .await?)
}

/// Waits until every day before today is closed; how long it took.
async fn close(db: &mut PgConnection) -> anyhow::Result<Duration> {
    eprintln!("waiting until the days are closed");
    let begun = Instant::now();
    loop {
        let closed: bool = sqlx::query_scalar(
            "SELECT coalesce(max(day) >= (now() AT TIME ZONE 'UTC')::date - 1, false) FROM closed_days",
        )
        .fetch_one(&mut *db)
        .await?;
        if closed {
            return Ok(begun.elapsed());
        }
        ensure!(begun.elapsed() < CLOSING, "the days are not closed");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn ask(
    stack: &Temporary,
    path: &str,
    token: &str,
    requests: usize,
) -> anyhow::Result<Vec<Duration>> {
    let url = format!("{}/api/v1/admin/analytics/{path}", stack.stack.api.url());
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut latencies = Vec::new();
    for _ in 0..requests {
        let begun = Instant::now();
        let answer = http.get(&url).bearer_auth(token).send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status} {body}");
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}
