use std::{future::poll_fn, io, net::SocketAddr, task::Poll};

use tokio::net::{TcpListener, TcpStream};

/// One or several bound sockets, for example 127.0.0.1 and `[::1]`.
#[derive(Debug)]
pub struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// The next connection at any of them.
    pub(super) async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        poll_fn(|cx| {
            let accepted = self.0.iter().enumerate().find_map(|(turn, listener)| {
                match listener.poll_accept(cx) {
                    Poll::Ready(accepted) => Some((turn, accepted)),
                    Poll::Pending => None,
                }
            });
            let Some((turn, accepted)) = accepted else {
                return Poll::Pending;
            };
            // The others go first next time: a busy one must not starve them.
            self.0.rotate_left(turn + 1);
            Poll::Ready(accepted)
        })
        .await
    }
}

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
