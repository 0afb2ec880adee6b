//! The people, and who of them listens to what in a minute.

use std::net::IpAddr;

use jiff::Timestamp;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::agents::Agents;
use super::listening::{DueReport, Listening};
use super::places::{Addresses, COUNTRIES};
use super::rhythm;
use super::sources::Sources;
use super::{Options, SimulateError};
use crate::client::Track;

/// Share of plays by crawlers.
const CRAWLERS: f64 = 0.012;
/// Share of people who ask not to be tracked, and of those whose player keeps no id.
const UNTRACKED: f64 = 0.03;
const WITHOUT_ID: f64 = 0.12;
/// Share of people whose player reports every 30 s.
const CAREFUL: f64 = 0.25;
/// Share of plays that the same person repeats at once.
const REPEATED: f64 = 0.07;
/// How often a track by somebody from elsewhere is passed over for another one: creators are heard most at home.
const PREFERS_HOME: f64 = 0.4;
/// The audience's yearly growth, as a factor.
const YEARLY_GROWTH: f64 = 1.6;
/// When the audience has the size that was asked for: 2026-11-01T00:00:00Z, in hours from the epoch.
const GROWTH_BASE_HOUR: i64 = 498_408;

struct Person {
    country: usize,
    address: IpAddr,
    agent: String,
    /// Of a person who is logged in.
    account: Option<Uuid>,
    id: Option<String>,
    do_not_track: bool,
    careful: bool,
}

/// People over a catalog.
pub struct Audience {
    people: Vec<Person>,
    /// Some listen much, most little.
    eagerness: WeightedIndex<f64>,
    catalog: Vec<Track>,
    /// Each creator's home, as an index into [`COUNTRIES`], in the catalog's order.
    homes: Vec<usize>,
    sources: Sources,
    agents: Agents,
    daily_plays: f64,
}

impl Audience {
    pub fn new(options: &Options, mut catalog: Vec<Track>) -> Result<Self, SimulateError> {
        if catalog.is_empty() {
            return Err(SimulateError::EmptyCatalog);
        }
        catalog.sort_by_key(|track| track.id);
        let agents = Agents::read(&options.user_agents)?;
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let addresses = Addresses::draw(&options.geoip, &mut rng)?;
        let countries = WeightedIndex::new(COUNTRIES.iter().map(|country| country.weight))?;
        let mut people = (0..options.population.max(1))
            .map(|number| {
                let country = countries.sample(&mut rng);
                Person {
                    country,
                    address: addresses.of(country, &mut rng),
                    agent: agents.of_a_person(&mut rng).to_owned(),
                    account: None,
                    id: (!rng.random_bool(WITHOUT_ID)).then(|| format!("listener-{number}")),
                    do_not_track: rng.random_bool(UNTRACKED),
                    careful: rng.random_bool(CAREFUL),
                }
            })
            .collect::<Vec<_>>();
        for (person, account) in people.iter_mut().zip(&options.accounts) {
            person.account = Some(*account);
            person.do_not_track = false;
        }
        let homes = catalog
            .iter()
            .map(|track| {
                let mut of_creator = ChaCha8Rng::seed_from_u64(options.seed ^ track.creator_id);
                countries.sample(&mut of_creator)
            })
            .collect();
        Ok(Self {
            eagerness: WeightedIndex::new(
                (0..people.len()).map(|rank| (rank as f64 + 20.0).powf(-0.55)),
            )?,
            people,
            catalog,
            homes,
            sources: Sources::new()?,
            agents,
            daily_plays: f64::from(options.daily_plays),
        })
    }

