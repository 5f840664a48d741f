use std::{
    fmt::Display,
    net::SocketAddr,
    task::{Context, Poll},
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo};
use bytes::Bytes;
use http::{Request, Response};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

#[cfg(feature = "tls")]
use super::Tls;
use super::{Shutdown, application::Application, closed::closed, flow::Flow, protocol::Protocol};

/// What all connections of a server have in common.
pub(super) struct Connector<S> {
    pub(super) service: S,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Duration,
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
            tracing::debug!(error = error.to_string(), "cannot set TCP_NODELAY");
        }
        // Below TLS, whose own buffers would hide a client that takes nothing.
        let stream = Flow::new(stream, self.idle_timeout);
        let http = Http {
            service: Informed::new(self.service.clone(), peer, self.shutdown.clone()),
            header_timeout: self.header_timeout,
            idle_timeout: self.idle_timeout,
            connections: self.connections.clone(),
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
#[derive(Clone)]
pub(super) struct Http<S> {
    pub(super) service: Informed<S>,
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) connections: TaskTracker,
    pub(super) stop: CancellationToken,
    pub(super) cut: CancellationToken,
}

impl<S> Http<S>
where
    S: Application,
{
    async fn serve<T>(self, mut stream: T)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Each step is boxed, so that a connection is as large as the step at which it is.
        let recognized = Box::pin(recognize(
            &mut stream,
            self.header_timeout,
            self.stop.clone(),
        ))
        .await;
        match recognized {
            Some((Protocol::Http1, ahead)) => Box::pin(self.serve_http1(stream, ahead)).await,
            Some((Protocol::Http2, ahead)) => Box::pin(self.serve_http2(stream, ahead)).await,
            None => {}
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
                tracing::debug!(error = error.to_string(), "TLS handshake failed");
                closed("handshake");
            }
            Some(Err(_)) => closed("handshake"),
            None => {}
        }
    }
}

/// A client that has not said what it speaks when the server stops has asked for nothing.
async fn recognize<T>(
    stream: &mut T,
    patience: Duration,
    stop: CancellationToken,
) -> Option<(Protocol, Bytes)>
where
    T: AsyncRead + Unpin,
{
    let recognized = timeout(patience, Protocol::recognize(stream));
    match stop.run_until_cancelled(recognized).await? {
        Ok(Ok(recognized)) => return Some(recognized),
        Ok(Err(error)) => note(Err(error)),
        Err(_) => closed("silent"),
    }
    None
}

/// Connections fail as clients come and go; that is nobody's fault.
pub(super) fn note<E: Display>(ended: Result<(), E>) {
    if let Err(error) = ended {
        tracing::debug!(error = error.to_string(), "connection ended");
    }
}

/// An IPv4 client of a dual-stack socket is that IPv4 address.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// Tells the service who is on the other end, and when the server stops.
#[derive(Clone)]
pub(super) struct Informed<S> {
    inner: S,
    peer: ConnectInfo<SocketAddr>,
    shutdown: Shutdown,
}

impl<S> Informed<S> {
    pub(super) fn new(inner: S, peer: SocketAddr, shutdown: Shutdown) -> Self {
        Self {
            inner,
            peer: ConnectInfo(canonical(peer)),
            shutdown,
        }
    }
}

impl<S: Application> Service<Request<Body>> for Informed<S> {
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let extensions = request.extensions_mut();
        extensions.insert(self.peer);
        extensions.insert(self.shutdown.clone());
        self.inner.call(request)
    }
}
