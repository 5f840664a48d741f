use std::{fmt, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter, clock,
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, keyed::DashMapStateStore},
};

use crate::clock::Clock;

/// How many registrations one client IP may make at once, and how fast they come back.
const PER_IP: (NonZeroU32, Duration) = (nonzero(20), Duration::from_secs(10));
/// The same for everybody together. It bounds what unused registrations, which live for a day, take.
const ALTOGETHER: (NonZeroU32, Duration) = (nonzero(1000), Duration::from_millis(500));
/// How many IPs are kept in mind before those that have recovered are forgotten.
const MAX_IPS: usize = 10_000;

const fn nonzero(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

/// Bounds anonymous registrations (T18).
pub(crate) struct RegistrationLimit {
    per_ip: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, Time, NoOpMiddleware<Nanos>>,
    altogether: RateLimiter<NotKeyed, InMemoryState, Time, NoOpMiddleware<Nanos>>,
}

impl RegistrationLimit {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let time = Time(clock);
        Self {
            per_ip: RateLimiter::new(quota(PER_IP), DashMapStateStore::default(), time.clone()),
            altogether: RateLimiter::new(quota(ALTOGETHER), InMemoryState::default(), time),
        }
    }

    /// Whether one more registration from `ip` is within the limits, and counts it.
    pub(crate) fn admits(&self, ip: Option<IpAddr>) -> bool {
        if self.per_ip.len() > MAX_IPS {
            self.per_ip.retain_recent();
        }
        let within = ip.is_none_or(|ip| self.per_ip.check_key(&network(ip)).is_ok());
        within && self.altogether.check().is_ok()
    }
}

fn quota((burst, period): (NonZeroU32, Duration)) -> Quota {
    // `None` only for a period of zero.
    Quota::with_period(period)
        .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst)
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
