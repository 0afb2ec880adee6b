//! What a user agent says of itself: device, operating system, browser, and whether it is a declared crawler. Expressions are
//! uap-core's; the kind of device is decided by the rule in [`device_of`].

use std::sync::Arc;

use ua_parser::{Extractor, Regexes};

use crate::bot::Crawlers;
use crate::text::cut;

/// Longer agents are cut: what identifies one is at its beginning, and the time of a parse grows with the length.
pub const MAX_AGENT_BYTES: usize = 512;
/// Results that are remembered.
const REMEMBERED: usize = 50_000;

/// The kinds of devices; a row's `device` is one of them, or empty without an agent.
pub const DEVICES: [&str; 7] = [
    "phone", "tablet", "computer", "tv", "speaker", "console", "car",
];
/// The device of an agent that is none of [`DEVICES`].
pub const OTHER_DEVICE: &str = "other";

/// When the expressions in `data/uap-core` and `data/crawlers` were last brought up to date: 2026-11-23, in Unix seconds.
pub const DATA_TAKEN_S: u64 = 1_795_392_000;

/// What a user agent says of itself. Unknown is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// One of [`DEVICES`], [`OTHER_DEVICE`], or empty without an agent.
    pub device: &'static str,
    pub os: String,
    /// Major and minor version, as far as given.
    pub os_version: String,
    pub browser: String,
    /// Major version.
    pub browser_version: String,
    /// A declared crawler, monitor or program.
    pub bot: bool,
}

