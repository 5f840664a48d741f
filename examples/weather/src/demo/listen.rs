use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::run::StartError;

/// The sockets behind `http://localhost:PORT`.
pub(super) struct LocalListeners {
    listeners: Vec<TcpListener>,
    port: u16,
}

/// Binds `address`, and the same port of the other address family: `localhost` is both, and a
/// client may try either. The second is best effort, as not every machine has IPv6.
pub(super) async fn bind(address: SocketAddr) -> Result<LocalListeners, StartError> {
    let failed = |source: io::Error| StartError::Bind {
        address,
        setting: "--listen",
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let twin: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv6Addr::LOCALHOST, port).into(),
        SocketAddr::V6(_) => (Ipv4Addr::LOCALHOST, port).into(),
    };
    let mut listeners = vec![listener];
    match TcpListener::bind(twin).await {
        Ok(listener) => listeners.push(listener),
        Err(error) => tracing::debug!(%twin, %error, "not listening there"),
    }
    Ok(LocalListeners { listeners, port })
}

impl LocalListeners {
    /// Cognito allows plain http for `localhost` only, so that is the one name.
    pub(super) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(super) fn into_inner(self) -> Vec<TcpListener> {
        self.listeners
    }
}
