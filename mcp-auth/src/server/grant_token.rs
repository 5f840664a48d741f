//! Authorization codes and refresh tokens: `<grant id>.<generation>.<secret>`.
//!
//! The secret is an HMAC by a server key over kind, grant and generation. So every token that was
//! ever issued is recognised as genuine without being stored, which is what lets a *reused* one
//! revoke the grant, while a guessed one, of which anybody can make any number, does nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::seal::Sealer;

/// The longest text that is looked at.
const MAX_LEN: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantTokenKind {
    Code,
    Refresh,
}

/// A genuine token's content.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GrantToken<'t> {
    pub(crate) grant_id: &'t str,
    pub(crate) generation: u32,
}

impl GrantTokenKind {
    const fn purpose(self) -> &'static str {
        match self {
            Self::Code => "authorization code v1",
            Self::Refresh => "refresh token v1",
        }
    }
}

impl<'t> GrantToken<'t> {
    /// The token as text.
    pub(crate) fn issue(&self, kind: GrantTokenKind, sealer: &Sealer) -> String {
        let Self {
            grant_id,
            generation,
        } = self;
        let parts = [grant_id.as_bytes(), &generation.to_be_bytes()[..]];
        let secret = URL_SAFE_NO_PAD.encode(sealer.mac(kind.purpose(), &parts));
        format!("{grant_id}.{generation}.{secret}")
    }

    /// The content of `text` if it is a genuine token of this kind.
    pub(crate) fn recognise(kind: GrantTokenKind, sealer: &Sealer, text: &'t str) -> Option<Self> {
        if text.len() > MAX_LEN {
            return None;
        }
        let (grant_id, rest) = text.split_once('.')?;
        let (number, secret) = rest.split_once('.')?;
        let generation: u32 = number.parse().ok()?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
        let parts = [grant_id.as_bytes(), &generation.to_be_bytes()[..]];
        // `+1` and `01` parse as 1 too; a token has one spelling.
        let is_genuine =
            number == generation.to_string() && sealer.verify_mac(kind.purpose(), &parts, &secret);
        is_genuine.then_some(Self {
            grant_id,
            generation,
        })
    }
}
