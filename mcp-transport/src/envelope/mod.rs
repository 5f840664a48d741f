//! From the bytes of a body to a JSON-RPC message, once.
//!
//! 1. The body is UTF-8 and JSON, else it cannot be parsed (-32700).
//! 2. An envelope is an object; its members are compared by exact name. A repeated member, or one
//!    whose name differs from a known one by case only, is refused (-32600): a gateway in front of
//!    us may have read the other one.
//! 3. `jsonrpc` is `"2.0"`, `method` a string, `id` a string or an integer.
//! 4. `params` stays raw text until the method is known; [`crate::dispatch`] decodes it into the
//!    one type that fits. Those of the usual `tools/call` are decoded at once.
//!
//! Before all that, what the body would become in memory is [estimated](decoded_size), and bounded.
//!
//! Nothing recurses over untrusted depth here: values are skipped iteratively, and the typed decode
//! of `params` stops at serde_json's limit of 128 levels.

mod batch;
mod call;
mod decoded;
mod error;
mod members;

use std::borrow::Cow;

use rmcp::model::{CallToolRequestParams, RequestId};
use serde_json::value::RawValue;

pub(crate) use decoded::decoded_size;
pub(crate) use error::Malformed;
use members::Members;
pub(crate) use members::{repeats_member, repeats_member_of_meta};

/// One JSON-RPC message of a client.
#[derive(Debug)]
pub(crate) enum Message<'a> {
    Request(Request<'a>),
    /// Revisions with sessions let a client announce things; stateless serving only notes them.
    Notification {
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    /// The answer to a question that the server asked. Stateless serving never asks.
    Response(Answer<'a>),
}

/// What a client said to a question.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) id: RequestId,
    /// The `result`, or the `error`.
    pub(crate) outcome: Result<&'a RawValue, &'a RawValue>,
}

#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) id: RequestId,
    pub(crate) method: Cow<'a, str>,
    pub(crate) params: Params<'a>,
}

#[derive(Debug)]
pub(crate) enum Params<'a> {
    /// Until the method says which type they have.
    Text(Option<&'a RawValue>),
    /// Those of a `tools/call` that was read in one pass.
    Call(CallToolRequestParams),
}

/// A whole body.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    Single(Message<'a>),
    Batch(Vec<Message<'a>>),
}

/// Decodes a body, with at most `max_batch` messages.
pub(crate) fn decode(body: &[u8], max_batch: usize) -> Result<Body<'_>, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| Malformed::NotJson)?;
    if !text.trim_ascii_start().starts_with('[') {
        return match call::usual(text) {
            Some(call) => Ok(Body::Single(Message::Request(call))),
            None => Members::read(text)?.into_message().map(Body::Single),
        };
    }
    batch::split(text, max_batch)?
        .into_iter()
        .map(|element| Members::read(element.get())?.into_message())
        .collect::<Result<_, _>>()
        .map(Body::Batch)
}
