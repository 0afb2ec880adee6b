//! Where people are: countries with their share of the audience, and real addresses of each.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use maxminddb::Reader;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::SimulateError;

/// A country's part in the audience.
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// Relative number of listeners.
    pub weight: f64,
    /// Hours ahead of UTC, roughly: a rhythm needs no more.
    pub offset: i32,
}

macro_rules! countries {
    ($($code:literal $weight:literal $offset:literal,)+) => {
        /// The audience's countries, the largest first.
        pub const COUNTRIES: &[Country] = &[$(Country { code: $code, weight: $weight, offset: $offset },)+];
    };
}

countries! {
    "FR" 30.0 1, "DE" 12.0 1, "US" 9.5 -6, "GB" 8.5 0, "CA" 5.0 -5, "BR" 4.5 -3, "ES" 3.6 1, "IT" 3.2 1,
    "BE" 3.0 1, "NL" 2.6 1, "CH" 2.0 1, "JP" 1.9 9, "IN" 1.8 5, "AU" 1.7 10, "PL" 1.4 1, "SE" 1.3 1, "MX" 1.2 -6,
    "PT" 1.0 0, "AR" 0.9 -3, "AT" 0.8 1, "DK" 0.7 1, "NO" 0.6 1, "IE" 0.5 0, "FI" 0.5 2, "CZ" 0.5 1, "TR" 0.4 3,
    "MA" 0.4 1, "ZA" 0.4 2, "KR" 0.4 9, "CL" 0.3 -4, "CO" 0.3 -5, "GR" 0.3 2, "RO" 0.3 2, "HU" 0.2 1, "UA" 0.2 2,
    "NZ" 0.2 12, "ID" 0.2 7, "PH" 0.2 8, "SG" 0.2 8, "TH" 0.2 7, "EG" 0.2 2, "NG" 0.2 1, "KE" 0.1 3, "SN" 0.1 0,
    "TW" 0.1 8, "IL" 0.1 2, "AE" 0.1 4, "PE" 0.1 -5, "VN" 0.1 7, "NP" 0.1 5,
}

/// Addresses wanted of each country.
const POOL: usize = 60;
/// Addresses tried at most: the rarest country here has about one in ten thousand.
const TRIES: usize = 4_000_000;

/// Addresses that the GeoIP files place in each country of [`COUNTRIES`], in its order.
pub struct Addresses(Vec<Vec<IpAddr>>);

impl Addresses {
    /// Draws public IPv4 addresses until each country has some. The same files and seed give the same addresses.
    pub fn draw(geoip: &[PathBuf], rng: &mut ChaCha8Rng) -> Result<Self, SimulateError> {
        let readers = geoip.iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let index: BTreeMap<&str, usize> = COUNTRIES
            .iter()
            .enumerate()
            .map(|(i, country)| (country.code, i))
            .collect();
        let mut pools: Vec<Vec<IpAddr>> = vec![Vec::new(); COUNTRIES.len()];
        let mut wanting = COUNTRIES.len();
        for _ in 0..TRIES {
            if wanting == 0 {
                break;
            }
            let address = IpAddr::V4(Ipv4Addr::from(rng.random::<u32>()));
            let found = country_of(&readers, address).and_then(|code| index.get(code.as_str()));
            let Some(pool) = found.map(|i| &mut pools[*i]) else {
                continue;
            };
            if pool.len() < POOL {
                pool.push(address);
                wanting -= usize::from(pool.len() == POOL);
            }
        }
        match pools.iter().position(Vec::is_empty) {
            Some(empty) => Err(SimulateError::NoAddress(COUNTRIES[empty].code)),
            None => Ok(Self(pools)),
        }
    }

    /// Some address of the country at `index` of [`COUNTRIES`].
    pub fn of(&self, index: usize, rng: &mut ChaCha8Rng) -> IpAddr {
        let pool = &self.0[index];
        pool[rng.random_range(0..pool.len())]
    }
}

fn open(path: &PathBuf) -> Result<Reader<Vec<u8>>, SimulateError> {
    Reader::open_readfile(path).map_err(|error| SimulateError::BadFile {
        path: path.clone(),
        reason: error.to_string(),
    })
}

/// The country in MaxMind's nested layout, or in the flat one of other makers.
#[derive(Deserialize)]
struct Place {
    country: Option<NestedCountry>,
    country_code: Option<String>,
}

#[derive(Deserialize)]
struct NestedCountry {
    iso_code: Option<String>,
}

fn country_of(readers: &[Reader<Vec<u8>>], address: IpAddr) -> Option<String> {
    readers.iter().find_map(|reader| {
        let place: Place = reader.lookup(address).ok()?.decode().ok()??;
        place
            .country_code
            .or(place.country.and_then(|country| country.iso_code))
    })
}
