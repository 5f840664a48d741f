//! What a body becomes in memory, before it becomes it.

/// An array has room for four values as soon as it has one.
const ARRAY: usize = 128;
/// An object has room for eleven members as soon as it has one.
const OBJECT: usize = 640;
/// Another element of an array, which doubles when it is full; or another member of an object, whose
/// rooms are half full at least.
const ANOTHER: usize = 112;

/// The most bytes that the values of a JSON text take when they are decoded: `{"":0},` are 7 bytes,
/// and some 670 in memory. Text that is not JSON is decoded up to its fault only.
pub(crate) fn decoded_size(json: &[u8]) -> usize {
    let mut size = json.len();
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        size += match byte {
            b'"' => {
                skip_string(&mut bytes);
                0
            }
            b'{' => OBJECT,
            b'[' => ARRAY,
            b',' => ANOTHER,
            _ => 0,
        };
    }
    size
}

/// What is between quotes is text, whatever it looks like.
fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ANOTHER, ARRAY, OBJECT, decoded_size};

    #[test]
    fn text_costs_its_length_and_values_what_they_are() {
        for (json, values) in [
            ("17", 0),
            (r#""[{,\"[{,\\""#, 0),
            (r#"{"a":1}"#, OBJECT),
            (r#"{"a":[1,2,3],"b":"]"}"#, OBJECT + ARRAY + 3 * ANOTHER),
            (r#"["open, [["#, ARRAY),
        ] {
            assert_eq!(decoded_size(json.as_bytes()), json.len() + values, "{json}");
        }
    }
}
