//! The elements of an array, of which only so many are kept.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Malformed;

/// Splits an array into its elements. An array that is too long costs no memory for what is too
/// much of it: millions of elements fit in a body.
pub(super) fn split(text: &str, max: usize) -> Result<Vec<&RawValue>, Malformed> {
    let mut json = serde_json::Deserializer::from_str(text);
    let elements = Elements { max }
        .deserialize(&mut json)
        .and_then(|elements| json.end().map(|()| elements))
        .map_err(|_| Malformed::NotJson)?;
    match elements.len() {
        0 => Err(Malformed::EmptyBatch),
        len if len > max => Err(Malformed::LongBatch { max }),
        _ => Ok(elements),
    }
}

/// Keeps one element more than is allowed, so that an excess shows.
struct Elements {
    max: usize,
}

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() <= self.max {
            match array.next_element()? {
                Some(element) => elements.push(element),
                None => return Ok(elements),
            }
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(elements)
    }
}
