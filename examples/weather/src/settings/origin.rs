use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use url::Url;

use super::web_url::is_secure;

/// Scheme, host and port that clients use, such as `https://mcp.example.com`: `https`, or `http` on
/// loopback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin(String);

/// The text is no origin that clients could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// No URL, or more than scheme, host and port.
    #[error("write only scheme and host (and port), as in https://mcp.example.com")]
    Form,
    /// A path, for instance the stage of an API Gateway.
    #[error(
        "must have no path: clients look for the sign-in at /.well-known/ of the host, which a named \
         stage of an API Gateway (/prod) does not serve; use the stage $default or a domain of your own"
    )]
    Path,
    /// Tokens would travel in the clear.
    #[error("must be https; http is for localhost only")]
    Insecure,
}

impl Origin {
    /// The URL of `path`, which begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// As text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| OriginError::Form)?;
        let origin = url.origin().ascii_serialization();
        match text.strip_prefix(&origin) {
            Some("" | "/") => {}
            Some(path) if path.starts_with('/') && !path.contains(['?', '#']) => {
                return Err(OriginError::Path);
            }
            _ => return Err(OriginError::Form),
        }
        if !is_secure(&url) {
            return Err(OriginError::Insecure);
        }
        Ok(Self(origin))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_clients_can_use() {
        for good in [
            "https://mcp.example.com",
            "https://a.example:8443/",
            "http://localhost:8080",
            "http://[::1]:1",
        ] {
            let origin: Origin = good.parse().unwrap();
            assert_eq!(origin.as_str(), good.trim_end_matches('/'));
        }
        let bad = [
            ("mcp.example.com", OriginError::Form),
            ("https://mcp.example.com/mcp", OriginError::Path),
            (
                "https://a1.execute-api.us-west-2.amazonaws.com/prod",
                OriginError::Path,
            ),
            ("https://user@mcp.example.com", OriginError::Form),
            ("https://mcp.example.com/?q", OriginError::Form),
            ("http://mcp.example.com", OriginError::Insecure),
            ("http://localhost.evil.example", OriginError::Insecure),
            ("ftp://mcp.example.com", OriginError::Insecure),
        ];
        for (text, error) in bad {
            assert_eq!(text.parse::<Origin>(), Err(error), "{text}");
        }
    }
}
