//! The usual message in one pass: a `tools/call` that has the four members of a request and no other.
//!
//! Most bodies are one, and its `params` are most of the body; as text first, they would be read
//! twice. Nothing is refused here: what does not fit is nobody's usual message, and
//! [`Members`](super::members::Members) says what it is.

use std::{borrow::Cow, fmt};

use rmcp::model::CallToolRequestParams;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use super::{Params, Request, members::request_id};

const METHOD: &str = "tools/call";

/// `None` for any other message.
pub(super) fn usual(text: &str) -> Option<Request<'_>> {
    let call: UsualCall<'_> = serde_json::from_str(text).ok()?;
    Some(Request {
        id: request_id(call.id).ok()?,
        method: Cow::Borrowed(METHOD),
        params: Params::Call(call.params),
    })
}

/// A member that is repeated is an error, as in `params`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsualCall<'a> {
    #[serde(rename = "jsonrpc", deserialize_with = "version")]
    _version: (),
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(rename = "method", deserialize_with = "method")]
    _method: (),
    #[serde(deserialize_with = "object")]
    params: CallToolRequestParams,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    literal(deserializer, "2.0")
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    literal(deserializer, METHOD)
}

fn literal<'de, D: Deserializer<'de>>(deserializer: D, usual: &str) -> Result<(), D::Error> {
    if <&str>::deserialize(deserializer)? == usual {
        return Ok(());
    }
    Err(D::Error::custom("not the usual message"))
}

/// A derived `Deserialize` would also take an array of the members' values.
fn object<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CallToolRequestParams, D::Error> {
    deserializer.deserialize_map(ObjectVisitor)
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = CallToolRequestParams;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CallToolRequestParams, A::Error> {
        CallToolRequestParams::deserialize(MapAccessDeserializer::new(map))
    }
}
