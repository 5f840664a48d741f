use serde::{Deserialize, Serialize};
use url::Url;

use super::redirect_schemes::RedirectSchemes;
use crate::names::{InvalidName, has_wildcard_host, is_loopback_host, parse_web_url};

/// A redirection endpoint (RFC 6749 §3.1.2) that a client registered: `https`, `http` on loopback, or
/// a private-use scheme that the configuration allows; no user info, no fragment.
///
/// Every decision is made on the parsed URL, so `http://localhost.evil.com` and
/// `http://localhost@evil.com` are what they are (T16).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct RedirectUri {
    text: String,
    url: Url,
}

/// Why a text is no redirect URI here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RedirectUriError {
    #[error(transparent)]
    Invalid(#[from] InvalidName),
    /// It may be right, but calls back an application of which the configuration knows nothing.
    #[error(
        "redirect_uri has a scheme that the server does not allow; its operator can, by allow_redirect_scheme"
    )]
    Scheme,
}

impl RedirectUri {
    pub(crate) fn parse(text: &str, schemes: &RedirectSchemes) -> Result<Self, RedirectUriError> {
        let invalid = |problem| Err(InvalidName::new("redirect_uri", problem).into());
        if text.len() > 2048 {
            return invalid("has more than 2,048 bytes");
        }
        if !text.is_ascii() {
            return invalid("must be ASCII; write its host in punycode");
        }
        if text.contains('"') {
            return invalid("must not contain a quotation mark; write %22");
        }
        let url = match Url::parse(text) {
            Ok(url) if schemes.admit(&url) => parse_private_use(url, text)?,
            Ok(url) if schemes.leave_out(&url) => return Err(RedirectUriError::Scheme),
            _ => parse_web_url("redirect_uri", text)?,
        };
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

    /// Where a browser will go with it: the host, in punycode, or the scheme that an application took.
    pub(crate) fn destination(&self) -> &str {
        match self.url.host_str() {
            Some(host) if self.is_web() => host,
            _ => self.url.scheme(),
        }
    }

    /// Whether the code stays on the user's machine: on loopback, or with an application there.
    pub(crate) fn is_local(&self) -> bool {
        !self.is_web() || self.is_loopback()
    }

    /// Whether it is the user's machine by its address. Not by its scheme: any application may have
    /// taken one.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_web() && is_loopback_host(&self.url)
    }

    fn is_web(&self) -> bool {
        matches!(self.url.scheme(), "http" | "https")
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

/// The grammar of a web URL, for a URL of which the scheme is already known to be allowed.
fn parse_private_use(url: Url, text: &str) -> Result<Url, InvalidName> {
    let invalid = |problem| Err(InvalidName::new("redirect_uri", problem));
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return invalid("contains white space, a control character or a backslash");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return invalid("must not contain user info or a fragment");
    }
    if has_wildcard_host(&url) {
        return invalid("must name one host, without `*`");
    }
    Ok(url)
}

/// From a sealed record: it was checked before it was stored, and a request's own is checked again.
impl TryFrom<String> for RedirectUri {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        let url = Url::parse(&text);
        let url = url.map_err(|_| InvalidName::new("redirect_uri", "is not an absolute URL"))?;
        Ok(Self { text, url })
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.text
    }
}
