//! A function URL with `RESPONSE_STREAM`.

use std::time::Duration;

use axum::{Router, body::Body, routing::any};
use futures_util::{StreamExt, stream};
use http::{Response, StatusCode, header};
use http_body_util::BodyExt;
use portcullis_transport::lambda::{Answer, InvokeMode, RunError};
use serde_json::Value;
use tokio::{sync::mpsc, time::Instant};

use super::front::*;
use crate::fixture::{Fixture, app, legacy_call};

const ASKED: &str = r#"{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen"}"#;

async fn streamed(app: &Router, event: Event) -> Response<Body> {
    match streaming(app).invoke(&event.0.to_string(), LEFT).await {
        Ok(Answer::Streamed(response)) => response,
        other => panic!("{other:?}"),
    }
}

async fn next(body: &mut Body) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    let data = frame.into_data().unwrap();
    Some(String::from_utf8(data.to_vec()).unwrap())
}

fn events(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Router {
    let events = [(header::CONTENT_TYPE, "text/event-stream")];
    Router::new().route("/mcp", any(async move || (events, body())))
}

#[tokio::test]
async fn events_arrive_as_they_are_said() {
    let (say, said) = mpsc::channel::<&str>(1);
    let said = std::sync::Arc::new(std::sync::Mutex::new(Some(said)));
    let app = events(move || {
        let said = said.lock().unwrap().take();
        Body::from_stream(stream::unfold(said, async |said| {
            let mut said = said?;
            let event = said.recv().await?;
            Some((Ok::<_, std::io::Error>(event), Some(said)))
        }))
    });
    let mut body = streamed(&app, FUNCTION_URL.event()).await.into_body();
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        say.send(event).await.unwrap();
        assert_eq!(next(&mut body).await.as_deref(), Some(event));
    }
    drop(say);
    assert_eq!(next(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_end_ends_with_the_invocation_and_says_so() {
    let app = events(|| {
        let first = stream::iter([Ok::<_, std::io::Error>("data: {}\n\n")]);
        Body::from_stream(first.chain(stream::pending()))
    });
    let start = Instant::now();
    let response = streamed(&app, FUNCTION_URL.event().body(ASKED)).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body();
    assert_eq!(next(&mut body).await.unwrap(), "data: {}\n\n");
    let last = next(&mut body).await.unwrap();
    assert!(start.elapsed() <= LEFT && start.elapsed() > LEFT - Duration::from_secs(1));

    let last = last.strip_prefix("event: message\ndata: ").unwrap();
    let last: Value = serde_json::from_str(last.trim_end()).unwrap();
    assert_eq!(last["id"], 7);
    assert_eq!(last["error"]["code"], -32603);
    assert_eq!(next(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_says_nothing_is_504() {
    let app = app(&Fixture::default());
    let response = streamed(&app, FUNCTION_URL.event().body(&legacy_call("wait"))).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn the_other_fronts_are_buffered_all_the_same() {
    let app = app(&Fixture::default());
    for front in [ALB, ALB_MULTI_VALUE, HTTP_API, HTTP_API_STAGE] {
        let event = front.event().body(&legacy_call("count"));
        let answer = streaming(&app).invoke(&event.0.to_string(), LEFT).await;
        assert!(matches!(answer, Ok(Answer::Buffered(_))), "{answer:?}");
    }
}

#[test]
fn the_mode_is_named_as_a_function_url_names_it() {
    assert_eq!(
        "BUFFERED".parse::<InvokeMode>().unwrap(),
        InvokeMode::Buffered
    );
    let stream = "RESPONSE_STREAM".parse::<InvokeMode>().unwrap();
    assert_eq!(stream, InvokeMode::ResponseStream);
    for other in ["", "buffered", "response_stream", "STREAM"] {
        assert!(matches!(
            other.parse::<InvokeMode>(),
            Err(RunError::InvokeMode)
        ));
    }
}
