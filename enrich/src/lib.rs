//! A report and the catalog make a row: place, agent, bot, source, listener, verdict. Pure: no files, no network, no clock.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used))]

pub mod agent;
pub mod bot;
pub mod listener;
#[cfg(any(test, feature = "testing"))]
pub mod mmdb;
pub mod place;
pub mod play;
pub mod record;
pub mod source;
mod table;
mod text;
pub mod verdict;

use std::net::IpAddr;
use std::sync::Arc;

use uuid::Uuid;
use veza_schemas::record_view::ReportView;
use veza_schemas::row::{RULE, Reason};

use crate::agent::{AgentDataError, Agents};
use crate::listener::{Identity, ListenerKey};
use crate::place::{Place, Places};
use crate::play::Play;
use crate::record::Record;
use crate::source::Sources;
pub use crate::table::TableError;
use crate::verdict::{Evidence, Seen, judge};

/// What the catalog knows of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track {
    /// Never 0.
    pub creator_id: u64,
    /// The creator's account, if there is one.
    pub creator_user: Option<Uuid>,
    pub duration_ms: u32,
}

/// Where a record stands in Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<'a> {
    /// Kafka's UUID of the topic.
    pub topic_id: &'a str,
    pub partition: u16,
    pub offset: u64,
}

/// The data that ships with this crate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum EnricherError {
    #[error(transparent)]
    Agents(#[from] AgentDataError),
    #[error(transparent)]
    Sources(#[from] TableError),
}

/// Makes rows of records. Shared between threads; what it remembers changes its speed alone.
pub struct Enricher {
    agents: Agents,
    sources: Sources,
    listeners: ListenerKey,
}

impl Enricher {
    /// `site_hosts`: the installation's own hosts, whose referrals are `internal`.
    pub fn new(listeners: ListenerKey, site_hosts: &[String]) -> Result<Self, EnricherError> {
        Ok(Self {
            agents: Agents::new()?,
            sources: Sources::new(site_hosts)?,
            listeners,
        })
    }

    /// The row of a record. `track`: what the catalog knows of its track, `None` if it is not there; `seen`: what was stored
    /// before of its play.
    pub fn enrich<'a>(
        &self,
        record: &Record<'_>,
        position: Position<'a>,
        places: &Places,
        track: Option<&Track>,
        seen: Seen,
    ) -> Play<'a> {
        let report = &record.report;
        let address = report.address.and_then(|text| text.parse::<IpAddr>().ok());
        let place = place(report, address, places);
        let agent = self.agents.of(report.user_agent);
        let source = self.sources.of(report.referrer, report.page_url);
        let listener = self.listeners.of(&Identity {
            subject: report.subject,
            listener: report.listener,
            address,
            user_agent: report.user_agent,
            started_at_ms: record.started_at_ms,
            do_not_track: report.do_not_track,
        });
        let wall_ms = u32::try_from(report.times().wall_ms()).unwrap_or(u32::MAX);
        let own = is_own(report, track);
        let verdict = judge(&Evidence {
            heard_ms: report.heard_ms,
            heard_before_ms: report.heard_before_ms,
            wall_ms,
            duration_ms: track.map(|track| track.duration_ms),
            ended: report.ended,
            own,
            bot: agent.bot,
            imported: report.imported,
            assumed: report.heard_assumed,
            seen,
        });
        Play {
            creator_id: track.map_or(0, |track| track.creator_id),
            slot: record.slot,
            track_id: record.track_id,
            listener,
            counted: verdict.reason == Reason::Counted,
            completed: verdict.completed,
            skipped: verdict.skipped,
            heard_ms: report.heard_ms,
            reason: verdict.reason,
            place,
            agent,
            source,
            context: source::context(report.context),
            play_id: record.play_id,
            seq: report.seq,
            started_at_ms: record.started_at_ms,
            received_at_ms: report.received_at_ms,
            heard_before_ms: report.heard_before_ms,
            wall_ms,
            duration_ms: track.map_or(0, |track| track.duration_ms),
            ended: report.ended,
            own,
            imported: report.imported,
            assumed: report.heard_assumed,
            rule: RULE,
            topic_id: position.topic_id,
            kafka_partition: position.partition,
            kafka_offset: position.offset,
        }
    }
}

/// Where it was heard: the address says it best; the country that an import recorded fills in where the address says nothing.
fn place(report: &ReportView<'_>, address: Option<IpAddr>, places: &Places) -> Arc<Place> {
    let place = address
        .map(|address| places.of(address))
        .unwrap_or_default();
    match report.country {
        Some(country) if place.country.is_empty() => Arc::new(Place::of_country(country)),
        _ => place,
    }
}

