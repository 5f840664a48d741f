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

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether the host stands for several. A URL here names one; nothing is ever matched by a pattern.
pub(crate) fn has_wildcard_host(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.contains('*'))
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
    // To a parser `https:///cb` and `https:cb` are `https://cb/`: the host would be what was meant as a path.
    let after_scheme = text.get(url.scheme().len()..).unwrap_or_default();
    if is_web(&url)
        && !matches!(after_scheme.strip_prefix("://"), Some(rest) if !rest.starts_with('/'))
    {
        return Err(InvalidName::new(what, "must have a host after `://`"));
    }
    if has_wildcard_host(&url) {
        return Err(InvalidName::new(what, "must name one host, without `*`"));
    }
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
