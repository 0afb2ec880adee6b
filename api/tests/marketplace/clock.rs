//! The database's clock, in the hands of a test: functions of the same names come first on the search path of the API.

use jiff::Timestamp;
use sqlx::PgPool;
use veza_standalone::testing::Installation;

use crate::market::Market;

/// A market whose database stands still at one time, until it is moved.
pub struct Frozen {
    pub market: Market,
}

impl Frozen {
    pub async fn at(time: &str) -> Self {
        let veza = Installation::new().await;
        install(veza.postgres(), time).await;
        let market = Market::on(veza, &[]).await;
        let shown: bool = sqlx::query_scalar("SELECT at = $1::timestamptz FROM clock.frozen")
            .bind(time)
            .fetch_one(market.api.db())
            .await
            .unwrap();
        assert!(shown);
        Self { market }
    }

    pub async fn set(&self, time: &str) {
        sqlx::query("UPDATE clock.frozen SET at = $1::timestamptz")
            .bind(time)
            .execute(self.market.api.db())
            .await
            .unwrap();
    }
}

async fn install(db: &PgPool, time: &str) {
    let time: Timestamp = time.parse().expect("a time");
    let statements = [
        "CREATE SCHEMA clock".to_owned(),
        format!("CREATE TABLE clock.frozen AS SELECT timestamptz '{time}' AS at"),
        "CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE RETURN (SELECT at FROM clock.frozen)".into(),
        "CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE RETURN (SELECT at FROM clock.frozen)".into(),
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = clock, pg_catalog, public', current_database()); END $$".into(),
    ];
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(db)
            .await
            .expect("a clock");
    }
}
