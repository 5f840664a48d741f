use tokio::net::TcpListener;

/// One or several bound sockets, for example 127.0.0.1 and `[::1]`.
#[derive(Debug)]
pub struct Listeners(pub(super) Vec<TcpListener>);

impl From<TcpListener> for Listeners {
    fn from(listener: TcpListener) -> Self {
        Self(vec![listener])
    }
}

impl From<Vec<TcpListener>> for Listeners {
    fn from(listeners: Vec<TcpListener>) -> Self {
        Self(listeners)
    }
}

impl<const N: usize> From<[TcpListener; N]> for Listeners {
    fn from(listeners: [TcpListener; N]) -> Self {
        Self(listeners.into())
    }
}
