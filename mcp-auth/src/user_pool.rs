//! An Amazon Cognito user pool: the issuers of its tokens, and where their keys are.

use std::{fmt, str::FromStr};

use url::Url;

use crate::{
    error::ConfigError,
    jwks::JwksLocation,
    names::{InvalidName, Issuer, is_aws_region, parse_web_url, pool_region},
};

/// How a user pool names itself in the `iss` of its tokens: the [issuer configuration][api] of the
/// pool.
///
/// A pool has one of the two, and AWS serves nothing under the other. With `FromStr` it is read as
/// the Cognito API spells it.
///
/// [api]: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum CognitoIssuerType {
    /// `https://cognito-idp.<region>.amazonaws.com/<pool>`, where the region is the one that signed:
    /// each replica of a pool has an issuer of its own.
    #[default]
    Original,
    /// `https://issuer-cognito-idp.<region>.amazonaws.com/<pool>`, where the region is the pool's
    /// primary one, whichever replica signed.
    Updated,
}

impl CognitoIssuerType {
    fn service(self) -> &'static str {
        match self {
            Self::Original => "cognito-idp",
            Self::Updated => "issuer-cognito-idp",
        }
    }

    /// What a pool of this type names itself when `region` signs.
    pub(crate) fn issuer(self, region: &str, pool: &str) -> Result<Issuer, InvalidName> {
        let service = self.service();
        let partition = if region.starts_with("cn-") { ".cn" } else { "" };
        Issuer::new(format!(
            "https://{service}.{region}.amazonaws.com{partition}/{pool}"
        ))
    }
}

impl FromStr for CognitoIssuerType {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Original, Self::Updated]
            .into_iter()
            .find(|it| text.eq_ignore_ascii_case(&it.to_string()))
            .ok_or_else(|| ConfigError::new("issuer type", "write ORIGINAL or UPDATED"))
    }
}

impl fmt::Display for CognitoIssuerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Original => "ORIGINAL",
            Self::Updated => "UPDATED",
        })
    }
}

/// A pool as it was configured.
#[derive(Debug, Clone)]
pub(crate) struct UserPool {
    pub(crate) id: String,
    pub(crate) issuer_type: CognitoIssuerType,
    pub(crate) replica_regions: Vec<String>,
    /// Instead of the issuer that follows from id and type.
    pub(crate) issuer: Option<String>,
    /// Instead of AWS: serves keys at `{endpoint}/{id}/.well-known/jwks.json`.
    pub(crate) endpoint: Option<String>,
}

/// An issuer whose tokens are the pool's, and its keys.
pub(crate) struct PoolIssuer {
    pub(crate) issuer: Issuer,
    pub(crate) keys: JwksLocation,
}

/// What the settings of a pool are called where they were written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolSettings {
    pub(crate) pool: &'static str,
    pub(crate) replica_region: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) endpoint: &'static str,
}

impl UserPool {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            issuer_type: CognitoIssuerType::default(),
            replica_regions: Vec::new(),
            issuer: None,
            endpoint: None,
        }
    }

    /// The issuers of the pool's tokens, that of its own region first. Id and regions become parts
    /// of URLs, so their characters are checked.
    pub(crate) fn issuers(&self, settings: PoolSettings) -> Result<Vec<PoolIssuer>, ConfigError> {
        let region = pool_region(&self.id).ok_or_else(|| {
            ConfigError::new(
                settings.pool,
                "a pool id is `<region>_<letters and digits>`, like `us-west-2_AbC123`",
            )
        })?;
        let named = |setting, issuer: Result<Issuer, InvalidName>| {
            issuer.map_err(|error| ConfigError::new(setting, error.to_string()))
        };
        let own = match &self.issuer {
            Some(issuer) => named(settings.issuer, Issuer::new(issuer))?,
            None => named(settings.pool, self.issuer_type.issuer(region, &self.id))?,
        };
        let mut issuers = vec![self.with_keys(own, settings)?];
        for replica in &self.replica_regions {
            let setting = settings.replica_region;
            if !is_aws_region(replica) {
                let problem = "a region is written like `eu-west-1`";
                return Err(ConfigError::new(setting, problem));
            }
            let issuer = named(setting, self.issuer_type.issuer(replica, &self.id))?;
            if issuers.iter().any(|known| known.issuer == issuer) {
                let problem = format!("{replica} is there already; name each region once");
                return Err(ConfigError::new(setting, problem));
            }
            issuers.push(self.with_keys(issuer, settings)?);
        }
        Ok(issuers)
    }

    /// The keys are below the issuer itself: AWS answers 403 under the form that a pool does not use.
    fn with_keys(&self, issuer: Issuer, settings: PoolSettings) -> Result<PoolIssuer, ConfigError> {
        let (setting, base) = match &self.endpoint {
            Some(endpoint) => (settings.endpoint, endpoint.as_str()),
            None => (settings.issuer, issuer.as_str()),
        };
        let mut url: Url = parse_web_url("the URL", base)
            .map_err(|error| ConfigError::new(setting, error.to_string()))?;
        let mut path = url
            .path_segments_mut()
            .map_err(|()| ConfigError::new(setting, "the URL cannot have a path"))?;
        path.pop_if_empty();
        if self.endpoint.is_some() {
            path.push(&self.id);
        }
        path.extend([".well-known", "jwks.json"]);
        drop(path);
        let keys = JwksLocation::Url(url);
        Ok(PoolIssuer { issuer, keys })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: PoolSettings = PoolSettings {
        pool: "pool",
        replica_region: "replica",
        issuer: "issuer",
        endpoint: "endpoint",
    };

    /// `<issuer> <where its keys are>` for each issuer.
    fn issuers(pool: &UserPool) -> Vec<(String, String)> {
        let issuers = pool.issuers(SETTINGS).unwrap().into_iter();
        let text = |it: PoolIssuer| match it.keys {
            JwksLocation::Url(url) => (it.issuer.to_string(), url.to_string()),
            JwksLocation::Discovered(_) => panic!("a pool's keys are where its issuer is"),
        };
        issuers.map(text).collect()
    }

    #[test]
    fn keys_come_from_the_form_that_the_pool_uses() {
        let mut pool = UserPool::new("us-west-2_AbC123");
        pool.replica_regions.push("eu-west-1".to_owned());
        let expected = |service: &str| {
            ["us-west-2", "eu-west-1"].map(|region| {
                let issuer = format!("https://{service}.{region}.amazonaws.com/us-west-2_AbC123");
                (issuer.clone(), format!("{issuer}/.well-known/jwks.json"))
            })
        };
        assert_eq!(issuers(&pool), expected("cognito-idp"));
        pool.issuer_type = CognitoIssuerType::Updated;
        assert_eq!(issuers(&pool), expected("issuer-cognito-idp"));
    }
}
