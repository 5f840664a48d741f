//! A function as a process, with Lambda's real runtime, against a stand-in of the runtime API.

use std::{
    env,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use portcullis_transport::lambda::{RunError, serve};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::timeout,
};

use super::front::*;
use crate::fixture::{Fixture, app, legacy_call};

const CHILD: &str = "PORTCULLIS_TEST_FUNCTION";

/// What the runtime API says of the end of an invocation.
#[derive(Clone, Copy)]
enum Deadline {
    /// As soon as the function has the event.
    Now,
    /// In the year 2100.
    Future,
    /// The length of a timeout instead of an instant, as `cargo lambda watch` says it.
    Length,
}

impl Deadline {
    fn millis(self) -> String {
        #[expect(
            clippy::disallowed_methods,
            clippy::disallowed_types,
            reason = "the runtime under test compares it to the wall clock"
        )]
        let now = std::time::SystemTime::now();
        match self {
            Self::Now => {
                let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
                (since.as_millis() + 1).to_string()
            }
            Self::Future => "4102444800000".to_owned(),
            Self::Length => "600000".to_owned(),
        }
    }
}

/// The function: the tests below start it as a process of its own. Elsewhere there is no Lambda.
#[tokio::test]
async fn function_process() {
    let outcome = serve(app(&Fixture::default())).await;
    if env::var_os(CHILD).is_none() {
        let error = outcome.unwrap_err();
        assert!(matches!(error, RunError::NotOnLambda(_)), "{error}");
    }
}

/// What the function has posted for an invocation.
struct Posted {
    outcome: String,
    streaming: bool,
    body: Bytes,
}

struct Api {
    invocations: Mutex<mpsc::Receiver<(Event, Deadline)>>,
    posted: mpsc::Sender<Posted>,
}

async fn next(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let Some((event, deadline)) = api.invocations.lock().await.recv().await else {
        return std::future::pending().await;
    };
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
        ),
        ("lambda-runtime-deadline-ms", deadline.millis()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-west-2:123456789012:function:f".to_owned(),
        ),
    ];
    (headers, event.0.to_string())
}

async fn posted(
    State(api): State<Arc<Api>>,
    Path((_, outcome)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mode = headers.get("lambda-runtime-function-response-mode");
    let streaming = mode.is_some_and(|mode| mode == "streaming");
    let posted = Posted {
        outcome,
        streaming,
        body,
    };
    api.posted.send(posted).await.unwrap();
    StatusCode::ACCEPTED
}

/// A running function.
struct Lambda {
    process: Child,
    invocations: mpsc::Sender<(Event, Deadline)>,
    posted: mpsc::Receiver<Posted>,
}

impl Lambda {
    async fn start(mode: &str) -> Self {
        let (invocations, events) = mpsc::channel(1);
        let (post_to, posted_by_function) = mpsc::channel(1);
        let api = Arc::new(Api {
            invocations: Mutex::new(events),
            posted: post_to,
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/{outcome}",
                post(posted),
            )
            .with_state(api);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async { axum::serve(listener, routes).await });
        let process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "lambda::runtime::function_process"])
            .envs([
                (CHILD, "1"),
                ("AWS_LAMBDA_RUNTIME_API", &address),
                ("AWS_LAMBDA_FUNCTION_NAME", "f"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("LAMBDA_INVOKE_MODE", mode),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            process: process.unwrap(),
            invocations,
            posted: posted_by_function,
        }
    }

    async fn invoke(&mut self, event: Event, deadline: Deadline) -> Posted {
        self.invocations.send((event, deadline)).await.unwrap();
        let posted = timeout(Duration::from_secs(60), self.posted.recv()).await;
        posted.unwrap().unwrap()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test]
async fn a_function_answers_one_event_after_the_other() {
    let mut lambda = Lambda::start("BUFFERED").await;
    let call = ALB.event().body(&legacy_call("count"));
    let posted = lambda.invoke(call.clone(), Deadline::Future).await;
    assert_eq!((&*posted.outcome, posted.streaming), ("response", false));
    let envelope: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(envelope["statusDescription"], "200 OK");
    assert_eq!(
        envelope["body"].as_str().unwrap().matches("data: ").count(),
        4
    );

    // The invocation's deadline is what bounds an answer.
    let posted = lambda.invoke(call.clone(), Deadline::Now).await;
    let envelope: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(envelope["statusCode"], 504);

    let stray = Event(serde_json::json!({"Records": []}));
    let posted = lambda.invoke(stray, Deadline::Future).await;
    assert_eq!(posted.outcome, "error");
    let posted = lambda.invoke(call, Deadline::Future).await;
    assert_eq!(posted.outcome, "response");
}

#[tokio::test]
async fn a_deadline_before_the_process_began_is_unknown() {
    let mut lambda = Lambda::start("BUFFERED").await;
    let call = CARGO_LAMBDA.event().body(&legacy_call("count"));
    let posted = lambda.invoke(call, Deadline::Length).await;
    let envelope: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(envelope["statusCode"], 200);
    assert_eq!(envelope["cookies"], serde_json::json!([]));
}

#[tokio::test]
async fn a_function_streams_to_a_function_url() {
    let mut lambda = Lambda::start("RESPONSE_STREAM").await;
    for (front, deadline) in [
        (FUNCTION_URL, Deadline::Future),
        (CARGO_LAMBDA, Deadline::Length),
    ] {
        let call = front.event().body(&legacy_call("count"));
        let posted = lambda.invoke(call, deadline).await;
        assert_eq!((&*posted.outcome, posted.streaming), ("response", true));
        streamed_answer(posted);
    }
}

fn streamed_answer(posted: Posted) {
    let text = String::from_utf8(posted.body.to_vec()).unwrap();
    let (prelude, body) = text.split_once("\0\0\0\0\0\0\0\0").unwrap();
    let prelude: Value = serde_json::from_str(prelude).unwrap();
    assert_eq!(prelude["statusCode"], 200);
    assert_eq!(prelude["headers"]["content-type"], "text/event-stream");
    assert_eq!(body.matches("data: ").count(), 4);
}
