use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The path that a server's routes begin with, such as `/weather-nodejs`; empty for the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BasePath(String);

/// The text is no path, or one that a router would read as a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a path of letters, digits, `-`, `.`, `_` and `~`, as in /weather")]
#[non_exhaustive]
pub struct BasePathError;

impl BasePath {
    /// As text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BasePath {
    type Err = BasePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let mut segments = path.split('/');
        let rooted = segments.next() == Some("");
        if !rooted || !segments.all(is_segment) {
            return Err(BasePathError);
        }
        Ok(Self(path.to_owned()))
    }
}

/// Characters that mean themselves in a URL (RFC 3986 §2.3), and no step up.
fn is_segment(segment: &str) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    !matches!(segment, "" | "." | "..") && segment.chars().all(unreserved)
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_is_dropped_and_patterns_are_refused() {
        for (text, path) in [
            ("/weather", "/weather"),
            ("/a/b.c/", "/a/b.c"),
            ("/", ""),
            ("", ""),
        ] {
            assert_eq!(text.parse::<BasePath>().unwrap().as_str(), path, "{text}");
        }
        for text in [
            "weather", "//", "/a//b", "/{x}", "/*x", "/a b", "/../x", "/?q", "/%41",
        ] {
            assert_eq!(text.parse::<BasePath>(), Err(BasePathError), "{text}");
        }
    }
}
