//! A whole installation that histories are brought into.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use veza_players::client::{Credentials, Installation as Client};
use veza_standalone::testing::{Installation, Service, eventually, program};

pub const ADMIN: &str = "admin@example.org";
pub const CREATOR: &str = "odile@example.org";
pub const PASSWORD: &str = "a long enough password";

/// A whole installation, an administrator's client of it, and what keeps it running.
pub struct World {
    pub veza: Installation,
    pub client: Client,
    _services: [Service; 3],
}

impl World {
    pub async fn new() -> Self {
        let veza = Installation::new().await;
        create_admin(&veza);
        let (ingest, aggregator, api) = tokio::join!(
            veza.start_ingest(),
            veza.start_aggregator(),
            veza.start_api()
        );
        let credentials = Credentials {
            email: ADMIN.into(),
            password: PASSWORD.into(),
        };
        let client = Client::new(
            api.url().parse().unwrap(),
            ingest.url().parse().unwrap(),
            credentials,
        )
        .unwrap();
        Self {
            veza,
            client,
            _services: [ingest, aggregator, api],
        }
    }

    /// Rows by reason, once there are as many as were accepted in all.
    pub async fn reasons(&self, rows: u64) -> BTreeMap<String, u64> {
        eventually(Duration::from_secs(60), || async {
            let found = self.veza.clickhouse("SELECT toString(reason) AS reason, toUInt32(count()) AS n FROM plays GROUP BY reason").await;
            let reasons: BTreeMap<String, u64> = found
                .iter()
                .map(|row| (row["reason"].as_str().unwrap().to_owned(), row["n"].as_u64().unwrap()))
                .collect();
            if reasons.values().sum::<u64>() == rows { Ok(reasons) } else { Err(reasons) }
        })
        .await
    }

    pub async fn creator(&self) -> i64 {
        sqlx::query_scalar(
            "WITH account AS (INSERT INTO users (email, password_hash, name, role) VALUES ($1, '', 'Odile', 'creator') RETURNING id)
             INSERT INTO creators (user_id, name) SELECT id, 'Odile' FROM account RETURNING id",
        )
        .bind(CREATOR)
        .fetch_one(self.veza.postgres())
        .await
        .unwrap()
    }
}

fn create_admin(veza: &Installation) {
    let mut child = Command::new(program("veza-api"))
        .args(["create-admin", ADMIN])
        .envs(veza.env())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success());
}
