use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
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

/// Bounds what strangers may make the server do, one by one and all together, so that what they leave behind
/// until it expires fits the store, and no few networks use up what all share (T18).
///
/// Every size is asked before any counts the request: who is refused by one has used up nothing of another,
/// and takes no place in its table. That wants one lock around them all, which is why no limiter of a
/// library is used.
pub(crate) struct RateLimit {
    limits: [(Size, Allowance); 3],
    altogether: Allowance,
    used: Mutex<Used>,
    clock: Arc<dyn Clock>,
}

/// What has been used up of each allowance.
#[derive(Default)]
struct Used {
    networks: [Networks; 3],
    altogether: FullAt,
}

/// The networks of one size that have not recovered.
#[derive(Default)]
struct Networks {
    by_address: HashMap<IpAddr, FullAt>,
    /// When recovered networks were last forgotten.
    swept_at: Duration,
}

/// Since the epoch of the clock: when an allowance is whole again, if nothing more comes. By it alone the
/// generic cell rate algorithm (ITU-T I.371) knows whether a request may come.
type FullAt = Duration;

/// One request more than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub(crate) struct TooMany {
    /// When the next one may come.
    pub(crate) retry_after: Duration,
}

impl RateLimit {
    /// For registrations. They store nothing, so this bounds work and log lines: of one network little, since
    /// a client registers once, and of all together so much that many networks are needed to use it up.
    pub(crate) fn registrations(clock: Arc<dyn Clock>) -> Self {
        let every = |burst, seconds| Allowance {
            burst,
            period: Duration::from_secs(seconds),
        };
        let limits = [
            (HOUSEHOLD, every(20, 10)),
            (SITE, every(60, 8)),
            (NETWORK, every(200, 4)),
        ];
        let altogether = Allowance {
            burst: 10_000,
            period: Duration::from_millis(20),
        };
        Self::new(limits, altogether, clock)
    }

    /// For consents that start a sign-in, which is kept while it is `pending`: at most 40,000 of them, of
    /// 6 KiB. Many people may share one address.
    pub(crate) fn sign_ins(clock: Arc<dyn Clock>, pending: Duration) -> Self {
        let every = |burst, millis| Allowance {
            burst,
            period: Duration::from_millis(millis),
        };
        let limits = [
            (HOUSEHOLD, every(120, 1000)),
            (SITE, every(240, 750)),
            (NETWORK, every(500, 500)),
        ];
        let altogether = Allowance {
            burst: 10_000,
            period: (pending / 30_000).max(Duration::from_millis(20)),
        };
        Self::new(limits, altogether, clock)
    }

    fn new(limits: [(Size, Allowance); 3], altogether: Allowance, clock: Arc<dyn Clock>) -> Self {
        Self {
            limits,
            altogether,
            used: Mutex::default(),
            clock,
        }
    }

    /// Counts one more request from `ip`, if it is within the limits.
    pub(crate) fn admit(&self, ip: Option<IpAddr>) -> Result<(), TooMany> {
        let now = Duration::from_secs(self.clock.now().as_secs());
        // No change under the lock can panic half done.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let Used {
            networks,
            altogether,
        } = &mut *used;
        let limits = ip.into_iter().flat_map(|ip| {
            self.limits
                .iter()
                .map(move |(size, it)| (size.network(ip), it))
        });
        let mut counted = Vec::with_capacity(self.limits.len());
        for ((network, allowance), networks) in limits.zip(networks) {
            let full_at = networks.by_address.get(&network).copied();
            let full_at = allowance.take(full_at.unwrap_or_default(), now)?;
            counted.push((network, full_at, networks));
        }
        *altogether = self.altogether.take(*altogether, now)?;
        for (network, full_at, networks) in counted {
            networks.note(network, full_at, now);
        }
        Ok(())
    }
}

impl Allowance {
    /// When this allowance is whole again once one more request has come, unless that is too many.
    fn take(&self, full_at: FullAt, now: Duration) -> Result<FullAt, TooMany> {
        let latest = now + self.period * self.burst;
        // No admitted request leaves more than that behind, so the clock has been set back since.
        let full_at = if full_at > latest { now } else { full_at };
        let full_at = full_at.max(now) + self.period;
        match full_at.checked_sub(latest) {
            None | Some(Duration::ZERO) => Ok(full_at),
            Some(retry_after) => Err(TooMany { retry_after }),
        }
    }
}

impl Networks {
    /// Keeps a network in mind, if there is room. While there is none, larger networks and the common limit
    /// count: whoever has so many is not stopped by a limit on each.
    fn note(&mut self, network: IpAddr, full_at: FullAt, now: Duration) {
        let is_full = self.by_address.len() >= MAX_NETWORKS;
        if is_full && !self.by_address.contains_key(&network) {
            // Walking the table costs more than a request should: once a second is enough.
            if self.swept_at == now {
                return;
            }
            self.swept_at = now;
            self.by_address.retain(|_, full_at| *full_at > now);
            if self.by_address.len() >= MAX_NETWORKS {
                return;
            }
        }
        self.by_address.insert(network, full_at);
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

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
