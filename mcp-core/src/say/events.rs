use std::{fmt, sync::Arc};

use portcullis_auth::Principal;
use portcullis_transport::replica::{EventBus, EventBusError, Events as Heard, SharedEventBus};
use rmcp::model::{
    PromptListChangedNotification, ResourceListChangedNotification, ResourceUpdatedNotification,
    ResourceUpdatedNotificationParam, ServerNotification, ToolListChangedNotification,
};
use serde::{Deserialize, Serialize};

use super::interest::Interest;

/// Tells clients that listen (`subscriptions/listen` of 2026-07-28) that something has changed.
///
/// Keep one clone and give the other to [`events`](crate::McpServerBuilder::events):
///
/// ```
/// use portcullis::{Events, auth::danger, prelude::*};
///
/// struct Notes { events: Events }
///
/// #[mcp_server(name = "notes")]
/// impl Notes {
///     /// Writes the note.
///     #[tool]
///     async fn write(&self) -> Result<String, ToolError> {
///         self.events.resource_updated("note://1").await?;
///         Ok("written".into())
///     }
/// }
///
/// let events = Events::default();
/// let server = McpServer::new("http://localhost:8080/mcp", Notes { events: events.clone() })
///     .events(events)
///     .auth(danger::anonymous())
///     .build()?;
/// # Ok::<(), portcullis::BuildError>(())
/// ```
///
/// Each stream hears what its client asked for and what the server has: tools, prompts, resources.
/// One stream takes at most 1,000 URIs of resources, of 256 KiB altogether. Delivery is at most once; a client that reads too slowly misses events. Clients of older revisions
/// hear nothing.
///
/// Default: heard in this process only.
#[derive(Clone)]
pub struct Events {
    bus: Arc<dyn EventBus>,
    topic: Arc<str>,
}

impl Default for Events {
    fn default() -> Self {
        Self::over(SharedEventBus::default(), "events")
    }
}

/// What goes over the bus.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Event {
    what: Change,
    /// Whose; everybody's, if nobody's.
    owner: Option<[u8; 32]>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Change {
    Tools,
    Prompts,
    Resources,
    Resource(String),
}

impl Events {
    /// Events that every replica hears which uses this bus and this topic. A server has a topic of
    /// its own.
    pub fn over(bus: impl EventBus, topic: &str) -> Self {
        Self {
            bus: Arc::new(bus),
            topic: topic.into(),
        }
    }

    /// The list of tools has changed.
    ///
    /// # Errors
    ///
    /// The bus cannot be reached; so for all events.
    pub async fn tools_changed(&self) -> Result<(), EventBusError> {
        self.publish(Change::Tools, None).await
    }

    /// The list of prompts has changed.
    ///
    /// # Errors
    ///
    /// As [`tools_changed`](Self::tools_changed).
    pub async fn prompts_changed(&self) -> Result<(), EventBusError> {
        self.publish(Change::Prompts, None).await
    }

    /// The list of resources has changed.
    ///
    /// # Errors
    ///
    /// As [`tools_changed`](Self::tools_changed).
    pub async fn resources_changed(&self) -> Result<(), EventBusError> {
        self.publish(Change::Resources, None).await
    }

    /// The resource with this URI has changed, for everybody who listens to it.
    ///
    /// # Errors
    ///
    /// As [`tools_changed`](Self::tools_changed).
    pub async fn resource_updated(&self, uri: impl Into<String>) -> Result<(), EventBusError> {
        self.publish(Change::Resource(uri.into()), None).await
    }

    /// The resource with this URI has changed for its owner (issuer and subject), who hears of it in
    /// every client. Nobody else hears of it, not even who listens to the same URI.
    ///
    /// # Errors
    ///
    /// As [`tools_changed`](Self::tools_changed).
    pub async fn resource_updated_for(
        &self,
        owner: &Principal,
        uri: impl Into<String>,
    ) -> Result<(), EventBusError> {
        let owner = owner.subject_key();
        self.publish(Change::Resource(uri.into()), Some(owner))
            .await
    }

    async fn publish(&self, what: Change, owner: Option<[u8; 32]>) -> Result<(), EventBusError> {
        let event = serde_json::to_vec(&Event { what, owner }).map_err(EventBusError::new)?;
        self.bus.publish(&self.topic, event.into()).await
    }

    pub(super) async fn heard(&self) -> Result<Heard, EventBusError> {
        self.bus.subscribe(&self.topic).await
    }
}

impl Event {
    /// As it came over the bus, if it is one.
    pub(super) fn read(heard: &[u8]) -> Option<Self> {
        serde_json::from_slice(heard)
            .inspect_err(|error| {
                tracing::warn!(
                    error = error.to_string(),
                    "the event bus carries what is no event; is its topic shared?"
                );
            })
            .ok()
    }

    /// What a stream is told of it.
    pub(super) fn notification(self, interest: &Interest) -> Option<ServerNotification> {
        if self.owner.is_some() && self.owner != interest.listener {
            return None;
        }
        Some(match self.what {
            Change::Tools if interest.tools => ToolListChangedNotification::default().into(),
            Change::Prompts if interest.prompts => PromptListChangedNotification::default().into(),
            Change::Resources if interest.resources => {
                ResourceListChangedNotification::default().into()
            }
            Change::Resource(uri) if interest.uris.contains(&uri) => {
                let which = ResourceUpdatedNotificationParam::new(uri);
                ResourceUpdatedNotification::new(which).into()
            }
            _ => return None,
        })
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
