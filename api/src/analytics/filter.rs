//! The filters of reports: what was asked, checked against what can be. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use veza_enrich::agent::{DEVICES, OTHER_DEVICE};
use veza_enrich::source::Channel;
use veza_schemas::report::CONTEXTS;
use veza_schemas::row::Reason;

use crate::error::{ApiError, Result};

/// The value that selects what has none.
pub const UNKNOWN: &str = "unknown";
/// Most values of one filter.
const MAX_VALUES: usize = 100;
/// Longest value, in bytes.
const MAX_VALUE_BYTES: usize = 700;

/// What happens to plays of declared bots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bots {
    #[default]
    Exclude,
    /// Those that would have counted, were they no bots, are plays.
    Include,
    Only,
}

/// What a client asked for, as it came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    pub creator: Option<i64>,
    pub track: &'a [String],
    pub artist: &'a [String],
    pub country: &'a [String],
    pub region: &'a [String],
    pub city: &'a [String],
    pub device: &'a [String],
    pub os: &'a [String],
    pub browser: &'a [String],
    pub channel: &'a [String],
    pub source: &'a [String],
    pub context: &'a [String],
    pub campaign: &'a [String],
    pub bots: Option<Bots>,
}

/// Values of one filter; a play passes with any of them. Texts are as stored: unknown is empty.
pub type Values<T = String> = Vec<T>;

/// A track, or none that the catalog knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackKey {
    Known(Uuid),
    Unknown,
}

/// A region of a country, or a city of a region; texts as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceKey<const PARTS: usize> {
    Known([String; PARTS]),
    Unknown,
}

/// Filters that can be asked of the warehouse. An empty list lets everything pass.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub track: Values<TrackKey>,
    pub artist: Values,
    pub country: Values,
    pub region: Values<PlaceKey<2>>,
    pub city: Values<PlaceKey<3>>,
    pub device: Values,
    pub os: Values,
    pub browser: Values,
    pub channel: Values,
    pub source: Values,
    pub context: Values,
    pub campaign: Values,
    pub bots: Bots,
    pub rows: RowFilter,
}

/// Which rows of plays a list shows. A number counts plays, and its filter is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowFilter {
    /// None: the plays that the report counts. Some: rows of these reasons.
    pub reasons: Option<Vec<Reason>>,
    pub completed: Option<bool>,
    pub skipped: Option<bool>,
    /// Whether what was heard in them is part of `heard_ms`.
    pub heard: Option<bool>,
    /// Received in this half-open time.
    pub received_from: Option<Timestamp>,
    pub received_to: Option<Timestamp>,
}

impl RowFilter {
    /// Rows that don't count are looked for among all, as `/analytics/excluded` counts them; the others as plays are.
    pub fn default_bots(&self) -> Option<Bots> {
        let asks_for_excluded = self.reasons.is_some()
            && self.completed.is_none()
            && self.skipped.is_none()
            && self.heard.is_none();
        asks_for_excluded.then_some(Bots::Include)
    }
}

impl Filter {
    /// Checks each value; 422 names the parameter and says what would be right.
    pub fn resolve(asked: &Asked<'_>) -> Result<Self> {
        Ok(Self {
            track: each("track", asked.track, track)?,
            artist: each("artist", asked.artist, text)?,
            country: each("country", asked.country, country)?,
            region: each("region", asked.region, place::<2>)?.concat(),
            city: each("city", asked.city, place::<3>)?.concat(),
            device: each("device", asked.device, |name, value| {
                one_of(name, value, DEVICES.into_iter().chain([OTHER_DEVICE]))
            })?,
            os: each("os", asked.os, text)?,
            browser: each("browser", asked.browser, text)?,
            channel: each("channel", asked.channel, |name, value| {
                one_of(
                    name,
                    value,
                    Channel::ALL.iter().map(|channel| channel.as_str()),
                )
            })?,
            source: each("source", asked.source, source)?,
            context: each("context", asked.context, |name, value| {
                one_of(name, value, CONTEXTS.into_iter())
            })?,
            campaign: each("campaign", asked.campaign, text)?,
            bots: asked.bots.unwrap_or_default(),
            rows: RowFilter::default(),
        })
    }

    /// The country whose regions and cities can be told: the only one that is asked for.
    pub fn only_country(&self) -> Option<&str> {
        match self.country.as_slice() {
            [country] if !country.is_empty() => Some(country),
            _ => None,
        }
    }
}

