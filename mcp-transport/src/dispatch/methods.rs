//! The method table: which request type each method has.

use rmcp::model::{
    ClientRequest, CustomRequest, ErrorCode, ErrorData, JsonObject, Request, RequestMetaObject,
    RequestNoParam, RequestOptionalParam, RequestParamsMeta,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{
    Subject,
    envelope::{Params, repeats_member, repeats_member_of_meta},
};

/// A request in rmcp's types, with its metadata where the handler's context wants it.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) request: ClientRequest,
    pub(crate) meta: RequestMetaObject,
}

/// `params` that do not fit their method.
#[derive(Debug, Error)]
pub(crate) enum InvalidParams {
    #[error("a member of params or of its _meta occurs twice")]
    Repeated,
    #[error("invalid params: {0}")]
    Mismatch(#[from] serde_json::Error),
}

impl InvalidParams {
    /// The error as JSON-RPC names it. The decoder's sentence may quote the client's own input, so
    /// it is bounded; JSON encoding escapes it.
    pub(crate) fn to_error(&self) -> ErrorData {
        const LONGEST: usize = 200;
        let code = match self {
            Self::Repeated => ErrorCode::INVALID_REQUEST,
            Self::Mismatch(_) => ErrorCode::INVALID_PARAMS,
        };
        let message: String = self.to_string().chars().take(LONGEST).collect();
        ErrorData::new(code, message, None)
    }
}

/// Decodes `params` for `method`. A method that rmcp does not know becomes a custom request, which
/// a handler may answer and by default refuses with -32601.
pub(crate) fn decode(method: &str, params: Params<'_>) -> Result<Typed, InvalidParams> {
    let params = match params {
        Params::Call(params) => return Ok(Typed::of(params, ClientRequest::CallToolRequest)),
        Params::Text(Some(text)) if repeats_member_of_meta(text) => {
            return Err(InvalidParams::Repeated);
        }
        Params::Text(text) => Text(text),
    };
    match method {
        "tools/call" => params.required(ClientRequest::CallToolRequest),
        "tools/list" => params.optional(ClientRequest::ListToolsRequest),
        "resources/read" => params.required(ClientRequest::ReadResourceRequest),
        "resources/list" => params.optional(ClientRequest::ListResourcesRequest),
        "resources/templates/list" => params.optional(ClientRequest::ListResourceTemplatesRequest),
        "resources/subscribe" => params.required(ClientRequest::SubscribeRequest),
        "resources/unsubscribe" => params.required(ClientRequest::UnsubscribeRequest),
        "resources/directory/read" => params.required(ClientRequest::ReadResourceDirectoryRequest),
        "prompts/get" => params.required(ClientRequest::GetPromptRequest),
        "prompts/list" => params.optional(ClientRequest::ListPromptsRequest),
        "completion/complete" => params.required(ClientRequest::CompleteRequest),
        "logging/setLevel" => params.required(ClientRequest::SetLevelRequest),
        "server/discover" => params.none(|| ClientRequest::DiscoverRequest(Request::default())),
        "initialize" => params.required(ClientRequest::InitializeRequest),
        "ping" => params.none(|| ClientRequest::PingRequest(RequestNoParam::default())),
        "subscriptions/listen" => params.required(ClientRequest::SubscriptionsListenRequest),
        "tasks/get" => params.required(ClientRequest::GetTaskRequest),
        "tasks/update" => params.required(ClientRequest::UpdateTaskRequest),
        "tasks/cancel" => params.required(ClientRequest::CancelTaskRequest),
        "skills/list" => params.optional(ClientRequest::ListSkillsRequest),
        "skills/get" => params.required(ClientRequest::GetSkillRequest),
        _ => params.custom(method),
    }
}

/// Decodes the metadata of `params` alone.
pub(crate) fn decode_meta(params: Option<&RawValue>) -> Result<RequestMetaObject, InvalidParams> {
    Text(params).meta()
}

impl Typed {
    fn of<M: Default, P: RequestParamsMeta>(
        mut params: P,
        variant: impl FnOnce(Request<M, P>) -> ClientRequest,
    ) -> Self {
        let meta = params.meta_mut().take().unwrap_or_default();
        Self {
            request: variant(Request::new(params)),
            meta,
        }
    }

    /// What the request is about.
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject::of(&self.request)
    }
}

/// `params`, not yet decoded.
struct Text<'a>(Option<&'a RawValue>);

impl Text<'_> {
    fn required<M: Default, P: DeserializeOwned + RequestParamsMeta>(
        self,
        variant: impl FnOnce(Request<M, P>) -> ClientRequest,
    ) -> Result<Typed, InvalidParams> {
        Ok(Typed::of(self.decode()?, variant))
    }

    fn optional<M: Default, P: DeserializeOwned + RequestParamsMeta>(
        self,
        variant: impl FnOnce(RequestOptionalParam<M, P>) -> ClientRequest,
    ) -> Result<Typed, InvalidParams> {
        let mut params: P = self.decode()?;
        let meta = params.meta_mut().take().unwrap_or_default();
        Ok(Typed {
            request: variant(RequestOptionalParam::with_param(params)),
            meta,
        })
    }

    fn none(self, request: impl FnOnce() -> ClientRequest) -> Result<Typed, InvalidParams> {
        Ok(Typed {
            request: request(),
            meta: self.meta()?,
        })
    }

    fn meta(&self) -> Result<RequestMetaObject, InvalidParams> {
        #[derive(Deserialize)]
        struct OnlyMeta {
            #[serde(rename = "_meta")]
            meta: Option<RequestMetaObject>,
        }
        let OnlyMeta { meta } = self.decode()?;
        Ok(meta.unwrap_or_default())
    }

    fn custom(self, method: &str) -> Result<Typed, InvalidParams> {
        if self.0.is_some_and(repeats_member) {
            return Err(InvalidParams::Repeated);
        }
        let mut params: Option<JsonObject> = self
            .0
            .map(|raw| serde_json::from_str(raw.get()))
            .transpose()?;
        let meta = params
            .as_mut()
            .and_then(|params| params.remove("_meta"))
            .map(serde_json::from_value)
            .transpose()?
            .unwrap_or_default();
        let params = params.map(serde_json::Value::Object);
        Ok(Typed {
            request: ClientRequest::CustomRequest(CustomRequest::new(method, params)),
            meta,
        })
    }

    fn decode<P: DeserializeOwned>(&self) -> Result<P, InvalidParams> {
        let text = self.0.map_or("{}", RawValue::get);
        serde_json::from_str(text).map_err(|error| match self.0 {
            Some(raw) if repeats_member(raw) => InvalidParams::Repeated,
            _ => InvalidParams::Mismatch(error),
        })
    }
}

#[cfg(test)]
#[path = "methods_tests.rs"]
mod tests;
