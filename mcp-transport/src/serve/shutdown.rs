use tokio_util::sync::CancellationToken;

use super::ServeError;

/// When a server shall stop. Clones stand for the same shutdown.
#[derive(Debug, Clone)]
pub struct Shutdown {
    token: CancellationToken,
    on_signals: bool,
}

impl Shutdown {
    /// On SIGTERM or SIGINT (elsewhere than on Unix: Ctrl-C), or when [`trigger`](Self::trigger) is
    /// called.
    pub fn on_signals() -> Self {
        Self {
            token: CancellationToken::new(),
            on_signals: true,
        }
    }

    /// Only when [`trigger`](Self::trigger) is called.
    pub fn manual() -> Self {
        Self {
            token: CancellationToken::new(),
            on_signals: false,
        }
    }

    /// Starts the shutdown.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Waits until the shutdown has started.
    pub async fn started(&self) {
        self.token.cancelled().await;
    }

    pub(super) fn arm(&self) -> Result<CancellationToken, ServeError> {
        if self.on_signals {
            let signal = signal().map_err(ServeError::Signals)?;
            let token = self.token.clone();
            tokio::spawn(async move {
                if token.run_until_cancelled(signal).await.is_some() {
                    tracing::info!("shutting down on a signal");
                    token.cancel();
                }
            });
        }
        Ok(self.token.clone())
    }
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
