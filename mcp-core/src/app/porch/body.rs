use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;
use tracing::Span;

/// A body that is made while it is sent, as an event stream's is, belongs to the request's span.
pub(super) fn within(span: &Span, body: Body) -> Body {
    if span.is_disabled() || body.size_hint().exact().is_some() {
        return body;
    }
    let span = span.clone();
    Body::new(Spanned { body, span })
}

pin_project! {
    struct Spanned {
        #[pin]
        body: Body,
        span: Span,
    }
}

impl HttpBody for Spanned {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let _entered = this.span.enter();
        this.body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
