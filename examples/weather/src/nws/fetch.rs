use std::sync::Arc;

use reqwest::header::CACHE_CONTROL;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::cache::ResponseCache;
use super::{NwsError, NwsLimits};

const ATTEMPTS: u32 = 3;
const MAX_REDIRECTS: usize = 3;

/// A GET that cannot hang, grow without bound, or leave its host.
///
/// One attempt has a timeout; timeouts, broken connections and 5xx are tried again, three times in
/// all (GET is idempotent); bodies are capped while they arrive; redirects are followed on the same
/// origin only; answers are kept as long as `Cache-Control` allows.
#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    client: Client,
    cache: ResponseCache,
    limits: NwsLimits,
}

impl Fetcher {
    pub(super) fn new(contact: &str, limits: NwsLimits) -> Result<Self, NwsError> {
        let unusable = |error: reqwest::Error| NwsError::Settings(error.to_string());
        let client = Client::builder()
            .user_agent(format!(
                "portcullis-weather/{} ({})",
                env!("CARGO_PKG_VERSION"),
                contact
            ))
            .timeout(limits.timeout)
            .redirect(same_origin())
            .build()
            .map_err(unusable)?;
        Ok(Self {
            client,
            cache: ResponseCache::new(),
            limits,
        })
    }

    /// The body of a successful answer.
    pub(super) async fn body(&self, url: &Url) -> Result<Arc<[u8]>, NwsError> {
        if let Some(body) = self.cache.body(url.as_str()) {
            return Ok(body);
        }
        let mut wait = self.limits.backoff;
        for _ in 1..ATTEMPTS {
            match self.attempt(url).await {
                Err(error) if is_transient(&error) => {
                    tracing::debug!(%url, ?error, "weather: trying again");
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                outcome => return outcome,
            }
        }
        self.attempt(url).await
    }

    async fn attempt(&self, url: &Url) -> Result<Arc<[u8]>, NwsError> {
        let response = self
            .client
            .get(url.clone())
            .header("accept", "application/geo+json")
            .send()
            .await
            .map_err(transport)?;
        match response.status() {
            status if status.is_success() => {}
            // What is left over of a redirect is one that `same_origin` did not follow.
            status if status.is_redirection() => return Err(NwsError::ForeignUrl),
            StatusCode::TOO_MANY_REQUESTS => return Err(NwsError::Throttled),
            status => return Err(NwsError::Status(status.as_u16())),
        }
        let cache_control = response
            .headers()
            .get(CACHE_CONTROL)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = self.read(response).await?;
        self.cache
            .keep(url.as_str(), &body, cache_control.as_deref());
        Ok(body)
    }

    async fn read(&self, mut response: Response) -> Result<Arc<[u8]>, NwsError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if body.len() + chunk.len() > self.limits.max_body {
                return Err(NwsError::TooLarge(self.limits.max_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.into())
    }
}

fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let first = attempt.previous().first().map(Url::origin);
        let stays = first.is_some_and(|origin| origin == attempt.url().origin());
        if stays && attempt.previous().len() <= MAX_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn transport(error: reqwest::Error) -> NwsError {
    // The URL can hold a caller's coordinates; the log line has it where it is wanted.
    let error = error.without_url();
    if error.is_timeout() {
        NwsError::Timeout(error)
    } else {
        NwsError::Unreachable(error)
    }
}

fn is_transient(error: &NwsError) -> bool {
    match error {
        NwsError::Timeout(_) | NwsError::Unreachable(_) => true,
        NwsError::Status(status) => *status >= 500,
        _ => false,
    }
}
