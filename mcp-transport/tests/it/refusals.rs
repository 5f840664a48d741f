//! What an operator sees of a refusal.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::Router;
use http::{Request, StatusCode};
use portcullis_transport::LegacySse;
use rstest::rstest;
use serde_json::json;
use tower::ServiceExt;

use crate::{
    fixture::{Fixture, app, modern, modern_body, post, send},
    frames::Frames,
};

/// What is logged on this thread.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter("portcullis_transport=debug")
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn refusals(&self) -> Vec<String> {
        self.lines_with("request refused")
    }

    pub(crate) fn lines_with(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines()
            .filter(|line| line.contains(text))
            .map(str::to_owned)
            .collect()
    }
}

#[tokio::test]
async fn a_removed_method_is_a_line_of_the_log() {
    let log = Log::default();
    let _logging = log.begin();
    let body = modern_body("ping", json!({}));
    let answer = post(&app(&Fixture::default()), &modern("ping", None), body).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let refusals = log.refusals();
    assert!(
        refusals[0].contains("status=404 code=-32601"),
        "{refusals:?}"
    );
    assert_eq!(refusals.len(), 1);
}

#[rstest]
#[case(json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover"}), "code=-32601")]
#[case(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}), "code=-32602")]
#[tokio::test]
async fn an_event_that_refuses_is_a_line_of_the_log(
    #[case] message: serde_json::Value,
    #[case] code: &str,
) {
    let app: Router = LegacySse::new(Fixture::default()).into_router("/sse", "/messages/");
    let open = Request::get("/sse")
        .body(axum::body::Body::empty())
        .unwrap();
    let stream = app.clone().oneshot(open).await.unwrap();
    let mut stream = Frames::new(stream.into_body());
    let endpoint = stream.next().await.unwrap();
    let url = endpoint.rsplit("data: ").next().unwrap().trim_end();

    let log = Log::default();
    let _logging = log.begin();
    let request = Request::post(url).header("content-type", "application/json");
    let request = request.body(message.to_string().into()).unwrap();
    assert_eq!(send(&app, request).await.status, StatusCode::ACCEPTED);
    let refusals = log.refusals();
    assert!(refusals[0].contains("status=202"), "{refusals:?}");
    assert!(refusals[0].contains(code), "{refusals:?}");
    assert_eq!(refusals.len(), 1);
}
