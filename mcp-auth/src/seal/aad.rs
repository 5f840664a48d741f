/// The associated data: every part with its length, so that no two lists of parts give equal bytes.
pub(super) fn associated_data(kid: &str, purpose: &str, context: &[&[u8]]) -> Vec<u8> {
    let parts = [kid.as_bytes(), purpose.as_bytes()];
    let mut data = Vec::with_capacity(64);
    for part in parts.iter().chain(context) {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}
