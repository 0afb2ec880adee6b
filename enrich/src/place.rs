//! Country, region and city of an address, from MaxMind DB files: MaxMind's nested layout and the flat one of the
//! `ip-location-db` files alike, IPv4 and IPv6 in one file or in two.

use std::hash::Hasher;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use maxminddb::PathElement::{self, Index, Key};
use maxminddb::{LookupResult, MaxMindDbError, Reader, WithinOptions};
use siphasher::sip::SipHasher13;

/// Decoded records that are remembered, per file.
const REMEMBERED: usize = 100_000;
/// Records that are looked at to tell a file's layout.
const PROBED: usize = 1_000;

/// Where an address is. Unknown is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub region: String,
    pub city: String,
    /// What places are grouped by: a hash of the three; 0 without a country.
    pub id: u64,
}

impl Place {
    /// The place of that name; unknown without a country.
    pub fn new(country: String, region: String, city: String) -> Self {
        if country.is_empty() {
            return Self::default();
        }
        let mut hasher = SipHasher13::new();
        for part in [&country, &region, &city] {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part.as_bytes());
        }
        Self {
            id: hasher.finish().max(1),
            country,
            region,
            city,
        }
    }

    /// A country and nothing finer; unknown unless `country` is two letters.
    pub fn of_country(country: &str) -> Self {
        let country = iso_code(country).unwrap_or_default();
        Self::new(country, String::new(), String::new())
    }
}

/// Two letters, as ISO 3166-1 alpha-2 writes them; `ZZ` stands for unknown.
fn iso_code(text: &str) -> Option<String> {
    let code = text.to_ascii_uppercase();
    (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) && code != "ZZ")
        .then_some(code)
}

/// Why a file can't serve.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{file} is not a MaxMind DB file: {source}")]
    Unreadable {
        file: String,
        source: MaxMindDbError,
    },
    #[error(
        "{file} holds no countries: neither country.iso_code nor country_code in its first {PROBED} records"
    )]
    NoCountries { file: String },
}

/// Where a file keeps what we read.
#[derive(Debug)]
struct Layout {
    country: &'static [PathElement<'static>],
    region: &'static [PathElement<'static>],
    city: &'static [PathElement<'static>],
}

/// MaxMind's own.
const NESTED: Layout = Layout {
    country: &[Key("country"), Key("iso_code")],
    region: &[Key("subdivisions"), Index(0), Key("names"), Key("en")],
    city: &[Key("city"), Key("names"), Key("en")],
};

/// Of the `ip-location-db` files.
const FLAT: Layout = Layout {
    country: &[Key("country_code")],
    region: &[Key("state1")],
    city: &[Key("city")],
};

/// One file, in memory.
pub struct Database {
    reader: Reader<Vec<u8>>,
    layout: &'static Layout,
    remembered: quick_cache::sync::Cache<usize, Arc<Place>>,
    unreadable: AtomicU64,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Database")
            .field("metadata", self.reader.metadata())
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Reads a file's bytes; `file` names it in errors.
    pub fn read(file: &str, bytes: Vec<u8>) -> Result<Self, PlaceError> {
        let unreadable = |source| PlaceError::Unreadable {
            file: file.to_string(),
            source,
        };
        let reader = Reader::from_source(bytes).map_err(unreadable)?;
        let layout =
            layout(&reader)
                .map_err(unreadable)?
                .ok_or_else(|| PlaceError::NoCountries {
                    file: file.to_string(),
                })?;
        Ok(Self {
            reader,
            layout,
            remembered: quick_cache::sync::Cache::new(REMEMBERED),
            unreadable: AtomicU64::new(0),
        })
    }

    /// When the file was made, Unix seconds.
    pub fn built_at(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// Look-ups that failed because the file is damaged inside; their places are unknown.
    pub fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    fn of(&self, address: IpAddr) -> Option<Arc<Place>> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return None;
        }
        self.look_up(address).unwrap_or_else(|_| {
            self.unreadable.fetch_add(1, Ordering::Relaxed);
            None
        })
    }

    fn look_up(&self, address: IpAddr) -> Result<Option<Arc<Place>>, MaxMindDbError> {
        let found = self.reader.lookup(address)?;
        let Some(offset) = found.offset() else {
            return Ok(None);
        };
        if let Some(place) = self.remembered.get(&offset) {
            return Ok(Some(place));
        }
        let place = Arc::new(self.layout.decode(&found)?);
        self.remembered.insert(offset, place.clone());
        Ok(Some(place))
    }
}

fn layout(reader: &Reader<Vec<u8>>) -> Result<Option<&'static Layout>, MaxMindDbError> {
    for record in reader.networks(WithinOptions::default())?.take(PROBED) {
        let record = record?;
        for layout in [&NESTED, &FLAT] {
            if text(&record, layout.country).is_ok_and(|code| iso_code(&code).is_some()) {
                return Ok(Some(layout));
            }
        }
    }
    Ok(None)
}

impl Layout {
    fn decode(&self, record: &LookupResult<'_, Vec<u8>>) -> Result<Place, MaxMindDbError> {
        let country = iso_code(&text(record, self.country)?).unwrap_or_default();
        Ok(Place::new(
            country,
            text(record, self.region)?,
            text(record, self.city)?,
        ))
    }
}

