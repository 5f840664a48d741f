//! rmcp's service loop, once per session: it hands notifications of the client to the handler, and
//! its peer lives as long as the session, for whoever wants to tell the client something later.

use std::{any::Any, borrow::Cow, fmt, sync::Arc};

use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{
        ClientNotification, ClientRequest, ErrorCode, InitializeRequestParams, ProtocolVersion,
        ServerConfig, ServerResult,
    },
    service::{MaybeSendFuture, NotificationContext, RequestContext, Service, serve_directly},
};

use super::{log::STANDING, notification::Heard, session::Session, voice::Voice};
use crate::{Handler, session::Wire};

pub(super) struct Standing {
    asker: u32,
    peer: Peer<RoleServer>,
    /// The loop ends when this is dropped.
    _running: Box<dyn Any + Send + Sync>,
}

impl Standing {
    pub(super) fn start<H: Handler>(
        handler: Arc<H>,
        session: &Arc<Session>,
        client: InitializeRequestParams,
    ) -> Self {
        let (asker, answers) = session.questions.enlist();
        let wire = Wire {
            asker,
            speech: Voice::new(session, STANDING),
            answers,
        };
        let running = serve_directly(Notified(handler), wire, Some(client));
        Self {
            asker,
            peer: running.peer().clone(),
            _running: Box::new(running),
        }
    }

    pub(super) fn peer(&self) -> Peer<RoleServer> {
        self.peer.clone()
    }

    pub(super) fn asker(&self) -> u32 {
        self.asker
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standing").finish_non_exhaustive()
    }
}

/// The handler as far as notifications go; requests are dispatched directly and never come here.
struct Notified<H>(Arc<H>);

impl<H: Handler> Service<RoleServer> for Notified<H> {
    async fn handle_request(
        &self,
        _: ClientRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        Err(ErrorData::new(
            ErrorCode::METHOD_NOT_FOUND,
            "this connection takes notifications only",
            None,
        ))
    }

    fn handle_notification(
        &self,
        notification: ClientNotification,
        mut context: NotificationContext<RoleServer>,
    ) -> impl Future<Output = Result<(), ErrorData>> + MaybeSendFuture + '_ {
        let place = context.extensions.remove::<Heard>();
        let work = self.0.handle_notification(notification, context);
        async move {
            match place {
                Some(place) => place.while_open(work).await.unwrap_or(Ok(())),
                // Nothing comes here without a place.
                None => Ok(()),
            }
        }
    }

    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.0.supported_protocol_versions()
    }
}
