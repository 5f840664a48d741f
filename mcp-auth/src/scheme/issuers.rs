use std::{collections::HashSet, sync::Arc};

use super::{AuthScheme, Cognito, Oidc, ResourceAuth, issuer::IssuerVerifier};
use crate::{
    clock::{Clock, SystemClock},
    error::ConfigError,
    names::{BearerToken, Issuer, ResourceIdentifier},
    verify::{
        VerifyError,
        jwt::choose_by_issuer,
        remembered::{RememberableVerifier, RememberingAuthenticator, Verified},
    },
};

/// Accepts the access tokens of several issuers at one resource.
///
/// A token's `iss` chooses the issuer *before* anything is proven, and then only that issuer's keys
/// and rules count: keys are never mixed.
///
/// ```
/// use portcullis_auth::{AuthScheme, Cognito, Issuers, Oidc, ResourceIdentifier, TrustedIssuer};
///
/// let customers = Cognito::user_pool("us-west-2_AbC123").client("1a2b3c");
/// let staff = Oidc::issuer("https://login.example.com");
/// let auth = Issuers::new([TrustedIssuer::from(customers), staff.into()])?
///     .for_resource(&ResourceIdentifier::new("https://mcp.example.com/mcp")?)?;
/// assert_eq!(auth.authorization_servers().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Issuers {
    issuers: Vec<TrustedIssuer>,
}

/// An issuer for [`Issuers`]; made from [`Cognito`] or [`Oidc`] with `into()`.
#[derive(Debug, Clone)]
pub struct TrustedIssuer(Preset);

#[derive(Debug, Clone)]
enum Preset {
    Cognito(Cognito),
    Oidc(Oidc),
}

impl Issuers {
    /// In the order in which the resource's metadata lists them: clients take the first.
    ///
    /// # Errors
    /// There is none, one is there twice, or one is not well-formed.
    pub fn new<I: Into<TrustedIssuer>>(
        issuers: impl IntoIterator<Item = I>,
    ) -> Result<Self, ConfigError> {
        let issuers: Vec<TrustedIssuer> = issuers.into_iter().map(Into::into).collect();
        let mut names = HashSet::new();
        for issuer in &issuers {
            for name in issuer.names()? {
                if !names.insert(name.clone()) {
                    return Err(ConfigError::new(
                        "Issuers::new",
                        format!("{name} is there twice; keep one"),
                    ));
                }
            }
        }
        if names.is_empty() {
            return Err(ConfigError::new("Issuers::new", "name at least one issuer"));
        }
        Ok(Self { issuers })
    }
}

impl From<Cognito> for TrustedIssuer {
    fn from(preset: Cognito) -> Self {
        Self(Preset::Cognito(preset))
    }
}

impl From<Oidc> for TrustedIssuer {
    fn from(preset: Oidc) -> Self {
        Self(Preset::Oidc(preset))
    }
}

impl TrustedIssuer {
    fn bind(self, resource: &ResourceIdentifier) -> Result<Vec<IssuerVerifier>, ConfigError> {
        match self.0 {
            Preset::Cognito(preset) => preset.bind(resource),
            Preset::Oidc(preset) => Ok(vec![preset.bind(resource)?]),
        }
    }

    fn names(&self) -> Result<Vec<Issuer>, ConfigError> {
        match &self.0 {
            Preset::Cognito(preset) => preset.issuer_names(),
            Preset::Oidc(preset) => Ok(vec![preset.issuer_name()?]),
        }
    }

    fn shared_clock(&self) -> Arc<dyn Clock> {
        match &self.0 {
            Preset::Cognito(preset) => preset.shared_clock(),
            Preset::Oidc(preset) => preset.shared_clock(),
        }
    }
}

impl AuthScheme for Issuers {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        // Only tests set clocks, and they set the same one everywhere.
        let clock = self.issuers.first().map(TrustedIssuer::shared_clock);
        let clock = clock.unwrap_or_else(|| Arc::new(SystemClock));
        let bind = |issuer: TrustedIssuer| issuer.bind(resource);
        let verifiers: Result<Vec<_>, _> = self.issuers.into_iter().map(bind).collect();
        let verifiers = verifiers?.into_iter().flatten().collect();
        resource_auth(verifiers, clock)
    }
}

/// Verifies tokens of any of the issuers, and remembers those that were good.
pub(super) fn resource_auth(
    verifiers: Vec<IssuerVerifier>,
    clock: Arc<dyn Clock>,
) -> Result<ResourceAuth, ConfigError> {
    let names = verifiers.iter().map(|v| v.issuer().clone()).collect();
    let authenticator = RememberingAuthenticator::new(ByIssuer(verifiers), clock)?;
    Ok(ResourceAuth::of_tokens(authenticator, names))
}

/// Verifiers, chosen by the issuer that a token claims to be from.
struct ByIssuer(Vec<IssuerVerifier>);

impl RememberableVerifier for ByIssuer {
    async fn verify(&self, token: &BearerToken) -> Result<Verified, VerifyError> {
        let chosen = choose_by_issuer(&self.0, IssuerVerifier::issuer, token)?;
        chosen.verify(token).await
    }
}
