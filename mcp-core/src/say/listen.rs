//! `subscriptions/listen`, answered from [`Events`].

use std::{error::Error, time::Duration};

use futures_util::StreamExt;
use portcullis_auth::Clock;
use portcullis_transport::replica::EventBusError;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        GetMeta, RequestId, ServerCapabilities, ServerNotification, ServerResult,
        SubscriptionsAcknowledgedNotification, SubscriptionsAcknowledgedNotificationParams,
        SubscriptionsListenRequest, SubscriptionsListenResult,
    },
    service::RequestContext,
};

use super::{
    Events,
    events::Event,
    interest::{Interest, accept},
    speaker::Speaker,
};
use crate::tools::principal;

impl Events {
    /// Adds what clients can listen to, of what the server has.
    pub(super) fn declare(capabilities: &mut ServerCapabilities) {
        if let Some(tools) = &mut capabilities.tools {
            tools.list_changed = Some(true);
        }
        if let Some(prompts) = &mut capabilities.prompts {
            prompts.list_changed = Some(true);
        }
        if let Some(resources) = &mut capabilities.resources {
            resources.list_changed = Some(true);
            resources.subscribe = Some(true);
        }
    }

    /// Tells the client what it asked for until it goes, its token ends or the server stops, and answers
    /// then (T-29). A client that has a fresh token listens again.
    pub(crate) async fn listen(
        &self,
        request: SubscriptionsListenRequest,
        mut capabilities: ServerCapabilities,
        clock: &dyn Clock,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        Self::declare(&mut capabilities);
        let accepted = accept(&request.params.notifications, &capabilities)?;
        // It would be held for as long as the stream lasts.
        drop((request, capabilities));
        let caller = principal(&context);
        let listener = caller.map(|caller| caller.subject_key());
        let expires = caller.and_then(|caller| caller.expires_at());
        let token = expired(expires.map(|expires| expires.since(clock.now())));
        tokio::pin!(token);
        let ends = context.ct.clone();
        let client = Client::of(context);
        let interest = Interest::new(&accepted, listener);
        // Before the acknowledgment: from then on nothing may be missed.
        let mut events = self.heard().await.map_err(|error| unheard_of(&error))?;
        let acknowledged = SubscriptionsAcknowledgedNotificationParams::new(accepted);
        let acknowledged = SubscriptionsAcknowledgedNotification::new(acknowledged);
        client.tell(acknowledged.into()).await?;
        loop {
            let event = tokio::select! {
                biased;
                () = ends.cancelled() => break,
                () = &mut token => break,
                event = events.next() => event,
            };
            // A bus that can no longer be heard ends the subscription: the client may begin anew.
            let Some(event) = event else { break };
            let event = match serde_json::from_slice::<Event>(&event) {
                Ok(event) => event,
                Err(error) => {
                    tracing::warn!(%error, "the event bus carries what is no event; is its topic shared?");
                    continue;
                }
            };
            if let Some(notification) = event.notification(&interest) {
                client.tell(notification).await?;
            }
        }
        let result = SubscriptionsListenResult::complete(client.id);
        Ok(ServerResult::SubscriptionsListenResult(result))
    }
}

/// Until a token ends, if it does.
async fn expired(lifetime: Option<Duration>) {
    match lifetime {
        Some(lifetime) => tokio::time::sleep(lifetime).await,
        None => std::future::pending().await,
    }
}

/// Who listens, and how to say something to it. The rest of the request, such as its headers, would
/// only be held for as long as the stream lasts.
struct Client {
    id: RequestId,
    speaker: Speaker,
}

impl Client {
    fn of(context: RequestContext<RoleServer>) -> Self {
        Self {
            speaker: Speaker::of(&context),
            id: context.id,
        }
    }

    async fn tell(&self, mut notification: ServerNotification) -> Result<(), ErrorData> {
        let meta = notification.get_meta_mut();
        meta.set_subscription_id(self.id.clone());
        let told = self.speaker.notify(notification).await;
        told.map_err(|error| unheard(&error))
    }
}

fn unheard_of(cause: &EventBusError) -> ErrorData {
    tracing::warn!(%cause, reason = ?cause.source(), "a subscription cannot begin");
    ErrorData::internal_error(
        "this server cannot hear of changes now; listen again later",
        None,
    )
}

fn unheard(cause: &ErrorData) -> ErrorData {
    tracing::warn!(%cause, "a subscription has broken off");
    ErrorData::internal_error("the subscription has broken off", None)
}
