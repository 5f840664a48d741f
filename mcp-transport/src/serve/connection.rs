use std::{
    net::SocketAddr,
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo};
use futures_util::{StreamExt, TryFutureExt, future::MapOk, stream::FuturesUnordered};
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
#[cfg(feature = "tls")]
use tokio::time::timeout;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

#[cfg(feature = "tls")]
use super::Tls;
use super::{
    Shutdown, application::Application, arriving::Arriving, closed::closed, flow::Flow,
    leaving::Leaving, preface::Preface, streams::Streams,
};

/// What all connections of a server have in common.
pub(super) struct Connector<S> {
    pub(super) service: S,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
    pub(super) header_timeout: Duration,
    /// Told to the service with every request.
    pub(super) shutdown: Shutdown,
    /// Where a connection and the streams on it run.
    pub(super) connections: TaskTracker,
    /// Ends keep-alive: running requests are answered, no further ones are taken.
    pub(super) stop: CancellationToken,
    /// Ends the connection.
    pub(super) cut: CancellationToken,
}

impl<S> Connector<S>
where
    S: Application,
{
    pub(super) fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl Future<Output = ()> + Send + 'static {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        // Below TLS, whose own buffers would hide a client that takes nothing.
        let stream = Flow::new(stream, self.header_timeout);
        let http = Http {
            service: Informed {
                inner: self.service.clone(),
                peer: ConnectInfo(canonical(peer)),
                shutdown: self.shutdown.clone(),
                streams: Streams::new(self.header_timeout, self.connections.clone()),
                timeout: self.header_timeout,
            },
            header_timeout: self.header_timeout,
            stop: self.stop.clone(),
            cut: self.cut.clone(),
        };
        #[cfg(feature = "tls")]
        let tls = self.tls.clone();
        async move {
            #[cfg(feature = "tls")]
            if let Some(tls) = tls {
                // Boxed, so that a connection without TLS stays small.
                return Box::pin(http.serve_tls(tls, stream)).await;
            }
            http.serve(stream).await;
        }
    }
}

/// One connection: what is spoken on it, and when it ends.
struct Http<S> {
    service: Informed<S>,
    header_timeout: Duration,
    stop: CancellationToken,
    cut: CancellationToken,
}

impl<S> Http<S>
where
    S: Application,
{
    async fn serve<T>(self, stream: T)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let streams = self.service.streams.clone();
        let io = TokioIo::new(Preface::new(stream, self.header_timeout));
        let builder = builder(self.header_timeout, streams.clone());
        let service = TowerToHyperService::new(self.service);
        let mut connection = pin!(builder.serve_connection(io, service));
        // A token is behind a lock that all connections share. Polled through its own waker,
        // it is looked at when it has changed, not whenever this connection has work.
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

    /// A handshake that is not over when the server stops has asked for nothing.
    #[cfg(feature = "tls")]
    async fn serve_tls<T>(self, tls: Tls, stream: T)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake = timeout(self.header_timeout, tls.accept(stream));
        let handshaken = self.stop.run_until_cancelled(handshake).await;
        match handshaken {
            Some(Ok(Ok(stream))) => self.serve(stream).await,
            Some(Ok(Err(error))) => {
                tracing::debug!(%error, "TLS handshake failed");
                closed("handshake");
            }
            Some(Err(_)) => closed("handshake"),
            None => {}
        }
    }
}

fn builder(header_timeout: Duration, streams: Streams) -> Builder<Streams> {
    const PING: Duration = Duration::from_secs(30);
    let mut builder = Builder::new(streams);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    builder
}

/// Connections fail as clients come and go; that is nobody's fault.
fn note<E: std::fmt::Display>(ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

/// An IPv4 client of a dual-stack socket is that IPv4 address.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// Tells the service who is on the other end, and when the server stops.
#[derive(Clone)]
struct Informed<S> {
    inner: S,
    peer: ConnectInfo<SocketAddr>,
    shutdown: Shutdown,
    streams: Streams,
    /// Between the pieces of a body.
    timeout: Duration,
}

impl<S> Service<Request<Incoming>> for Informed<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    type Response = Response<Leaving>;
    type Error = S::Error;
    type Future = MapOk<S::Future, fn(Response<Body>) -> Response<Leaving>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let leaving: fn(_) -> _ = if request.version() == Version::HTTP_2 {
            Leaving::by_http2
        } else {
            self.streams.never();
            Leaving::by_http1
        };
        let mut request = request.map(|body| Body::new(Arriving::new(body, self.timeout)));
        let extensions = request.extensions_mut();
        extensions.insert(self.peer);
        extensions.insert(self.shutdown.clone());
        self.inner.call(request).map_ok(leaving)
    }
}