/// The expressions that ship with this crate can't be used; the tests would see it.
#[derive(Debug, thiserror::Error)]
pub enum AgentDataError {
    #[error("enrich/data/uap-core/regexes.json: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("enrich/data/uap-core/regexes.json: {0}")]
    Expression(#[from] ua_parser::Error),
    #[error("enrich/data/crawlers/patterns.txt: {0}")]
    Crawlers(#[from] crate::bot::CrawlerDataError),
}

/// Reads user agents, and remembers what it has read.
pub struct Agents {
    extractor: Extractor<'static>,
    crawlers: Crawlers,
    remembered: quick_cache::sync::Cache<Box<str>, Arc<Agent>>,
    none: Arc<Agent>,
}

impl Agents {
    pub fn new() -> Result<Self, AgentDataError> {
        let regexes: Regexes<'static> =
            serde_json::from_str(include_str!("../data/uap-core/regexes.json"))?;
        Ok(Self {
            extractor: Extractor::try_from(regexes)?,
            crawlers: Crawlers::new()?,
            remembered: quick_cache::sync::Cache::new(REMEMBERED),
            none: Arc::default(),
        })
    }

    /// What `user_agent` says of itself; nothing at all when it is missing or blank.
    pub fn of(&self, user_agent: Option<&str>) -> Arc<Agent> {
        let text = cut(user_agent.unwrap_or_default().trim(), MAX_AGENT_BYTES);
        if text.is_empty() {
            return self.none.clone();
        }
        if let Some(agent) = self.remembered.get(text) {
            return agent;
        }
        let agent = Arc::new(self.read(text));
        self.remembered.insert(text.into(), agent.clone());
        agent
    }

    fn read(&self, text: &str) -> Agent {
        let (browser, os, device) = self.extractor.extract(text);
        let family = device.as_ref().map_or("", |device| device.device.as_ref());
        let os_name = os.as_ref().map_or("", |os| os.os.as_ref());
        let mut agent = Agent {
            device: device_of(text, os_name, family),
            bot: family == "Spider" || self.crawlers.declares(text),
            ..Agent::default()
        };
        if let Some(os) = os.filter(|os| os.os != "Other") {
            agent.os_version = match (&os.major, &os.minor) {
                (Some(major), Some(minor)) => format!("{major}.{minor}"),
                (Some(major), None) => major.to_string(),
                (None, _) => String::new(),
            };
            agent.os = os.os.into_owned();
        }
        if let Some(browser) = browser.filter(|browser| browser.family != "Other") {
            agent.browser_version = browser.major.unwrap_or_default().to_string();
            agent.browser = browser.family.into_owned();
        }
        agent
    }
}

const CARS: [&str; 6] = [
    "CarPlay",
    "Android Auto",
    "Automotive",
    "QtCarBrowser",
    "Tesla/",
    "CarBrowser",
];
const SPEAKERS: [&str; 9] = [
    "HomePod",
    "AudioOS",
    "Sonos",
    "Echo",
    "AlexaMediaPlayer",
    "Google-Home",
    "Google Home",
    "Bose",
    "AEOB",
];
const CONSOLES: [&str; 4] = ["PlayStation", "PLAYSTATION", "Xbox", "Nintendo"];
const TVS: [&str; 24] = [
    "SmartTV",
    "Smart TV",
    "SMART-TV",
    "Smart-TV",
    "SmartHub",
    "GoogleTV",
    "Google TV",
    "Android TV",
    "AndroidTV",
    "Apple TV",
    "AppleTV",
    "tvOS",
    "HbbTV",
    "CrKey",
    "Chromecast",
    "Roku",
    "BRAVIA",
    "Web0S",
    "webOS.TV",
    "NetCast",
    "VIERA",
    "Viera",
    "VIDAA",
    "; AFT",
];
const TABLETS: [&str; 12] = [
    "iPad", "Tablet", "tablet", "PlayBook", "Kindle", "Silk/", "; KF", "; SM-T", "; SM-X",
    "; SM-P", "Nexus 7", "Nexus 9",
];
const PHONES: [&str; 9] = [
    "iPhone",
    "iPod",
    "Windows Phone",
    "IEMobile",
    "BlackBerry",
    "BB10",
    "KAIOS",
    "MIDP",
    "Opera Mini",
];
const COMPUTERS: [&str; 9] = [
    "Windows NT",
    "Windows;",
    "Win64",
    "Macintosh",
    "X11",
    "CrOS",
    "Linux x86_64",
    "FreeBSD",
    "macOS",
];

/// The kind of device, by the first line that fits, on the agent itself and on what uap-core made of it:
///
/// 1. car: CarPlay, Android Automotive, Tesla;
/// 2. speaker: HomePod, Sonos, Echo and the like;
/// 3. console: PlayStation, Xbox, Nintendo;
/// 4. tv: sets, sticks and boxes that name themselves;
/// 5. tablet: iPad, Kindle, Samsung's tablets, whatever says `Tablet`;
/// 6. phone: iPhone, Windows Phone, feature phones;
/// 7. Android: a browser (`Mozilla/…`) without the word `Mobile` is a tablet, as Google asks of tablets' browsers; all others, apps
///    among them, are phones;
/// 8. computer: Windows, macOS, Linux, Chrome OS;
/// 9. phone: anything else that says `Mobile`;
/// 10. other.
///
/// An iPad that asks for desktop pages says it is a Macintosh, and is counted as a computer: nothing in its agent tells.
fn device_of(agent: &str, os: &str, family: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    if says(&CARS) {
        "car"
    } else if says(&SPEAKERS) {
        "speaker"
    } else if says(&CONSOLES) {
        "console"
    } else if says(&TVS) || matches!(os, "tvOS" | "ATV OS X" | "Chromecast" | "WebTV" | "HbbTV") {
        "tv"
    } else if says(&TABLETS) || family == "iPad" {
        "tablet"
    } else if says(&PHONES) || matches!(os, "iOS" | "Windows Phone" | "KaiOS") {
        "phone"
    } else if os == "Android" || agent.contains("Android") {
        if agent.starts_with("Mozilla/") && !agent.contains("Mobile") {
            "tablet"
        } else {
            "phone"
        }
    } else if says(&COMPUTERS)
        || matches!(
            os,
            "Windows" | "Mac OS X" | "Linux" | "Ubuntu" | "Fedora" | "Debian" | "Chrome OS"
        )
    {
        "computer"
    } else if agent.contains("Mobile") {
        "phone"
    } else {
        OTHER_DEVICE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static AGENTS: LazyLock<Agents> = LazyLock::new(|| Agents::new().unwrap());

    /// device, os, version, browser, version, then the agent.
    const REAL: &str = include_str!("../tests/agents.tsv");

    #[test]
    fn real_agents_are_read_as_people_would() {
        let lines: Vec<&str> = REAL.lines().filter(|line| !line.starts_with('#')).collect();
        let read = lines.iter().map(|line| {
            let text = line.rsplit('\t').next();
            let agent = AGENTS.of(text);
            assert!(!agent.bot, "{line}");
            [
                agent.device,
                &agent.os,
                &agent.os_version,
                &agent.browser,
                &agent.browser_version,
                text.unwrap_or_default(),
            ]
            .join("\t")
        });
        assert_eq!(read.collect::<Vec<_>>(), lines);
    }

    #[test]
    fn declared_crawlers_are_bots_and_libraries_of_apps_are_not() {
        for text in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "curl/8.5.0",
            "python-requests/2.31.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
        ] {
            assert!(AGENTS.of(Some(text)).bot, "{text}");
        }
        for text in [
            "okhttp/4.12.0",
            "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)",
            "Dart/3.3 (dart:io)",
            "AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X)",
        ] {
            assert!(!AGENTS.of(Some(text)).bot, "{text}");
        }
    }

    #[test]
    fn no_agent_is_unknown_and_nonsense_is_other() {
        for none in [None, Some(""), Some("  ")] {
            assert_eq!(*AGENTS.of(none), Agent::default());
        }
        assert_eq!(AGENTS.of(Some("nonsense")).device, "other");
    }

    proptest! {
        #[test]
        fn any_agent_is_read_and_only_its_beginning_matters(text in "\\PC{0,600}", tail in "\\PC{0,100}") {
            let agent = AGENTS.of(Some(&text));
            prop_assert!(agent.device.is_empty() == text.trim().is_empty());
            prop_assert!(agent.device.is_empty() || agent.device == OTHER_DEVICE || DEVICES.contains(&agent.device));
            let long = format!("x{:x<511}", cut(text.trim(), 200));
            prop_assert_eq!(AGENTS.of(Some(&long)), AGENTS.of(Some(&format!("{}{tail}", cut(&long, MAX_AGENT_BYTES)))));
        }
    }
}
