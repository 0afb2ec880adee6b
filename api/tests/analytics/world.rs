//! An installation whose warehouse holds rows that are known.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use reqwest::header::{ACCEPT, HeaderMap};
use serde_json::Value;
use tokio::sync::OnceCell;
use uuid::Uuid;
use veza_enrich::place::Place;
use veza_schemas::row::Reason;
use veza_standalone::testing::{Installation, Servers, Service};

/// A running API, its people, and what its warehouse holds.
pub struct World {
    pub veza: Installation,
    pub service: Service,
    pub creators: Vec<Creator>,
    pub admin: String,
    pub rows: Vec<Row>,
}

pub struct Creator {
    pub id: i64,
    pub token: String,
    pub tracks: Vec<Track>,
}

#[derive(Clone)]
pub struct Track {
    pub id: Uuid,
    pub title: String,
    pub artist: &'static str,
}

/// A row of `plays`, as far as reports look at it.
#[derive(Clone)]
pub struct Row {
    pub creator_id: i64,
    pub track: Uuid,
    pub artist: &'static str,
    pub started_at: Timestamp,
    pub received_at: Timestamp,
    pub play_id: Uuid,
    pub listener: u64,
    pub reason: Reason,
    pub bot: bool,
    pub completed: bool,
    pub skipped: bool,
    pub assumed: bool,
    pub heard_ms: u32,
    pub country: &'static str,
    pub region: &'static str,
    pub city: &'static str,
    pub device: &'static str,
    pub os: &'static str,
    pub os_version: &'static str,
    pub browser: &'static str,
    pub browser_version: &'static str,
    pub source: &'static str,
    pub context: &'static str,
    pub campaign: &'static str,
    pub offset: u64,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// `data` and `meta` of a success.
    #[track_caller]
    pub fn parts(&self) -> (Value, Value) {
        assert_eq!(self.status, 200, "{self:?}");
        let mut body = self.json();
        (body["data"].take(), body["meta"].take())
    }
}

/// Up to when the shared world is complete: after all its rows.
pub const AS_OF: &str = "2027-01-01T00:00:00Z";
/// What `as_of` trails the last look at a log that is stored to its end.
pub const DELIVERY_DEADLINE: SignedDuration = SignedDuration::from_secs(5);

const ROWS: usize = 6_000;
/// Around these, clocks change in New York and on Lord Howe Island; half of the rows are near them.
const CLOCK_CHANGES: [&str; 4] = [
    "2026-03-08T07:00:00Z",
    "2026-04-04T15:00:00Z",
    "2026-10-03T15:30:00Z",
    "2026-11-01T06:00:00Z",
];
const FIRST: &str = "2026-02-01T00:00:00Z";
const LAST: &str = "2026-12-01T00:00:00Z";

