//! The parameters of reports. serde can't refuse unknown fields of flattened structs, so the ones that all reports share
//! are written into each report's own struct by a macro.

/// Declares a report's query: `Name: range, filters { own fields }`, or one of the two: `Name: range { own fields }`,
/// `Name: filters { own fields }`.
///
/// The struct gives the shared parameters by `filter()` and `range()`.
macro_rules! parameters {
    ($(#[$meta:meta])* $name:ident: range, filters { $($own:tt)* }) => {
        crate::analytics::parameters::parameters! { @ranged declare $(#[$meta])* $name { $($own)* } }
    };
    ($(#[$meta:meta])* $name:ident: range { $($own:tt)* }) => {
        crate::analytics::parameters::parameters! { @ranged bare $(#[$meta])* $name { $($own)* } }
    };
    (@ranged $kind:ident $(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        crate::analytics::parameters::parameters! { @$kind $(#[$meta])* $name {
            /// Start, included: a date in `tz`, or RFC 3339. Rounded down to the quarter hour. 28 days before `to` unless given.
            #[param(example = "2026-03-01")]
            from: Option<String>,
            /// End, excluded: a date in `tz`, or RFC 3339. Rounded down to the quarter hour. The end of today unless given.
            #[param(example = "2026-04-01")]
            to: Option<String>,
            /// IANA zone of dates and buckets; `UTC` unless given.
            #[param(example = "Europe/Paris")]
            tz: Option<String>,
            /// Unit of series: up to 2 days `hour`, up to 92 `day`, else `month`, unless given. Hours over at most 92 days,
            /// the others over at most 20 years.
            #[param(inline)]
            bucket: Option<crate::time::range::Bucket>,
            $($own)*
        } }

        impl $name {
            fn range(&self) -> crate::time::range::Asked<'_> {
                crate::time::range::Asked {
                    from: self.from.as_deref(),
                    to: self.to.as_deref(),
                    tz: self.tz.as_deref(),
                    bucket: self.bucket,
                }
            }
        }
    };
    ($(#[$meta:meta])* $name:ident: filters { $($own:tt)* }) => {
        crate::analytics::parameters::parameters! { @declare $(#[$meta])* $name { $($own)* } }
    };
    (@bare $(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name { $($own)* }
    };
    (@declare $(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($own)*
            /// Only this creator's plays; for administrators.
            #[param(minimum = 1)]
            creator: Option<i64>,
            /// Ids of tracks. As with all filters: given twice, either; different ones, all; `unknown`, the plays without one.
            #[serde(default)]
            track: Vec<String>,
            /// Artists of tracks, as the catalog has them now.
            #[serde(default)]
            artist: Vec<String>,
            /// ISO 3166-1 alpha-2.
            #[serde(default)]
            #[param(example = json!(["FR"]))]
            country: Vec<String>,
            /// `country/region`, as in the key of a region.
            #[serde(default)]
            #[param(example = json!(["FR/Bretagne"]))]
            region: Vec<String>,
            /// `country/region/city`, as in the key of a city.
            #[serde(default)]
            #[param(example = json!(["FR/Bretagne/Brest"]))]
            city: Vec<String>,
            /// `phone`, `tablet`, `computer`, …: keys of `devices`.
            #[serde(default)]
            device: Vec<String>,
            /// Operating systems: keys of `systems`.
            #[serde(default)]
            os: Vec<String>,
            /// Browsers: keys of `browsers`.
            #[serde(default)]
            browser: Vec<String>,
            /// `search`, `social`, `direct`, …: keys of `channels`.
            #[serde(default)]
            channel: Vec<String>,
            /// `channel/source`: keys of `sources`.
            #[serde(default)]
            #[param(example = json!(["search/Google"]))]
            source: Vec<String>,
            /// Where on the site: keys of `contexts`.
            #[serde(default)]
            context: Vec<String>,
            /// `utm_campaign`: keys of `campaigns`.
            #[serde(default)]
            campaign: Vec<String>,
            /// Plays of declared bots, which never count: `exclude` unless given; with `include` and `only` those that would
            /// have counted are taken as plays.
            #[param(inline)]
            bots: Option<crate::analytics::filter::Bots>,
        }

        impl $name {
            fn filter(&self) -> crate::analytics::filter::Asked<'_> {
                crate::analytics::filter::Asked {
                    creator: self.creator,
                    track: &self.track,
                    artist: &self.artist,
                    country: &self.country,
                    region: &self.region,
                    city: &self.city,
                    device: &self.device,
                    os: &self.os,
                    browser: &self.browser,
                    channel: &self.channel,
                    source: &self.source,
                    context: &self.context,
                    campaign: &self.campaign,
                    bots: self.bots,
                }
            }
        }
    };
}

pub(super) use parameters;

/// Most entries of a list: `limit` of a breakdown, 1 to 300.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLimit(pub usize);

const MAX_ENTRIES: usize = 300;

impl<'de> serde::Deserialize<'de> for ListLimit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        match text.parse() {
            Ok(limit @ 1..=MAX_ENTRIES) => Ok(Self(limit)),
            _ => Err(serde::de::Error::custom(format!(
                "`{text}` is not a whole number from 1 to {MAX_ENTRIES}"
            ))),
        }
    }
}
