use axum::Router;
use tokio::{net::TcpListener, task::AbortHandle};

/// A task that serves until this is dropped.
pub(super) struct Server(AbortHandle);

impl Server {
    pub(super) fn spawn(listener: TcpListener, router: Router) -> Self {
        let task = tokio::spawn(async move {
            // `axum::serve` retries a failed accept and never returns an error.
            let _ = axum::serve(listener, router).await;
        });
        Self(task.abort_handle())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}
