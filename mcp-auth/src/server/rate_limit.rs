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
    NotUntil, Quota, RateLimiter, clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, keyed::DashMapStateStore},
};

use crate::clock::Clock;

/// How many networks of each size are kept in mind.
const MAX_NETWORKS: usize = 10_000;

/// A size of network, as prefix lengths, from one household to what one customer of a data centre has.
/// Whoever owns a network owns every smaller one in it, so each size has a limit of its own.
#[derive(Clone, Copy)]
struct Size {
    v4: u32,
    v6: u32,
}

const HOUSEHOLD: Size = Size { v4: 32, v6: 64 };
const SITE: Size = Size { v4: 28, v6: 56 };
const NETWORK: Size = Size { v4: 24, v6: 48 };

/// How many requests may come at once, and after what time each comes back.
struct Allowance {
    burst: u32,
    period: Duration,
}

/// Bounds how fast strangers may make the server write, one by one and all together, so that what they
/// leave behind until it expires fits the store, and no network alone uses up what all share (T18).
pub(crate) struct RateLimit {
    networks: [NetworkLimit; 3],
    altogether: RateLimiter<NotKeyed, InMemoryState, Time, NoOpMiddleware<Nanos>>,
    time: Time,
}

/// The limit of each network of one size.
struct NetworkLimit {
    size: Size,
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, Time, NoOpMiddleware<Nanos>>,
    time: Time,
    /// The second in which recovered networks were last forgotten.
    swept_at: AtomicU64,
}

/// One request more than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub(crate) struct TooMany {
    /// When the next one may come.
    pub(crate) retry_after: Duration,
}

impl RateLimit {
    /// For registrations. One that is not used lives for a day: at most 87,400 of them, of 2 KiB.
    pub(crate) fn registrations(clock: Arc<dyn Clock>) -> Self {
        let every = |burst, seconds| Allowance {
            burst,
            period: Duration::from_secs(seconds),
        };
        let networks = [
            (HOUSEHOLD, every(20, 10)),
            (SITE, every(60, 8)),
            (NETWORK, every(200, 4)),
        ];
        Self::new(networks, &every(1000, 1), clock)
    }

    /// For consents that start a sign-in, which is kept for 10 minutes: at most 40,000 of them, of 5 KiB.
    /// Many people may share one address.
    pub(crate) fn sign_ins(clock: Arc<dyn Clock>) -> Self {
        let every = |burst, millis| Allowance {
            burst,
            period: Duration::from_millis(millis),
        };
        let networks = [
            (HOUSEHOLD, every(120, 1000)),
            (SITE, every(240, 500)),
            (NETWORK, every(1000, 100)),
        ];
        Self::new(networks, &every(10_000, 20), clock)
    }

    fn new(
        networks: [(Size, Allowance); 3],
        altogether: &Allowance,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let time = Time(clock);
        Self {
            networks: networks.map(|(size, allowance)| NetworkLimit {
                size,
                limiter: RateLimiter::new(
                    allowance.quota(),
                    DashMapStateStore::default(),
                    time.clone(),
                ),
                time: time.clone(),
                swept_at: AtomicU64::new(0),
            }),
            altogether: RateLimiter::new(
                altogether.quota(),
                InMemoryState::default(),
                time.clone(),
            ),
            time,
        }
    }

    /// Counts one more request from `ip`, if it is within the limits. The smallest network is asked
    /// first: a household that has used up its own takes nothing from its neighbours.
    pub(crate) fn admit(&self, ip: Option<IpAddr>) -> Result<(), TooMany> {
        if let Some(ip) = ip {
            for limit in &self.networks {
                limit.admit(ip)?;
            }
        }
        self.altogether.check().map_err(|not| self.time.until(&not))
    }
}

impl NetworkLimit {
    fn admit(&self, ip: IpAddr) -> Result<(), TooMany> {
        if !self.has_room() {
            return Ok(());
        }
        self.limiter
            .check_key(&self.size.network(ip))
            .map_err(|not| self.time.until(&not))
    }

    /// Whether one more network can be kept in mind. While too many are, larger ones and the common limit
    /// count: whoever has so many is not stopped by a limit on each.
    fn has_room(&self) -> bool {
        if self.limiter.len() < MAX_NETWORKS {
            return true;
        }
        // Walking the table costs more than a request should: once a second is enough.
        let now = self.time.0.now().as_secs();
        if self.swept_at.swap(now, Ordering::Relaxed) != now {
            self.limiter.retain_recent();
        }
        self.limiter.len() < MAX_NETWORKS
    }
}

