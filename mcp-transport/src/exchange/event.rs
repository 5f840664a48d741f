//! Server-sent events on the wire (WHATWG HTML, section 9.2).

use bytes::{BufMut, Bytes, BytesMut};

/// A comment: no event, but bytes that keep a proxy from closing an idle stream.
pub(crate) const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// A `message` event. JSON has no raw line breaks, so one `data` line holds it.
pub(crate) fn message(json: &[u8]) -> Bytes {
    const HEAD: &[u8] = b"event: message\ndata: ";
    const TAIL: &[u8] = b"\n\n";
    let mut event = BytesMut::with_capacity(HEAD.len() + json.len() + TAIL.len());
    event.put_slice(HEAD);
    event.put_slice(json);
    event.put_slice(TAIL);
    event.freeze()
}
