use std::error::Error;

use crate::{http_client::HttpError, verify::VerifyError};

/// What went wrong at the upstream provider.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpstreamError {
    /// It answered that the code or refresh token is not good (`invalid_grant`): the user must sign in
    /// again.
    #[error("the upstream provider refused the grant")]
    Refused,
    /// It cannot be reached, fails, or does not know us. Nothing that the user did; later it may be
    /// different.
    #[error("the upstream provider is unavailable: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It answered with tokens that do not hold what they must.
    #[error("the upstream provider's tokens are not acceptable: {0}")]
    Untrusted(&'static str),
}

impl From<HttpError> for UpstreamError {
    fn from(error: HttpError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<VerifyError> for UpstreamError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Invalid(reason) => Self::Untrusted(reason),
            error => Self::Unavailable(error.into()),
        }
    }
}
