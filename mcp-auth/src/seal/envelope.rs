use aws_lc_rs::aead::NONCE_LEN;

/// The first byte of everything sealed, so that the layout can change one day.
const LAYOUT: u8 = 1;

/// `layout ‖ length of kid ‖ kid ‖ nonce ‖ ciphertext and tag`.
pub(super) struct Envelope<'a> {
    pub(super) kid: &'a str,
    pub(super) nonce: [u8; NONCE_LEN],
    pub(super) ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Everything before the ciphertext. A kid has at most 32 bytes, see [`crate::keys`].
    pub(super) fn header(kid: &str, nonce: &[u8; NONCE_LEN]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 + kid.len() + NONCE_LEN);
        bytes.push(LAYOUT);
        bytes.push(kid.len() as u8);
        bytes.extend_from_slice(kid.as_bytes());
        bytes.extend_from_slice(nonce);
        bytes
    }

    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&layout, bytes) = bytes.split_first()?;
        let (&kid_len, bytes) = bytes.split_first()?;
        let (kid, bytes) = bytes.split_at_checked(kid_len.into())?;
        let (nonce, ciphertext) = bytes.split_first_chunk()?;
        (layout == LAYOUT).then_some(Self {
            kid: std::str::from_utf8(kid).ok()?,
            nonce: *nonce,
            ciphertext,
        })
    }
}
