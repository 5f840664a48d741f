//! `Mcp-Method` and `Mcp-Name` against the body.

use http::StatusCode;
use rstest::rstest;

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
