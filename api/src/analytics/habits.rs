//! When and what somebody listened to, from plays by quarter hour and track. Pure.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::query::Heard;
use super::titles::{Title, TrackName};
use crate::time::edges::Edges;
use crate::time::zone::Zone;

/// Entries of a list.
const TOP: usize = 20;
const HOURS: usize = 24;
const WEEKDAYS: usize = 7;

/// Plays, and audio heard in ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    pub plays: u64,
    pub heard_ms: u64,
}

impl Amount {
    fn add(&mut self, heard: &Heard) {
        self.plays += heard.plays;
        self.heard_ms += heard.heard_ms;
    }
}

/// Everything that is told of a listener's time.
#[derive(Debug, Default)]
pub struct Habits {
    total: Amount,
    by_track: HashMap<Uuid, Amount>,
    /// By weekday from Monday, and hour by the clock on the wall.
    clock: [[u64; HOURS]; WEEKDAYS],
    /// Days with a play.
    days: BTreeMap<Date, u64>,
    /// By the start of the quarter hour, in Unix seconds.
    by_slot: BTreeMap<u32, Amount>,
}

/// Sums of a range.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ListeningTotal {
    pub plays: u64,
    /// Audio heard, in ms, skips and what was heard beyond the play's count included.
    pub heard_ms: u64,
    /// Different ones.
    pub tracks: u64,
    /// Different ones.
    pub artists: u64,
    /// Days with a play.
    pub days: u64,
}

/// An artist that was listened to.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct HeardArtist {
    /// Null: of tracks that the catalog no longer has.
    #[schema(required)]
    pub artist: Option<String>,
    pub tracks: u64,
    pub plays: u64,
    pub heard_ms: u64,
}

/// A track that was listened to.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct HeardTrack {
    pub track: TrackName,
    pub plays: u64,
    pub heard_ms: u64,
}

/// Listening over time. Null: not known yet.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ListeningBucket {
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Excluded.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// It ended before `as_of`.
    pub complete: bool,
    /// Cut by the range's ends.
    pub partial: bool,
    #[schema(required)]
    pub plays: Option<u64>,
    #[schema(required)]
    pub heard_ms: Option<u64>,
}

/// Days in a row with a play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Streak {
    pub days: u64,
    #[schema(value_type = String, format = Date)]
    pub first: Date,
    #[schema(value_type = String, format = Date)]
    pub last: Date,
}

/// Streaks within the range.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Streaks {
    /// The one that today may still go on: it has today or yesterday. Null: none.
    #[schema(required)]
    pub current: Option<Streak>,
    /// The newest of the longest. Null: nothing was played.
    #[schema(required)]
    pub longest: Option<Streak>,
}

impl Habits {
    pub fn of(heard: &[Heard], zone: &Zone) -> Self {
        let mut habits = Self::default();
        for heard in heard {
            let Ok(start) = Timestamp::from_second(heard.start.into()) else {
                continue;
            };
            habits.total.add(heard);
            habits
                .by_track
                .entry(heard.track_id)
                .or_default()
                .add(heard);
            habits.by_slot.entry(heard.start).or_default().add(heard);
            if heard.plays > 0 {
                let local = zone.local(start);
                let weekday = local.weekday().to_monday_zero_offset() as usize;
                habits.clock[weekday][local.hour() as usize] += heard.plays;
                *habits.days.entry(local.date()).or_default() += heard.plays;
            }
        }
        habits
    }

    /// The tracks whose names are needed.
    pub fn tracks(&self) -> Vec<Uuid> {
        self.by_track.keys().copied().collect()
    }

    pub fn total(&self, titles: &HashMap<Uuid, Title>) -> ListeningTotal {
        let played = self.by_track.values().filter(|amount| amount.plays > 0);
        let artists = self.artists(titles);
        ListeningTotal {
            plays: self.total.plays,
            heard_ms: self.total.heard_ms,
            tracks: played.count() as u64,
            artists: artists.iter().filter(|(name, _)| name.is_some()).count() as u64,
            days: self.days.len() as u64,
        }
    }

