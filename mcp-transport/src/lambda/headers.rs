//! Response headers as JSON objects.

use std::{borrow::Cow, collections::BTreeMap};

use http::{HeaderMap, HeaderValue, header};

pub(super) fn all(headers: &HeaderMap) -> BTreeMap<&str, Vec<Cow<'_, str>>> {
    let values = |name| headers.get_all(name).iter().map(text).collect();
    let names = headers.keys();
    names.map(|name| (name.as_str(), values(name))).collect()
}

/// Every header once, its values in one list (RFC 9110, section 5.3); `Set-Cookie` cannot be joined.
pub(super) fn joined(headers: &HeaderMap) -> BTreeMap<&str, Cow<'_, str>> {
    let join = |name| {
        let mut values = headers.get_all(name).iter().map(text);
        let first = values.next().unwrap_or_default();
        values.fold(first, |list, value| format!("{list}, {value}").into())
    };
    let names = headers.keys().filter(|name| *name != header::SET_COOKIE);
    names.map(|name| (name.as_str(), join(name))).collect()
}

pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cow<'_, str>> {
    headers.get_all(header::SET_COOKIE).iter().map(text)
}

/// Without multi-value headers there is room for one cookie.
pub(super) fn only_cookie(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    let mut cookies = cookies(headers);
    let first = cookies.next();
    if cookies.next().is_some() {
        tracing::error!(
            "only the first of several cookies was sent: enable multi-value headers \
             (lambda.multi_value_headers.enabled) on the load balancer's target group"
        );
    }
    first
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}
