//! The seam to authorization: a yes or no before anything is dispatched.

use axum::body::Body;
use http::{Extensions, Response};
use rmcp::model::ProtocolVersion;

use crate::Subject;

/// What a caller asks for, read from the message itself and never from a header.
///
/// It is decoded by the same pass that feeds the dispatcher, so that a policy and a tool cannot
/// see two different names.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The JSON-RPC method, for example `tools/call`.
    pub method: &'a str,
    /// What the call is about, from the params.
    pub subject: Subject<'a>,
    /// The protocol revision that the request is served under.
    pub version: &'a ProtocolVersion,
    /// The HTTP request's extensions: whatever outer layers found out about the caller.
    pub extensions: &'a Extensions,
}

impl<'a> Call<'a> {
    /// A call, for instance to test a [`Policy`] with.
    pub fn new(
        method: &'a str,
        subject: Subject<'a>,
        version: &'a ProtocolVersion,
        extensions: &'a Extensions,
    ) -> Self {
        Self {
            method,
            subject,
            version,
            extensions,
        }
    }
}

/// Decides whether a call may be dispatched.
///
/// Every request and every notification passes here, after the body is decoded and before the
/// handler runs or a stream opens, so that a refusal can still choose its HTTP status and headers.
/// In a batch, one refusal refuses the whole batch.
pub trait Policy: Send + Sync + 'static {
    /// Lets the call pass, or answers it.
    ///
    /// # Errors
    ///
    /// The complete HTTP response that the client gets instead, for example 403 with a
    /// `WWW-Authenticate` challenge.
    #[expect(
        clippy::result_large_err,
        reason = "the response is sent as it is; the hot path returns `Ok` and moves nothing"
    )]
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>>;
}
