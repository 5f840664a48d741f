use std::sync::Arc;

use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::ServeError;

/// When a server shall stop. Clones stand for the same shutdown.
///
/// [`Server`](crate::Server) puts one into the extensions of every request, so that a response
/// without an end of its own can end in good order: `subscriptions/listen` answers its request.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// A token's own clones take a lock that all of them share; this one goes with every request.
    state: Arc<State>,
    on_signals: bool,
}

#[derive(Debug, Default)]
struct State {
    token: CancellationToken,
    /// Calls that their clients may have left.
    unattended: TaskTracker,
}

impl Shutdown {
    /// On SIGTERM or SIGINT (elsewhere than on Unix: Ctrl-C), or when [`trigger`](Self::trigger) is
    /// called.
    pub fn on_signals() -> Self {
        Self {
            state: Arc::default(),
            on_signals: true,
        }
    }

    /// Only when [`trigger`](Self::trigger) is called.
    pub fn manual() -> Self {
        Self {
            state: Arc::default(),
            on_signals: false,
        }
    }

    /// Starts the shutdown.
    pub fn trigger(&self) {
        self.state.token.cancel();
    }

    /// Waits until the shutdown has started.
    pub async fn started(&self) {
        self.state.token.cancelled().await;
    }

    pub(super) fn arm(&self) -> Result<CancellationToken, ServeError> {
        if self.on_signals {
            let signal = signal().map_err(ServeError::Signals)?;
            let token = self.token();
            tokio::spawn(async move {
                if token.run_until_cancelled(signal).await.is_some() {
                    // First: a subscriber whose writer is gone may panic.
                    token.cancel();
                    tracing::info!("shutting down on a signal");
                }
            });
        }
        Ok(self.token())
    }

    /// Cancelled when the shutdown starts; cancelling it starts none.
    pub(crate) fn child_token(&self) -> CancellationToken {
        self.state.token.child_token()
    }

    /// Calls that their clients may have left: their number, and the end of the last one.
    pub(super) fn unattended(&self) -> &TaskTracker {
        self.state.unattended.close();
        &self.state.unattended
    }

    fn token(&self) -> CancellationToken {
        self.state.token.clone()
    }
}

/// Runs a call that its client may leave. A server that drains waits for it.
pub(crate) fn spawn_unattended(
    shutdown: Option<&Shutdown>,
    call: impl Future<Output = ()> + Send + 'static,
) {
    // Without a runtime, this is its end, and there are no more calls.
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    match shutdown {
        Some(shutdown) => shutdown.state.unattended.spawn_on(call, &runtime),
        None => runtime.spawn(call),
    };
}

#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
