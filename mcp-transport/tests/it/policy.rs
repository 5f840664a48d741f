//! The seam to authorization.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_transport::{Call, Policy};
use rstest::rstest;
use serde_json::json;

use crate::fixture::*;

/// Refuses one tool, the way an authorization layer would.
pub(crate) struct DenyTool(pub(crate) &'static str);

impl Policy for DenyTool {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        if call.subject.name() != Some(self.0) {
            return Ok(());
        }
        Err(Response::builder()
            .status(StatusCode::FORBIDDEN)
            .header("www-authenticate", "Bearer error=\"insufficient_scope\"")
            .body(Body::empty())
            .unwrap())
    }
}

#[tokio::test]
async fn a_refusal_is_sent_as_it_is_and_nothing_runs() {
    let fixture = Fixture::default();
    let app = app_with(&fixture, DenyTool("count"));
    let legacy = post(&app, V2025_06_18, legacy_call("count")).await;
    let modern = call_modern(&app, "count").await;
    for answer in [legacy, modern] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    assert_eq!(fixture.called(), 0);
    assert_eq!(call_modern(&app, "echo").await.status, StatusCode::OK);
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Policy for Recorder {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        let caller = call.extensions.get::<&'static str>().copied();
        self.0.lock().unwrap().push(format!(
            "{} {:?} {} {caller:?}",
            call.method, call.subject, call.version
        ));
        Ok(())
    }
}

#[tokio::test]
async fn a_policy_sees_method_name_version_and_caller() {
    let recorder = Recorder::default();
    let app = app_with(&Fixture::default(), recorder.clone());

    let mut known = request(&modern("tools/call", Some("echo")), modern_call("echo"));
    known.extensions_mut().insert("alice");
    send(&app, known).await;
    let read =
        json!({"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "a:b"}});
    post(&app, V2025_06_18, read.to_string()).await;
    post(
        &app,
        &[],
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    )
    .await;

    assert_eq!(
        *recorder.0.lock().unwrap(),
        [
            r#"tools/call Tool("echo") 2026-07-28 Some("alice")"#,
            r#"resources/read Resource("a:b") 2025-06-18 None"#,
            r#"notifications/initialized Nothing 2025-03-26 None"#,
        ]
    );
}

/// A method whose subject a policy did not see would pass every rule.
#[rstest]
#[case("prompts/get", json!({"name": "a"}), r#"Prompt("a")"#)]
#[case("resources/read", json!({"uri": "a:b"}), r#"Resource("a:b")"#)]
#[case("resources/subscribe", json!({"uri": "a:b"}), r#"Resource("a:b")"#)]
#[case("resources/unsubscribe", json!({"uri": "a:b"}), r#"Resource("a:b")"#)]
#[case("resources/directory/read", json!({"uri": "a:b"}), r#"Resource("a:b")"#)]
#[case("skills/get", json!({"uri": "a:b"}), r#"Resource("a:b")"#)]
#[case("completion/complete",
    json!({"ref": {"type": "ref/prompt", "name": "a"}, "argument": {"name": "x", "value": ""}}),
    r#"Prompt("a")"#)]
#[case("completion/complete",
    json!({"ref": {"type": "ref/resource", "uri": "a:{b}"}, "argument": {"name": "b", "value": ""}}),
    r#"Resource("a:{b}")"#)]
#[case("subscriptions/listen",
    json!({"notifications": {"resourceSubscriptions": ["a:b", "a:c"]}}),
    r#"Resources(["a:b", "a:c"])"#)]
#[case("tasks/get", json!({"taskId": "1"}), r#"Task("1")"#)]
#[case("tasks/update", json!({"taskId": "1", "inputResponses": {}}), r#"Task("1")"#)]
#[case("tasks/cancel", json!({"taskId": "1"}), r#"Task("1")"#)]
#[tokio::test]
async fn a_policy_sees_what_every_method_is_about(
    #[case] method: &str,
    #[case] params: serde_json::Value,
    #[case] subject: &str,
) {
    let recorder = Recorder::default();
    let app = app_with(&Fixture::default(), recorder.clone());
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    post(&app, V2025_06_18, message.to_string()).await;
    let expected = format!("{method} {subject} 2025-06-18 None");
    assert_eq!(*recorder.0.lock().unwrap(), [expected]);
}