fn is_own(report: &ReportView<'_>, track: Option<&Track>) -> bool {
    let creator = track.and_then(|track| track.creator_user);
    let listener = report
        .subject
        .and_then(|subject| subject.parse::<Uuid>().ok());
    creator.is_some() && creator == listener
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message;
    use std::sync::LazyLock;
    use veza_schemas::record::PlayReport;

    static ENRICHER: LazyLock<Enricher> = LazyLock::new(|| {
        Enricher::new(
            "0".repeat(32).parse().unwrap(),
            &["veza.example".to_string()],
        )
        .unwrap()
    });

    const CREATOR: Uuid = Uuid::from_u128(9);
    const TRACK: Track = Track {
        creator_id: 5,
        creator_user: Some(CREATOR),
        duration_ms: 180_000,
    };
    const POSITION: Position<'static> = Position {
        topic_id: "t",
        partition: 3,
        offset: 77,
    };

    fn report() -> PlayReport {
        PlayReport {
            play_id: vec![1; 16].into(),
            track_id: vec![2; 16].into(),
            started_at_ms: 1_700_000_000_000,
            sent_at_ms: Some(1_700_000_180_000),
            received_at_ms: 1_700_000_180_500,
            heard_ms: 180_000,
            ended: true,
            ..PlayReport::default()
        }
    }

    fn row(report: &PlayReport, track: Option<&Track>) -> Play<'static> {
        let bytes = report.encode_to_vec();
        let record = Record::read(&bytes).unwrap();
        ENRICHER.enrich(
            &record,
            POSITION,
            &Places::default(),
            track,
            Seen::default(),
        )
    }

    #[test]
    fn a_whole_play_is_counted_and_complete_and_keeps_what_it_was_judged_by() {
        let row = row(&report(), Some(&TRACK));
        assert_eq!(
            (row.reason, row.counted, row.completed, row.skipped),
            (Reason::Counted, true, true, false)
        );
        assert_eq!(
            (row.creator_id, row.duration_ms, row.wall_ms, row.rule),
            (5, 180_000, 180_000, RULE)
        );
        assert_eq!(
            (row.topic_id, row.kafka_partition, row.kafka_offset),
            ("t", 3, 77)
        );
        assert_eq!(row.slot % 900, 0);
    }

    #[test]
    fn an_unknown_track_has_neither_creator_nor_duration() {
        let row = row(&report(), None);
        assert_eq!(
            (row.reason, row.creator_id, row.duration_ms, row.own),
            (Reason::UnknownTrack, 0, 0, false)
        );
    }

    #[test]
    fn the_creators_own_play_is_known_by_the_account_however_it_is_written() {
        for subject in [
            CREATOR.hyphenated().to_string(),
            CREATOR.hyphenated().to_string().to_uppercase(),
        ] {
            let own = row(
                &PlayReport {
                    subject: Some(subject),
                    ..report()
                },
                Some(&TRACK),
            );
            assert_eq!(
                (own.reason, own.own, own.counted),
                (Reason::OwnPlay, true, false)
            );
        }
        let no_account = Track {
            creator_user: None,
            ..TRACK
        };
        assert!(
            !row(&report(), Some(&no_account)).own,
            "nobody is not a creator without account"
        );
    }

    #[test]
    fn an_own_play_is_judged_and_nobody_is_known_who_asked_not_to_be() {
        let own = row(
            &PlayReport {
                subject: Some(CREATOR.to_string()),
                do_not_track: true,
                ..report()
            },
            Some(&TRACK),
        );
        assert_eq!((own.reason, own.listener), (Reason::OwnPlay, 0));
    }

    #[test]
    fn an_imports_country_fills_in_where_the_address_says_nothing() {
        let record = mmdb::map([
            ("country_code", "FR".into()),
            ("state1", "Brittany".into()),
            ("city", "Brest".into()),
        ]);
        let database =
            place::Database::read("test", mmdb::write(4, &[("203.0.113.0/24", record)])).unwrap();
        let places = Places::new(vec![Arc::new(database)]);
        let country = |address: Option<&str>| {
            let report = PlayReport {
                address: address.map(str::to_string),
                country: Some("DE".into()),
                imported: true,
                ..report()
            };
            let bytes = report.encode_to_vec();
            let record = Record::read(&bytes).unwrap();
            ENRICHER
                .enrich(&record, POSITION, &places, Some(&TRACK), Seen::default())
                .place
                .country
                .clone()
        };
        assert_eq!(country(None), "DE");
        assert_eq!(country(Some("198.51.100.1")), "DE");
        assert_eq!(country(Some("203.0.113.1")), "FR");
    }

    proptest! {
        #[test]
        fn whatever_a_player_sends_becomes_a_row_of_one_outcome(
            texts in proptest::collection::vec(proptest::option::of("\\PC{0,40}"), 7),
            (heard_ms, heard_before_ms, seq) in (0u32..=86_400_000, 0u32..=86_400_000, 0u32..=65_535),
            [ended, do_not_track, imported, heard_assumed]: [bool; 4],
            known: bool,
        ) {
            let [referrer, page_url, context, listener, address, user_agent, country] = <[Option<String>; 7]>::try_from(texts).unwrap();
            let report = PlayReport {
                referrer, page_url, context, listener, address, user_agent, country,
                heard_ms, heard_before_ms, seq, ended, do_not_track, imported, heard_assumed,
                ..report()
            };
            let row = row(&report, known.then_some(&TRACK));
            prop_assert_eq!(row.counted, row.reason == Reason::Counted);
            prop_assert!(!(row.completed && row.skipped));
            prop_assert!(!(row.assumed && (row.completed || row.skipped)));
            prop_assert!(!do_not_track || row.listener == 0);
            prop_assert!(row.place.country.is_empty() == (row.place.id == 0));
        }
    }
}
