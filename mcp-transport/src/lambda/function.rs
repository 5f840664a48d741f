//! What an author configures.

use std::{convert::Infallible, fmt, time::Duration};

use axum::body::Body;
use http::{Request, Response};
use tower_service::Service;

use super::{Answer, EventError, InvokeMode, RunError, runtime};

/// Serves `service`, in most cases an `axum::Router`, as a Lambda function; how a function URL
/// invokes it is read from the environment ([`InvokeMode::from_env`]).
///
/// # Errors
///
/// [`RunError`], at once if the program does not run on Lambda.
pub async fn serve<S>(service: S) -> Result<(), RunError>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    Function::new(service)
        .invoke_mode(InvokeMode::from_env()?)
        .run()
        .await
}

/// A service as a Lambda function.
#[derive(Clone)]
pub struct Function<S> {
    pub(super) service: S,
    pub(super) mode: InvokeMode,
}

impl<S> Function<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    /// A function that buffers its answers.
    pub fn new(service: S) -> Self {
        Self {
            service,
            mode: InvokeMode::default(),
        }
    }

    /// How a function URL invokes this function. Default [`InvokeMode::Buffered`].
    #[must_use]
    pub fn invoke_mode(mut self, mode: InvokeMode) -> Self {
        self.mode = mode;
        self
    }

    /// Takes events from Lambda's runtime API until Lambda ends the process.
    ///
    /// # Errors
    ///
    /// [`RunError`], at once if the program does not run on Lambda.
    pub async fn run(self) -> Result<(), RunError> {
        runtime::run(self).await
    }

    /// Answers one event, given as JSON text, for an invocation that has `time_left`. This is all
    /// that happens between Lambda and the service, for tests with recorded events.
    ///
    /// ```
    /// use std::time::Duration;
    /// use portcullis_transport::{health, lambda::{Answer, Function}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let event = r#"{
    ///     "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:…" } },
    ///     "httpMethod": "GET", "path": "/healthz", "headers": {}, "body": "", "isBase64Encoded": false
    /// }"#;
    /// let function = Function::new(health("weather"));
    /// let Answer::Buffered(json) = function.invoke(event, Duration::from_secs(10)).await? else {
    ///     unreachable!("a load balancer takes no stream")
    /// };
    /// assert!(json.as_str().contains(r#""statusDescription":"200 OK""#));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EventError`] if the event is not one of those that this module takes.
    pub async fn invoke(&self, event: &str, time_left: Duration) -> Result<Answer, EventError> {
        let event = serde_json::from_str(event).map_err(|_| EventError::Unsupported)?;
        self.answer(event, time_left).await
    }
}

impl<S> fmt::Debug for Function<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
