//! Who is active, as it is written down.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;
use veza_standalone::testing::{eventually, program};

use crate::support::Api;

async fn days_of(db: &PgPool, user: Uuid) -> Vec<String> {
    sqlx::query_scalar("SELECT day::text FROM activity_days WHERE user_id = $1 ORDER BY day")
        .bind(user)
        .fetch_all(db)
        .await
        .expect("the days")
}

async fn until_active(api: &Api, user: Uuid) -> String {
    let mut day = String::new();
    eventually(Duration::from_secs(10), || async {
        days_of(api.db(), user).await.len() == 1
    })
    .await;
    day.push_str(&days_of(api.db(), user).await[0]);
    day
}

#[tokio::test]
async fn a_signed_in_request_makes_its_day_by_the_reporting_zone() {
    // The day there is never the one of UTC for half of the day; the other half is told by the other zone.
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let api = Api::start_with(&[("VEZA_REPORTING_TZ", zone)]).await;
        let admin = api.admin().await;
        let before = Timestamp::now();
        let day = until_active(&api, admin.id).await;
        let zone = TimeZone::get(zone).expect("a zone");
        let local = |time: Timestamp| time.to_zoned_datetime(zone.clone()).date().to_string();
        assert!([local(before), local(Timestamp::now())].contains(&day));

        let users = api.get("/api/v1/admin/analytics/users", &admin.token).await;
        let latest = &users.data()["latest"];
        assert_eq!(latest["date"], json!(day));
        assert_eq!(latest["complete"], json!(false));
        assert!(latest["dau"].as_u64() >= Some(1), "{latest}");
    }
}

#[tokio::test]
async fn what_a_machine_does_is_nobodys_activity_and_a_refresh_is() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let owner = Uuid::new_v4();
    sqlx::query("INSERT INTO users (id, email, password_hash, name, role) VALUES ($1, 'machines@example.org', '', 'M', 'admin')")
        .bind(owner)
        .execute(api.db())
        .await
        .unwrap();
    let machine = api.veza.token(owner, "admin", &["analytics:read"]);
    for _ in 0..3 {
        let answer = api.get("/api/v1/analytics/live", &machine).await;
        answer.assert_status(200);
    }
    // The one writes after the other, in order, so the machine's would be there by now.
    let person = api.user().await;
    sqlx::query("DELETE FROM activity_days")
        .execute(api.db())
        .await
        .unwrap();
    let held = json!({"refresh_token": person.refresh_token});
    // The memory of a minute ago is another process's.
    api.service.kill9().await;
    api.service.restart().await;
    api.post("/api/v1/auth/refresh", "", held)
        .await
        .assert_status(200);
    until_active(&api, person.id).await;
    assert!(days_of(api.db(), owner).await.is_empty());
    assert!(days_of(api.db(), admin.id).await.is_empty());
}

#[tokio::test]
async fn many_requests_in_a_minute_are_written_once() {
    let api = Api::start().await;
    let person = api.user().await;
    until_active(&api, person.id).await;
    let seen = || async {
        sqlx::query_scalar::<_, String>("SELECT last_active_at::text FROM users WHERE id = $1")
            .bind(person.id)
            .fetch_one(api.db())
            .await
            .unwrap()
    };
    let first = seen().await;
    for _ in 0..20 {
        api.call(Method::GET, "/api/v1/me", &person.token).await;
    }
    // Someone else's activity is written after all of theirs.
    let other = api.user().await;
    until_active(&api, other.id).await;
    assert_eq!(seen().await, first);
    assert_eq!(days_of(api.db(), person.id).await.len(), 1);
}

#[tokio::test]
async fn another_reporting_zone_is_refused_once_there_are_days() {
    let api = Api::start_with(&[("VEZA_REPORTING_TZ", "Europe/Paris")]).await;
    let person = api.user().await;
    until_active(&api, person.id).await;
    let refusal = start_to_the_end(&api, "America/New_York").await;
    assert!(
        refusal.contains("America/New_York") && refusal.contains("VEZA_REPORTING_TZ=Europe/Paris"),
        "{refusal}"
    );
    // Before anyone was active the zone may still be chosen.
    sqlx::query("DELETE FROM activity_days")
        .execute(api.db())
        .await
        .unwrap();
    let other = api
        .veza
        .start_api_with(&[("VEZA_REPORTING_TZ", "America/New_York")])
        .await;
    let config: Value = reqwest::get(format!("{}/api/v1/config", other.url()))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(config["data"]["reporting_tz"], "America/New_York");
}

/// Starts `veza-api` with this zone; what it said before it ended with a failure.
async fn start_to_the_end(api: &Api, zone: &str) -> String {
    let mut command = std::process::Command::new(program("veza-api"));
    command
        .envs(api.veza.env())
        .env("VEZA_REPORTING_TZ", zone)
        .env("VEZA_API_LISTEN", "127.0.0.1:0")
        .env("VEZA_API_METRICS_LISTEN", "127.0.0.1:0");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}
