//! Where a visit came from: UTM parameters, then a click id, then the referring app, then the referring host; each answer is
//! a channel of a closed list and a name. What is known of hosts, apps, click ids and media is in `data/*.tsv`.

use std::borrow::Cow;
use std::collections::HashMap;

use url::Url;
use veza_schemas::report::CONTEXTS;

use crate::table::{Table, TableError};
use crate::text::cut;

/// Longest name of a source, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// Longest campaign, in bytes.
const MAX_CAMPAIGN_BYTES: usize = 100;
/// Longest path of a page, in bytes.
const MAX_PAGE_BYTES: usize = 512;

macro_rules! channels {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// The kinds of sources; a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Channel { $($(#[$doc])* $name,)+ }

        impl Channel {
            /// Every channel that a row can have, besides none.
            pub const ALL: &'static [Channel] = &[$(Self::$name,)+];

            /// As stored in the column.
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => $text,)+ } }

            fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$name),)+ _ => None } }
        }
    };
}

channels! {
    Search = "search",
    Social = "social",
    /// Assistants that answer with links.
    Ai = "ai",
    /// Other music services and sites about music.
    Music = "music",
    Video = "video",
    Email = "email",
    Messaging = "messaging",
    /// Advertisements that are paid for by the click.
    Paid = "paid",
    Display = "display",
    Affiliate = "affiliate",
    /// Podcasts and audio advertisements.
    Audio = "audio",
    /// UTM parameters whose medium and source say nothing more.
    Campaign = "campaign",
    /// Any other site.
    Referral = "referral",
    /// A page was opened without a referrer.
    Direct = "direct",
    /// From one of the installation's own hosts.
    Internal = "internal",
}

/// Where a play's visit came from. Unknown is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    pub channel: &'static str,
    /// `channel/name`: one key to group by.
    pub key: String,
    /// `utm_campaign`.
    pub campaign: String,
    /// Path of the visit's first page, without query.
    pub page: String,
}

/// What the query of a visit's first page says of it.
#[derive(Debug, Default)]
struct Marks<'p> {
    source: Option<Cow<'p, str>>,
    medium: Option<Cow<'p, str>>,
    campaign: Option<Cow<'p, str>>,
    /// Which of the known click ids is given; of several the one that comes first among the known.
    click: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    channel: Channel,
    name: &'static str,
}

/// What is known of hosts, apps, click ids and media.
#[derive(Debug)]
pub struct Sources {
    site_hosts: Vec<String>,
    hosts: HashMap<&'static str, Known>,
    /// `google` for `google.*`.
    hosts_of_any_country: HashMap<&'static str, Known>,
    apps: HashMap<&'static str, Known>,
    /// By the lower-case parameter, in the file's order.
    click_ids: Vec<(&'static str, Known)>,
    media: HashMap<&'static str, Channel>,
    /// What `utm_source` may call a source → what it is.
    names: HashMap<String, Known>,
}

impl Sources {
    /// `site_hosts`: the installation's own hosts; what comes from them, or from below them, is `internal`.
    pub fn new(site_hosts: &[String]) -> Result<Self, TableError> {
        let hosts_table = Table::parse("hosts.tsv", include_str!("../data/hosts.tsv"))?;
        let mut hosts = HashMap::new();
        let mut hosts_of_any_country = HashMap::new();
        let mut names = HashMap::new();
        for [host, channel, name] in hosts_table.rows()? {
            let known = known(&hosts_table, channel, name)?;
            names.entry(name.to_lowercase()).or_insert(known);
            match host.strip_suffix(".*") {
                Some(site) => hosts_of_any_country.insert(site, known),
                None => hosts.insert(host, known),
            };
        }
        let aliases = Table::parse("aliases.tsv", include_str!("../data/aliases.tsv"))?;
        for [alias, name] in aliases.rows()? {
            let Some(&known) = names.get(&name.to_lowercase()) else {
                return Err(aliases.refuse(format!("no name {name} in hosts.tsv")));
            };
            names.insert(alias.to_string(), known);
        }
        let media_table = Table::parse("media.tsv", include_str!("../data/media.tsv"))?;
        let mut media = HashMap::new();
        for [medium, channel] in media_table.rows()? {
            media.insert(medium, known(&media_table, channel, "")?.channel);
        }
        let clicks = Table::parse("click_ids.tsv", include_str!("../data/click_ids.tsv"))?;
        let apps = Table::parse("apps.tsv", include_str!("../data/apps.tsv"))?;
        Ok(Self {
            site_hosts: site_hosts
                .iter()
                .map(|host| bare(host).to_lowercase())
                .collect(),
            hosts,
            hosts_of_any_country,
            apps: named(&apps)?.into_iter().collect(),
            click_ids: named(&clicks)?,
            media,
            names,
        })
    }