const PLACES: [(&str, &str, &str); 12] = [
    ("FR", "Bretagne", "Brest"),
    ("FR", "Bretagne", "Rennes"),
    ("FR", "Bretagne", ""),
    ("FR", "Île-de-France", "Paris"),
    ("FR", "", ""),
    ("FR", "", "Sainte-Marie"),
    ("NO", "Trøndelag/Trööndelage", "Trondheim"),
    ("DE", "Berlin", "Berlin"),
    ("US", "New York", "New York"),
    ("US", "O'Higgins\\\t\"", "Twin \\n Falls"),
    ("JP", "Tokyo", ""),
    ("", "", ""),
];
const AGENTS: [Agent; 8] = [
    ["phone", "iOS", "17.4", "Mobile Safari", "17.4"],
    ["phone", "iOS", "16.7", "Mobile Safari", "16.6"],
    ["phone", "Android", "14", "Chrome Mobile", "141"],
    ["computer", "Windows", "", "Chrome", "141"],
    ["computer", "Mac OS X", "10.15", "Firefox", "140.0"],
    ["computer", "GNU/Linux", "6", "Firefox", ""],
    ["other", "Linux", "", "", ""],
    ["", "", "", "", ""],
];
/// Device, system, its version, browser, its version.
type Agent = [&'static str; 5];
const SOURCES: [&str; 14] = [
    "search/Google",
    "search/Bing",
    "social/Facebook",
    "social/Instagram",
    "social/Reddit",
    "ai/ChatGPT",
    "email/newsletter",
    "direct/direct",
    "internal/internal",
    "referral/=evil.example",
    "referral/blog.example",
    "referral/it's \"quoted\", \\ and more",
    "video/YouTube",
    "",
];
const CONTEXTS: [&str; 5] = ["playlist", "search", "embed", "other", ""];
const CAMPAIGNS: [&str; 4] = ["Summer Tour", "été", "@spring", ""];
const ARTISTS: [&str; 3] = ["Odile Marchetti", "D'Artagnan & Co", "=SUM(A1)"];

static SHARED: OnceCell<World> = OnceCell::const_new();
static MONTH: OnceCell<World> = OnceCell::const_new();
const MONTH_ROWS: u64 = 200_000;
/// Clocks change in it in New York, on the Chatham Islands and on Lord Howe Island.
pub const MONTH_FROM: &str = "2026-03-07";
pub const MONTH_TO: &str = "2026-04-07";

impl World {
    /// The one that all tests read and none changes: three creators, 6,000 rows, complete up to [`AS_OF`].
    pub async fn shared() -> &'static Self {
        SHARED
            .get_or_init(|| async {
                let mut world = Self::empty().await;
                let mut random = StdRng::seed_from_u64(42);
                let rows = (0..ROWS as u64).map(|offset| world.row(&mut random, offset));
                let rows = rows.collect();
                world.insert(rows).await;
                world.complete_up_to(AS_OF.parse().unwrap()).await;
                world
            })
            .await
    }

    /// The reference month: 200,000 reports between [`MONTH_FROM`] and [`MONTH_TO`], wherever the day begins.
    pub async fn month() -> &'static Self {
        MONTH
            .get_or_init(|| async {
                let mut world = Self::empty().await;
                let mut random = StdRng::seed_from_u64(2026);
                let day =
                    |date: &str| -> Timestamp { format!("{date}T00:00:00Z").parse().unwrap() };
                let (first, last) = (day(MONTH_FROM), day(MONTH_TO));
                let ms = (first - SignedDuration::from_hours(24)).as_millisecond()
                    ..(last + SignedDuration::from_hours(24)).as_millisecond();
                let rows = (0..MONTH_ROWS).map(|offset| {
                    let started_at = random.random_range(ms.clone());
                    let started_at = Timestamp::from_millisecond(started_at).unwrap();
                    Row {
                        started_at,
                        received_at: started_at + SignedDuration::from_secs(200),
                        ..world.row(&mut random, offset)
                    }
                });
                let rows = rows.collect();
                world.insert(rows).await;
                world.complete_up_to(AS_OF.parse().unwrap()).await;
                world
            })
            .await
    }

    /// Three creators with tracks, and nothing played; `as_of` is not known.
    pub async fn empty() -> Self {
        Self::on(Servers::shared().await).await
    }

    /// The same on servers of its own.
    pub async fn on(servers: Arc<Servers>) -> Self {
        let veza = Installation::on(servers).await;
        let service = veza.start_api().await;
        let mut creators = Vec::new();
        for number in 0..3 {
            creators.push(creator(&veza, number).await);
        }
        let admin = veza.token(user(&veza, "admin", "admin").await, "admin", &[]);
        Self {
            veza,
            service,
            creators,
            admin,
            rows: Vec::new(),
        }
    }

    /// Puts rows into the warehouse, beside those that are there.
    pub async fn insert(&mut self, rows: Vec<Row>) {
        for part in rows.chunks(20_000) {
            let mut sql = format!("INSERT INTO plays ({COLUMNS}) FORMAT TabSeparated\n");
            for row in part {
                row.write_line(&mut sql);
            }
            self.veza.clickhouse(&sql).await;
        }
        self.rows.extend(rows);
    }

    /// Says that both partitions are stored to their end, as seen then.
    pub async fn complete_up_to(&self, as_of: Timestamp) {
        for partition in 0..2 {
            self.progress(partition, 2, as_of + DELIVERY_DEADLINE).await;
        }
    }

    /// Says that a partition is stored to its end.
    pub async fn progress(&self, partition: i32, partitions: i32, seen_at: Timestamp) {
        sqlx::query(
            "INSERT INTO partition_progress VALUES ('topic', $1, $2, 9, 9, NULL, NULL, $3::text::timestamptz)
             ON CONFLICT (topic_id, kafka_partition) DO UPDATE SET seen_at = excluded.seen_at",
        )
        .bind(partition)
        .bind(partitions)
        .bind(seen_at.to_string())
        .execute(self.veza.postgres())
        .await
        .unwrap();
    }

    /// A report of the first creator's, by its name and query.
    pub async fn report(&self, name: &str, query: &[(&str, &str)]) -> Answer {
        self.get(&self.creators[0].token, name, query, "application/json")
            .await
    }

    pub async fn get(
        &self,
        token: &str,
        name: &str,
        query: &[(&str, &str)],
        accept: &str,
    ) -> Answer {
        let url = format!("{}/api/v1/analytics/{name}", self.service.url());
        let request = reqwest::Client::new()
            .get(url)
            .query(query)
            .header(ACCEPT, accept);
        let request = match token {
            "" => request,
            token => request.bearer_auth(token),
        };
        let response = request.send().await.expect("an answer");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("a whole answer"),
        }
    }

    /// The first creator's rows.
    pub fn own_rows(&self) -> impl Iterator<Item = &Row> {
        let id = self.creators[0].id;
        self.rows.iter().filter(move |row| row.creator_id == id)
    }

    /// A row of no particular kind at all.
    pub fn row(&self, random: &mut StdRng, offset: u64) -> Row {
        let of = [0, 0, 0, 1, 2].choose(random).copied().unwrap();
        let creator: &Creator = &self.creators[of];
        let track = &creator.tracks[random.random_range(0..creator.tracks.len())];
        let started_at = some_time(random);
        let bot = random.random_bool(0.1);
        let reason = match bot {
            true => *[Reason::Bot, Reason::Continued, Reason::TooShort]
                .choose(random)
                .unwrap(),
            false => match random.random_range(0..10) {
                0..6 => Reason::Counted,
                6 => Reason::Continued,
                7 | 8 => Reason::TooShort,
                _ => *[
                    Reason::Duplicate,
                    Reason::OwnPlay,
                    Reason::AlreadyCounted,
                    Reason::ImpossibleTime,
                ]
                .choose(random)
                .unwrap(),
            },
        };
        let assumed = random.random_bool(0.05);
        let may_complete = matches!(reason, Reason::Counted | Reason::Continued | Reason::Bot);
        let (country, region, city) = *PLACES.choose(random).unwrap();
        let [device, os, os_version, browser, browser_version] = *AGENTS.choose(random).unwrap();
        Row {
            creator_id: creator.id,
            track: track.id,
            artist: track.artist,
            started_at,
            received_at: started_at + SignedDuration::from_millis(random.random_range(0..600_000)),
            play_id: Uuid::from_u128(random.random()),
            // Few enough that they come back, in other buckets, places and creators.
            listener: match random.random_range(0..10) {
                0 => 0,
                _ => u64::MAX - random.random_range(0..400),
            },
            reason,
            bot,
            completed: may_complete && !assumed && random.random_bool(0.4),
            skipped: reason == Reason::TooShort && !assumed && random.random_bool(0.8),
            assumed,
            heard_ms: random.random_range(0..300_000),
            country,
            region,
            city,
            device,
            os,
            os_version,
            browser,
            browser_version,
            source: SOURCES.choose(random).unwrap(),
            context: CONTEXTS.choose(random).unwrap(),
            campaign: CAMPAIGNS.choose(random).unwrap(),
            offset,
        }
    }
}

