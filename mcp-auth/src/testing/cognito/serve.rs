use std::future::IntoFuture as _;

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot};

/// Serves until this is dropped: then nothing is accepted, and open connections end after the
/// request that they are busy with.
pub(super) struct Server {
    _stops_when_dropped: oneshot::Sender<()>,
}

impl Server {
    pub(super) fn spawn(listener: TcpListener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = axum::serve(listener, router).with_graceful_shutdown(async {
            // It never sends: the error says that the sender is gone.
            let _ = stopped.await;
        });
        tokio::spawn(serve.into_future());
        Self {
            _stops_when_dropped: stop,
        }
    }
}
