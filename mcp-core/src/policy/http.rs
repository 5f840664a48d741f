use std::sync::Arc;

use axum::body::Body;
use http::Response;
use portcullis_auth::{Challenge, Principal, ResourceIdentifier};
use portcullis_transport::{Call, Policy};

use super::{Access, Verdict, note_refusal, refusals::label};

/// Refuses a call whose caller lacks scopes before anything is dispatched: with the one challenge that
/// makes the client step up.
pub(crate) struct ScopePolicy {
    pub(crate) resource: ResourceIdentifier,
    pub(crate) access: Arc<Access>,
}

impl Policy for ScopePolicy {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        let caller = call.extensions.get::<Arc<Principal>>();
        let caller = caller.map(|caller| &**caller);
        let challenge = match self.access.judge(call.subject, caller) {
            // What does not exist, or is too much to look at, is answered at the handler: -32602, and
            // no word about scopes.
            Verdict::Allowed | Verdict::Unknown | Verdict::TooMany => return Ok(()),
            Verdict::Needs(scopes) => {
                let description = format!("{} needs {scopes}", label(call.subject));
                Challenge::insufficient_scope(&self.resource, scopes.into_owned())
                    .with_description(description)
            }
            Verdict::NoCaller => {
                Challenge::no_credential(&self.resource, self.access.scopes.initial())
            }
        };
        let response = challenge.into_response();
        note_refusal(call.subject, response.status());
        Err(response)
    }
}
