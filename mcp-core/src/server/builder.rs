use portcullis_auth::AuthScheme;
use rmcp::ServerHandler;

use super::{lists::ListSettings, scopes::ScopeSettings, work::WorkSettings};
use crate::{
    say::VoiceSettings,
    tools::{MacroMade, PromptPolicy, ToolPolicy},
};

/// A server in the making: say who may call it with [`auth`](Self::auth), then
/// [`build`](McpServerBuilder::build) it.
#[must_use = "a server is made by `.auth(..).build()?`"]
pub struct McpServerBuilder<H, A = NoAuth> {
    pub(crate) resource: String,
    pub(crate) handler: H,
    pub(super) policies: Vec<ToolPolicy>,
    pub(super) prompts: Vec<PromptPolicy>,
    pub(super) made: MacroMade,
    pub(super) scopes: ScopeSettings,
    pub(super) lists: ListSettings,
    pub(super) auth: A,
    pub(crate) voice: VoiceSettings,
    pub(crate) work: WorkSettings,
    #[cfg(feature = "http")]
    pub(super) transport: super::transport::TransportSettings,
}

/// The state of a server for which nobody has said yet who may call it. It does not build.
#[derive(Debug)]
pub struct NoAuth;

impl<H: ServerHandler> McpServerBuilder<H> {
    pub(super) fn new(
        resource: &str,
        handler: H,
        policies: Vec<ToolPolicy>,
        prompts: Vec<PromptPolicy>,
        made: MacroMade,
    ) -> Self {
        Self {
            resource: resource.to_owned(),
            handler,
            policies,
            prompts,
            made,
            scopes: ScopeSettings::default(),
            lists: ListSettings::default(),
            auth: NoAuth,
            voice: VoiceSettings::default(),
            work: WorkSettings::default(),
            #[cfg(feature = "http")]
            transport: Default::default(),
        }
    }

    /// Says how callers are authenticated: the one line of auth.
    pub fn auth<A: AuthScheme>(self, scheme: A) -> McpServerBuilder<H, A> {
        McpServerBuilder {
            resource: self.resource,
            handler: self.handler,
            policies: self.policies,
            prompts: self.prompts,
            made: self.made,
            scopes: self.scopes,
            lists: self.lists,
            auth: scheme,
            voice: self.voice,
            work: self.work,
            #[cfg(feature = "http")]
            transport: self.transport,
        }
    }
}
