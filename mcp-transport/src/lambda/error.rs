use thiserror::Error;

/// Why a function could not run, or stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The environment is not that of a Lambda function.
    #[error(
        "{0} is not set as AWS Lambda sets it: this program runs as a Lambda function; \
         elsewhere, serve the same router with `serve`"
    )]
    NotOnLambda(&'static str),
    /// The variable names no mode.
    #[error("LAMBDA_INVOKE_MODE must be BUFFERED or RESPONSE_STREAM, as the function URL has it")]
    InvokeMode,
    /// Lambda's runtime API failed.
    #[error("the Lambda runtime stopped: {0}")]
    Runtime(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why an event has no answer at all. Lambda reports the invocation as failed, and the client gets
/// the front's own error (502).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventError {
    /// The event is none that this crate takes.
    #[error(
        "not an event of an Application Load Balancer, a function URL or an HTTP API; \
         an API Gateway must use payload format version 2.0"
    )]
    Unsupported,
    /// The answer cannot be written as JSON.
    #[error("the answer cannot be written as JSON")]
    Unencodable,
}
