//! `subscriptions/listen`, answered from [`Events`].

use std::{error::Error, time::Duration};

use futures_util::{StreamExt, TryFutureExt};
use portcullis_auth::Clock;
use portcullis_transport::replica::EventBusError;
use rmcp::{
    ErrorData, RoleServer,
    model::{
        GetMeta, RequestId, ServerCapabilities, ServerNotification, ServerResult,
        SubscriptionFilter, SubscriptionsAcknowledgedNotification,
        SubscriptionsAcknowledgedNotificationParams, SubscriptionsListenRequest,
        SubscriptionsListenResult,
    },
    service::RequestContext,
};

use super::{Events, events::Event, interest::Interest, speaker::Speaker};
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
    ///
    /// Not an `async fn`, which would hold its arguments for as long as the stream lasts.
    pub(crate) fn listen(
        &self,
        request: &SubscriptionsListenRequest,
        mut capabilities: ServerCapabilities,
        clock: &dyn Clock,
        context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ServerResult, ErrorData>> + Send + '_ {
        Self::declare(&mut capabilities);
        let ends = context.ct.clone();
        let requested = &request.params.notifications;
        let accepted = requested.supported_by(&capabilities);
        let begun = Subscription::new(accepted, clock, context);
        async move {
            let Subscription {
                accepted,
                interest,
                client,
                lifetime,
            } = begun;
            let token = expired(lifetime);
            tokio::pin!(token);
            // Before the acknowledgment: from then on nothing may be missed.
            let mut events = self.heard().await.map_err(|error| unheard_of(&error))?;
            client.tell(acknowledged(accepted)).await?;
            loop {
                let event = tokio::select! {
                    biased;
                    () = ends.cancelled() => break,
                    () = &mut token => break,
                    event = events.next() => event,
                };
                // A bus that can no longer be heard ends the subscription: the client may begin anew.
                let Some(event) = event else { break };
                let event = Event::read(&event);
                if let Some(notification) = event.and_then(|event| event.notification(&interest)) {
                    client.tell(notification).await?;
                }
            }
            let result = SubscriptionsListenResult::complete(client.id);
            Ok(ServerResult::SubscriptionsListenResult(result))
        }
    }
}

/// A subscription that is about to begin.
struct Subscription {
    accepted: SubscriptionFilter,
    interest: Interest,
    client: Client,
    /// Of the caller's token.
    lifetime: Option<Duration>,
}

impl Subscription {
    fn new(
        accepted: SubscriptionFilter,
        clock: &dyn Clock,
        context: RequestContext<RoleServer>,
    ) -> Self {
        let caller = principal(&context);
        let listener = caller.map(|caller| caller.subject_key());
        let expires = caller.and_then(|caller| caller.expires_at());
        Self {
            interest: Interest::new(&accepted, listener),
            accepted,
            lifetime: expires.map(|expires| expires.since(clock.now())),
            client: Client::of(context),
        }
    }
}

fn acknowledged(accepted: SubscriptionFilter) -> ServerNotification {
    let accepted = SubscriptionsAcknowledgedNotificationParams::new(accepted);
    SubscriptionsAcknowledgedNotification::new(accepted).into()
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

    fn tell(
        &self,
        mut notification: ServerNotification,
    ) -> impl Future<Output = Result<(), ErrorData>> + Send + use<> {
        let meta = notification.get_meta_mut();
        meta.set_subscription_id(self.id.clone());
        self.speaker
            .notify(notification)
            .map_err(|error| unheard(&error))
    }
}

fn unheard_of(cause: &EventBusError) -> ErrorData {
    tracing::warn!(cause = cause.to_string(), reason = ?cause.source(), "a subscription cannot begin");
    ErrorData::internal_error(
        "this server cannot hear of changes now; listen again later",
        None,
    )
}

fn unheard(cause: &ErrorData) -> ErrorData {
    tracing::warn!(cause = cause.to_string(), "a subscription has broken off");
    ErrorData::internal_error("the subscription has broken off", None)
}
