//! HTTP/1.1 by hyper, except for what is left of an event stream that waits.
//!
//! For every connection hyper keeps two buffers and more, some kilobytes, and it keeps them while
//! a stream waits hours for an event. So the connection takes such a stream back, sends the rest of
//! it by itself, and gives itself to hyper again for the next request.

use std::{convert::Infallible, pin::Pin, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, TryFutureExt, stream::FuturesUnordered};
use http::{Request, Response};
use hyper::{
    body::Incoming,
    server::conn::http1::Builder,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    application::Application,
    arriving::Arriving,
    chunked::Open,
    closed::closed,
    connection::{Http, Informed, note},
    loan::{Loan, may_be_taken_back},
    wire::Wire,
};

/// The most bytes of a request's head. hyper reads and writes bodies in pieces of as much.
const MAX_HEAD: usize = 64 * 1024;

impl<S: Application> Http<S> {
    pub(super) async fn serve_http1<T>(self, stream: T, ahead: Bytes)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut open = Open { stream, ahead };
        // Boxed: what hyper needs is given back before what is left of a stream is sent.
        while let Some((mut taken, events)) = Box::pin(self.clone().by_hyper(open)).await {
            let mut cut = FuturesUnordered::from_iter([self.cut.clone().cancelled_owned()]);
            let sent = tokio::select! {
                biased;
                sent = taken.send(events) => sent,
                _ = cut.next() => return,
            };
            if let Err(error) = sent {
                return note(Err(error));
            }
            open = taken;
        }
    }

    /// Serves requests until the connection ends, or returns it together with an event stream.
    async fn by_hyper<T>(self, open: Open<T>) -> Option<(Open<T>, Body)>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let loan = Loan::default();
        let wire =
            Wire::new(open.stream, open.ahead, loan.clone()).head_timeout(self.header_timeout);
        let service = answering(self.service, self.idle_timeout, loan.clone());
        let mut connection = Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.idle_timeout)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(wire), service);
        if self.stop.is_cancelled() {
            // The stream before has ended for that; what follows it on the connection is not taken.
            Pin::new(&mut connection).graceful_shutdown();
        }
        // A token is behind a lock that all connections share. Polled through its own waker,
        // it is looked at when it has changed, not whenever this connection has work.
        let mut stopping = FuturesUnordered::from_iter([self.stop.cancelled_owned()]);
        tokio::select! {
            biased;
            ended = &mut connection => {
                over(ended);
                return None;
            }
            _ = stopping.next() => {}
            events = loan.taken_back() => {
                let parts = connection.into_parts();
                let (stream, unread) = parts.io.into_inner().into_parts();
                // A copy, since an empty part would keep the whole of hyper's buffer, too.
                let ahead = [parts.read_buf, unread].concat().into();
                return Some((Open { stream, ahead }, events));
            }
        }
        Pin::new(&mut connection).graceful_shutdown();
        tokio::select! {
            biased;
            ended = connection => over(ended),
            () = self.cut.cancelled() => {}
        }
        None
    }
}

/// hyper's only timeout is that of the next head on a connection that is kept open.
fn over(ended: hyper::Result<()>) {
    match ended {
        Err(error) if error.is_timeout() => closed("silent"),
        ended => note(ended),
    }
}

/// The service that hyper asks, with the event streams that it answers on loan.
fn answering<S: Application>(
    service: Informed<S>,
    timeout: Duration,
    loan: Loan,
) -> impl Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> + Send {
    let service = TowerToHyperService::new(service);
    service_fn(move |request: Request<Incoming>| {
        let may_lend = may_be_taken_back(&request);
        let loan = loan.clone();
        let reading = loan.begin();
        let request = request.map(|body| Body::new(Arriving::new(body, timeout, Some(reading))));
        let answer = service.call(request);
        answer.map_ok(move |response| {
            if may_lend {
                loan.lend(response)
            } else {
                response
            }
        })
    })
}

#[cfg(test)]
#[path = "http1_tests.rs"]
mod tests;
