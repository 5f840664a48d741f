//! `Mcp-Method` and `Mcp-Name`: headers that let a gateway route without reading the body, and so
//! must never say anything else than the body.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, header::AsHeaderName};
use rmcp::ErrorData;

use crate::Subject;

static METHOD: HeaderName = HeaderName::from_static("mcp-method");
static NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Methods with a name that the specification does not put into `Mcp-Name`.
const UNNAMED: [&str; 3] = [
    "completion/complete",
    "resources/directory/read",
    "skills/get",
];

/// Compares the routing headers with the message.
///
/// 2026-07-28 requires them (`required`); older revisions do not know them, but a header that
/// contradicts the body, or names something where the body names nothing, is refused all the same:
/// whoever is in front of us may have believed it.
///
/// # Errors
///
/// -32020.
pub(crate) fn check(
    headers: &HeaderMap,
    method: &str,
    subject: Subject<'_>,
    required: bool,
) -> Result<(), ErrorData> {
    match single(headers, &METHOD)? {
        Some(value) if value == method.as_bytes() => {}
        Some(_) => return Err(mismatch("Mcp-Method does not name the method of the body")),
        None if required => return Err(mismatch("Mcp-Method is missing")),
        None => {}
    }
    let Some(value) = single(headers, &NAME)? else {
        if required && subject.name().is_some() && !UNNAMED.contains(&method) {
            return Err(mismatch("Mcp-Name is missing"));
        }
        return Ok(());
    };
    let value = decode(value).map_err(|reason| mismatch(format!("Mcp-Name {reason}")))?;
    match subject.name() {
        Some(name) if *value == *name.as_bytes() => Ok(()),
        Some(_) => Err(mismatch("Mcp-Name does not name what the body names")),
        None => Err(mismatch("Mcp-Name names something, and the body nothing")),
    }
}

/// Whether there is an `Mcp-Method`, whatever it says.
pub(crate) fn names_method(headers: &HeaderMap) -> bool {
    headers.contains_key(&METHOD)
}

/// The value of a header that may occur once.
///
/// # Errors
///
/// -32020 where it occurs twice: whoever is in front of us may have read the other one.
pub(crate) fn single(
    headers: &HeaderMap,
    name: impl AsHeaderName,
) -> Result<Option<&[u8]>, ErrorData> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(mismatch("a header that must be single occurs twice"));
    }
    Ok(first.map(|value| value.as_bytes().trim_ascii()))
}

/// Undoes `=?base64?…?=`, the form for values that a header cannot carry; or says what is wrong.
pub(crate) fn decode(value: &[u8]) -> Result<Cow<'_, [u8]>, &'static str> {
    let encoded = value
        .strip_prefix(b"=?base64?")
        .and_then(|rest| rest.strip_suffix(b"?="));
    match encoded {
        Some(encoded) => BASE64_STANDARD
            .decode(encoded)
            .map(Cow::Owned)
            .map_err(|_| "is not valid base64"),
        None if value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) => {
            Ok(Cow::Borrowed(value))
        }
        None => Err("holds characters that need =?base64?…?="),
    }
}

pub(crate) fn mismatch(sentence: impl Into<Cow<'static, str>>) -> ErrorData {
    ErrorData::header_mismatch(sentence, None)
}
