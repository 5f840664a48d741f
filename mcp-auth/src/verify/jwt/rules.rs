//! What a token must say to be accepted.

use serde_json::{Map, Value};

use super::{
    algorithm::Algorithms,
    claims::{audience, string},
};
use crate::{
    names::{ClientId, Issuer, ResourceIdentifier},
    verify::VerifyError,
};

/// Everything that a verifier has to be told. There is no default and no field to leave out; `exp` is
/// not among the fields because it is not a choice.
#[derive(Debug)]
pub(crate) struct JwtRules {
    /// `iss`, compared as a string (T5).
    pub(crate) issuer: Issuer,
    /// Tokens signed otherwise are refused before any key is looked for.
    pub(crate) algorithms: Algorithms,
    /// Who the token must be for.
    pub(crate) audience: AudienceRule,
    /// What kind of token it must be.
    pub(crate) typ: TypRule,
}

/// Who a token must be for. There is no variant that lets every audience in.
#[derive(Debug)]
pub(crate) enum AudienceRule {
    /// `aud` names this resource (RFC 9068 §4).
    Resource(ResourceIdentifier),
    /// `aud` names one of these resources.
    #[cfg(feature = "authorization-server")]
    AnyResource(Vec<ResourceIdentifier>),
    /// `aud` is this client and nobody else: an ID token (OpenID Connect Core §3.1.3.7).
    #[cfg(feature = "authorization-server")]
    Client(ClientId),
    /// Cognito's: `aud` binds a resource only when the client asked for that, so `client_id` decides.
    Cognito(CognitoAudience),
}

/// The audience of a Cognito access token; [`new`](Self::new) refuses to make one that decides nothing.
#[derive(Debug, Clone)]
pub(crate) struct CognitoAudience {
    resource: ResourceIdentifier,
    clients: Vec<ClientId>,
    binding: ResourceBinding,
}

/// Whether a Cognito token must be bound to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResourceBinding {
    Optional,
    Required,
}

/// What kind of token it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypRule {
    /// `at+jwt` (RFC 9068 §4).
    AccessToken,
    /// No `typ`, or `JWT`: the issuer marks its tokens by other means, and the caller checks them.
    Plain,
}

impl CognitoAudience {
    /// `None` when neither a client nor a bound resource is demanded: any app client of the pool
    /// would get in (P1).
    pub(crate) fn new(
        resource: ResourceIdentifier,
        clients: Vec<ClientId>,
        binding: ResourceBinding,
    ) -> Option<Self> {
        if clients.is_empty() && binding == ResourceBinding::Optional {
            return None;
        }
        Some(Self {
            resource,
            clients,
            binding,
        })
    }
}

fn names(audience: &[&str], resource: &ResourceIdentifier) -> bool {
    audience.iter().any(|aud| resource.matches(aud))
}

impl AudienceRule {
    pub(super) fn check(&self, claims: &Map<String, Value>) -> Result<(), VerifyError> {
        let audience = audience(claims)?;
        match self {
            Self::Resource(resource) if names(&audience, resource) => Ok(()),
            Self::Resource(_) => Err(VerifyError::Invalid("aud does not name this resource")),
            #[cfg(feature = "authorization-server")]
            Self::AnyResource(resources)
                if resources.iter().any(|resource| names(&audience, resource)) =>
            {
                Ok(())
            }
            #[cfg(feature = "authorization-server")]
            Self::AnyResource(_) => Err(VerifyError::Invalid("aud names no resource of ours")),
            #[cfg(feature = "authorization-server")]
            Self::Client(client) if audience == [client.as_str()] => Ok(()),
            #[cfg(feature = "authorization-server")]
            Self::Client(_) => Err(VerifyError::Invalid("aud is not this client")),
            Self::Cognito(rule) => {
                let client = string(claims, "client_id")?
                    .ok_or(VerifyError::Invalid("client_id is missing"))?;
                rule.check(&audience, client)
            }
        }
    }
}

impl CognitoAudience {
    fn check(&self, audience: &[&str], client: &str) -> Result<(), VerifyError> {
        let is_resource = |aud: &&str| self.resource.matches(aud);
        // What a pre-token-generation trigger adds names the app client, and binds no resource.
        if !audience
            .iter()
            .all(|aud| is_resource(aud) || *aud == client)
        {
            return Err(VerifyError::Invalid("bound to another resource (aud)"));
        }
        let bound = audience.iter().any(is_resource);
        if !bound && self.binding == ResourceBinding::Required {
            return Err(VerifyError::Invalid("not bound to a resource (aud)"));
        }
        let listed = self.clients.iter().any(|listed| listed.as_str() == client);
        if !listed && !self.clients.is_empty() {
            return Err(VerifyError::Invalid(
                "issued to an app client that is not on the list",
            ));
        }
        Ok(())
    }
}

impl TypRule {
    pub(super) fn check(self, typ: Option<&str>) -> Result<(), VerifyError> {
        // Media types are compared without case, and `application/` may be left out (RFC 7515 §4.1.9).
        let is = |name: &str| typ.is_some_and(|typ| typ.eq_ignore_ascii_case(name));
        match self {
            Self::AccessToken if is("at+jwt") || is("application/at+jwt") => Ok(()),
            Self::AccessToken => Err(VerifyError::Invalid("not an access token (typ)")),
            Self::Plain if typ.is_none() || is("JWT") || is("application/jwt") => Ok(()),
            Self::Plain => Err(VerifyError::Invalid("a token of another kind (typ)")),
        }
    }
}
