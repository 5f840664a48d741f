//! The members of an envelope, read without a decision about any of them.

use std::{borrow::Cow, fmt};

use rmcp::model::RequestId;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::Answer;
use super::{Malformed, Message, Params, Request};

/// What an object held under the names that JSON-RPC defines.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    jsonrpc: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Option<&'a RawValue>,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    ambiguous: bool,
}

impl<'a> Members<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Malformed> {
        serde_json::from_str(text).map_err(|_| {
            if serde_json::from_str::<IgnoredAny>(text).is_ok() {
                Malformed::NotAnObject
            } else {
                Malformed::NotJson
            }
        })
    }

    pub(super) fn into_message(self) -> Result<Message<'a>, Malformed> {
        let id = match self.id {
            Some(raw) => Some(request_id(raw)?),
            None => None,
        };
        if self.ambiguous {
            return Err(Malformed::Repeated { id });
        }
        if self.jsonrpc.and_then(text).as_deref() != Some("2.0") {
            return Err(Malformed::Version { id });
        }
        let method = match (self.method, self.result, self.error) {
            (Some(method), None, None) => method,
            (None, result, error) => return response(id, result, error),
            _ => return Err(Malformed::Shapeless { id }),
        };
        let Some(method) = text(method) else {
            return Err(Malformed::Method { id });
        };
        let params = self.params.filter(|raw| raw.get() != "null");
        if params.is_some_and(|raw| !raw.get().starts_with('{')) {
            return Err(Malformed::Params { id });
        }
        Ok(match id {
            Some(id) => Message::Request(Request {
                id,
                method,
                params: Params::Text(params),
            }),
            None => Message::Notification { method, params },
        })
    }

    fn slot(&mut self, member: Member) -> Option<&mut Option<&'a RawValue>> {
        match member {
            Member::Jsonrpc => Some(&mut self.jsonrpc),
            Member::Id => Some(&mut self.id),
            Member::Method => Some(&mut self.method),
            Member::Params => Some(&mut self.params),
            Member::Result => Some(&mut self.result),
            Member::Error => Some(&mut self.error),
            Member::Miscased | Member::Other => None,
        }
    }
}

/// An answer has an id, and either a result or an error.
fn response<'a>(
    id: Option<RequestId>,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
) -> Result<Message<'a>, Malformed> {
    match (id, result, error) {
        (Some(id), Some(result), None) => Ok(Message::Response(Answer {
            id,
            outcome: Ok(result),
        })),
        (Some(id), None, Some(error)) => Ok(Message::Response(Answer {
            id,
            outcome: Err(error),
        })),
        (id, ..) => Err(Malformed::Shapeless { id }),
    }
}

/// A JSON string, borrowed unless it holds escapes.
fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let raw = raw.get();
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

pub(super) fn request_id(raw: &RawValue) -> Result<RequestId, Malformed> {
    if let Some(text) = text(raw) {
        return Ok(RequestId::String(text.into()));
    }
    raw.get()
        .parse()
        .map(RequestId::Number)
        .map_err(|_| Malformed::Id)
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-RPC message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some(member) = map.next_key::<Member>()? {
            let Some(slot) = members.slot(member) else {
                map.next_value::<IgnoredAny>()?;
                members.ambiguous |= member == Member::Miscased;
                continue;
            };
            let repeated = slot.replace(map.next_value()?).is_some();
            members.ambiguous |= repeated;
        }
        Ok(members)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Jsonrpc,
    Id,
    Method,
    Params,
    Result,
    Error,
    /// A known name in other letters, for example `Method`.
    Miscased,
    /// Members that JSON-RPC does not define say nothing to us.
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(MemberVisitor)
    }
}

struct MemberVisitor;

impl Visitor<'_> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        const KNOWN: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];
        Ok(match name {
            "jsonrpc" => Member::Jsonrpc,
            "id" => Member::Id,
            "method" => Member::Method,
            "params" => Member::Params,
            "result" => Member::Result,
            "error" => Member::Error,
            _ if KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) => Member::Miscased,
            _ => Member::Other,
        })
    }
}

/// Whether an object names a member twice, which tells a repeated member from a wrong one after a
/// typed decode has failed.
pub(crate) fn repeats_member(object: &RawValue) -> bool {
    serde_json::from_str::<Names>(object.get()).is_ok_and(|names| names.repeated)
}

/// Whether the `_meta` of `params` does.
pub(crate) fn repeats_member_of_meta(params: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct OnlyMeta<'a> {
        #[serde(borrow, rename = "_meta")]
        meta: Option<&'a RawValue>,
    }
    serde_json::from_str::<OnlyMeta<'_>>(params.get())
        .is_ok_and(|params| params.meta.is_some_and(repeats_member))
}

struct Names {
    repeated: bool,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
        let mut seen = std::collections::HashSet::new();
        let mut repeated = false;
        while let Some((name, IgnoredAny)) = map.next_entry::<Cow<'de, str>, IgnoredAny>()? {
            repeated |= !seen.insert(name);
        }
        Ok(Names { repeated })
    }
}
