//! The one rule for URLs that identify somebody: `https`, or `http` on loopback.

use url::{Host, Url};

use super::InvalidName;

/// Whether a host is this machine, by the names that RFC 8252 §7.3 and browsers agree on.
///
/// Compared on the parsed host, so `localhost.evil.com` and `localhost@evil.com` are not loopback.
pub(crate) fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Parses an absolute URL without user info and fragment: `https`, or `http` on loopback
/// (OAuth 2.1 §1.5).
pub(crate) fn parse_web_url(what: &'static str, text: &str) -> Result<Url, InvalidName> {
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err(InvalidName::new(
            what,
            "contains white space, a control character or a backslash",
        ));
    }
    let url = Url::parse(text).map_err(|_| InvalidName::new(what, "is not an absolute URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidName::new(what, "must not contain user info"));
    }
    if url.fragment().is_some() {
        return Err(InvalidName::new(what, "must not contain a fragment"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback_host(&url) => Ok(url),
        "http" => Err(InvalidName::new(
            what,
            "must use https (plain http is for loopback only)",
        )),
        _ => Err(InvalidName::new(what, "must use https")),
    }
}
