//! Content negotiation: what the client sends and what it can read.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::reply::refuse_request;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
/// What nearly every client of MCP sends.
const BOTH: &str = "application/json, text/event-stream";

/// Refuses a body that does not say that it is JSON, or is compressed: what it unpacks to has no bound.
///
/// # Errors
///
/// 415 (RFC 9110, section 15.5.16).
pub(crate) fn check_content(headers: &HeaderMap) -> Result<(), Response<Body>> {
    if !sends_json(headers) {
        return Err(refuse_request(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json",
        ));
    }
    if !portcullis_body::is_encoded(headers) {
        return Ok(());
    }
    let mut response = refuse_request(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "Content-Encoding is not supported: send the body uncompressed",
    );
    let identity = HeaderValue::from_static("identity");
    response
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, identity);
    Err(response)
}

/// Whether the body says that it is JSON. A browser cannot send this type across origins without
/// asking first, so it is also a guard against cross-site requests.
fn sends_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    value == JSON
        || value
            .to_str()
            .is_ok_and(|value| essence(value).eq_ignore_ascii_case(JSON))
}

/// The formats that a client accepts for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepts {
    pub(crate) json: bool,
    pub(crate) events: bool,
}

impl Accepts {
    /// Reads `Accept`. The specification has clients list both formats; one that sends `*/*`, or no
    /// `Accept` at all, is served just as well (RFC 9110, section 12.5.1). `None`: nothing fits.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut accepts = Self {
            json: false,
            events: false,
        };
        let mut present = false;
        for value in headers.get_all(header::ACCEPT) {
            present = true;
            if value == BOTH {
                (accepts.json, accepts.events) = (true, true);
                continue;
            }
            let value = value.to_str().ok()?;
            value.split(',').for_each(|range| accepts.add(range));
        }
        if !present {
            return Some(Self {
                json: true,
                events: true,
            });
        }
        (accepts.json || accepts.events).then_some(accepts)
    }

    fn add(&mut self, range: &str) {
        if refused(range) {
            return;
        }
        let range = essence(range);
        let any = range == "*/*";
        self.json |= any || range.eq_ignore_ascii_case(JSON) || range == "application/*";
        self.events |= any || range.eq_ignore_ascii_case(EVENTS) || range == "text/*";
    }
}

fn essence(value: &str) -> &str {
    value
        .split_once(';')
        .map_or(value, |(essence, _)| essence)
        .trim()
}

/// Whether a media range carries the weight zero, which means "not acceptable".
fn refused(range: &str) -> bool {
    range.split(';').skip(1).any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, weight)| {
            name.trim().eq_ignore_ascii_case("q")
                && weight
                    .trim()
                    .parse::<f32>()
                    .is_ok_and(|weight| weight == 0.0)
        })
    })
}
