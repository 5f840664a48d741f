use std::sync::Arc;

use portcullis_auth::Principal;
use rmcp::{
    ErrorData, RoleServer,
    handler::server::common::{AsRequestContext, FromContextPart},
    service::RequestContext,
};

/// The verified caller, as an argument of a tool or prompt.
///
/// It shares the one [`Principal`] of the request; nothing is copied.
///
/// ```
/// use portcullis::prelude::*;
///
/// struct Server;
///
/// #[mcp_server]
/// impl Server {
///     /// Says who you are.
///     #[tool]
///     async fn whoami(&self, Caller(who): Caller) -> String {
///         format!("{} of {}", who.subject(), who.issuer())
///     }
/// }
/// ```
///
/// A server with [`danger::anonymous`](portcullis_auth::danger::anonymous) has no callers, so
/// there such a tool answers an error.
#[derive(Debug, Clone)]
pub struct Caller(pub Arc<Principal>);

impl<C: AsRequestContext> FromContextPart<C> for Caller {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        principal(context.as_request_context())
            .map(|principal| Self(Arc::clone(principal)))
            .ok_or_else(|| ErrorData::invalid_request("this needs an authenticated caller", None))
    }
}

/// Where the caller is: beside the request on stdio, in the HTTP request's extensions otherwise.
pub(crate) fn principal(context: &RequestContext<RoleServer>) -> Option<&Arc<Principal>> {
    let extensions = &context.extensions;
    extensions.get::<Arc<Principal>>().or_else(|| {
        let http = extensions.get::<http::request::Parts>()?;
        http.extensions.get::<Arc<Principal>>()
    })
}
