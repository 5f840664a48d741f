use std::sync::Arc;

use axum::body::Body;
use http::Response;
use portcullis_auth::{Challenge, Principal, ResourceIdentifier};
use portcullis_transport::{Call, Policy};

use super::{ToolTable, Verdict};

/// Refuses a `tools/call` before anything is dispatched, with the one challenge that makes the
/// client step up.
pub(crate) struct ScopePolicy {
    pub(crate) resource: ResourceIdentifier,
    pub(crate) tools: Arc<ToolTable>,
}

impl Policy for ScopePolicy {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        let ("tools/call", Some(tool)) = (call.method, call.name) else {
            return Ok(());
        };
        let caller = call.extensions.get::<Arc<Principal>>();
        let challenge = match self.tools.judge(tool, caller.map(|caller| &**caller)) {
            // What does not exist is answered by the handler: -32602, and no word about scopes.
            Verdict::Allowed | Verdict::Unknown => return Ok(()),
            Verdict::Needs(scopes) => Challenge::insufficient_scope(&self.resource, scopes.clone())
                .with_description(format!("{tool} needs {scopes}")),
            Verdict::NoCaller => {
                Challenge::no_credential(&self.resource, self.tools.initial_scopes())
            }
        };
        let response = challenge.into_response();
        tracing::debug!(
            tool,
            status = response.status().as_u16(),
            "the caller may not use this tool"
        );
        #[cfg(feature = "metrics")]
        metrics::counter!(
            "portcullis_refusals_total",
            "layer" => "scopes",
            "status" => response.status().as_str().to_owned(),
        )
        .increment(1);
        Err(response)
    }
}