fn some_time(random: &mut StdRng) -> Timestamp {
    let (from, to) = match random.random_bool(0.5) {
        true => {
            let change: Timestamp = CLOCK_CHANGES.choose(random).unwrap().parse().unwrap();
            let days = SignedDuration::from_hours(36);
            (change - days, change + days)
        }
        false => (FIRST.parse().unwrap(), LAST.parse().unwrap()),
    };
    let ms = random.random_range(from.as_millisecond()..to.as_millisecond());
    Timestamp::from_millisecond(ms).unwrap()
}

pub async fn user(veza: &Installation, name: &str, role: &str) -> Uuid {
    sqlx::query_scalar(
        "INSERT INTO users (email, password_hash, name, role) VALUES ($1, '', $2, $3) RETURNING id",
    )
    .bind(format!("{name}@example.org"))
    .bind(name)
    .bind(role)
    .fetch_one(veza.postgres())
    .await
    .unwrap()
}

async fn creator(veza: &Installation, number: usize) -> Creator {
    let account = user(veza, &format!("creator-{number}"), "creator").await;
    let id = sqlx::query_scalar(
        "INSERT INTO creators (user_id, name) VALUES ($1, 'Creator') RETURNING id",
    )
    .bind(account)
    .fetch_one(veza.postgres())
    .await
    .unwrap();
    let mut tracks = Vec::new();
    for track in 0..7 {
        let title = format!("-{track}, by {number}");
        let artist = ARTISTS[track % ARTISTS.len()];
        let released = (track < 4).then(|| format!("2026-03-0{}T22:30:00Z", track + 5));
        let id = sqlx::query_scalar(
            "INSERT INTO tracks (creator_id, title, artist, duration_ms, released_at)
             VALUES ($1, $2, $3, 180000, $4::text::timestamptz) RETURNING id",
        )
        .bind(id)
        .bind(&title)
        .bind(artist)
        .bind(released)
        .fetch_one(veza.postgres())
        .await
        .unwrap();
        tracks.push(Track { id, title, artist });
    }
    Creator {
        id,
        token: veza.token(account, "creator", &[]),
        tracks,
    }
}

