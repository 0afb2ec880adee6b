//! Declared crawlers, monitors and programs, by the expressions of `data/crawlers`.

use regex_filtered::{Builder, Regexes};

/// The libraries that players themselves are built with: an app that streams through one is a listener, not a crawler.
const PLAYER_LIBRARIES: [&str; 1] = ["okhttp"];

/// The expressions that ship with this crate can't be used; the tests would see it.
#[derive(Debug, thiserror::Error)]
pub enum CrawlerDataError {
    #[error("{pattern}: {source}")]
    Expression {
        pattern: &'static str,
        source: regex_filtered::ParseError,
    },
    #[error(transparent)]
    Set(#[from] regex_filtered::BuildError),
}

/// Recognises agents that say what they are.
pub(crate) struct Crawlers {
    patterns: Regexes,
}

impl Crawlers {
    pub(crate) fn new() -> Result<Self, CrawlerDataError> {
        let mut builder = Builder::new_atom_len(3);
        for pattern in include_str!("../data/crawlers/patterns.txt").lines() {
            if !PLAYER_LIBRARIES.contains(&pattern) {
                builder = builder
                    .push(pattern)
                    .map_err(|source| CrawlerDataError::Expression { pattern, source })?;
            }
        }
        Ok(Self {
            patterns: builder.build()?,
        })
    }

    pub(crate) fn declares(&self, agent: &str) -> bool {
        self.patterns.is_match(agent)
    }
}