    /// The source of a visit whose first page was `page_url`, come to from `referrer`.
    ///
    /// Neither given: unknown (a device that knows no pages). A page without referrer: `direct`.
    pub fn of(&self, referrer: Option<&str>, page_url: Option<&str>) -> Source {
        let page = page_url.and_then(|text| Url::parse(text).ok());
        let marks = page
            .as_ref()
            .map_or_else(Marks::default, |page| self.marks(page));
        let origin = self
            .by_utm(&marks)
            .or_else(|| self.by_click_id(&marks))
            .or_else(|| self.by_referrer(referrer?))
            .or_else(|| page.as_ref().map(|_| (Channel::Direct, "direct".into())));
        let (channel, key) = match origin {
            Some((channel, name)) => (channel.as_str(), [channel.as_str(), &name].join("/")),
            None => ("", String::new()),
        };
        Source {
            channel,
            key,
            campaign: marks
                .campaign
                .map(|text| clean(&text, MAX_CAMPAIGN_BYTES))
                .unwrap_or_default(),
            page: page
                .as_ref()
                .map(|page| cut(page.path(), MAX_PAGE_BYTES).to_string())
                .unwrap_or_default(),
        }
    }

    /// What the query of a page says of the visit; of a parameter that comes twice the first one.
    fn marks<'p>(&self, page: &'p Url) -> Marks<'p> {
        let mut marks = Marks::default();
        for (name, value) in page.query_pairs() {
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            let click = || self.click_ids.iter().position(|(id, _)| is(id));
            if is("utm_source") {
                marks.source.get_or_insert(value);
            } else if is("utm_medium") {
                marks.medium.get_or_insert(value);
            } else if is("utm_campaign") {
                marks.campaign.get_or_insert(value);
            } else if !value.is_empty()
                && let Some(click) = click()
            {
                marks.click = Some(marks.click.map_or(click, |first| first.min(click)));
            }
        }
        marks
    }

    /// `utm_source` names the source, `utm_medium` the channel; a medium that says nothing leaves it to the source.
    fn by_utm(&self, marks: &Marks<'_>) -> Option<(Channel, Cow<'static, str>)> {
        let source = marks.source.as_deref()?;
        let source = clean(source, MAX_NAME_BYTES).to_lowercase();
        if source.is_empty() {
            return None;
        }
        let known = self
            .names
            .get(&source)
            .copied()
            .or_else(|| self.known_host(&source));
        let medium = marks.medium.as_deref();
        let channel = medium
            .map(|text| text.trim().to_lowercase())
            .and_then(|medium| self.media.get(medium.as_str()).copied())
            .or(known.map(|known| known.channel))
            .unwrap_or(Channel::Campaign);
        Some((
            channel,
            known.map_or(Cow::Owned(source), |known| known.name.into()),
        ))
    }

    fn by_click_id(&self, marks: &Marks<'_>) -> Option<(Channel, Cow<'static, str>)> {
        let (_, known) = self.click_ids.get(marks.click?)?;
        Some((known.channel, known.name.into()))
    }

    fn by_referrer(&self, referrer: &str) -> Option<(Channel, Cow<'static, str>)> {
        let referrer = Url::parse(referrer).ok()?;
        let host = referrer.host_str()?.to_lowercase();
        if matches!(referrer.scheme(), "android-app" | "ios-app") {
            let (channel, name) = match self.apps.get(host.as_str()) {
                Some(known) => (known.channel, known.name),
                None => (Channel::Referral, host.as_str()),
            };
            return Some((channel, clean(name, MAX_NAME_BYTES).into()));
        }
        let host = bare(&host);
        if host.is_empty() {
            return None;
        }
        if self.site_hosts.iter().any(|own| is_or_below(host, own)) {
            return Some((Channel::Internal, "internal".into()));
        }
        Some(match self.known_host(host) {
            Some(known) => (known.channel, known.name.into()),
            None => (Channel::Referral, clean(host, MAX_NAME_BYTES).into()),
        })
    }

    /// The longest entry that is `host` or above it.
    fn known_host(&self, host: &str) -> Option<Known> {
        let mut rest = host;
        loop {
            if let Some(known) = self.hosts.get(rest) {
                return Some(*known);
            }
            let (label, above) = rest.split_once('.')?;
            if is_country(above)
                && let Some(known) = self.hosts_of_any_country.get(label)
            {
                return Some(*known);
            }
            // `music.amazon.de`: an entry of two labels under any country.
            if let Some((second, country)) = above.split_once('.')
                && is_country(country)
                && let Some(known) = self
                    .hosts_of_any_country
                    .get(&rest[..label.len() + 1 + second.len()])
            {
                return Some(*known);
            }
            rest = above;
        }
    }
}

