use clap::Args;
use portcullis::auth::CognitoIssuerType;
use serde::Serialize;

use super::pool_id::region;

/// How a user pool names itself in its tokens; only together with the pool's id.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct PoolIssuerSettings {
    /// Issuer type of the user pool: ORIGINAL (cognito-idp.REGION…) or UPDATED
    /// (issuer-cognito-idp.REGION…)
    #[arg(
        long,
        env = "COGNITO_ISSUER_TYPE",
        value_name = "COGNITO_ISSUER_TYPE",
        requires = "cognito_user_pool_id"
    )]
    pub cognito_issuer_type: Option<CognitoIssuerType>,

    /// Regions to which the user pool is replicated, separated by commas; with UPDATED there is no
    /// need to name them
    #[arg(
        long,
        env = "COGNITO_REPLICA_REGIONS",
        value_name = "COGNITO_REPLICA_REGIONS",
        value_delimiter = ',',
        value_parser = region,
        requires = "cognito_user_pool_id"
    )]
    pub cognito_replica_regions: Vec<String>,
}
