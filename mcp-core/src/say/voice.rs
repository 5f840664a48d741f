//! What a server's tools speak with.

use std::sync::Arc;

use portcullis_auth::{Clock, OsEntropy, Principal, Sealer, SealingKeys, SystemClock};
use rmcp::model::{CallToolRequestParams, ServerCapabilities};

use super::{
    Events,
    seal::{CallSeal, StateSealer},
};
use crate::policy::ToolTable;

/// What the author has given to a builder.
pub(crate) struct VoiceSettings {
    pub(crate) sealing_keys: Option<SealingKeys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Option<Events>,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self {
            sealing_keys: None,
            clock: Arc::new(SystemClock),
            events: None,
        }
    }
}

impl VoiceSettings {
    pub(crate) fn of_server(self, resource: &str) -> Voice {
        let sealer = self.sealing_keys.map(|keys| {
            Arc::new(StateSealer {
                sealer: Sealer::new(keys, OsEntropy),
                clock: self.clock.clone(),
                resource: resource.to_owned(),
            })
        });
        Voice {
            sealer,
            clock: self.clock,
            events: self.events,
        }
    }
}

/// The same, for one server.
pub(crate) struct Voice {
    pub(crate) sealer: Option<Arc<StateSealer>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Option<Events>,
}

impl Voice {
    /// The seal of one call, if the server has keys.
    pub(crate) fn seal(
        &self,
        call: &CallToolRequestParams,
        caller: Option<&Principal>,
    ) -> Option<CallSeal> {
        let sealer = self.sealer.as_ref()?;
        Some(CallSeal::new(sealer, call, caller))
    }

    /// Adds to what the handler says of itself in `server/discover`.
    pub(crate) fn declare(&self, capabilities: &mut ServerCapabilities, tools: &ToolTable) {
        if tools.logs() {
            capabilities.logging.get_or_insert_default();
        }
        if self.events.is_some() {
            Events::declare(capabilities);
        }
    }
}
