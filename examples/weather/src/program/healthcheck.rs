use std::time::Duration;

use crate::run::StartError;
use crate::settings::ListenSettings;

/// Asks `/healthz` of the server on this machine. For the health check of a container, which has
/// no curl.
///
/// # Errors
/// There is no answer within three seconds, or another than 200.
pub async fn http_healthcheck(listen: &ListenSettings) -> Result<(), StartError> {
    let url = format!("http://{}/healthz", listen.local_address());
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(3))
        .no_proxy()
        .build()
        .map_err(StartError::Unhealthy)?;
    let response = client
        .get(url)
        .send()
        .await
        .map_err(StartError::Unhealthy)?;
    response
        .error_for_status()
        .map(drop)
        .map_err(StartError::Unhealthy)
}
