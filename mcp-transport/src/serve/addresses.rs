use std::{collections::HashMap, net::IpAddr, sync::Arc};

use crate::session::Locked;

/// How many connections each address has.
pub(super) struct Addresses {
    max: usize,
    open: Arc<Locked<HashMap<IpAddr, usize>>>,
}

impl Addresses {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            open: Arc::default(),
        }
    }

    /// A place for one more connection from there, if there is one.
    pub(super) fn enter(&self, ip: IpAddr) -> Option<Place> {
        let address = household(ip);
        let mut open = self.open.lock();
        let connections = open.get(&address).copied().unwrap_or_default();
        if connections >= self.max {
            return None;
        }
        open.insert(address, connections + 1);
        Some(Place {
            address,
            open: self.open.clone(),
        })
    }
}

/// Given back when it is dropped.
pub(super) struct Place {
    address: IpAddr,
    open: Arc<Locked<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        let Some(connections) = open.get_mut(&self.address) else {
            return;
        };
        *connections -= 1;
        if *connections == 0 {
            open.remove(&self.address);
        }
    }
}

/// An IPv4 address, or a /64 of IPv6: what one subscriber is given.
fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let prefix = u128::from(ip) & !u128::from(u64::MAX);
            IpAddr::V6(prefix.into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t29_neighbours_do_not_share_their_places() {
        let addresses = Addresses::new(1);
        let enter = |ip: &str| addresses.enter(ip.parse().unwrap());
        let _v4 = enter("192.0.2.1").unwrap();
        let _v6 = enter("2001:db8:0:1::1").unwrap();
        for same in ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8:0:1:ffff::2"] {
            assert!(enter(same).is_none(), "{same}");
        }
        for other in ["192.0.2.2", "2001:db8:0:2::1"] {
            assert!(enter(other).is_some(), "{other}");
        }
        assert_eq!(addresses.open.lock().len(), 2, "who has gone is forgotten");
    }
}
