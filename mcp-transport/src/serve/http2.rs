//! HTTP/2 by hyper.

use std::{pin::pin, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, TryFutureExt, stream::FuturesUnordered};
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::http2::Builder,
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
    closed::closed,
    connection::{Http, note},
    leaving::Leaving,
    loan::Loan,
    streams::Streams,
    wire::Wire,
};

const PING: Duration = Duration::from_secs(30);

/// The most bytes of a request's head, with 32 for each field (RFC 9113 §6.5.2).
const MAX_HEAD: u32 = 64 * 1024;

/// The most requests that run on one connection at a time.
const MAX_STREAMS: u32 = 200;

impl<S: Application> Http<S> {
    pub(super) async fn serve_http2<T>(self, stream: T, ahead: Bytes)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let timeout = self.idle_timeout;
        let service = TowerToHyperService::new(self.service);
        let service = service_fn(move |request: Request<Incoming>| {
            let request = request.map(|body| Body::new(Arriving::new(body, timeout, None)));
            service.call(request).map_ok(Leaving::in_pieces)
        });
        let streams = Streams::new(timeout, self.connections);
        let wire = Wire::new(stream, ahead, Loan::default());
        let connection = Builder::new(streams.clone())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .max_header_list_size(MAX_HEAD)
            .max_concurrent_streams(MAX_STREAMS)
            .serve_connection(TokioIo::new(wire), service);
        let mut connection = pin!(connection);
        let mut stopping = FuturesUnordered::from_iter([self.stop.cancelled_owned()]);
        tokio::select! {
            biased;
            ended = connection.as_mut() => return note(ended),
            _ = stopping.next() => {}
            () = streams.unused() => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            ended = connection => note(ended),
            () = self.cut.cancelled() => {}
            // What is left has been handed to HTTP/2 as a whole, and waits for a window.
            () = streams.unused() => closed("nothing taken"),
        }
    }
}
