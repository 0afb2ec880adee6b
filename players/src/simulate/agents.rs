//! What people listen on: real user agents with the weights that the npm package `user-agents` gives them, apps and
//! devices that no browser statistics know, and crawlers.

use std::path::Path;

use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::SimulateError;

/// Share of listeners on a device that is no browser.
const APPLIANCES_SHARE: f64 = 0.07;

const APPLIANCES: [&str; 6] = [
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36",
    "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager",
    "Mozilla/5.0 (Linux; Android 9; AFTMM Build/PS7633; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/110.0.5481.154 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 CrKey/1.56.500000",
    "Mozilla/5.0 (PlayStation; PlayStation 5/8.20) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
];

const CRAWLERS: [&str; 5] = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "python-requests/2.32.3",
];

/// Agents to draw from.
pub struct Agents {
    browsers: Vec<String>,
    weights: WeightedIndex<f64>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "userAgent")]
    user_agent: String,
    weight: f64,
}

impl Agents {
    /// Reads `user-agents.json`.
    pub fn read(path: &Path) -> Result<Self, SimulateError> {
        let bad = |reason: String| SimulateError::BadFile {
            path: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        let entries: Vec<Entry> =
            serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        let weights = WeightedIndex::new(entries.iter().map(|entry| entry.weight))
            .map_err(|error| bad(format!("weights: {error}")))?;
        Ok(Self {
            browsers: entries.into_iter().map(|entry| entry.user_agent).collect(),
            weights,
        })
    }

    /// The agent of somebody.
    pub fn of_a_person(&self, rng: &mut ChaCha8Rng) -> &str {
        if rng.random_bool(APPLIANCES_SHARE) {
            return APPLIANCES[rng.random_range(0..APPLIANCES.len())];
        }
        &self.browsers[self.weights.sample(rng)]
    }

    /// The agent of something.
    pub fn of_a_crawler(&self, rng: &mut ChaCha8Rng) -> &'static str {
        CRAWLERS[rng.random_range(0..CRAWLERS.len())]
    }
}
