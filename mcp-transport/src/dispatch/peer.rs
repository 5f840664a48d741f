//! Peers without a handshake.
//!
//! rmcp makes a `Peer` only together with a service loop, so a silent service is started to obtain
//! one. A peer must never be used for two requests that may speak: a clone kept by a task of one
//! caller would speak into the stream of another.

use bytes::Bytes;
use rmcp::{
    Peer, RoleServer, ServerHandler,
    model::{ClientCapabilities, Implementation, InitializeRequestParams, ProtocolVersion},
    service::{RunningService, serve_directly},
    transport::Transport,
};
use tokio::sync::mpsc;

use super::capture::Capture;
use crate::exchange::version::PerRevision;

/// One peer per protocol revision for requests that never speak.
///
/// Its loop has ended, so it costs no task, and a message that is sent on it by mistake fails
/// instead of reaching a stranger.
#[derive(Debug)]
pub(crate) struct SharedPeers(PerRevision<Peer<RoleServer>>);

impl SharedPeers {
    pub(crate) fn new() -> Self {
        Self(PerRevision::new())
    }

    pub(crate) fn get(&self, version: &ProtocolVersion) -> Peer<RoleServer> {
        match self.0.slot(version) {
            Some(slot) => slot.get_or_init(|| silent(version)).clone(),
            None => silent(version),
        }
    }
}

fn silent(version: &ProtocolVersion) -> Peer<RoleServer> {
    let (queue, _) = mpsc::channel(1);
    start(queue, version).peer()
}

/// A peer for one request, and what is said on it.
pub(crate) struct FreshPeer {
    pub(crate) messages: mpsc::Receiver<Bytes>,
    connection: Connection,
}

impl FreshPeer {
    pub(crate) fn start(version: &ProtocolVersion, queue: usize) -> Self {
        let (sender, messages) = mpsc::channel(queue.max(1));
        Self {
            messages,
            connection: start(sender, version),
        }
    }

    pub(crate) fn peer(&self) -> Peer<RoleServer> {
        self.connection.peer()
    }

    /// Takes the peer apart. The second half must live as long as the request runs.
    pub(crate) fn into_parts(self) -> (mpsc::Receiver<Bytes>, Connection) {
        (self.messages, self.connection)
    }
}

/// rmcp's end of a connection. It must live as long as the requests that use its peer.
pub(crate) struct Connection(RunningService<RoleServer, Silent>);

impl Connection {
    pub(crate) fn start(
        transport: impl Transport<RoleServer> + 'static,
        client: InitializeRequestParams,
    ) -> Self {
        Self(serve_directly(Silent, transport, Some(client)))
    }

    pub(crate) fn peer(&self) -> Peer<RoleServer> {
        self.0.peer().clone()
    }
}

fn start(queue: mpsc::Sender<Bytes>, version: &ProtocolVersion) -> Connection {
    Connection::start(Capture(queue), unknown_client(version))
}

/// A client that has not introduced itself. rmcp asks the peer for the revision where a request does
/// not name one, and for it refuses to ask clients of 2026-07-28 anything.
pub(crate) fn unknown_client(version: &ProtocolVersion) -> InitializeRequestParams {
    InitializeRequestParams::new(
        ClientCapabilities::default(),
        Implementation::new("unknown", ""),
    )
    .with_protocol_version(version.clone())
}

/// A service that is never called.
#[derive(Debug)]
struct Silent;

impl ServerHandler for Silent {}
