//! Realistic records: real user agents by their real weight, a million addresses, a hundred thousand tracks of uneven fame.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::Context;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;
use veza_players::simulate::agents::Agents;
use veza_players::simulate::sources::Sources;
use veza_schemas::record::PlayReport;

/// Tracks of the catalog.
pub const TRACKS: u32 = 100_000;
/// Addresses that people listen from.
pub const ADDRESSES: u32 = 1_000_000;
/// Duration of each track, in ms.
pub const DURATION_MS: u32 = 180_000;

/// Draws records; the same seed gives the same ones.
pub struct Listening {
    agents: Agents,
    sources: Sources,
    rng: ChaCha8Rng,
    last: Option<PlayReport>,
}

/// The id of a track of the catalog.
pub fn track(index: u32) -> Uuid {
    Uuid::from_u128(0x7e2a_0000_0000_4000_8000_0000_0000_0000 | u128::from(index))
}

impl Listening {
    /// `user_agents`: the file of the npm package `user-agents`.
    pub fn new(user_agents: &Path, seed: u64) -> anyhow::Result<Self> {
        Ok(Self {
            agents: Agents::read(user_agents).context("the user agents")?,
            sources: Sources::new()?,
            rng: ChaCha8Rng::seed_from_u64(seed),
            last: None,
        })
    }

    /// One report as ingest writes it, received at `now_ms` (Unix ms).
    ///
    /// Of a hundred, about 20 go on with the play before, one repeats it, 3 are a crawler's, and 10 are skips.
    pub fn next(&mut self, now_ms: i64) -> PlayReport {
        let roll = self.rng.random_range(0..100);
        match self.last.take() {
            Some(last) if roll < 1 => last,
            Some(last) if roll < 21 && !last.ended => self.heard_on(last, now_ms),
            _ => {
                let report = self.begun(now_ms);
                self.last = Some(report.clone());
                report
            }
        }
    }

    fn heard_on(&mut self, last: PlayReport, now_ms: i64) -> PlayReport {
        PlayReport {
            seq: last.seq + 1,
            heard_before_ms: last.heard_before_ms + last.heard_ms,
            heard_ms: 30_000,
            ended: true,
            sent_at_ms: Some(now_ms),
            received_at_ms: now_ms,
            ..last
        }
    }

    fn begun(&mut self, now_ms: i64) -> PlayReport {
        let heard_ms = if self.rng.random_bool(0.1) {
            5_000
        } else {
            32_000
        };
        let visit = self.sources.visit(&mut self.rng);
        let fame = self.rng.random::<f64>().powi(3);
        let agent = if self.rng.random_bool(0.03) {
            self.agents.of_a_crawler(&mut self.rng).to_owned()
        } else {
            self.agents.of_a_person(&mut self.rng).to_owned()
        };
        PlayReport {
            play_id: self.id().into(),
            track_id: track((fame * f64::from(TRACKS)) as u32)
                .into_bytes()
                .to_vec()
                .into(),
            started_at_ms: now_ms - 100_000,
            sent_at_ms: Some(now_ms),
            received_at_ms: now_ms,
            heard_ms,
            ended: heard_ms < 30_000 || self.rng.random_bool(0.5),
            referrer: visit.referrer,
            page_url: visit.page_url,
            context: visit.context.map(str::to_owned),
            listener: self
                .rng
                .random_bool(0.7)
                .then(|| format!("listener-{}", self.rng.random_range(0..ADDRESSES))),
            address: Some(self.address()),
            user_agent: Some(agent),
            ..PlayReport::default()
        }
    }

    fn id(&mut self) -> Vec<u8> {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .into_bytes()
            .to_vec()
    }

    fn address(&mut self) -> String {
        // Spread over the public space by an odd factor.
        let index = self.rng.random_range(0..ADDRESSES);
        let number = 0x0100_0000 + index.wrapping_mul(2_654_435_761) % 0xde00_0000;
        Ipv4Addr::from(number).to_string()
    }
}
