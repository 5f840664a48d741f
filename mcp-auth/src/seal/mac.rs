//! MACs by the sealing keys: the secret part of codes and refresh tokens.

use aws_lc_rs::{constant_time, hmac};

use super::{Sealer, aad::associated_data};

impl Sealer {
    /// HMAC-SHA-256 over `parts`, for one purpose, by the active key.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        mac(self.keys.active().mac(), purpose, parts)
    }

    /// Whether `tag` is the MAC of `parts` by any configured key, in constant time per key.
    pub(crate) fn verify_mac(&self, purpose: &str, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.keys.iter().any(|key| {
            let expected = mac(key.mac(), purpose, parts);
            constant_time::verify_slices_are_equal(&expected, tag).is_ok()
        })
    }
}

fn mac(key: &hmac::Key, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let tag = hmac::sign(key, &associated_data("", purpose, parts));
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}