impl Row {
    pub fn channel(&self) -> &'static str {
        self.source
            .split_once('/')
            .map_or("", |(channel, _)| channel)
    }

    /// A line of [`COLUMNS`].
    fn write_line(&self, out: &mut String) {
        use std::fmt::Write;
        let place = Place::new(self.country.into(), self.region.into(), self.city.into());
        let slot = self.started_at.as_second().div_euclid(900) * 900;
        let flags = [
            self.reason == Reason::Counted,
            self.completed,
            self.skipped,
            self.bot,
            self.assumed,
        ];
        write!(
            out,
            "{}\t{slot}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            self.creator_id,
            self.track,
            self.listener,
            self.heard_ms,
            self.play_id,
            place.id,
            self.offset % 2,
            self.offset / 2,
            flags.map(|flag| if flag { "1" } else { "0" }).join("\t"),
        )
        .unwrap();
        let texts = [
            self.reason.as_str(),
            self.country,
            self.device,
            self.os,
            self.os_version,
            self.browser,
            self.browser_version,
            self.channel(),
            self.source,
            self.context,
            self.region,
            self.city,
            self.campaign,
        ];
        for text in texts {
            out.push('\t');
            out.push_str(&text.replace('\\', "\\\\").replace('\t', "\\t"));
        }
        let (started_at, received_at) = (shown_ms(self.started_at), shown_ms(self.received_at));
        writeln!(out, "\t{started_at}\t{received_at}\t/\t180000\t1\t1\ttopic").unwrap();
    }
}

/// What [`Row::write_line`] writes; the others are 0.
const COLUMNS: &str = "creator_id, slot, track_id, listener, heard_ms, play_id, place, kafka_partition, kafka_offset, \
    counted, completed, skipped, bot, assumed, reason, country, device, os, os_version, browser, browser_version, channel, \
    source, context, region, city, campaign, started_at, received_at, page, duration_ms, ended, rule, topic_id";

/// As ClickHouse reads a `DateTime64(3, 'UTC')`.
fn shown_ms(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
