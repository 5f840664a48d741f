use portcullis_auth::AuthScheme;
use rmcp::ServerHandler;

use crate::{
    say::VoiceSettings,
    tools::{MacroMade, ToolPolicy},
};

/// A server in the making: say who may call it with [`auth`](Self::auth), then
/// [`build`](McpServerBuilder::build) it.
#[must_use = "a server is made by `.auth(..).build()?`"]
pub struct McpServerBuilder<H, A = NoAuth> {
    pub(crate) resource: String,
    pub(crate) handler: H,
    pub(super) policies: Vec<ToolPolicy>,
    pub(super) made: MacroMade,
    pub(super) tool_scopes: Vec<(String, Vec<String>)>,
    pub(super) initial_scopes: Option<Vec<String>>,
    pub(super) auth: A,
    pub(crate) voice: VoiceSettings,
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
        made: MacroMade,
    ) -> Self {
        Self {
            resource: resource.to_owned(),
            handler,
            policies,
            made,
            tool_scopes: Vec::new(),
            initial_scopes: None,
            auth: NoAuth,
            voice: VoiceSettings::default(),
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
            made: self.made,
            tool_scopes: self.tool_scopes,
            initial_scopes: self.initial_scopes,
            auth: scheme,
            voice: self.voice,
            #[cfg(feature = "http")]
            transport: self.transport,
        }
    }
}

impl<H, A> McpServerBuilder<H, A> {
    /// Gives a tool the scopes that its caller must hold, all of them; none lets every
    /// authenticated caller use it.
    ///
    /// For servers made with rmcp alone. For others it overrides what the tool says itself.
    pub fn tool_scopes<S: Into<String>>(
        mut self,
        tool: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.tool_scopes.push((tool.into(), scopes));
        self
    }

    /// The scopes that clients ask for when they sign in: those of the 401 challenge and of
    /// `scopes_supported` in the metadata. What a tool needs beyond them, a client asks for when
    /// it meets the 403 (step-up).
    ///
    /// Default: the scopes that every tool with scopes needs; where none is common to them, all.
    pub fn initial_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.initial_scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }
}
