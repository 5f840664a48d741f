//! One call of the handler: it ends with an answer, whatever the handler does.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use http::request::Parts;
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{ClientRequest, RequestId, RequestMetaObject, ServerResult},
    service::RequestContext,
};
use tokio::{
    sync::Semaphore,
    time::{Sleep, sleep},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Handler, Shutdown, serve::spawn_unattended};

/// What rmcp's handlers and extractors find a request by. The HTTP request's parts go where rmcp's
/// own transport puts them.
pub(crate) fn context(
    id: RequestId,
    meta: RequestMetaObject,
    peer: Peer<RoleServer>,
    parts: Parts,
) -> RequestContext<RoleServer> {
    let mut context = RequestContext::new(id, peer);
    context.meta = meta;
    context.extensions.insert(parts);
    context
}

/// Calls the handler. A panic becomes an internal error that says nothing of its cause.
///
/// Combinators rather than an `async fn`, which would keep its arguments beside the handler's
/// future, itself some kilobytes.
pub(crate) fn call<H: Handler>(
    handler: &H,
    request: ClientRequest,
    context: RequestContext<RoleServer>,
) -> impl Future<Output = Result<ServerResult, ErrorData>> + Send + '_ {
    AssertUnwindSafe(handler.handle_request(request, context))
        .catch_unwind()
        .map(|outcome| {
            outcome.unwrap_or_else(|_panic| {
                tracing::error!("a handler panicked; the client is told of an internal error");
                Err(ErrorData::internal_error("internal error", None))
            })
        })
}

/// What a client's disconnection means to the call that it waited for.
pub(crate) enum Disconnect {
    /// 2026-07-28: the call is cancelled, and so is what it started.
    Cancel(DropGuard),
    /// Older revisions: a disconnection is no cancellation, so the call is finished all the same, if
    /// there is room for one more that nobody waits for.
    Finish {
        room: Arc<Semaphore>,
        /// Of the server that runs it.
        shutdown: Option<Shutdown>,
    },
}

/// A call in progress that knows what to do when its response is dropped.
pub(crate) struct Running<T: Send + 'static> {
    work: Option<Work<T>>,
    disconnect: Option<Disconnect>,
}

/// The call with its deadline, which it keeps also when its client has gone.
struct Work<T> {
    call: BoxFuture<'static, T>,
    /// When to tell the call to end, and how.
    deadline: Option<(Pin<Box<Sleep>>, CancellationToken)>,
}

impl<T> Future for Work<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if let Some((age, end)) = self.deadline.as_mut()
            && age.as_mut().poll(cx).is_ready()
        {
            end.cancel();
            self.deadline = None;
        }
        self.call.poll_unpin(cx)
    }
}

impl<T: Send + 'static> Running<T> {
    pub(crate) fn new(
        call: impl Future<Output = T> + Send + 'static,
        disconnect: Disconnect,
    ) -> Self {
        Self {
            work: Some(Work {
                call: call.boxed(),
                deadline: None,
            }),
            disconnect: Some(disconnect),
        }
    }

    /// Tells the call to end after `age`; it still answers.
    pub(crate) fn ending_after(mut self, age: Duration, end: CancellationToken) -> Self {
        if let Some(work) = &mut self.work {
            work.deadline = Some((Box::pin(sleep(age)), end));
        }
        self
    }
}

impl<T: Send + 'static> Future for Running<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = self.work.as_mut() else {
            return Poll::Pending;
        };
        let answer = std::task::ready!(work.poll_unpin(cx));
        self.work = None;
        if let Some(Disconnect::Cancel(guard)) = self.disconnect.take() {
            guard.disarm();
        }
        Poll::Ready(answer)
    }
}

impl<T: Send + 'static> Drop for Running<T> {
    fn drop(&mut self) {
        let (Some(work), Some(Disconnect::Finish { room, shutdown })) =
            (self.work.take(), self.disconnect.take())
        else {
            return;
        };
        let Ok(place) = room.try_acquire_owned() else {
            tracing::debug!("too many calls go on without their clients: this one is dropped");
            #[cfg(feature = "metrics")]
            metrics::counter!("portcullis_dropped_calls_total").increment(1);
            return;
        };
        spawn_unattended(shutdown.as_ref(), work.map(move |_| drop(place)));
    }
}
