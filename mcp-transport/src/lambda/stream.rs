//! An answer that is streamed, and ends in time.

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Response, header};
use tokio::time::{Instant, sleep_until};

use super::refusal::Refusal;
use crate::exchange::event::message;

/// Ends the body at `deadline`: an event stream with one more event, which says why.
pub(super) fn until(
    deadline: Instant,
    response: Response<Body>,
    refusal: Refusal,
    asked: &[u8],
) -> Response<Body> {
    let last = is_event_stream(response.headers()).then(|| message(&refusal.to_json(asked)));
    response.map(|body| bounded(body, deadline, refusal, last))
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn bounded(body: Body, deadline: Instant, refusal: Refusal, last: Option<Bytes>) -> Body {
    let cut = Box::pin(sleep_until(deadline));
    let chunks = body.into_data_stream();
    let state = Some((chunks, cut, refusal, last));
    Body::from_stream(stream::unfold(state, async |state| {
        let (mut chunks, mut cut, refusal, last) = state?;
        tokio::select! {
            biased;
            () = &mut cut => {
                refusal.note();
                last.map(|event| (Ok(event), None))
            }
            chunk = chunks.next() => chunk.map(|chunk| (chunk, Some((chunks, cut, refusal, last)))),
        }
    }))
}
