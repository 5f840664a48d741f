use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

/// Bodies by URL, for as long as the service allows; at most 16 MiB of them.
#[derive(Debug, Clone)]
pub(super) struct ResponseCache(Cache<String, Entry>);

#[derive(Debug, Clone)]
struct Entry {
    body: Arc<[u8]>,
    max_age: Duration,
}

const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// An answer that says nothing about its age is shared for this long: alerts are renewed about
/// once a minute.
const DEFAULT_AGE: Duration = Duration::from_secs(30);
/// Points are good for a day upstream; the table of offices does change, so not longer than this.
const LONGEST_AGE: Duration = Duration::from_secs(6 * 60 * 60);

impl ResponseCache {
    pub(super) fn new() -> Self {
        let cache = Cache::builder()
            .weigher(|url: &String, entry: &Entry| {
                u32::try_from(url.len() + entry.body.len()).unwrap_or(u32::MAX)
            })
            .max_capacity(MAX_BYTES)
            .expire_after(ByMaxAge)
            .build();
        Self(cache)
    }

    pub(super) fn body(&self, url: &str) -> Option<Arc<[u8]>> {
        self.0.get(url).map(|entry| entry.body)
    }

    /// Keeps `body` as the `Cache-Control` header allows.
    pub(super) fn keep(&self, url: &str, body: &Arc<[u8]>, cache_control: Option<&str>) {
        let max_age = max_age(cache_control);
        if !max_age.is_zero() {
            self.0.insert(
                url.to_owned(),
                Entry {
                    body: Arc::clone(body),
                    max_age,
                },
            );
        }
    }
}

struct ByMaxAge;

impl Expiry<String, Entry> for ByMaxAge {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.max_age)
    }
}

/// RFC 9111 §5.2.2, as a shared cache reads it.
fn max_age(cache_control: Option<&str>) -> Duration {
    let Some(header) = cache_control else {
        return DEFAULT_AGE;
    };
    let directives = || {
        header
            .split(',')
            .map(|directive| directive.trim().to_ascii_lowercase())
    };
    if directives()
        .any(|directive| matches!(directive.as_str(), "no-store" | "no-cache" | "private"))
    {
        return Duration::ZERO;
    }
    let seconds = |name: &str| {
        directives().find_map(|directive| {
            directive
                .strip_prefix(name)?
                .strip_prefix('=')?
                .trim_matches('"')
                .parse()
                .ok()
        })
    };
    seconds("s-maxage")
        .or_else(|| seconds("max-age"))
        .map_or(DEFAULT_AGE, Duration::from_secs)
        .min(LONGEST_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_cache_obeys_cache_control() {
        let cases = [
            (None, DEFAULT_AGE),
            (Some("public"), DEFAULT_AGE),
            (
                Some("public, max-age=60, s-maxage=120"),
                Duration::from_secs(120),
            ),
            (Some("max-age=60, s-maxage=0"), Duration::ZERO),
            (Some("MAX-AGE=\"5\""), Duration::from_secs(5)),
            (Some("max-age=99999999"), LONGEST_AGE),
            (Some("max-age=-1"), DEFAULT_AGE),
            (Some("private, max-age=60"), Duration::ZERO),
            (Some("no-store"), Duration::ZERO),
        ];
        for (header, expected) in cases {
            assert_eq!(max_age(header), expected, "{header:?}");
        }
    }
}
