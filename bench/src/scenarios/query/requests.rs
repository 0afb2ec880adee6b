//! What the dashboard asks for one creator.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A request by its name, and its address below `/api/v1/analytics/`: `{range}` is the range with its buckets, `{halves}` two halves of it;
/// `{play}` and `{cursor}` are those of the newest plays.
pub const REQUESTS: [(&str, &str); 19] = [
    ("overview", "overview?{range}"),
    ("countries", "geography?{range}&limit=300"),
    (
        "regions and cities",
        "geography?{range}&limit=300&country=US",
    ),
    ("devices", "demographics?{range}"),
    ("versions", "demographics?{range}&limit=50&versions=true"),
    ("sources", "traffic-sources?{range}"),
    ("all sources", "traffic-sources?{range}&limit=50"),
    ("tracks", "tracks?{range}&limit=10"),
    ("all tracks", "tracks?{range}&limit=300"),
    (
        "tracks since release",
        "tracks?{range}&limit=30&align=release&days=28",
    ),
    ("compare", "compare?{halves}"),
    ("excluded", "excluded?{range}"),
    ("live", "live?"),
    ("plays", "plays?{range}"),
    ("next plays", "plays?{range}&cursor={cursor}"),
    ("one play", "plays/{play}"),
    ("export, its first bytes", "export?format=csv&{range}"),
    ("revenue", "revenue?{range}"),
    ("projection", "revenue/projection"),
];

/// A quarter hour, by which each request differs from the one before: no cache of results flatters what is measured.
const STEP: SignedDuration = SignedDuration::from_mins(15);
/// Steps that there are.
const STEPS: i32 = 96;

/// Asks the API as one creator.
pub struct Dashboard {
    pub http: reqwest::Client,
    /// Up to `/analytics/`.
    pub url: String,
    pub token: String,
    pub from: Timestamp,
    pub to: Timestamp,
    /// `&device=phone`, or nothing.
    pub filter: &'static str,
    pub newest: Newest,
}

/// Of the newest plays.
#[derive(Debug, Clone, Default)]
pub struct Newest {
    cursor: String,
    play: String,
}

impl Dashboard {
    /// Asks once, in a range that `turn` moves; how long it took until all of the answer, or the first bytes of an export, had come.
    pub async fn ask(&self, path: &str, turn: usize) -> anyhow::Result<Duration> {
        let address = self.address(path, turn);
        let begun = Instant::now();
        let answer = self
            .http
            .get(&address)
            .bearer_auth(&self.token)
            .send()
            .await?;
        let status = answer.status();
        if path.starts_with("export") {
            ensure!(status.is_success(), "{address} was answered {status}");
            answer
                .bytes_stream()
                .next()
                .await
                .context("an export without rows")??;
            return Ok(begun.elapsed());
        }
        let body = answer.text().await?;
        let time = begun.elapsed();
        ensure!(
            status.is_success(),
            "{address} was answered {status}: {body}"
        );
        Ok(time)
    }

    /// Looks up what requests for plays need.
    pub async fn read_newest(&mut self) -> anyhow::Result<()> {
        let address = self.address("plays?{range}", 0);
        let answer = self
            .http
            .get(&address)
            .bearer_auth(&self.token)
            .send()
            .await?;
        let body: Value = answer.json().await?;
        let text = |value: &Value| {
            let text = value.as_str().map(str::to_owned);
            text.with_context(|| format!("no second page of plays: {body}"))
        };
        self.newest = Newest {
            cursor: text(&body["meta"]["next_cursor"])?,
            play: text(&body["data"][0]["play_id"])?,
        };
        Ok(())
    }

    fn address(&self, path: &str, turn: usize) -> String {
        let moved = STEP * (turn as i32 % STEPS);
        let (from, to) = (self.from + moved, self.to);
        let middle = from + (to - from) / 2;
        let path = path
            .replace("{range}", &format!("from={from}&to={to}"))
            .replace(
                "{halves}",
                &format!("period1_start={from}&period1_end={middle}&period2_start={middle}&period2_end={to}"),
            )
            .replace("{cursor}", &self.newest.cursor)
            .replace("{play}", &self.newest.play);
        match takes_filters(&path) {
            true => format!("{}{path}{}", self.url, self.filter),
            false => format!("{}{path}", self.url),
        }
    }
}

/// One play, and what it earned, know nothing of devices.
fn takes_filters(path: &str) -> bool {
    !path.starts_with("plays/") && !path.starts_with("revenue")
}
