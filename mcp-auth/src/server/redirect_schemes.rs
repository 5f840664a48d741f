use std::collections::BTreeSet;

use url::Url;

use crate::error::ConfigError;

/// What a browser opens itself, or what is no application's own.
const NOT_PRIVATE: [&str; 16] = [
    "about",
    "blob",
    "chrome",
    "content",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "https",
    "intent",
    "javascript",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// The schemes of well-known clients, which are allowed unless the configuration says otherwise. ADR 14
/// says where each is from.
const WELL_KNOWN: [&str; 5] = [
    "cursor",
    "jetbrains",
    "vscode",
    "vscode-insiders",
    "windsurf",
];

/// The private-use URI schemes (RFC 8252 §7.1) by which native applications may be called back.
#[derive(Debug)]
pub(crate) struct RedirectSchemes(BTreeSet<String>);

impl RedirectSchemes {
    /// The names of the default, to be changed by the configuration.
    pub(crate) fn well_known() -> Vec<String> {
        WELL_KNOWN.map(str::to_owned).into()
    }

    /// Checks that each is a scheme in lower case (RFC 3986 §3.1) that no browser takes for itself.
    pub(crate) fn new(schemes: Vec<String>) -> Result<Self, ConfigError> {
        for scheme in &schemes {
            let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
            let is_scheme =
                scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.bytes().all(rest);
            if !is_scheme || NOT_PRIVATE.contains(&scheme.as_str()) {
                return Err(ConfigError::new(
                    format!("redirect scheme {scheme:?}"),
                    "must be an application's own scheme in lower case, without `:`, such as `com.example.app`",
                ));
            }
        }
        Ok(Self(schemes.into_iter().collect()))
    }

    /// Whether `url` has the scheme of an application that is not allowed. A scheme that a browser takes
    /// for itself is no application's.
    pub(crate) fn leave_out(&self, url: &Url) -> bool {
        !self.0.contains(url.scheme()) && !NOT_PRIVATE.contains(&url.scheme())
    }

    /// Whether `url` calls back one of these applications: `scheme:/path` or `scheme://name/path`.
    pub(crate) fn admit(&self, url: &Url) -> bool {
        self.0.contains(url.scheme()) && !url.cannot_be_a_base()
    }
}
