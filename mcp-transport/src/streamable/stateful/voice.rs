//! What a peer of rmcp says, on its way to a stream of the session.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use futures_util::future::Either;

use super::{log::Unread, session::Session};
use crate::session::{Speech, Unheard};

/// The stream that one peer speaks on. A session that has ended is not kept alive by it.
pub(super) struct Voice {
    session: Weak<Session>,
    stream: u64,
}

impl Voice {
    pub(super) fn new(session: &Arc<Session>, stream: u64) -> Self {
        Self {
            session: Arc::downgrade(session),
            stream,
        }
    }
}

impl Speech for Voice {
    /// At once where there is room, so that messages keep the order in which they were said.
    fn say(
        &mut self,
        message: Bytes,
    ) -> impl Future<Output = Result<(), Unheard>> + Send + 'static {
        let Some(session) = self.session.upgrade() else {
            return Either::Left(std::future::ready(Err(Unheard)));
        };
        match session.log.try_say(self.stream, &message) {
            Ok(true) => Either::Left(std::future::ready(Ok(()))),
            Err(Unread) => Either::Left(std::future::ready(Err(Unheard))),
            Ok(false) => {
                let stream = self.stream;
                Either::Right(async move {
                    let said = session.log.say(stream, &message).await;
                    said.map_err(|Unread| Unheard)
                })
            }
        }
    }
}