    /// The plays that begin in `minute` (counted from the epoch), each with its reports, by start. `by_minute` sets how many, in
    /// place of the rhythm of day, week and year.
    pub fn plays(
        &self,
        minute: i64,
        by_minute: Option<f64>,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Vec<DueReport>> {
        let hour = minute.div_euclid(60);
        let expected = by_minute.unwrap_or_else(|| self.expected_plays(hour));
        let Some(popularity) = self.popularity(hour) else {
            return Vec::new();
        };
        let mut plays = Vec::new();
        for _ in 0..poisson(expected, rng) {
            let person = self.who(hour, rng);
            let track = self.which(person, &popularity, rng);
            let start = minute * 60_000 + rng.random_range(0..60_000);
            let listening = self.listening(person, track, start, rng);
            let Some(listening) = listening else { continue };
            let first = listening.reports(rng);
            let again = first
                .last()
                .filter(|_| rng.random_bool(REPEATED))
                .map(|last| last.at);
            plays.push(first);
            if let Some(again) =
                again.and_then(|at| self.listening(person, track, at.as_millisecond(), rng))
            {
                plays.push(again.reports(rng));
            }
        }
        plays.sort_by_key(|play| play.first().map(|due| due.report.started_at));
        plays
    }

    /// How many plays a minute of that hour has.
    fn expected_plays(&self, hour: i64) -> f64 {
        let total: f64 = COUNTRIES.iter().map(|country| country.weight).sum();
        let awake: f64 = COUNTRIES
            .iter()
            .map(|country| country.weight * rhythm::activity(hour, country.offset))
            .sum();
        let years = (hour - GROWTH_BASE_HOUR) as f64 / (24.0 * 365.25);
        self.daily_plays / 1_440.0 * awake / total * YEARLY_GROWTH.powf(years)
    }

    /// How much each track is heard in that hour; none where nothing is released yet.
    fn popularity(&self, hour: i64) -> Option<WeightedIndex<f64>> {
        let now = hour * 3_600;
        WeightedIndex::new(self.catalog.iter().enumerate().map(|(rank, track)| {
            let days = track
                .released_at
                .map(|at| (now - at.as_second()) as f64 / 86_400.0);
            rhythm::appeal(days) / (1.0 + (rank % 14) as f64).powf(0.7)
        }))
        .ok()
    }

    fn who(&self, hour: i64, rng: &mut ChaCha8Rng) -> &Person {
        loop {
            let person = &self.people[self.eagerness.sample(rng)];
            let awake = rhythm::activity(hour, COUNTRIES[person.country].offset);
            if rng.random::<f64>() * rhythm::most_activity() < awake {
                return person;
            }
        }
    }

    fn which(
        &self,
        person: &Person,
        popularity: &WeightedIndex<f64>,
        rng: &mut ChaCha8Rng,
    ) -> &Track {
        let mut choice = popularity.sample(rng);
        if self.homes[choice] != person.country && rng.random_bool(PREFERS_HOME) {
            choice = popularity.sample(rng);
        }
        &self.catalog[choice]
    }

    fn listening<'a>(
        &'a self,
        person: &'a Person,
        track: &Track,
        start_ms: i64,
        rng: &mut ChaCha8Rng,
    ) -> Option<Listening<'a>> {
        let crawler = rng
            .random_bool(CRAWLERS)
            .then(|| self.agents.of_a_crawler(rng));
        Some(Listening {
            track_id: track.id,
            duration_ms: track.duration_ms,
            started_at: Timestamp::from_millisecond(start_ms).ok()?,
            account: person.account,
            listener: person.id.clone(),
            do_not_track: person.do_not_track,
            address: person.address,
            user_agent: crawler.unwrap_or(&person.agent),
            visit: self.sources.visit(rng),
            careful: person.careful,
        })
    }
}

/// A Poisson variate, by counting exponential waits until they exceed the mean.
fn poisson(mean: f64, rng: &mut ChaCha8Rng) -> usize {
    let mut waited = 0.0;
    let mut count = 0;
    loop {
        waited += -(1.0 - rng.random::<f64>()).ln();
        if waited > mean {
            return count;
        }
        count += 1;
    }
}
