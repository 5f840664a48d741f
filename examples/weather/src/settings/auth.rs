use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::{PoolIssuerSettings, pool_id, web_url};

/// Whose access tokens a resource server takes: those of one issuer (`AUTH_ISSUER`), or those of a
/// Cognito user pool directly (`COGNITO_USER_POOL_ID`).
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct IssuerSettings {
    /// Issuer of the access tokens: the public URL of weather-auth (or set COGNITO_USER_POOL_ID)
    #[arg(
        long,
        env = "AUTH_ISSUER",
        value_name = "AUTH_ISSUER",
        value_parser = web_url,
        required_unless_present = "cognito_user_pool_id",
        conflicts_with = "cognito_user_pool_id"
    )]
    pub auth_issuer: Option<String>,

    /// Where the issuer's keys are, if its metadata cannot be reached from here
    #[arg(
        long,
        env = "AUTH_JWKS_URI",
        value_name = "AUTH_JWKS_URI",
        value_parser = web_url,
        requires = "auth_issuer"
    )]
    pub auth_jwks_uri: Option<String>,

    /// User pool whose access tokens are taken as they are, instead of AUTH_ISSUER
    #[arg(
        long,
        env = "COGNITO_USER_POOL_ID",
        value_name = "COGNITO_USER_POOL_ID",
        value_parser = pool_id,
        requires = "cognito_client_id"
    )]
    pub cognito_user_pool_id: Option<String>,

    /// App client of the user pool
    #[arg(
        long,
        env = "COGNITO_CLIENT_ID",
        value_name = "COGNITO_CLIENT_ID",
        value_parser = NonEmptyStringValueParser::new(),
        requires = "cognito_user_pool_id"
    )]
    pub cognito_client_id: Option<String>,

    /// How that user pool names itself
    #[command(flatten)]
    #[serde(flatten)]
    pub pool_issuer: PoolIssuerSettings,

    /// Where the Cognito API is reached, if not at AWS
    #[arg(
        long,
        env = "COGNITO_ENDPOINT",
        value_name = "COGNITO_ENDPOINT",
        value_parser = web_url,
        requires = "cognito_user_pool_id"
    )]
    pub cognito_endpoint: Option<String>,
}
