//! `Mcp-Method` and `Mcp-Name` against the body.

use http::StatusCode;
use rstest::rstest;
use serde_json::json;

use crate::fixture::*;

#[rstest]
#[case::no_method(&[("mcp-name", "echo")])]
#[case::no_name(&[("mcp-method", "tools/call")])]
#[case::other_method(&[("mcp-method", "tools/list"), ("mcp-name", "echo")])]
#[case::other_name(&[("mcp-method", "tools/call"), ("mcp-name", "wait")])]
#[case::case_of_value(&[("mcp-method", "tools/call"), ("mcp-name", "Echo")])]
#[case::two_names(&[("mcp-method", "tools/call"), ("mcp-name", "echo"), ("mcp-name", "echo")])]
#[case::bad_base64(&[("mcp-method", "tools/call"), ("mcp-name", "=?base64?ZWNobw?=")])]
#[case::marker_case(&[("mcp-method", "tools/call"), ("mcp-name", "=?BASE64?ZWNobw==?=")])]
#[tokio::test]
async fn t34_routing_headers_must_say_what_the_body_says(#[case] routing: &[(&str, &str)]) {
    let fixture = Fixture::default();
    let mut headers = vec![("mcp-protocol-version", "2026-07-28")];
    headers.extend(routing);
    let answer = post(&app(&fixture), &headers, modern_call("echo")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), -32020);
    assert_eq!(fixture.called(), 0);
}

#[rstest]
#[case::plain("echo")]
#[case::spaces("  echo ")]
#[case::base64("=?base64?ZWNobw==?=")]
#[tokio::test]
async fn mcp_t17_names_are_decoded_and_trimmed(#[case] name: &str) {
    let headers = modern("tools/call", Some(name));
    let answer = post(&app(&Fixture::default()), &headers, modern_call("echo")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn mcp_t15_a_notification_names_its_method_too() {
    let body = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}"#;
    let headers = modern("notifications/initialized", None);
    let answer = post(&app(&Fixture::default()), &headers, body).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32020)
    );
}

/// Older revisions do not know the headers, but a gateway may.
#[tokio::test]
async fn t34_a_contradicting_header_is_refused_in_every_revision() {
    for version in LEGACY {
        let mut headers = version.to_vec();
        headers.push(("mcp-method", "tools/list"));
        let answer = post(&app(&Fixture::default()), &headers, legacy_call("echo")).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, -32020)
        );
    }
}

/// A gateway may have let it pass for the sake of that name.
#[rstest]
#[case::list("tools/list", "{}")]
#[case::subscription("subscriptions/listen", r#"{"notifications":{}}"#)]
#[case::unknown("vendor/method", r#"{"name":"echo"}"#)]
#[tokio::test]
async fn t34_a_name_where_the_body_names_nothing_is_refused(
    #[case] method: &str,
    #[case] params: &str,
) {
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
    for version in LEGACY {
        let mut headers = version.to_vec();
        headers.push(("mcp-name", "echo"));
        let answer = post(&app(&Fixture::default()), &headers, body.clone()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, -32020)
        );
    }
}

#[tokio::test]
async fn t34_a_notification_names_nothing() {
    let body = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}"#;
    let headers = modern("notifications/cancelled", Some("echo"));
    let answer = post(&app(&Fixture::default()), &headers, body).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32020)
    );
}

/// The specification does not ask for the header there; one that is there must be right.
#[rstest]
#[case::absent(None, StatusCode::NOT_FOUND)]
#[case::right(Some("story"), StatusCode::NOT_FOUND)]
#[case::wrong(Some("echo"), StatusCode::BAD_REQUEST)]
#[tokio::test]
async fn t34_a_completion_may_name_its_prompt(
    #[case] name: Option<&str>,
    #[case] expected: StatusCode,
) {
    let body = modern_body(
        "completion/complete",
        json!({"ref": {"type": "ref/prompt", "name": "story"}, "argument": {"name": "a", "value": ""}}),
    );
    let headers = modern("completion/complete", name);
    let answer = post(&app(&Fixture::default()), &headers, body).await;
    assert_eq!(answer.status, expected, "{answer:?}");
}

/// SEP-2640 does not ask for the header, and clients of skills send none.
#[rstest]
#[tokio::test]
async fn t34_a_skill_need_not_be_named_but_not_wrongly(
    #[values("skills/get", "resources/directory/read")] method: &str,
) {
    let uri = "skill://desk/triage/SKILL.md";
    let body = modern_body(method, json!({ "uri": uri }));
    let app = app(&Fixture::default());
    // The server has no skills, which it is asked only if nothing is wrong before.
    for (name, code) in [
        (None, -32601),
        (Some(uri), -32601),
        (Some("skill://x"), -32020),
    ] {
        let answer = post(&app, &modern(method, name), body.clone()).await;
        assert_eq!(answer.code(), code, "{answer:?}");
    }
}
