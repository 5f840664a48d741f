use std::fmt;

use url::Url;

use super::{InvalidName, is_loopback_host, parse_web_url};

/// The identifier of a protected resource (RFC 8707 §2, RFC 9728 §1.2): the MCP URL itself.
///
/// `https` (or `http` on loopback), no fragment, no query; scheme and host are lower-cased and a
/// trailing slash of the path is dropped, which is the canonical form of the MCP authorization
/// specification.
///
/// ```
/// # use portcullis_auth::ResourceIdentifier;
/// let mcp = ResourceIdentifier::new("HTTPS://MCP.example.com/weather/mcp/")?;
/// assert_eq!(mcp.as_str(), "https://mcp.example.com/weather/mcp");
/// assert_eq!(mcp.path(), "/weather/mcp");
/// assert_eq!(mcp.origin(), "https://mcp.example.com");
/// assert!(ResourceIdentifier::new("http://mcp.example.com/mcp").is_err());
/// # Ok::<(), portcullis_auth::InvalidName>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceIdentifier {
    text: Box<str>,
    origin_len: usize,
}

impl ResourceIdentifier {
    /// Parses and canonicalises.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidName> {
        let url = parse_web_url("resource identifier", text.as_ref())?;
        if url.query().is_some() {
            return Err(InvalidName::new(
                "resource identifier",
                "must not contain a query",
            ));
        }
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/');
        Ok(Self {
            origin_len: origin.len(),
            text: format!("{origin}{path}").into_boxed_str(),
        })
    }

    /// The canonical form: what `aud`, `resource` and the metadata say.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `scheme://host[:port]`, without a slash.
    pub fn origin(&self) -> &str {
        &self.text[..self.origin_len]
    }

    /// The path without trailing slash; empty when the resource is the whole origin.
    pub fn path(&self) -> &str {
        &self.text[self.origin_len..]
    }

    /// Where RFC 9728 §3.1 puts the metadata: the well-known name inserted before the path.
    pub fn metadata_url(&self) -> String {
        format!("{}{}", self.origin(), self.metadata_path())
    }

    /// The path of [`metadata_url`](Self::metadata_url).
    pub fn metadata_path(&self) -> String {
        format!("/.well-known/oauth-protected-resource{}", self.path())
    }

    /// The path with a slash at its end, as some users write it and some clients keep it: the same
    /// resource. `None` for the root of the origin, whose path is that slash.
    pub fn path_with_slash(&self) -> Option<String> {
        let path = self.path();
        (!path.is_empty()).then(|| format!("{path}/"))
    }

    /// Whether `other`, as a client wrote it, names this resource after canonicalisation.
    pub fn matches(&self, other: &str) -> bool {
        *self.text == *other || Self::new(other).is_ok_and(|other| other == *self)
    }

    /// As a client names it in `resource` (RFC 8707 §2): a query, which some keep of the URL that their
    /// user typed, is left out.
    #[cfg(feature = "authorization-server")]
    pub(crate) fn requested(text: &str) -> Result<Self, InvalidName> {
        let mut url = parse_web_url("resource identifier", text)?;
        url.set_query(None);
        Self::new(url)
    }

    /// Whether the resource is on this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        self.to_url().is_ok_and(|url| is_loopback_host(&url))
    }

    /// The identifier as a URL.
    pub fn to_url(&self) -> Result<Url, InvalidName> {
        parse_web_url("resource identifier", &self.text)
    }
}

impl fmt::Debug for ResourceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

impl fmt::Display for ResourceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for ResourceIdentifier {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl From<ResourceIdentifier> for String {
    fn from(resource: ResourceIdentifier) -> Self {
        resource.text.into()
    }
}