/// The place on the site where a play began; what is not in the list is `other`, nothing is unknown.
pub fn context(given: Option<&str>) -> &'static str {
    match given {
        None | Some("") => "",
        Some(given) => CONTEXTS
            .into_iter()
            .find(|context| *context == given)
            .unwrap_or("other"),
    }
}

fn named(table: &Table) -> Result<Vec<(&'static str, Known)>, TableError> {
    table
        .rows()?
        .into_iter()
        .map(|[key, channel, name]| Ok((key, known(table, channel, name)?)))
        .collect()
}

fn known(table: &Table, channel: &'static str, name: &'static str) -> Result<Known, TableError> {
    match Channel::parse(channel) {
        Some(channel) => Ok(Known { channel, name }),
        None => Err(table.refuse(format!("{channel} is no channel"))),
    }
}

/// Without control characters and outer blanks, and without `/`, which parts channel and name; at most `bytes` long.
fn clean(text: &str, bytes: usize) -> String {
    let text: String = text
        .trim()
        .chars()
        .map(|c| if c == '/' || c.is_control() { ' ' } else { c })
        .collect();
    cut(&text, bytes).trim_end().to_string()
}

fn bare(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    host.strip_prefix("www.").unwrap_or(host)
}

fn is_or_below(host: &str, above: &str) -> bool {
    host.strip_suffix(above)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// `com`, `de`, `co.uk`, `com.br`.
fn is_country(labels: &str) -> bool {
    let is_code = |label: &str| label.len() == 2 && label.bytes().all(|b| b.is_ascii_lowercase());
    match labels.split_once('.') {
        None => labels == "com" || is_code(labels),
        Some((second, code)) => {
            matches!(second, "co" | "com" | "ne" | "net" | "or" | "org") && is_code(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn source(referrer: Option<&str>, page: Option<&str>) -> Source {
        Sources::new(&["veza.example".to_string()])
            .unwrap()
            .of(referrer, page)
    }

    fn key(referrer: &str) -> String {
        source(Some(referrer), Some("https://veza.example/")).key
    }

    #[test]
    fn a_host_is_known_by_its_longest_entry() {
        assert_eq!(key("https://www.google.com/"), "search/Google");
        assert_eq!(key("https://www.google.co.uk/search?q=x"), "search/Google");
        assert_eq!(key("https://mail.google.com/mail/u/0"), "email/Gmail");
        assert_eq!(key("https://gemini.google.com/app"), "ai/Gemini");
        assert_eq!(
            key("https://music.youtube.com/watch"),
            "music/YouTube Music"
        );
        assert_eq!(key("https://m.youtube.com/watch"), "video/YouTube");
        assert_eq!(
            key("https://music.amazon.co.jp/albums/1"),
            "music/Amazon Music"
        );
        assert_eq!(key("https://chatgpt.com/"), "ai/ChatGPT");
        assert_eq!(key("https://l.facebook.com/l.php"), "social/Facebook");
        assert_eq!(key("https://artist.bandcamp.com/album/x"), "music/Bandcamp");
    }

    #[test]
    fn a_host_that_looks_alike_is_itself() {
        assert_eq!(
            key("https://google.evil.example/"),
            "referral/google.evil.example"
        );
        assert_eq!(key("https://notgoogle.com/"), "referral/notgoogle.com");
        assert_eq!(key("https://WWW.Blog.Example./x"), "referral/blog.example");
        assert_eq!(key("https://notveza.example/"), "referral/notveza.example");
    }

    #[test]
    fn own_hosts_are_internal_and_no_referrer_is_direct() {
        assert_eq!(key("https://www.veza.example/tracks"), "internal/internal");
        assert_eq!(key("https://blog.veza.example/"), "internal/internal");
        assert_eq!(
            source(None, Some("https://veza.example/")).key,
            "direct/direct"
        );
        assert_eq!(source(None, None), Source::default());
        assert_eq!(source(Some("no address"), None), Source::default());
    }

    #[test]
    fn apps_are_known_by_package() {
        assert_eq!(key("android-app://com.google.android.gm/"), "email/Gmail");
        assert_eq!(
            key("android-app://org.example.reader"),
            "referral/org.example.reader"
        );
    }

    #[test]
    fn utm_goes_before_click_ids_before_the_referrer() {
        let page = |query: &str| {
            source(
                Some("https://www.google.com/"),
                Some(&format!("https://veza.example/t/1?{query}")),
            )
        };
        assert_eq!(
            page("utm_source=Newsletter&utm_medium=email&gclid=1").key,
            "email/newsletter"
        );
        assert_eq!(
            page("utm_source=fb&utm_medium=paid_social").key,
            "paid/Facebook"
        );
        assert_eq!(page("utm_source=chatgpt.com").key, "ai/ChatGPT");
        assert_eq!(page("utm_source=poster").key, "campaign/poster");
        assert_eq!(page("gclid=abc").key, "paid/Google");
        assert_eq!(page("fbclid=abc").key, "social/Facebook");
        assert_eq!(page("gclid=").key, "search/Google");
        assert_eq!(page("FBCLID=1&GClid=2&gclid=").key, "paid/Google");
        assert_eq!(
            page("utm_source=fb&utm_source=poster").key,
            "social/Facebook"
        );
        assert_eq!(page("utm_source=&utm_medium=email").key, "search/Google");
        assert_eq!(page("utm_source=a%2Fb%00").key, "campaign/a b");
    }

    #[test]
    fn campaign_and_page_are_kept_without_the_query() {
        let source = source(
            None,
            Some(
                "https://veza.example/album/%C3%A9t%C3%A9?utm_source=x&utm_campaign=Summer+Tour&token=secret",
            ),
        );
        assert_eq!(source.campaign, "Summer Tour");
        assert_eq!(source.page, "/album/%C3%A9t%C3%A9");
    }

    #[test]
    fn a_context_that_is_not_in_the_list_is_other() {
        assert_eq!(context(Some("playlist")), "playlist");
        assert_eq!(context(Some("Playlist")), "other");
        assert_eq!(context(None), "");
    }

    proptest! {
        #[test]
        fn a_key_begins_with_its_channel_and_has_one_name(referrer in ".{0,80}", host in "[a-z.]{1,40}", query in ".{0,80}") {
            let sources = Sources::new(&["veza.example".to_string()]).unwrap();
            for referrer in [referrer, format!("https://{host}/")] {
                let source = sources.of(Some(&referrer), Some(&format!("https://veza.example/?{query}")));
                let (channel, name) = source.key.split_once('/').unwrap();
                prop_assert_eq!(channel, source.channel);
                prop_assert!(Channel::parse(channel).is_some() && !name.is_empty() && !name.contains('/') && name.len() <= MAX_NAME_BYTES);
            }
        }
    }
}
