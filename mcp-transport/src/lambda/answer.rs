//! From an event to its answer, within the bounds of its front.

use std::{convert::Infallible, future::poll_fn, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use lambda_http::request::LambdaRequest;
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use super::{
    Envelope, EventError, Function, InvokeMode, event::Arrived, front::Front, refusal::Refusal,
    stream,
};
use crate::time::from_now;

/// What a function answers an event with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// In one piece.
    Buffered(Envelope),
    /// In pieces, as a function URL with `RESPONSE_STREAM` takes it.
    Streamed(Response<Body>),
}

impl<S> Function<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone,
{
    pub(super) async fn answer(
        &self,
        event: LambdaRequest,
        time_left: Duration,
    ) -> Result<Answer, EventError> {
        let Arrived { front, request } = Arrived::from_event(event)?;
        let deadline = from_now(front.patience(time_left));
        let streams = self.mode == InvokeMode::ResponseStream && front == Front::FunctionUrl;
        let request = match request {
            Ok(request) => request,
            Err(refusal) if streams => return Ok(Answer::Streamed(refusal.into_response(&[]))),
            Err(refusal) => return refuse(refusal, &[], front).await,
        };
        let asked = request.body().clone();
        if streams {
            let response = self.streamed(request, &asked, deadline).await;
            return Ok(Answer::Streamed(response));
        }
        match self.collected(request, front, deadline).await {
            Ok(response) => {
                let envelope = Envelope::new(&response, front)?;
                if envelope.fits(front) {
                    Ok(Answer::Buffered(envelope))
                } else {
                    refuse(Refusal::TooLarge(front), &asked, front).await
                }
            }
            Err(refusal) => refuse(refusal, &asked, front).await,
        }
    }

    async fn streamed(
        &self,
        request: Request<Bytes>,
        asked: &[u8],
        deadline: Instant,
    ) -> Response<Body> {
        let too_slow = Refusal::TooSlow(Front::FunctionUrl);
        match within(deadline, self.call(request)).await {
            Some(response) => stream::until(deadline, response, too_slow, asked),
            None => too_slow.into_response(asked),
        }
    }

    async fn collected(
        &self,
        request: Request<Bytes>,
        front: Front,
        deadline: Instant,
    ) -> Result<Response<Bytes>, Refusal> {
        let collected = async { collect(self.call(request).await, front).await };
        let in_time = within(deadline, collected).await;
        in_time.unwrap_or(Err(Refusal::TooSlow(front)))
    }

    async fn call(&self, request: Request<Bytes>) -> Response<Body> {
        let mut service = self.service.clone();
        let Ok(()) = poll_fn(|cx| service.poll_ready(cx)).await;
        let Ok(response) = service.call(request.map(Body::from)).await;
        response
    }
}

/// Nothing is begun for an invocation whose time is over: nobody would learn what it did.
async fn within<T>(deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
    if Instant::now() >= deadline {
        return None;
    }
    timeout_at(deadline, work).await.ok()
}

/// The whole answer. JSON text is no shorter than what it quotes, so more bytes than the front takes
/// cannot fit.
async fn collect(response: Response<Body>, front: Front) -> Result<Response<Bytes>, Refusal> {
    let (parts, body) = response.into_parts();
    match Limited::new(body, front.max_answer()).collect().await {
        Ok(collected) => Ok(Response::from_parts(parts, collected.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge(front)),
        Err(error) => {
            tracing::debug!(error = error.to_string(), "an answer broke off");
            Err(Refusal::BrokenOff)
        }
    }
}

async fn refuse(refusal: Refusal, asked: &[u8], front: Front) -> Result<Answer, EventError> {
    let response = collect(refusal.into_response(asked), front).await;
    let response = response.map_err(|_| EventError::Unencodable)?;
    Envelope::new(&response, front).map(Answer::Buffered)
}
