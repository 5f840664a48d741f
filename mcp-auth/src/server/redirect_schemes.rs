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

/// The private-use URI schemes (RFC 8252 §7.1) by which native applications may be called back; none
/// unless the configuration names it.
#[derive(Debug, Default)]
pub(crate) struct RedirectSchemes(BTreeSet<String>);

impl RedirectSchemes {
    /// Checks that each is a scheme in lower case (RFC 3986 §3.1) that no browser takes for itself.
    pub(crate) fn new(schemes: Vec<String>) -> Result<Self, ConfigError> {
        for scheme in &schemes {
            let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
            let is_scheme =
                scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.bytes().all(rest);
            if !is_scheme || NOT_PRIVATE.contains(&scheme.as_str()) {
                return Err(ConfigError::new(
                    format!("allow_redirect_scheme({scheme:?})"),
                    "must be an application's own scheme in lower case, without `:`, such as `com.example.app`",
                ));
            }
        }
        Ok(Self(schemes.into_iter().collect()))
    }

    /// Whether `url` calls back one of these applications: `scheme:/path` or `scheme://name/path`.
    pub(crate) fn admit(&self, url: &Url) -> bool {
        self.0.contains(url.scheme()) && !url.cannot_be_a_base()
    }
}
