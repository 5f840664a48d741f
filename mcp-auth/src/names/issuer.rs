use std::fmt;

use super::{InvalidName, parse_web_url};

/// An issuer identifier (RFC 8414 §2): an `https` URL (`http` on loopback) without query and
/// fragment.
///
/// Issuers are compared as the strings that they are (RFC 8414 §3.3): `https://a` and `https://a/`
/// are two issuers.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Issuer(Box<str>);

impl Issuer {
    /// Checks the grammar; keeps the spelling.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        let url = parse_web_url("issuer", &text)?;
        if url.query().is_some() {
            return Err(InvalidName::new("issuer", "must not contain a query"));
        }
        Ok(Self(text.into_boxed_str()))
    }

    /// The issuer, exactly as configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Issuer {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.0.into()
    }
}
