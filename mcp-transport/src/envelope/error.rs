use std::borrow::Cow;

use rmcp::{
    ErrorData,
    model::{ErrorCode, RequestId},
};
use thiserror::Error;

/// Why a body is not a message. The sentences are fixed, so no input is ever echoed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Malformed {
    #[error("the body is not valid JSON in UTF-8")]
    NotJson,
    #[error("a message must be a JSON object")]
    NotAnObject,
    #[error("a member occurs twice, or under a name that differs only by case")]
    Repeated { id: Option<RequestId> },
    #[error("jsonrpc must be \"2.0\"")]
    Version { id: Option<RequestId> },
    #[error("id must be a string or an integer of 64 bits")]
    Id,
    #[error("method must be a string")]
    Method { id: Option<RequestId> },
    #[error("params must be an object")]
    Params { id: Option<RequestId> },
    #[error("a message has a method, or an id with either a result or an error")]
    Shapeless { id: Option<RequestId> },
    #[error("a batch must not be empty")]
    EmptyBatch,
    #[error("a batch may hold at most {max} messages")]
    LongBatch { max: usize },
}

impl Malformed {
    /// The id of the message at fault, where it could be read.
    pub(crate) fn id(&self) -> Option<&RequestId> {
        match self {
            Self::Repeated { id }
            | Self::Version { id }
            | Self::Method { id }
            | Self::Params { id }
            | Self::Shapeless { id } => id.as_ref(),
            Self::NotJson
            | Self::NotAnObject
            | Self::Id
            | Self::EmptyBatch
            | Self::LongBatch { .. } => None,
        }
    }

    /// The error as JSON-RPC names it (JSON-RPC 2.0, section 5.1).
    pub(crate) fn to_error(&self) -> ErrorData {
        let code = match self {
            Self::NotJson => ErrorCode::PARSE_ERROR,
            _ => ErrorCode::INVALID_REQUEST,
        };
        ErrorData::new(code, Cow::Owned(self.to_string()), None)
    }
}
