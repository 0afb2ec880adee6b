//! One listening, and the reports that a player makes of it.

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;
use veza_schemas::report::{HeardBasis, Report};

use super::sources::Visit;

/// A careful player reports this often, in ms.
const INTERVAL_MS: u32 = 30_000;
/// Share of plays that are left within seconds, and of those heard to the end.
const SKIPPED: f64 = 0.13;
const COMPLETED: f64 = 0.58;
/// Share of reports that are sent twice, as after a lost answer.
const RETRIED: f64 = 0.005;

/// A report, and when it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct DueReport {
    pub at: Timestamp,
    pub report: Report,
    pub do_not_track: bool,
}

impl Eq for DueReport {}

impl Ord for DueReport {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |due: &Self| (due.at, due.report.play_id, due.report.seq);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for DueReport {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Who listens to what, from when, having come from where.
pub struct Listening<'a> {
    pub track_id: Uuid,
    pub duration_ms: u32,
    pub started_at: Timestamp,
    /// Of a listener who is logged in.
    pub account: Option<Uuid>,
    pub listener: Option<String>,
    pub do_not_track: bool,
    pub address: IpAddr,
    pub user_agent: &'a str,
    pub visit: Visit,
    /// Reports every 30 s, not only at the end.
    pub careful: bool,
}

impl Listening<'_> {
    /// The reports of this listening, in order; how long it lasts is drawn here.
    pub fn reports(self, rng: &mut ChaCha8Rng) -> Vec<DueReport> {
        let play_id = uuid::Builder::from_random_bytes(rng.random()).into_uuid();
        let heard = heard_ms(self.duration_ms, rng);
        let mut reports = Vec::new();
        let mut before = 0;
        let mut seq = 0;
        while self.careful && heard - before > INTERVAL_MS {
            reports.push(self.report(play_id, seq, before, INTERVAL_MS, false));
            before += INTERVAL_MS;
            seq += 1;
        }
        reports.push(self.report(play_id, seq, before, heard - before, true));
        if rng.random_bool(RETRIED) {
            reports.extend(reports.last().cloned());
        }
        reports
    }

    fn report(&self, play_id: Uuid, seq: u16, before: u32, heard: u32, ended: bool) -> DueReport {
        let report = Report {
            play_id,
            seq,
            track_id: self.track_id,
            started_at: self.started_at,
            sent_at: None,
            heard_ms: heard,
            heard_before_ms: before,
            ended,
            referrer: self.visit.referrer.clone(),
            page_url: self.visit.page_url.clone(),
            context: self.visit.context.map(str::to_owned),
            listener: self.listener.clone(),
            address: Some(self.address.to_string()),
            user_agent: Some(self.user_agent.to_owned()),
            country: None,
            subject: self.account.map(|account| account.to_string()),
            heard_basis: HeardBasis::Measured,
        };
        let after = SignedDuration::from_millis(i64::from(before) + i64::from(heard));
        DueReport {
            at: self.started_at + after,
            report,
            do_not_track: self.do_not_track,
        }
    }
}

/// How much of a track is heard: a few seconds, all of it, or something between.
fn heard_ms(duration_ms: u32, rng: &mut ChaCha8Rng) -> u32 {
    let part = match rng.random::<f64>() {
        draw if draw < SKIPPED => return rng.random_range(1_500..25_000).min(duration_ms),
        draw if draw < SKIPPED + COMPLETED => rng.random_range(0.93..1.0),
        _ => rng.random_range(0.2..0.9),
    };
    (f64::from(duration_ms) * part) as u32
}
