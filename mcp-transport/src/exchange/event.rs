//! Server-sent events on the wire (WHATWG HTML, section 9.2).

use std::time::Duration;

use axum::body::Body;
use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderValue, Response, header};

/// A comment: no event, but bytes that keep a proxy from closing an idle stream.
pub(crate) const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// An event stream as a response.
pub(crate) fn stream(events: Body) -> Response<Body> {
    let mut response = Response::new(events);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    // nginx and its kin would otherwise hold events back until a buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// A `message` event. JSON has no raw line breaks, so one `data` line holds it.
pub(crate) fn message(json: &[u8]) -> Bytes {
    with_head(b"", json)
}

/// A `message` event that a client can name to read on from here.
pub(crate) fn identified(id: &str, json: &[u8]) -> Bytes {
    with_head(format!("id: {id}\n").as_bytes(), json)
}

/// An event without a message: from now on the client knows where it was, and how long to wait
/// before it comes back (2025-11-25, transports, "Sending Messages to the Server").
pub(crate) fn priming(id: &str, retry: Duration) -> Bytes {
    let retry = retry.as_millis();
    format!("id: {id}\nretry: {retry}\ndata:\n\n").into()
}

fn with_head(head: &[u8], json: &[u8]) -> Bytes {
    const EVENT: &[u8] = b"event: message\ndata: ";
    const TAIL: &[u8] = b"\n\n";
    let mut event = BytesMut::with_capacity(head.len() + EVENT.len() + json.len() + TAIL.len());
    event.put_slice(head);
    event.put_slice(EVENT);
    event.put_slice(json);
    event.put_slice(TAIL);
    event.freeze()
}
