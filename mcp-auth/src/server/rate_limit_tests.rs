use std::net::{Ipv4Addr, Ipv6Addr};

use super::*;
use crate::clock::{ManualClock, Timestamp};

const SECOND: Duration = Duration::from_secs(1);

fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_secs(1_800_000_000))
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// The `household`th /64 of the `network`th /48.
fn in_network(network: u128, household: u128) -> Option<IpAddr> {
    let all = u128::from("2001:db8::".parse::<Ipv6Addr>().unwrap());
    Some(IpAddr::V6((all | network << 80 | household << 64).into()))
}

fn sign_ins(clock: &ManualClock, pending: u64) -> RateLimit {
    RateLimit::sign_ins(Arc::new(clock.clone()), Duration::from_secs(pending))
}

fn both(clock: &ManualClock) -> [RateLimit; 2] {
    [
        RateLimit::registrations(Arc::new(clock.clone())),
        sign_ins(clock, 600),
    ]
}

/// How many addresses, networks of one size, have a place in a table.
fn kept(limit: &RateLimit, size: usize) -> usize {
    limit.used.lock().unwrap().networks[size].by_address.len()
}

/// All of these addresses are in networks of their own, by every size.
fn crowd(n: u32) -> impl Iterator<Item = Option<IpAddr>> {
    (0..n).map(|n| Some(IpAddr::V4(Ipv4Addr::from_bits(n << 8))))
}

#[test]
fn t18_the_table_of_addresses_is_bounded_and_recovers() {
    let clock = clock();
    let limit = sign_ins(&clock, 600);
    let many = MAX_NETWORKS as u32;
    for ip in crowd(many) {
        assert_eq!(limit.admit(ip), Ok(()));
    }
    let late = ip("2001:db8::1");
    assert_eq!(
        limit.admit(late).unwrap_err().retry_after,
        Duration::from_millis(20)
    );
    for size in 0..3 {
        assert_eq!(kept(&limit, size), MAX_NETWORKS);
    }

    // Everybody has recovered but those who come again and again, of whom the table is full.
    for _ in 0..20 {
        clock.advance(SECOND);
        for ip in crowd(20).chain(crowd(20)) {
            assert_eq!(limit.admit(ip), Ok(()));
        }
    }
    assert_eq!(kept(&limit, 0), MAX_NETWORKS, "nobody new has come");
    clock.advance(SECOND);
    assert_eq!(limit.admit(late), Ok(()), "there is room again");
    assert_eq!(
        kept(&limit, 0),
        21,
        "who has recovered is forgotten, and nobody else"
    );
    for _ in 0..49 {
        assert_eq!(limit.admit(late), Ok(()));
    }
}

/// The table can be filled by nobody who is refused: a network with many households has its own limit.
#[test]
fn t18_who_is_refused_takes_no_place_in_the_table() {
    let clock = clock();
    for (limit, most) in both(&clock).into_iter().zip([200, 500]) {
        for household in 0..20_000 {
            let _ = limit.admit(in_network(1, household));
        }
        assert_eq!(kept(&limit, 0), most);
        assert_eq!(kept(&limit, 2), 1);
    }
}

/// 16 networks, with 65,536 households each, all the time.
#[test]
fn t18_no_network_uses_up_what_all_share() {
    const NETWORKS: u128 = 16;
    let clock = clock();
    for limit in both(&clock) {
        let mut household = 0;
        for _ in 0..60 {
            for network in 0..NETWORKS {
                let is_admitted = |_: &u32| {
                    // Each in another /56 than the one before.
                    household = (household + 257) % 65_536;
                    limit.admit(in_network(network, household)).is_ok()
                };
                let admitted = (0..600).filter(is_admitted).count();
                assert!(admitted <= 500, "{admitted}: the network is refused");
            }
            assert_eq!(limit.admit(ip("192.0.2.1")), Ok(()), "everybody else");
            clock.advance(10 * SECOND);
        }
    }
}

#[test]
fn t18_a_household_that_is_refused_takes_nothing_from_its_neighbours() {
    let limit = RateLimit::registrations(Arc::new(clock()));
    for _ in 0..1000 {
        let _ = limit.admit(in_network(1, 1));
    }
    assert_eq!(limit.admit(in_network(1, 2)), Ok(()));
    for _ in 0..1000 {
        let _ = limit.admit(ip("192.0.2.1"));
    }
    assert_eq!(limit.admit(ip("192.0.2.2")), Ok(()));
}

#[test]
fn t18_what_all_share_being_used_up_takes_nothing_from_a_household() {
    let clock = clock();
    let limit = RateLimit::registrations(Arc::new(clock.clone()));
    while limit.admit(None).is_ok() {}
    let one = ip("192.0.2.1");
    for _ in 0..1000 {
        assert!(limit.admit(one).is_err());
    }
    clock.advance(SECOND);
    for _ in 0..20 {
        assert_eq!(limit.admit(one), Ok(()));
    }
    assert!(limit.admit(one).is_err());
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
    clock.advance(refused.retry_after - SECOND);
    assert!(limit.admit(one).is_err());
    clock.advance(SECOND);
    assert_eq!(limit.admit(one), Ok(()));
}

/// How large a record is, `t18_what_a_stranger_leaves_behind_is_small` knows. Registrations leave none.
#[test]
fn t18_what_strangers_leave_behind_fits_the_memory_store() {
    const ROOM: u64 = 100_000;
    const ROOM_BYTES: u64 = 256 * 1024 * 1024;
    const RECORD: u64 = 6 * 1024;
    for (minutes, least) in [(1, 10_000), (10, 30_000), (30, 30_000)] {
        let pending = minutes * 60;
        let clock = clock();
        let sign_ins = sign_ins(&clock, pending);
        let mut admitted = 0;
        for _ in 0..pending {
            while sign_ins.admit(None).is_ok() {
                admitted += 1;
            }
            clock.advance(SECOND);
        }
        assert!(admitted > least, "{admitted}");
        assert!(admitted < ROOM, "{admitted}");
        assert!(admitted * RECORD < ROOM_BYTES, "{admitted}");
    }
}

#[test]
fn t18_a_clock_that_is_set_back_shuts_nobody_out() {
    let clock = clock();
    let one = ip("192.0.2.1");
    for limit in both(&clock) {
        clock.set(Timestamp::from_secs(1_800_086_400));
        assert_eq!(limit.admit(one), Ok(()));
        clock.set(Timestamp::from_secs(1_800_000_000));
        assert_eq!(limit.admit(one), Ok(()));
        while limit.admit(one).is_ok() {}
        clock.advance(10 * SECOND);
        assert_eq!(limit.admit(one), Ok(()), "and the limit holds as ever");
    }
}
