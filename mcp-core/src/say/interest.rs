//! What one stream of `subscriptions/listen` is told of.

use std::collections::HashSet;

use rmcp::{
    ErrorData,
    model::{ServerCapabilities, SubscriptionFilter},
};

/// Held for as long as the stream lasts, so a client may not make it as large as it likes (T-29).
const MAX_URIS: usize = 1_000;
/// Of all URIs together.
const MAX_URI_BYTES: usize = 256 << 10;

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

/// Of what a client asks for, what the server has.
///
/// # Errors
///
/// -32602: too many resources.
pub(super) fn accept(
    requested: &SubscriptionFilter,
    capabilities: &ServerCapabilities,
) -> Result<SubscriptionFilter, ErrorData> {
    let uris = requested.resource_subscriptions.as_deref();
    let uris = uris.unwrap_or_default();
    let bytes: usize = uris.iter().map(String::len).sum();
    if uris.len() > MAX_URIS || bytes > MAX_URI_BYTES {
        let message = "resourceSubscriptions: one subscription takes at most 1,000 URIs, of 256 KiB \
                       altogether; listen to fewer, or use several subscriptions";
        return Err(ErrorData::invalid_params(message, None));
    }
    Ok(requested.supported_by(capabilities))
}
