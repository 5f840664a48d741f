use serde::{Deserialize, Serialize};
use url::Url;

use crate::names::{InvalidName, is_loopback_host, parse_web_url};

/// A redirection endpoint (RFC 6749 §3.1.2) that a client registered: `https`, or `http` on loopback;
/// no user info, no fragment.
///
/// Every decision is made on the parsed URL, so `http://localhost.evil.com` and
/// `http://localhost@evil.com` are what they are (T16).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RedirectUri {
    text: String,
    url: Url,
}

impl RedirectUri {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = |problem| Err(InvalidName::new("redirect_uri", problem));
        if text.len() > 2048 {
            return invalid("has more than 2,048 bytes");
        }
        if !text.is_ascii() {
            return invalid("must be ASCII; write its host in punycode");
        }
        let url = parse_web_url("redirect_uri", text)?;
        if url.port() == Some(0) {
            return invalid("must not have port 0");
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }

    /// The URI as the client wrote it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The host as a browser will go to it, in punycode.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback_host(&self.url)
    }

    /// Whether a request may use `requested` when this one is registered: the same string, or on
    /// `http` loopback the same but for the port, which a native application gets from the operating
    /// system (RFC 8252 §7.3).
    pub(crate) fn allows(&self, requested: &Self) -> bool {
        self.text == requested.text
            || (self.url.scheme() == "http"
                && self.is_loopback()
                && self.without_port() == requested.without_port())
    }

    fn without_port(&self) -> (&str, Option<&str>, &str, Option<&str>) {
        let url = &self.url;
        (url.scheme(), url.host_str(), url.path(), url.query())
    }

    /// The URI with response parameters added to its query (RFC 6749 §4.1.2).
    pub(crate) fn with_query(&self, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.text
    }
}
