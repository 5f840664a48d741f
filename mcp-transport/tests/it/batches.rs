//! JSON-RPC batches of revision 2025-03-26.

use http::StatusCode;
use rstest::rstest;
use serde_json::json;

use crate::{fixture::*, policy::DenyTool};

fn batch(tools: &[&str]) -> String {
    let calls: Vec<_> = tools
        .iter()
        .enumerate()
        .map(|(id, tool)| {
            json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool}})
        })
        .collect();
    json!(calls).to_string()
}

#[tokio::test]
async fn mcp_t60_array_in_array_out() {
    let answer = post(
        &app(&Fixture::default()),
        &[],
        batch(&["echo", "panic", "echo"]),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    let json = answer.json();
    let answers = json.as_array().unwrap();
    assert_eq!(answers.len(), 3);
    for (id, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], id);
    }
    assert_eq!(answers[1]["error"]["code"], -32603);
    assert!(answers[2]["result"].is_object());
}

#[tokio::test]
async fn mcp_t60_a_batch_without_requests_is_202() {
    let body = r#"[{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":1,"result":{}}]"#;
    let answer = post(&app(&Fixture::default()), &[], body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn mcp_t56_later_revisions_have_no_batches() {
    for version in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let headers = [("mcp-protocol-version", version)];
        let answer = post(&app(&Fixture::default()), &headers, batch(&["echo"])).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, -32600)
        );
    }
}

#[tokio::test]
async fn t13_one_denied_call_refuses_the_batch_before_anything_runs() {
    let fixture = Fixture::default();
    let app = app_with(&fixture, DenyTool("wait"));
    let answer = post(&app, &[], batch(&["echo", "wait"])).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(fixture.called(), 0);
}

#[rstest]
#[case::empty("[]")]
#[case::malformed(r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}},1]"#)]
#[case::nested(r#"[[{"jsonrpc":"2.0","id":1,"method":"ping"}]]"#)]
#[case::repeated(
    r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"echo"}}]"#
)]
#[case::handshake(r#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}]"#)]
#[tokio::test]
async fn a_batch_runs_whole_or_not_at_all(#[case] body: &'static str) {
    let fixture = Fixture::default();
    let answer = post(&app(&fixture), &[], body).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn t29_a_batch_is_bounded() {
    let fixture = Fixture::default();
    let app = app_limited(&fixture, |limits| limits.max_batch = 2);
    let answer = post(&app, &[], batch(&["echo", "echo", "echo"])).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
    assert_eq!(fixture.called(), 0);
}

#[rstest]
#[case::truncated("[1,2,3,4", -32700)]
#[case::trailing("[1,2,3,4] x", -32700)]
#[case::too_long("[1,2,3,4]", -32600)]
#[tokio::test]
async fn mcp_t28_an_array_is_judged_to_its_end(#[case] body: &'static str, #[case] code: i64) {
    let app = app_limited(&Fixture::default(), |limits| limits.max_batch = 2);
    let answer = post(&app, &[], body).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, code)
    );
}
