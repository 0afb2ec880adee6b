//! How people come: the first page of a visit and what referred to it.

use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand_chacha::ChaCha8Rng;

/// The site on which the simulated players live.
const SITE: &str = "https://veza.example";

/// Where a visit began.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    pub referrer: Option<String>,
    pub page_url: Option<String>,
    pub context: Option<&'static str>,
}

struct Origin {
    weight: f64,
    referrer: Option<&'static str>,
    /// Query of the page, such as `utm_source=…`.
    query: Option<&'static str>,
}

const fn from(weight: f64, referrer: &'static str) -> Origin {
    Origin {
        weight,
        referrer: Some(referrer),
        query: None,
    }
}

const fn tagged(weight: f64, query: &'static str) -> Origin {
    Origin {
        weight,
        referrer: None,
        query: Some(query),
    }
}

const ORIGINS: [Origin; 27] = [
    Origin {
        weight: 19.0,
        referrer: None,
        query: None,
    },
    from(20.0, "https://www.instagram.com/"),
    from(13.0, "https://veza.example/discover"),
    from(10.0, "https://www.google.com/"),
    from(7.5, "https://www.youtube.com/"),
    from(5.5, "https://www.tiktok.com/"),
    from(3.0, "https://chatgpt.com/"),
    from(2.4, "https://www.reddit.com/r/listentothis/"),
    from(1.8, "https://duckduckgo.com/"),
    from(1.6, "https://l.facebook.com/"),
    from(
        1.4,
        "android-app://com.google.android.googlequicksearchbox/",
    ),
    from(1.2, "https://t.co/x"),
    from(1.0, "https://www.bing.com/"),
    from(0.9, "https://bandcamp.com/"),
    from(0.8, "https://www.perplexity.ai/"),
    from(0.7, "https://open.spotify.com/"),
    from(0.6, "https://pitchfork.com/reviews/"),
    from(0.5, "https://nightferry-blog.example/posts/undertow"),
    from(0.4, "https://radio-brume.example/playlist"),
    from(0.4, "https://lesinrocks.com/musique"),
    from(0.3, "https://mastodon.social/"),
    from(0.3, "https://harbour-zine.example/"),
    tagged(
        4.0,
        "utm_source=newsletter&utm_medium=email&utm_campaign=autumn-letter",
    ),
    tagged(
        1.6,
        "utm_source=instagram&utm_medium=cpc&utm_campaign=undertow-release",
    ),
    tagged(0.8, "gclid=Cj0KCQiA"),
    tagged(0.7, "fbclid=IwAR0x"),
    tagged(
        0.4,
        "utm_source=flyer&utm_medium=print&utm_campaign=tour-2026",
    ),
];

const CONTEXTS: [(&str, f64); 8] = [
    ("profile", 24.0),
    ("playlist", 22.0),
    ("recommendation", 18.0),
    ("search", 11.0),
    ("library", 10.0),
    ("radio", 7.0),
    ("product", 5.0),
    ("embed", 3.0),
];

/// Share of players that say nothing of where on the site they were.
const NO_CONTEXT: f64 = 0.02;

/// Draws visits.
pub struct Sources {
    origins: WeightedIndex<f64>,
    contexts: WeightedIndex<f64>,
}

impl Sources {
    pub fn new() -> Result<Self, rand::distr::weighted::Error> {
        Ok(Self {
            origins: WeightedIndex::new(ORIGINS.iter().map(|origin| origin.weight))?,
            contexts: WeightedIndex::new(CONTEXTS.iter().map(|(_, weight)| weight))?,
        })
    }

    pub fn visit(&self, rng: &mut ChaCha8Rng) -> Visit {
        let origin = &ORIGINS[self.origins.sample(rng)];
        let page = match origin.query {
            Some(query) => format!("{SITE}/listen?{query}"),
            None => format!("{SITE}/listen"),
        };
        let context = CONTEXTS[self.contexts.sample(rng)].0;
        Visit {
            referrer: origin.referrer.map(str::to_owned),
            page_url: Some(page),
            context: (!rng.random_bool(NO_CONTEXT)).then_some(context),
        }
    }
}
