use std::sync::Arc;

use http::StatusCode;
use portcullis_auth::Principal;
use rmcp::{
    ErrorData, RoleServer,
    handler::server::common::{AsRequestContext, FromContextPart},
    service::RequestContext,
};

use crate::policy::count;

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

impl Caller {
    /// The caller of a request that takes no extractors, such as a resource's or that of a method
    /// of your own.
    ///
    /// A method of your own has no scopes that are asked for before it runs: say which it
    /// [`needs`](Self::needs).
    ///
    /// ```
    /// use portcullis::{
    ///     prelude::*,
    ///     rmcp::{
    ///         ErrorData, RoleServer, ServerHandler,
    ///         model::{CustomRequest, CustomResult, ErrorCode},
    ///         service::RequestContext,
    ///     },
    /// };
    /// use serde_json::json;
    ///
    /// struct Clock;
    ///
    /// #[tool_router]
    /// impl Clock {
    ///     /// Says that it is noon.
    ///     #[tool]
    ///     async fn now(&self) -> String { "noon".into() }
    /// }
    ///
    /// #[tool_handler]
    /// impl ServerHandler for Clock {
    ///     async fn on_custom_request(
    ///         &self,
    ///         request: CustomRequest,
    ///         context: RequestContext<RoleServer>,
    ///     ) -> Result<CustomResult, ErrorData> {
    ///         if request.method != "clock/owner" {
    ///             return Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "method not found", None));
    ///         }
    ///         let caller = Caller::of(&context)?;
    ///         caller.needs(["clock/read"])?;
    ///         let Caller(who) = caller;
    ///         Ok(CustomResult::new(json!({"owner": who.subject().to_string()})))
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// -32600, where nobody has been authenticated.
    pub fn of(context: &RequestContext<RoleServer>) -> Result<Self, ErrorData> {
        principal(context)
            .map(|principal| Self(Arc::clone(principal)))
            .ok_or_else(|| ErrorData::invalid_request("this needs an authenticated caller", None))
    }

    /// Refuses a caller who lacks one of `scopes`, for what is in no table: a method of your own, or an
    /// argument that makes a tool need more. The refusal is counted and logged as that of a tool.
    ///
    /// It comes too late for an HTTP 403, so clients do not ask for more by themselves: what can be said
    /// with `scopes(..)` is said better there.
    ///
    /// # Errors
    ///
    /// -32600 `insufficient_scope`, with all of `scopes`.
    pub fn needs<const N: usize>(&self, scopes: [&str; N]) -> Result<(), ErrorData> {
        let held = self.0.scopes();
        if scopes.iter().all(|scope| held.contains(scope)) {
            return Ok(());
        }
        Err(insufficient_scope(&scopes.join(" ")))
    }
}

impl<C: AsRequestContext> FromContextPart<C> for Caller {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        Self::of(context.as_request_context())
    }
}

fn insufficient_scope(scopes: &str) -> ErrorData {
    let status = StatusCode::FORBIDDEN;
    tracing::debug!(
        scopes,
        status = status.as_u16(),
        "the caller lacks scopes that the handler asks for"
    );
    count("scopes", status);
    let message = format!("insufficient_scope: this needs the scopes {scopes}");
    ErrorData::invalid_request(message, None)
}

/// Where the caller is: beside the request on stdio, in the HTTP request's extensions otherwise.
pub(crate) fn principal(context: &RequestContext<RoleServer>) -> Option<&Arc<Principal>> {
    let extensions = &context.extensions;
    extensions.get::<Arc<Principal>>().or_else(|| {
        let http = extensions.get::<http::request::Parts>()?;
        http.extensions.get::<Arc<Principal>>()
    })
}
