//! How handlers may read a URI.

use percent_encoding::percent_decode_str;
use url::Url;

/// Without percent-encoding and case.
pub(super) fn plain(uri: &str) -> String {
    let mut uri = percent_decode_str(uri).decode_utf8_lossy().into_owned();
    uri.make_ascii_lowercase();
    uri
}

/// What a handler may take a URI for: with its host or, for a file, without; decoded before it is
/// taken apart, or after.
///
/// `None`, if it holds what one handler keeps and the next drops or resolves: dot segments, control
/// characters, backslashes, and whitespace at an end.
pub(super) fn readings(uri: &str) -> Option<Vec<String>> {
    let plain = plain(uri);
    let is_ambiguous = plain.contains(|c: char| c.is_control() || c == '\\')
        || plain.trim() != plain
        || plain
            .split(['/', '?', '#'])
            .any(|part| part == "." || part == "..");
    if is_ambiguous {
        return None;
    }
    let mut readings = Vec::new();
    for uri in [uri, &plain] {
        readings.push(reading(uri));
        readings.extend(path_of_file(uri));
    }
    Some(readings)
}

/// Its scheme, host and what follows, by the URL Standard: without user and port, which only say how
/// to get there, without empty segments, which file systems ignore, and as [`plain`] writes it.
pub(super) fn reading(uri: &str) -> String {
    let Ok(url) = Url::parse(uri) else {
        return match uri.split_once(':') {
            Some((scheme, rest)) => joined(scheme, "", rest),
            None => plain(uri),
        };
    };
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    joined(url.scheme(), host, after_authority(&url))
}

/// What a handler that looks at the path alone makes of a file on another host.
fn path_of_file(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| url.scheme() == "file")?;
    url.host_str()?;
    Some(joined(url.scheme(), "", after_authority(&url)))
}

fn after_authority(url: &Url) -> &str {
    &url[url::Position::BeforePath..]
}

fn joined(scheme: &str, host: &str, path: &str) -> String {
    let rest = plain(&format!("{host}{path}"));
    let segments: Vec<_> = rest.split('/').filter(|part| !part.is_empty()).collect();
    plain(scheme) + "://" + &segments.join("/")
}
