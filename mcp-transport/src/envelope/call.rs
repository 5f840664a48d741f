//! The usual message in one pass: a `tools/call` that has the four members of a request and no other.
//!
//! Most bodies are one, and its `params` are most of the body; as text first, they would be read
//! twice. Nothing is refused here: what does not fit is nobody's usual message, and
//! [`Members`](super::members::Members) says what it is.

use std::{borrow::Cow, fmt};

use rmcp::model::{CallToolRequestParams, JsonObject, MetaObject, RequestMetaObject};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, MapAccess, Visitor,
        value::{BorrowedStrDeserializer, MapAccessDeserializer},
    },
};
use serde_json::{Value, value::RawValue};

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

/// A member that is repeated is an error, as in `params` and `_meta`.
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
        let mut meta = None;
        let members = MapAccessDeserializer::new(MetaApart {
            members: map,
            meta: &mut meta,
        });
        let mut params = CallToolRequestParams::deserialize(members)?;
        params.meta = meta.map(|Meta(members)| RequestMetaObject(MetaObject(members)));
        Ok(params)
    }
}

/// The members of `params` but `_meta`, which is read on the way: rmcp's type would take the last of a
/// member that is repeated there.
struct MetaApart<'m, A> {
    members: A,
    meta: &'m mut Option<Meta>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for MetaApart<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.members.next_key::<&'de str>()? {
            if name != "_meta" {
                return seed
                    .deserialize(BorrowedStrDeserializer::new(name))
                    .map(Some);
            }
            if self.meta.replace(self.members.next_value()?).is_some() {
                return Err(A::Error::duplicate_field("_meta"));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.members.next_value_seed(seed)
    }
}

/// An object none of whose members is repeated.
struct Meta(JsonObject);

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetaVisitor)
    }
}

struct MetaVisitor;

impl<'de> Visitor<'de> for MetaVisitor {
    type Value = Meta;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Meta, A::Error> {
        let mut members = JsonObject::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member of _meta occurs twice"));
            }
        }
        Ok(Meta(members))
    }
}
