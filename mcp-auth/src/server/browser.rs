//! The cookie that tells one browser from another.

use axum_extra::extract::cookie::CookieJar;
use http::HeaderValue;

use super::{digest::Digest, lifetimes, secret::Secret};
use crate::entropy::{Entropy, EntropyError, random_id};

/// How the cookie is set: `__Host-` and `Secure` on `https`; without both on plain `http`, which only
/// loopback has, since browsers keep neither there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BrowserCookie {
    name: &'static str,
    secure: bool,
}

/// A browser, by the random name that we gave it. It says who the *browser* is, never who the user
/// is: nobody is signed in here.
pub(crate) struct Browser {
    id: Secret,
    is_new: bool,
}

impl BrowserCookie {
    pub(crate) fn for_issuer(issuer: &str) -> Self {
        if issuer.starts_with("https:") {
            Self {
                name: "__Host-portcullis",
                secure: true,
            }
        } else {
            Self {
                name: "portcullis",
                secure: false,
            }
        }
    }

    /// The browser of a request, if it has been here.
    pub(crate) fn known(self, jar: &CookieJar) -> Option<Browser> {
        let id = jar.get(self.name)?.value();
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let ours = id.len() == 43 && id.bytes().all(allowed);
        ours.then(|| Browser {
            id: Secret::new(id.to_owned()),
            is_new: false,
        })
    }

    /// The browser of a request, with a new name if it has none.
    pub(crate) fn known_or_new(
        self,
        jar: &CookieJar,
        entropy: &dyn Entropy,
    ) -> Result<Browser, EntropyError> {
        if let Some(browser) = self.known(jar) {
            return Ok(browser);
        }
        Ok(Browser {
            id: Secret::new(random_id::<32>(entropy)?),
            is_new: true,
        })
    }

    /// The `Set-Cookie` header for a browser that is new here.
    pub(crate) fn header(self, browser: &Browser) -> Option<HeaderValue> {
        if !browser.is_new {
            return None;
        }
        let cookie = format!(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}",
            self.name,
            browser.id.expose(),
            lifetimes::CONSENT.as_secs(),
            if self.secure { "; Secure" } else { "" },
        );
        let mut header = HeaderValue::try_from(cookie).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl Browser {
    /// What is stored and compared in place of the name.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.id.expose())
    }
}
