//! Zones of the IANA database that is compiled in, and the instants where their days begin.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ZonedDateTime};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone with the name that IANA writes it by.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    pub fn utc() -> Self {
        Self {
            name: "UTC".into(),
            rules: TimeZone::UTC,
        }
    }

    /// The zone of that name, whatever its case; none if IANA has no such zone.
    pub fn named(name: &str) -> Option<Self> {
        let rules = ZONES.get(name).ok()?;
        let name = rules.iana_name()?.to_owned();
        Some(Self { name, rules })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    pub fn local(&self, time: Timestamp) -> ZonedDateTime {
        time.to_zoned_datetime(self.rules.clone())
    }

    pub fn date_of(&self, time: Timestamp) -> Date {
        self.local(time).date()
    }

    /// The first instant of `date`. Where clocks skip midnight that is the end of the gap, where midnight comes twice the
    /// first, and where the whole day was skipped the start of the next. None beyond jiff's years.
    pub fn start_of(&self, date: Date) -> Option<Timestamp> {
        let midnight = date.to_zoned_datetime(self.rules.clone()).ok()?;
        Some(midnight.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn start(zone: &str, day: Date) -> String {
        Zone::named(zone)
            .unwrap()
            .start_of(day)
            .unwrap()
            .to_string()
    }

    #[test]
    fn names_are_found_whatever_their_case_and_others_are_not() {
        assert_eq!(Zone::named("europe/PARIS").unwrap().name(), "Europe/Paris");
        assert_eq!(Zone::named("UTC").unwrap(), Zone::utc());
        for wrong in ["", "Europe/Paname", "+02:00", "../../etc/passwd", "CEST"] {
            assert_eq!(Zone::named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_begins_at_its_first_instant() {
        assert_eq!(
            start("Asia/Kathmandu", date(2026, 5, 1)),
            "2026-04-30T18:15:00Z"
        );
        // Clocks went from 00:00 to 01:00.
        assert_eq!(
            start("Asia/Beirut", date(2022, 3, 27)),
            "2022-03-26T22:00:00Z"
        );
        // Clocks went back from 01:00 to 00:00: midnight came twice.
        assert_eq!(
            start("Atlantic/Azores", date(2021, 10, 31)),
            "2021-10-31T00:00:00Z"
        );
        // Samoa skipped this day.
        assert_eq!(
            start("Pacific/Apia", date(2011, 12, 30)),
            start("Pacific/Apia", date(2011, 12, 31))
        );
    }
}
