use std::{
    fmt,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, keyed::DashMapStateStore},
};

use crate::clock::Clock;

/// How many client IPs are kept in mind.
const MAX_IPS: usize = 10_000;

/// How many requests may come at once, and after what time each comes back.
struct Allowance {
    burst: NonZeroU32,
    period: Duration,
}

const fn nonzero(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

/// Bounds how fast strangers may make the server write, one by one and all together, so that what they
/// leave behind until it expires fits the store (T18).
pub(crate) struct RateLimit {
    per_ip: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, Time, NoOpMiddleware<Nanos>>,
    altogether: RateLimiter<NotKeyed, InMemoryState, Time, NoOpMiddleware<Nanos>>,
    clock: Arc<dyn Clock>,
    /// The second in which recovered IPs were last forgotten.
    swept_at: AtomicU64,
}

impl RateLimit {
    /// For registrations. One that is not used lives for a day: at most 87,400 of them.
    pub(crate) fn registrations(clock: Arc<dyn Clock>) -> Self {
        let per_ip = Allowance {
            burst: nonzero(20),
            period: Duration::from_secs(10),
        };
        let altogether = Allowance {
            burst: nonzero(1000),
            period: Duration::from_secs(1),
        };
        Self::new(&per_ip, &altogether, clock)
    }

    /// For consents that start a sign-in. One that is not finished lives for 10 minutes: at most 40,000
    /// of them. Many people may share one IP.
    pub(crate) fn sign_ins(clock: Arc<dyn Clock>) -> Self {
        let per_ip = Allowance {
            burst: nonzero(120),
            period: Duration::from_secs(1),
        };
        let altogether = Allowance {
            burst: nonzero(10_000),
            period: Duration::from_millis(20),
        };
        Self::new(&per_ip, &altogether, clock)
    }

    fn new(per_ip: &Allowance, altogether: &Allowance, clock: Arc<dyn Clock>) -> Self {
        let time = Time(clock.clone());
        Self {
            per_ip: RateLimiter::new(per_ip.quota(), DashMapStateStore::default(), time.clone()),
            altogether: RateLimiter::new(altogether.quota(), InMemoryState::default(), time),
            clock,
            swept_at: AtomicU64::new(0),
        }
    }

    /// Whether one more request from `ip` is within the limits, and counts it.
    pub(crate) fn admits(&self, ip: Option<IpAddr>) -> bool {
        let within = match ip {
            Some(ip) if self.has_room() => self.per_ip.check_key(&network(ip)).is_ok(),
            _ => true,
        };
        within && self.altogether.check().is_ok()
    }

    /// Whether one more IP can be kept in mind. While too many are, only the common limit counts: whoever
    /// has so many addresses is not stopped by a limit on each.
    fn has_room(&self) -> bool {
        if self.per_ip.len() < MAX_IPS {
            return true;
        }
        // Walking the table costs more than a request should: once a second is enough.
        let now = self.clock.now().as_secs();
        if self.swept_at.swap(now, Ordering::Relaxed) != now {
            self.per_ip.retain_recent();
        }
        self.per_ip.len() < MAX_IPS
    }
}

impl Allowance {
    fn quota(&self) -> Quota {
        // `None` only for a period of zero.
        Quota::with_period(self.period)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(self.burst)
    }
}

/// One household: an IPv4 address, or a /64 of IPv6.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let prefix = u128::from(ip) & !u128::from(u64::MAX);
            IpAddr::V6(prefix.into())
        }
    }
}

/// Our clock as the limiter's.
#[derive(Clone)]
struct Time(Arc<dyn Clock>);

impl clock::Clock for Time {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_secs(self.0.now().as_secs()).into()
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    #[test]
    fn t18_the_table_of_addresses_is_bounded_and_recovers() {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let limit = RateLimit::sign_ins(Arc::new(clock.clone()));
        let crowd = |n: u32| (0..n).map(|n| Some(IpAddr::V4(Ipv4Addr::from_bits(n))));
        for ip in crowd(2 * MAX_IPS as u32) {
            limit.admits(ip);
        }
        assert_eq!(limit.per_ip.len(), MAX_IPS);
        clock.advance(Duration::from_secs(10));
        for ip in crowd(10) {
            assert!(limit.admits(ip), "there is room again");
        }
        assert!(limit.per_ip.len() <= 10, "who has recovered is forgotten");
    }

    #[test]
    fn t18_what_strangers_leave_behind_fits_the_memory_store() {
        const ROOM: u64 = 100_000;
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let limits = [
            (RateLimit::registrations(Arc::new(clock.clone())), 24 * 60),
            (RateLimit::sign_ins(Arc::new(clock.clone())), 10),
        ];
        for (limit, minutes) in limits {
            let mut admitted = 0;
            for _ in 0..minutes {
                while limit.admits(None) {
                    admitted += 1;
                }
                clock.advance(Duration::from_secs(60));
            }
            assert!(admitted < ROOM, "{admitted}");
        }
    }
}