impl Size {
    /// The network of this size that has the address.
    fn network(self, ip: IpAddr) -> IpAddr {
        match ip.to_canonical() {
            IpAddr::V4(ip) => {
                let mask = u32::MAX << (u32::BITS - self.v4);
                IpAddr::V4((u32::from(ip) & mask).into())
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX << (u128::BITS - self.v6);
                IpAddr::V6((u128::from(ip) & mask).into())
            }
        }
    }
}

impl Allowance {
    fn quota(&self) -> Quota {
        // `None` only for a period of zero.
        Quota::with_period(self.period)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN))
    }
}

/// Our clock as the limiter's.
#[derive(Clone)]
struct Time(Arc<dyn Clock>);

impl Time {
    fn until(&self, not: &NotUntil<Nanos>) -> TooMany {
        TooMany {
            retry_after: not.wait_time_from(clock::Clock::now(self)),
        }
    }
}

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
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    fn clock() -> ManualClock {
        ManualClock::at(Timestamp::from_secs(1_800_000_000))
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// The `n`th /64 of a /48.
    fn household(n: u128) -> Option<IpAddr> {
        let network = u128::from("2001:db8:1::".parse::<Ipv6Addr>().unwrap());
        Some(IpAddr::V6((network | n << 64).into()))
    }

    #[test]
    fn t18_the_table_of_addresses_is_bounded_and_recovers() {
        let clock = clock();
        let limit = RateLimit::sign_ins(Arc::new(clock.clone()));
        let crowd = |n: u32| (0..n).map(|n| Some(IpAddr::V4(Ipv4Addr::from_bits(n))));
        for ip in crowd(2 * MAX_NETWORKS as u32) {
            let _ = limit.admit(ip);
        }
        let households = &limit.networks[0].limiter;
        assert_eq!(households.len(), MAX_NETWORKS);
        clock.advance(Duration::from_secs(10));
        for ip in crowd(10) {
            assert!(limit.admit(ip).is_ok(), "there is room again");
        }
        assert!(households.len() <= 10, "who has recovered is forgotten");
    }

    #[test]
    fn t18_no_network_uses_up_what_all_share() {
        let clock = clock();
        for limit in [
            RateLimit::registrations(Arc::new(clock.clone())),
            RateLimit::sign_ins(Arc::new(clock.clone())),
        ] {
            for _ in 0..10 {
                for n in 0..12_000 {
                    let _ = limit.admit(household(n));
                }
                assert_eq!(limit.admit(ip("192.0.2.1")), Ok(()), "everybody else");
                clock.advance(Duration::from_secs(60));
            }
        }
    }

    #[test]
    fn t18_a_household_that_is_refused_takes_nothing_from_its_neighbours() {
        let limit = RateLimit::registrations(Arc::new(clock()));
        for _ in 0..1000 {
            let _ = limit.admit(household(1));
        }
        assert_eq!(limit.admit(household(2)), Ok(()));
        for _ in 0..1000 {
            let _ = limit.admit(ip("192.0.2.1"));
        }
        assert_eq!(limit.admit(ip("192.0.2.2")), Ok(()));
    }

    #[test]
    fn who_is_refused_learns_when_the_next_place_comes() {
        let clock = clock();
        let limit = RateLimit::registrations(Arc::new(clock.clone()));
        let one = ip("192.0.2.1");
        let refused = loop {
            if let Err(refused) = limit.admit(one) {
                break refused;
            }
        };
        clock.advance(refused.retry_after - Duration::from_secs(1));
        assert!(limit.admit(one).is_err());
        clock.advance(Duration::from_secs(1));
        assert_eq!(limit.admit(one), Ok(()));
    }

    /// How large their records are, `t18_what_a_stranger_leaves_behind_is_small` knows.
    #[test]
    fn t18_what_strangers_leave_behind_fits_the_memory_store() {
        const ROOM: u64 = 100_000;
        const ROOM_BYTES: u64 = 256 * 1024 * 1024;
        const KIB: u64 = 1024;
        let clock = clock();
        let registrations = RateLimit::registrations(Arc::new(clock.clone()));
        let sign_ins = RateLimit::sign_ins(Arc::new(clock.clone()));
        for (limit, minutes, record) in [(registrations, 24 * 60, 2 * KIB), (sign_ins, 10, 5 * KIB)]
        {
            let mut admitted = 0;
            for _ in 0..minutes {
                while limit.admit(None).is_ok() {
                    admitted += 1;
                }
                clock.advance(Duration::from_secs(60));
            }
            assert!(admitted < ROOM, "{admitted}");
            assert!(admitted * record < ROOM_BYTES, "{admitted}");
        }
    }
}
