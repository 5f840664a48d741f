//! Lambda's runtime API, which `lambda_runtime` speaks.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "Lambda's deadline is an instant of the wall clock; what depends on it takes a Duration"
)]

use std::{
    borrow::Cow,
    convert::Infallible,
    env,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::body::{Body, BodyDataStream};
use http::{Request, Response, response::Parts};
use lambda_http::{
    LambdaEvent,
    lambda_runtime::{self, FunctionResponse, MetadataPrelude, StreamResponse},
    request::LambdaRequest,
    service_fn,
};
use tower_service::Service;

use super::{Answer, Envelope, Function, RunError, front::LONGEST_INVOCATION, headers};

pub(super) async fn run<S>(function: Function<S>) -> Result<(), RunError>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
{
    check_environment()?;
    let began = SystemTime::now();
    let function = Arc::new(function);
    let handler = service_fn(move |event: LambdaEvent<LambdaRequest>| {
        let function = function.clone();
        async move {
            let left = time_left(event.context.deadline(), began);
            let answer = function.answer(event.payload, left).await?;
            Ok::<_, lambda_http::Error>(returned(answer))
        }
    });
    lambda_runtime::run(handler)
        .await
        .map_err(RunError::Runtime)
}

/// The runtime would panic without these.
fn check_environment() -> Result<(), RunError> {
    const TEXTS: [&str; 3] = [
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
    ];
    const NUMBER: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

    let is_set = |name: &&str| env::var(name).is_ok_and(|value| !value.is_empty());
    let missing = TEXTS.into_iter().find(|name| !is_set(name));
    if let Some(name) = missing {
        return Err(RunError::NotOnLambda(name));
    }
    let memory = env::var(NUMBER)
        .ok()
        .and_then(|size| size.parse::<i32>().ok());
    memory.map(drop).ok_or(RunError::NotOnLambda(NUMBER))
}

/// Until Lambda stops the invocation. A deadline before the process `began` is none: `cargo lambda
/// watch` sends the length of its timeout instead of an instant.
fn time_left(deadline: SystemTime, began: SystemTime) -> Duration {
    if deadline < began {
        return LONGEST_INVOCATION;
    }
    deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default()
}

fn returned(answer: Answer) -> FunctionResponse<Envelope, BodyDataStream> {
    match answer {
        Answer::Buffered(envelope) => FunctionResponse::BufferedResponse(envelope),
        Answer::Streamed(response) => {
            let (parts, body) = response.into_parts();
            FunctionResponse::StreamingResponse(StreamResponse {
                metadata_prelude: prelude(&parts),
                stream: body.into_data_stream(),
            })
        }
    }
}

/// The head of a streamed answer. As in the answer of an HTTP API, each header stands once, and
/// cookies stand apart.
fn prelude(parts: &Parts) -> MetadataPrelude {
    let headers = headers::joined(&parts.headers)
        .into_iter()
        .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
    let cookies = headers::cookies(&parts.headers);
    MetadataPrelude {
        status_code: parts.status,
        headers: headers.collect(),
        cookies: cookies.map(Cow::into_owned).collect(),
    }
}
