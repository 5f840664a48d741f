use url::{Host, Url};

/// The text is no URL that tokens or keys could travel to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebUrlError {
    /// No URL.
    #[error("write an absolute URL, as in https://auth.example.com")]
    Form,
    /// Tokens would travel in the clear.
    #[error("must be https; http is for localhost only")]
    Insecure,
}

/// Checks a URL: `https`, or `http` on loopback. It is kept as it is written, since issuers are
/// compared as text.
pub(crate) fn web_url(text: &str) -> Result<String, WebUrlError> {
    let url = Url::parse(text).map_err(|_| WebUrlError::Form)?;
    if !is_secure(&url) {
        return Err(WebUrlError::Insecure);
    }
    Ok(text.to_owned())
}

/// Parses a URL of any scheme.
pub(crate) fn absolute_url(text: &str) -> Result<Url, WebUrlError> {
    Url::parse(text).map_err(|_| WebUrlError::Form)
}

pub(super) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        },
        _ => false,
    }
}
