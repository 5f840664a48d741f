//! One public key (RFC 7517 §4), parsed once for every algorithm that it can make.

use aws_lc_rs::signature::{
    self as aws, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse,
};

use crate::verify::jwt::Algorithm;

/// A key that can verify signatures.
#[derive(Debug)]
pub(crate) struct VerifyingKey {
    kid: Option<Box<str>>,
    parsed: Vec<(Algorithm, ParsedPublicKey)>,
}

impl VerifyingKey {
    /// `None` for a key that cannot verify a signature that we accept: symmetric, for encryption,
    /// weak, of an unknown kind, or with an `alg` that its type cannot make.
    pub(super) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if !is_for_verification(&jwk.common) {
            return None;
        }
        let mut parsed = parse(&jwk.algorithm)?;
        if let Some(named) = jwk.common.key_algorithm {
            let named = Algorithm::from_name(&named.to_string());
            parsed.retain(|(algorithm, _)| Some(*algorithm) == named);
        }
        if parsed.is_empty() {
            return None;
        }
        Some(Self {
            kid: jwk.common.key_id.as_deref().map(Into::into),
            parsed,
        })
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(super) fn makes(&self, algorithm: Algorithm) -> bool {
        self.parsed.iter().any(|(made, _)| *made == algorithm)
    }

    /// Whether both could be meant by one token.
    pub(super) fn is_confusable_with(&self, other: &Self) -> bool {
        self.kid == other.kid && self.parsed.iter().any(|(made, _)| other.makes(*made))
    }

    /// Whether both hold the same public key.
    pub(super) fn is_same_key(&self, other: &Self) -> bool {
        let bytes = |key: &Self| key.parsed.first().map(|(_, key)| key.as_ref().to_vec());
        bytes(self) == bytes(other)
    }

    pub(crate) fn verifies(
        &self,
        algorithm: Algorithm,
        signing_input: &[u8],
        signature: &[u8],
    ) -> bool {
        let parsed = self.parsed.iter().find(|(made, _)| *made == algorithm);
        parsed.is_some_and(|(_, key)| key.verify_sig(signing_input, signature).is_ok())
    }
}

fn is_for_verification(common: &CommonParameters) -> bool {
    let by_use = match &common.public_key_use {
        None | Some(PublicKeyUse::Signature) => true,
        Some(_) => false,
    };
    let by_operations = match &common.key_operations {
        None => true,
        Some(operations) => operations.contains(&KeyOperations::Verify),
    };
    by_use && by_operations
}

fn parse(parameters: &AlgorithmParameters) -> Option<Vec<(Algorithm, ParsedPublicKey)>> {
    match parameters {
        AlgorithmParameters::RSA(rsa) => parse_rsa(&rsa.n, &rsa.e),
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => parse_ec(
                Algorithm::Es256,
                &aws::ECDSA_P256_SHA256_FIXED,
                &ec.x,
                &ec.y,
            ),
            EllipticCurve::P384 => parse_ec(
                Algorithm::Es384,
                &aws::ECDSA_P384_SHA384_FIXED,
                &ec.x,
                &ec.y,
            ),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
            let key = ParsedPublicKey::new(&aws::ED25519, decode(&okp.x)?).ok()?;
            Some(vec![(Algorithm::EdDsa, key)])
        }
        _ => None,
    }
}

fn parse_rsa(n: &str, e: &str) -> Option<Vec<(Algorithm, ParsedPublicKey)>> {
    /// 2048 to 8192 bits (RFC 7518 §3.3), in bytes of the modulus.
    const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

    let (n, e) = (decode(n)?, decode(e)?);
    if !MODULUS.contains(&n.len()) {
        return None;
    }
    let key = RsaPublicKeyComponents { n, e };
    let parse = |algorithm| {
        let parsed = key.to_parsed_public_key(rsa_parameters(algorithm)?).ok()?;
        Some((algorithm, parsed))
    };
    Algorithm::RSA.into_iter().map(parse).collect()
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &aws::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &aws::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &aws::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &aws::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &aws::RSA_PSS_2048_8192_SHA512,
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
    })
}

fn parse_ec(
    algorithm: Algorithm,
    parameters: &'static dyn VerificationAlgorithm,
    x: &str,
    y: &str,
) -> Option<Vec<(Algorithm, ParsedPublicKey)>> {
    // An uncompressed point (SEC 1 §2.3.3); aws-lc checks the length and that it is on the curve.
    let point = [&[4], &*decode(x)?, &*decode(y)?].concat();
    let key = ParsedPublicKey::new(parameters, point).ok()?;
    Some(vec![(algorithm, key)])
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}
