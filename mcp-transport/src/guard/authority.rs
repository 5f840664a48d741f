//! `host[:port]`, as it stands in `Host`, `:authority` and the settings.

use std::net::Ipv6Addr;

/// A host, borrowed from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host<'a> {
    /// A name or an IPv4 address, without the dot that ends a fully qualified name.
    Name(&'a str),
    V6(Ipv6Addr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Authority<'a> {
    pub(super) host: Host<'a>,
    pub(super) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// `None` for anything that is not exactly a host and perhaps a port.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            let host = Host::V6(address.parse().ok()?);
            let port = match rest {
                "" => None,
                _ => Some(port(rest.strip_prefix(':')?)?),
            };
            return Some(Self { host, port });
        }
        let (host, port) = match text.bytes().position(|byte| byte == b':') {
            Some(colon) => (&text[..colon], Some(port(&text[colon + 1..])?)),
            None => (text, None),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let named = !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        named.then_some(Self {
            host: Host::Name(host),
            port,
        })
    }
}

fn port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// A host that the server answers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AllowedHost {
    Name { host: Box<str>, port: Option<u16> },
    V6 { host: Ipv6Addr, port: Option<u16> },
}

impl AllowedHost {
    pub(super) fn new(authority: Authority<'_>) -> Self {
        let port = authority.port;
        match authority.host {
            Host::Name(host) => Self::Name {
                host: host.into(),
                port,
            },
            Host::V6(host) => Self::V6 { host, port },
        }
    }

    /// Names compare without case. A request that names no port means the default one, which a
    /// proxy may have mapped, so only a port that is present must be right.
    pub(super) fn admits(&self, asked: Authority<'_>) -> bool {
        let (same, port) = match (self, asked.host) {
            (Self::Name { host, port }, Host::Name(name)) => {
                (host.eq_ignore_ascii_case(name), port)
            }
            (Self::V6 { host, port }, Host::V6(address)) => (*host == address, port),
            _ => return false,
        };
        same && (asked.port.is_none() || port.is_none() || *port == asked.port)
    }
}