fn text(
    record: &LookupResult<'_, Vec<u8>>,
    path: &[PathElement<'_>],
) -> Result<String, MaxMindDbError> {
    Ok(record.decode_path::<String>(path)?.unwrap_or_default())
}

/// The files that are in use together; the first that knows an address's country answers.
#[derive(Debug, Clone, Default)]
pub struct Places {
    databases: Vec<Arc<Database>>,
    nowhere: Arc<Place>,
}

impl Places {
    /// Without files every place is unknown.
    pub fn new(databases: Vec<Arc<Database>>) -> Self {
        Self {
            databases,
            nowhere: Arc::default(),
        }
    }

    /// Where `address` is; nowhere, if no file knows.
    pub fn of(&self, address: IpAddr) -> Arc<Place> {
        // IPv4 comes as `::ffff:…` through sockets that serve both, and is not found in that form.
        let address = address.to_canonical();
        self.databases
            .iter()
            .filter_map(|database| database.of(address))
            .find(|place| !place.country.is_empty())
            .unwrap_or_else(|| self.nowhere.clone())
    }

    /// When the oldest of the files was made, Unix seconds; `None` without files.
    pub fn built_at(&self) -> Option<u64> {
        self.databases
            .iter()
            .map(|database| database.built_at())
            .min()
    }

    /// Look-ups that failed because a file is damaged inside.
    pub fn unreadable(&self) -> u64 {
        self.databases
            .iter()
            .map(|database| database.unreadable())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mmdb::{Value, map, write};
    use proptest::prelude::*;

    fn nested() -> Vec<u8> {
        let brest = map([
            ("country", map([("iso_code", "FR".into())])),
            (
                "subdivisions",
                Value::Array(vec![map([(
                    "names",
                    map([("en", "Brittany".into()), ("fr", "Bretagne".into())]),
                )])]),
            ),
            ("city", map([("names", map([("en", "Brest".into())]))])),
        ]);
        let country_only = map([("country", map([("iso_code", "DE".into())]))]);
        write(
            6,
            &[("203.0.113.0/24", brest), ("2001:db8::/32", country_only)],
        )
    }

    fn flat(version: u16, network: &str, city: &str) -> Vec<u8> {
        let record = map([
            ("country_code", "FR".into()),
            ("state1", "Brittany".into()),
            ("city", city.into()),
        ]);
        write(version, &[(network, record)])
    }

    fn places(files: Vec<Vec<u8>>) -> Places {
        Places::new(
            files
                .into_iter()
                .map(|bytes| Arc::new(Database::read("test", bytes).unwrap()))
                .collect(),
        )
    }

    fn of(places: &Places, address: &str) -> [String; 3] {
        let place = places.of(address.parse().unwrap());
        [
            place.country.clone(),
            place.region.clone(),
            place.city.clone(),
        ]
    }

    #[test]
    fn the_nested_layout_is_read_with_what_it_has() {
        let places = places(vec![nested()]);
        assert_eq!(of(&places, "203.0.113.7"), ["FR", "Brittany", "Brest"]);
        assert_eq!(of(&places, "2001:db8::1"), ["DE", "", ""]);
        assert_eq!(of(&places, "198.51.100.1"), ["", "", ""]);
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_found() {
        assert_eq!(
            of(&places(vec![nested()]), "::ffff:203.0.113.7")[2],
            "Brest"
        );
    }

    #[test]
    fn two_flat_files_serve_as_one() {
        let places = places(vec![
            flat(4, "203.0.113.0/24", "Brest"),
            flat(6, "2001:db8::/32", "Quimper"),
        ]);
        assert_eq!(of(&places, "203.0.113.7"), ["FR", "Brittany", "Brest"]);
        assert_eq!(of(&places, "2001:db8::1"), ["FR", "Brittany", "Quimper"]);
        assert_eq!(of(&places, "2001:db9::1")[0], "");
    }

    #[test]
    fn a_place_is_the_same_in_both_layouts_and_unlike_others() {
        let nested = places(vec![nested()]).of("203.0.113.7".parse().unwrap());
        let flat =
            places(vec![flat(4, "203.0.113.0/24", "Brest")]).of("203.0.113.7".parse().unwrap());
        assert_eq!(nested, flat);
        assert_ne!(nested.id, Place::of_country("FR").id);
        assert_eq!(Place::of_country("fr").country, "FR");
        assert_eq!(Place::of_country("France"), Place::default());
        assert_eq!(Place::default().id, 0);
    }

    #[test]
    fn a_file_that_cannot_serve_says_why() {
        let truncated = nested().split_off(40);
        assert!(matches!(
            Database::read("a", b"not a database".to_vec()),
            Err(PlaceError::Unreadable { .. })
        ));
        assert!(matches!(
            Database::read("a", truncated[..truncated.len() - 30].to_vec()),
            Err(PlaceError::Unreadable { .. })
        ));
        let networks = write(
            4,
            &[(
                "203.0.113.0/24",
                map([("autonomous_system_number", "64496".into())]),
            )],
        );
        let refusal = Database::read("asn.mmdb", networks)
            .unwrap_err()
            .to_string();
        assert!(
            refusal.starts_with("asn.mmdb holds no countries"),
            "{refusal}"
        );
    }

    #[test]
    fn the_age_is_the_oldest_files() {
        assert_eq!(Places::default().built_at(), None);
        assert_eq!(
            places(vec![nested()]).built_at(),
            Some(crate::mmdb::BUILT_AT)
        );
    }

    proptest! {
        #[test]
        fn any_address_has_a_place_or_none(bytes: [u8; 16]) {
            let places = places(vec![nested()]);
            let address = IpAddr::from(bytes);
            let expected = if bytes[..4] == [0x20, 0x01, 0x0d, 0xb8] { "DE" } else { "" };
            prop_assert_eq!(&places.of(address).country, expected);
        }
    }
}
