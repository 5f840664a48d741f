//! The decision, without a side effect.

use http::{HeaderMap, HeaderName, Request, header};

use super::{
    authority::{AllowedHost, Authority},
    refusal::Refusal,
};

#[derive(Debug)]
pub(super) struct Rules {
    pub(super) hosts: Vec<AllowedHost>,
    /// As browsers write them.
    pub(super) origins: Box<[Box<str>]>,
    pub(super) exempt: Box<[Box<str>]>,
    /// Paths that pages of every origin may call.
    pub(super) public: Box<[Box<str>]>,
}

/// Who may read the response to an admitted request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    /// No browser page asks, or it does not matter which: CORS is not ours.
    NoOrigin,
    /// A page of an allowed origin asks.
    AllowedOrigin,
}

impl Rules {
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<Admitted, Refusal> {
        let path = request.uri().path();
        if self.exempt.iter().any(|exempt| **exempt == *path) {
            return Ok(Admitted::NoOrigin);
        }
        self.check_host(request)?;
        self.check_origin(path, request.headers())
    }

    /// HTTP/2 and absolute targets carry an authority of their own. Where both are present, both
    /// must be allowed: it is not ours to say which one a proxy has looked at.
    fn check_host<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let target = request.uri().authority().map(http::uri::Authority::as_str);
        let header = single(request.headers(), &header::HOST, Refusal::RepeatedHost)?;
        if target.is_none() && header.is_none() {
            return Err(Refusal::MissingHost);
        }
        for named in [target, header].into_iter().flatten() {
            let authority = Authority::parse(named).ok_or(Refusal::UnreadableHost)?;
            if !self.hosts.iter().any(|allowed| allowed.admits(authority)) {
                return Err(Refusal::ForeignHost);
            }
        }
        Ok(())
    }

    fn check_origin(&self, path: &str, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        let Some(origin) = single(headers, &header::ORIGIN, Refusal::RepeatedOrigin)? else {
            return Ok(Admitted::NoOrigin);
        };
        if self.public.iter().any(|public| **public == *path) {
            return Ok(Admitted::NoOrigin);
        }
        let allowed = self
            .origins
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(origin));
        if allowed {
            Ok(Admitted::AllowedOrigin)
        } else {
            Err(Refusal::ForeignOrigin)
        }
    }
}

/// A header that may occur once. What is not text cannot be on a list, so it reads as empty.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    repeated: Refusal,
) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(repeated);
    }
    Ok(first.map(|value| value.to_str().unwrap_or_default()))
}
