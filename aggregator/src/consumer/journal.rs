//! The journal: what travels in a commit's metadata. It says for which topic an offset was committed, and which range may be on
//! its way to ClickHouse, so that the partition's next owner asks for that range before it sends anything.
//!
//! One range at a time: the next is journaled when this one is stored. With two, a process that was stopped could send the
//! second, judged by what it believes of the first, after its successor has stored the first one judged anew.

use std::fmt;

use super::range::Span;

/// Written as `TOPIC` or `TOPIC FIRST-LAST`: ASCII, and far below the 4,096 bytes that a broker takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal<'a> {
    /// Kafka's UUID of the topic.
    pub topic_id: &'a str,
    /// The range that may be stored, in whole, in part, or not yet.
    pub pending: Option<Span>,
}

impl<'a> Journal<'a> {
    /// `None`: not written by an aggregator; someone has set the offset by hand.
    pub fn read(metadata: &'a str) -> Option<Self> {
        let (topic_id, pending) = match metadata.split_once(' ') {
            None => (metadata, None),
            Some((topic_id, span)) => {
                let (first, last) = span.split_once('-')?;
                let (first, last) = (first.parse().ok()?, last.parse().ok()?);
                if first > last {
                    return None;
                }
                (topic_id, Some(Span { first, last }))
            }
        };
        is_topic_id(topic_id).then_some(Self { topic_id, pending })
    }
}

impl fmt::Display for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.topic_id)?;
        match &self.pending {
            Some(span) => write!(f, " {span}"),
            None => Ok(()),
        }
    }
}

/// Kafka's UUIDs are 16 bytes in URL-safe Base64.
fn is_topic_id(text: &str) -> bool {
    let base64 = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.len() == 22 && text.chars().all(base64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOPIC: &str = "q7wTq4DfQeS5Zb-_k1XgHA";

    proptest! {
        #[test]
        fn what_is_written_is_read(first in any::<u64>(), length in 0u64..100_000, pending: bool) {
            let span = Span { first, last: first.saturating_add(length) };
            let journal = Journal { topic_id: TOPIC, pending: pending.then_some(span) };
            let metadata = journal.to_string();
            prop_assert!(metadata.is_ascii() && metadata.len() < 4_096);
            prop_assert_eq!(Journal::read(&metadata), Some(journal));
        }
    }

    #[test]
    fn metadata_of_other_tools_is_no_journal() {
        for metadata in [
            "",
            "reset by hand",
            &format!("{TOPIC} 5-"),
            &format!("{TOPIC} x"),
            &format!("{TOPIC} 9-5"),
        ] {
            assert_eq!(Journal::read(metadata), None, "{metadata}");
        }
    }
}
