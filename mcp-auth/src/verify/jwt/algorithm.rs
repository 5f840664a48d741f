//! Signature algorithms, by which keys and tokens are matched.

/// An asymmetric signature algorithm of RFC 7518 §3.1 or RFC 8037 §3.1.
///
/// `none` and the HMAC family are not values of this type, so no configuration can let them in (T1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    /// Every algorithm that an RSA key can sign with.
    pub(crate) const RSA: [Self; 6] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
    ];

    /// From the `alg` member; case-sensitive (RFC 7515 §4.1.1).
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }
}

/// The algorithms that an issuer signs with; never empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Algorithms(&'static [Algorithm]);

impl Algorithms {
    /// What Cognito signs with.
    pub(crate) const RS256: Self = Self(&[Algorithm::Rs256]);

    /// What our own authorization server signs with.
    #[cfg(feature = "authorization-server")]
    pub(crate) const ES256: Self = Self(&[Algorithm::Es256]);

    /// What an OpenID provider may sign with.
    pub(crate) const ASYMMETRIC: Self = Self(&[
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::EdDsa,
    ]);

    pub(crate) fn contains(self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }
}
