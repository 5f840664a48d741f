//! What one stream of `subscriptions/listen` is told of.

use std::collections::HashSet;

use rmcp::model::SubscriptionFilter;

/// Held for as long as the stream lasts; how many URIs there may be, the policy has said (T-29).
pub(super) struct Interest {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
    /// Looked up for every event of every stream.
    pub(super) uris: HashSet<String>,
    /// Who listens.
    pub(super) listener: Option<[u8; 32]>,
}

impl Interest {
    pub(super) fn new(accepted: &SubscriptionFilter, listener: Option<[u8; 32]>) -> Self {
        let wanted = |kind: Option<bool>| kind == Some(true);
        let uris = accepted.resource_subscriptions.iter().flatten();
        Self {
            tools: wanted(accepted.tools_list_changed),
            prompts: wanted(accepted.prompts_list_changed),
            resources: wanted(accepted.resources_list_changed),
            uris: uris.cloned().collect(),
            listener,
        }
    }
}