    /// By name: how many tracks were played, and how much.
    fn artists<'a>(
        &self,
        titles: &'a HashMap<Uuid, Title>,
    ) -> BTreeMap<Option<&'a str>, (u64, Amount)> {
        let mut artists: BTreeMap<_, (u64, Amount)> = BTreeMap::new();
        for (track, amount) in self.by_track.iter().filter(|(_, amount)| amount.plays > 0) {
            let name = titles.get(track).map(|title| title.artist.as_str());
            let (tracks, sum) = artists.entry(name).or_default();
            *tracks += 1;
            sum.plays += amount.plays;
            sum.heard_ms += amount.heard_ms;
        }
        artists
    }

    /// The artists with the most plays.
    pub fn top_artists(&self, titles: &HashMap<Uuid, Title>) -> Vec<HeardArtist> {
        let mut artists: Vec<_> = self.artists(titles).into_iter().collect();
        // Of equal ones, the first name stays first.
        artists.sort_by_key(|(_, (_, amount))| std::cmp::Reverse(amount.plays));
        let top = artists.into_iter().take(TOP);
        top.map(|(name, (tracks, amount))| HeardArtist {
            artist: name.map(str::to_owned),
            tracks,
            plays: amount.plays,
            heard_ms: amount.heard_ms,
        })
        .collect()
    }

    /// The tracks with the most plays.
    pub fn top_tracks(&self, titles: &HashMap<Uuid, Title>) -> Vec<HeardTrack> {
        let played = self.by_track.iter().filter(|(_, amount)| amount.plays > 0);
        let mut tracks: Vec<(Uuid, Amount)> = played.map(|(id, amount)| (*id, *amount)).collect();
        tracks.sort_by_key(|(id, amount)| (std::cmp::Reverse(amount.plays), *id));
        let top = tracks.into_iter().take(TOP);
        top.map(|(id, amount)| HeardTrack {
            track: TrackName::of(id, titles),
            plays: amount.plays,
            heard_ms: amount.heard_ms,
        })
        .collect()
    }

    /// Plays by weekday from Monday, and hour.
    pub fn clock(&self) -> Vec<Vec<u64>> {
        self.clock.iter().map(|hours| hours.to_vec()).collect()
    }

    /// Between these edges; null from `as_of` on.
    pub fn buckets(&self, edges: &Edges, as_of: Option<Timestamp>) -> Vec<ListeningBucket> {
        let spans = edges.spans();
        spans
            .map(|span| {
                let seconds = |time: Timestamp| time.as_second().clamp(0, u32::MAX.into()) as u32;
                let slots = self.by_slot.range(seconds(span.start)..seconds(span.end));
                let mut sum = Amount::default();
                let mut has_rows = false;
                for (_, amount) in slots {
                    has_rows = true;
                    sum.plays += amount.plays;
                    sum.heard_ms += amount.heard_ms;
                }
                let is_known = super::series::is_known(span.start, has_rows, as_of);
                ListeningBucket {
                    start: span.start,
                    end: span.end,
                    complete: as_of.is_some_and(|as_of| span.end <= as_of),
                    partial: span.partial,
                    plays: is_known.then_some(sum.plays),
                    heard_ms: is_known.then_some(sum.heard_ms),
                }
            })
            .collect()
    }

    /// `today`: in the zone of the days.
    pub fn streaks(&self, today: Date) -> Streaks {
        let mut streaks: Vec<Streak> = Vec::new();
        for date in self.days.keys() {
            match streaks.last_mut() {
                Some(streak) if streak.last.tomorrow().ok() == Some(*date) => {
                    streak.last = *date;
                    streak.days += 1;
                }
                _ => streaks.push(Streak {
                    days: 1,
                    first: *date,
                    last: *date,
                }),
            }
        }
        let goes_on =
            |streak: &Streak| streak.last == today || streak.last.tomorrow().ok() == Some(today);
        Streaks {
            current: streaks.last().copied().filter(goes_on),
            // The last of equal ones.
            longest: streaks.iter().copied().max_by_key(|streak| streak.days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn heard(start: &str, track: u128, plays: u64) -> Heard {
        let start: Timestamp = start.parse().unwrap();
        Heard {
            start: start.as_second() as u32,
            track_id: Uuid::from_u128(track),
            plays,
            heard_ms: plays * 60_000,
        }
    }

    #[test]
    fn the_clock_is_the_one_on_the_wall() {
        let zone = Zone::named("Asia/Kathmandu").unwrap();
        // Sunday evening in UTC, Monday 00:00 in Kathmandu.
        let habits = Habits::of(&[heard("2026-05-03T18:15:00Z", 1, 3)], &zone);
        assert_eq!(habits.clock()[0][0], 3);
        assert_eq!(habits.clock().iter().flatten().sum::<u64>(), 3);
    }

    #[test]
    fn streaks_are_of_local_days_through_a_clock_change() {
        let zone = Zone::named("America/New_York").unwrap();
        // Clocks change on 8 March 2026; each of these is shortly before midnight there.
        let days = [
            "2026-03-07T04:45:00Z",
            "2026-03-08T04:45:00Z",
            "2026-03-09T03:45:00Z",
            "2026-03-12T03:45:00Z",
        ];
        let habits = Habits::of(&days.map(|day| heard(day, 1, 1)), &zone);
        let streaks = habits.streaks(date(2026, 3, 12));
        let longest = streaks.longest.unwrap();
        assert_eq!(
            (longest.days, longest.first, longest.last),
            (3, date(2026, 3, 6), date(2026, 3, 8))
        );
        assert_eq!(streaks.current.unwrap().first, date(2026, 3, 11));
        assert_eq!(habits.streaks(date(2026, 3, 13)).current, None);
        assert_eq!(habits.streaks(date(2026, 3, 11)).current.unwrap().days, 1);
    }

    #[test]
    fn what_was_only_skipped_was_heard_and_not_played() {
        let skipped = Heard {
            plays: 0,
            ..heard("2026-05-03T18:15:00Z", 2, 5)
        };
        let habits = Habits::of(
            &[heard("2026-05-03T18:15:00Z", 1, 1), skipped],
            &Zone::utc(),
        );
        let total = habits.total(&HashMap::new());
        assert_eq!(
            (total.plays, total.heard_ms, total.tracks, total.days),
            (1, 360_000, 1, 1)
        );
        assert_eq!(habits.top_tracks(&HashMap::new()).len(), 1);
        assert_eq!(habits.top_artists(&HashMap::new())[0].artist, None);
    }
}
