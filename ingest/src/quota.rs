//! How much one address may send: token buckets, one for requests and one for reports. Each look-up costs the same however
//! many addresses there are, and the memory is bounded: beyond it the address that was silent longest is forgotten, and
//! would begin with full buckets.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use veza_schemas::report::MAX_REPORTS;

/// A bucket: `rate` tokens flow in a second, up to `capacity`.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: f64,
    capacity: f64,
}

/// How full one bucket was, and when.
#[derive(Debug, Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Rate {
    /// Bursts of a second.
    fn new(per_second: u32, least_capacity: f64) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            capacity: per_second.max(least_capacity),
        }
    }

    fn full(self, at: Instant) -> Level {
        Level {
            tokens: self.capacity,
            at,
        }
    }

    /// Takes `amount` (at most the capacity); if it is not there, takes nothing and says after what time it will be.
    fn take(self, level: &mut Level, amount: f64, now: Instant) -> Result<(), Duration> {
        let inflow = now.saturating_duration_since(level.at).as_secs_f64() * self.per_second;
        let tokens = (level.tokens + inflow).min(self.capacity);
        *level = Level {
            tokens,
            at: level.at.max(now),
        };
        if tokens < amount {
            return Err(Duration::from_secs_f64((amount - tokens) / self.per_second));
        }
        level.tokens -= amount;
        Ok(())
    }

    fn time_to_fill(self) -> Duration {
        Duration::from_secs_f64(self.capacity / self.per_second)
    }
}

struct Account {
    requests: Level,
    reports: Level,
}

/// The buckets of all addresses.
pub struct Quotas {
    requests: Rate,
    reports: Rate,
    accounts: Cache<IpAddr, Arc<Mutex<Account>>>,
}

impl Quotas {
    /// Remembers at most `addresses` of them. The bucket of reports holds at least one full request.
    pub fn new(requests_per_s: u32, reports_per_s: u32, addresses: u64) -> Self {
        let requests = Rate::new(requests_per_s, 1.0);
        let reports = Rate::new(reports_per_s, MAX_REPORTS as f64);
        // An account that was silent until its buckets are full again is no different from a new one.
        let forgettable = requests.time_to_fill().max(reports.time_to_fill());
        let accounts = Cache::builder()
            .max_capacity(addresses)
            .time_to_idle(forgettable)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            requests,
            reports,
            accounts,
        }
    }

    /// One request; or after what time there may be one.
    pub fn take_request(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.with_account(address, now, |account| {
            self.requests.take(&mut account.requests, 1.0, now)
        })
    }

    /// `count` reports, at most [`MAX_REPORTS`]; all or none.
    pub fn take_reports(
        &self,
        address: IpAddr,
        count: usize,
        now: Instant,
    ) -> Result<(), Duration> {
        self.with_account(address, now, |account| {
            self.reports.take(&mut account.reports, count as f64, now)
        })
    }

    fn with_account<T>(
        &self,
        address: IpAddr,
        now: Instant,
        take: impl FnOnce(&mut Account) -> T,
    ) -> T {
        let account = self.accounts.get_with(subscriber(address), || {
            Arc::new(Mutex::new(Account {
                requests: self.requests.full(now),
                reports: self.reports.full(now),
            }))
        });
        let mut account = account.lock().unwrap_or_else(PoisonError::into_inner);
        take(&mut account)
    }
}

/// Who an address stands for: an IPv6 subscriber has a whole /64.
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_of_a_second_is_allowed_and_then_the_rate() {
        let quotas = Quotas::new(200, 5_000, 10);
        let (a, start) = (address("192.0.2.1"), Instant::now());
        for _ in 0..200 {
            quotas.take_request(a, start).unwrap();
        }
        assert_eq!(quotas.take_request(a, start), Err(Duration::from_millis(5)));
        let later = start + Duration::from_millis(6);
        assert_eq!(quotas.take_request(a, later), Ok(()));
        assert!(quotas.take_request(a, later).is_err());
        assert_eq!(
            quotas.take_request(address("192.0.2.2"), start),
            Ok(()),
            "others are not concerned"
        );
    }

    #[test]
    fn a_full_request_passes_even_under_a_small_rate() {
        let quotas = Quotas::new(200, 10, 10);
        let (a, now) = (address("192.0.2.1"), Instant::now());
        assert_eq!(quotas.take_reports(a, MAX_REPORTS, now), Ok(()));
        assert_eq!(
            quotas.take_reports(a, 1, now),
            Err(Duration::from_millis(100))
        );
    }

    #[test]
    fn a_refused_batch_takes_nothing() {
        let quotas = Quotas::new(200, 1_000, 10);
        let (a, now) = (address("192.0.2.1"), Instant::now());
        quotas.take_reports(a, 600, now).unwrap();
        assert!(quotas.take_reports(a, 600, now).is_err());
        assert_eq!(quotas.take_reports(a, 400, now), Ok(()));
    }

    #[test]
    fn the_addresses_of_one_64_share_their_quota() {
        let quotas = Quotas::new(1, 5_000, 10);
        let now = Instant::now();
        quotas
            .take_request(address("2001:db8:0:1::1"), now)
            .unwrap();
        assert!(
            quotas
                .take_request(address("2001:db8:0:1:ffff::2"), now)
                .is_err()
        );
        assert!(quotas.take_request(address("2001:db8:0:2::1"), now).is_ok());
    }

    #[test]
    fn memory_is_bounded_however_many_addresses_come() {
        let quotas = Quotas::new(1, 1, 100);
        for n in 0..10_000u32 {
            let _ = quotas.take_request(IpAddr::from(n.to_be_bytes()), Instant::now());
        }
        quotas.accounts.run_pending_tasks();
        assert!(quotas.accounts.entry_count() <= 100);
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate_and_a_wait_that_is_true(
            rate in 1u32..500,
            steps in proptest::collection::vec((0u64..300, 1usize..50), 1..200),
        ) {
            let quotas = Quotas::new(1, rate, 10);
            let (a, start) = (address("192.0.2.1"), Instant::now());
            let (mut now, mut taken) = (start, 0);
            for (pause_ms, amount) in steps {
                now += Duration::from_millis(pause_ms);
                match quotas.take_reports(a, amount, now) {
                    Ok(()) => taken += amount,
                    Err(wait) => {
                        now += wait + Duration::from_micros(1);
                        prop_assert!(quotas.take_reports(a, amount, now).is_ok());
                        taken += amount;
                    }
                }
                let allowed = MAX_REPORTS as f64 + (now - start).as_secs_f64() * f64::from(rate);
                prop_assert!(taken as f64 <= allowed + 1e-6, "{taken} of {allowed}");
            }
        }
    }
}
