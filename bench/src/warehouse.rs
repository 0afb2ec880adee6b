//! The warehouse, asked as the user that writes.

use anyhow::{Context, ensure};
use veza_standalone::temporary::Temporary;

pub struct Warehouse {
    http: reqwest::Client,
    url: String,
    database: String,
}

impl Warehouse {
    pub fn of(stack: &Temporary) -> anyhow::Result<Self> {
        let settings = &stack.stack.aggregator.settings;
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().build()?,
            url: settings["VEZA_CLICKHOUSE_URL"].clone(),
            database: settings["VEZA_CLICKHOUSE_DATABASE"].clone(),
        })
    }

    /// The answer to a statement: a row a line, cells apart by tabs.
    pub async fn run(&self, sql: impl Into<String>) -> anyhow::Result<String> {
        let request = self.http.post(&self.url);
        let request = request.query(&[("database", &self.database)]);
        let request = request.basic_auth("veza", Some("veza")).body(sql.into());
        let answer = request.send().await.context("the warehouse")?;
        let status = answer.status();
        let text = answer.text().await.context("the warehouse")?;
        ensure!(status.is_success(), "the warehouse: {text}");
        Ok(text)
    }

    /// The one number that a statement answers.
    pub async fn number(&self, sql: impl Into<String>) -> anyhow::Result<u64> {
        let text = self.run(sql).await?;
        text.trim()
            .parse()
            .with_context(|| format!("no number: {text}"))
    }
}