fn each<T>(
    name: &'static str,
    values: &[String],
    read: impl Fn(&'static str, &str) -> Result<T>,
) -> Result<Values<T>> {
    if values.len() > MAX_VALUES {
        return Err(ApiError::invalid(
            name,
            format!("{} values; at most {MAX_VALUES} are allowed", values.len()),
        ));
    }
    values.iter().map(|value| read(name, value)).collect()
}

/// Any text that a column may hold.
fn text(name: &'static str, value: &str) -> Result<String> {
    if value == UNKNOWN {
        return Ok(String::new());
    }
    let refusal = if value.is_empty() {
        format!("empty; plays without one are `{UNKNOWN}`")
    } else if value.len() > MAX_VALUE_BYTES {
        format!("longer than {MAX_VALUE_BYTES} bytes")
    } else if value.chars().any(char::is_control) {
        "control characters are not allowed".to_owned()
    } else {
        return Ok(value.to_owned());
    };
    Err(ApiError::invalid(name, refusal))
}

fn one_of<'a>(
    name: &'static str,
    value: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Result<String> {
    if value == UNKNOWN {
        return Ok(String::new());
    }
    if known.clone().any(|known| known == value) {
        return Ok(value.to_owned());
    }
    let known: Vec<&str> = known.chain([UNKNOWN]).collect();
    Err(ApiError::invalid(
        name,
        format!("`{value}` is none of {}", known.join(", ")),
    ))
}

fn track(name: &'static str, value: &str) -> Result<TrackKey> {
    if value == UNKNOWN {
        return Ok(TrackKey::Unknown);
    }
    let id = Uuid::try_parse(value);
    id.map(TrackKey::Known)
        .map_err(|_| ApiError::invalid(name, format!("`{value}` is not a track's id (a UUID)")))
}

fn country(name: &'static str, value: &str) -> Result<String> {
    if value == UNKNOWN {
        return Ok(String::new());
    }
    if is_country(value) {
        return Ok(value.to_ascii_uppercase());
    }
    Err(ApiError::invalid(
        name,
        format!(
            "`{value}` is not a country; right is ISO 3166-1 alpha-2, such as `FR`, or `{UNKNOWN}`"
        ),
    ))
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn source(name: &'static str, value: &str) -> Result<String> {
    let key = text(name, value)?;
    let channel = key.split_once('/').map_or("", |(channel, _)| channel);
    let is_key = Channel::ALL.iter().any(|known| known.as_str() == channel);
    if key.is_empty() || is_key {
        return Ok(key);
    }
    Err(ApiError::invalid(
        name,
        format!("`{value}` is not `channel/source`, such as `search/Google`"),
    ))
}

/// `FR/Bretagne`, `FR/Bretagne/Brest`. A name may itself hold a slash (`Trøndelag/Trööndelage`), so every way to read the
/// key is meant; at most one of them exists.
fn place<const PARTS: usize>(name: &'static str, value: &str) -> Result<Vec<PlaceKey<PARTS>>> {
    if value == UNKNOWN {
        return Ok(vec![PlaceKey::Unknown]);
    }
    let value = text(name, value)?;
    let readings = match value.split_once('/') {
        Some((country, rest)) if is_country(country) && !rest.is_empty() => {
            split_into::<PARTS>(&country.to_ascii_uppercase(), rest)
        }
        _ => Vec::new(),
    };
    if readings.is_empty() {
        let right = ["", "", "FR/Bretagne", "FR/Bretagne/Brest"][PARTS];
        return Err(ApiError::invalid(
            name,
            format!("`{value}` is not a {name}; right is for example `{right}`, or `{UNKNOWN}`"),
        ));
    }
    Ok(readings.into_iter().map(PlaceKey::Known).collect())
}

/// All ways to part `rest` at slashes into the names that follow the country.
fn split_into<const PARTS: usize>(country: &str, rest: &str) -> Vec<[String; PARTS]> {
    let reading = |names: &[&str]| {
        let mut parts = [const { String::new() }; PARTS];
        parts[0] = country.to_owned();
        for (part, name) in parts[1..].iter_mut().zip(names) {
            *part = (*name).to_owned();
        }
        parts
    };
    if PARTS == 2 {
        return vec![reading(&[rest])];
    }
    let slashes = rest.match_indices('/').map(|(at, _)| at);
    slashes
        .map(|at| (&rest[..at], &rest[at + 1..]))
        .filter(|(_, city)| !city.is_empty())
        .map(|(region, city)| reading(&[region, city]))
        .collect()
}

/// The filters as a report repeats them in `meta`: those that were given, in the client's words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct FilterEcho {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub track: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artist: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub country: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub region: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub city: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub os: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub browser: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channel: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaign: Vec<String>,
    /// As it was resolved.
    pub bots: Bots,
}

impl FilterEcho {
    pub fn of(asked: &Asked<'_>, resolved: &Filter) -> Self {
        Self {
            track: asked.track.to_vec(),
            artist: asked.artist.to_vec(),
            country: asked.country.to_vec(),
            region: asked.region.to_vec(),
            city: asked.city.to_vec(),
            device: asked.device.to_vec(),
            os: asked.os.to_vec(),
            browser: asked.browser.to_vec(),
            channel: asked.channel.to_vec(),
            source: asked.source.to_vec(),
            context: asked.context.to_vec(),
            campaign: asked.campaign.to_vec(),
            bots: resolved.bots,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn known<const PARTS: usize>(parts: [&str; PARTS]) -> PlaceKey<PARTS> {
        PlaceKey::Known(parts.map(str::to_owned))
    }

    #[test]
    fn values_are_kept_as_they_are_stored() {
        let country = strings(&["fr", "unknown"]);
        let source = strings(&["search/Google", "unknown"]);
        let filter = Filter::resolve(&Asked {
            country: &country,
            source: &source,
            ..Asked::default()
        })
        .unwrap();
        assert_eq!(filter.country, ["FR", ""]);
        assert_eq!(filter.source, ["search/Google", ""]);
        assert_eq!(filter.bots, Bots::Exclude);
        assert_eq!(filter.only_country(), None);
    }

    #[test]
    fn a_place_is_read_in_every_way_that_its_slashes_allow() {
        assert_eq!(
            place::<2>("region", "FR/Bretagne").unwrap(),
            [known(["FR", "Bretagne"])]
        );
        assert_eq!(
            place::<2>("region", "no/Trøndelag/Trööndelage").unwrap(),
            [known(["NO", "Trøndelag/Trööndelage"])]
        );
        assert_eq!(
            place::<3>("city", "NO/Trøndelag/Trööndelage/Trondheim").unwrap(),
            [
                known(["NO", "Trøndelag", "Trööndelage/Trondheim"]),
                known(["NO", "Trøndelag/Trööndelage", "Trondheim"])
            ]
        );
        assert_eq!(
            place::<3>("city", "FR//Brest").unwrap(),
            [known(["FR", "", "Brest"])]
        );
        assert_eq!(place::<3>("city", "unknown").unwrap(), [PlaceKey::Unknown]);
    }

    #[test]
    fn each_bad_value_is_refused_by_its_parameter() {
        let long = "x".repeat(MAX_VALUE_BYTES + 1);
        let cases: [(&str, &str); 14] = [
            ("track", "7"),
            ("artist", ""),
            ("artist", "a\0b"),
            ("country", "France"),
            ("country", ""),
            ("region", "Bretagne"),
            ("region", "FR/"),
            ("city", "FR/Brest"),
            ("city", "FR/Bretagne/"),
            ("device", "toaster"),
            ("channel", "Search"),
            ("source", "google"),
            ("context", "profiles"),
            ("campaign", &long),
        ];
        for (name, value) in cases {
            let values = strings(&[value]);
            let mut asked = Asked::default();
            *match name {
                "track" => &mut asked.track,
                "artist" => &mut asked.artist,
                "country" => &mut asked.country,
                "region" => &mut asked.region,
                "city" => &mut asked.city,
                "device" => &mut asked.device,
                "channel" => &mut asked.channel,
                "source" => &mut asked.source,
                "context" => &mut asked.context,
                _ => &mut asked.campaign,
            } = &values;
            match Filter::resolve(&asked) {
                Err(ApiError::Refused { problem, .. }) => {
                    assert_eq!(
                        (problem.status, problem.field.as_deref()),
                        (422, Some(name))
                    );
                }
                other => panic!("{name}={value}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_hundred_values_are_enough() {
        let countries = vec!["FR".to_owned(); MAX_VALUES + 1];
        let asked = Asked {
            country: &countries,
            ..Asked::default()
        };
        assert!(Filter::resolve(&asked).is_err());
    }

    proptest! {
        #[test]
        fn a_citys_own_key_is_among_its_readings(region in "[a-zA-Z/ ]{0,20}", city in "[a-zA-Z ]{1,20}") {
            let key = format!("FR/{region}/{city}");
            let readings = place::<3>("city", &key).unwrap();
            prop_assert!(readings.contains(&known(["FR", &region, &city])));
        }
    }
}
