//! Methods, media types, sizes and JSON.

use std::convert::Infallible;

use axum::body::Body;
use http::{Method, StatusCode};
use rstest::rstest;

use crate::fixture::*;

#[rstest]
#[case(Method::GET)]
#[case(Method::DELETE)]
#[case(Method::PUT)]
#[tokio::test]
async fn mcp_t35_other_methods_are_405_with_allow(#[case] method: Method) {
    let mut request = request(&[("mcp-session-id", "x")], "");
    *request.method_mut() = method;
    let answer = send(&app(&Fixture::default()), request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "POST");
    assert_eq!(answer.code(), -32600);
}

#[rstest]
#[case("text/plain")]
#[case("application/x-www-form-urlencoded")]
#[case("application/json5")]
#[tokio::test]
async fn t26_other_content_types_are_415(#[case] content_type: &str) {
    let mut request = request(&[], legacy_call("echo"));
    request
        .headers_mut()
        .insert("content-type", content_type.parse().unwrap());
    let fixture = Fixture::default();
    let answer = send(&app(&fixture), request).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.code(), -32600);
    assert_eq!(fixture.called(), 0);
}

#[rstest]
#[case(Some("*/*"), StatusCode::OK)]
#[case(None, StatusCode::OK)]
#[case(Some("application/json"), StatusCode::OK)]
#[case(Some("application/*;q=0.5"), StatusCode::OK)]
#[case(Some("text/html"), StatusCode::NOT_ACCEPTABLE)]
#[case(Some("application/json;q=0"), StatusCode::NOT_ACCEPTABLE)]
#[tokio::test]
async fn accept_is_judged_by_its_meaning(#[case] accept: Option<&str>, #[case] status: StatusCode) {
    let mut request = request(V2025_06_18, legacy_call("echo"));
    request.headers_mut().remove("accept");
    if let Some(accept) = accept {
        request
            .headers_mut()
            .insert("accept", accept.parse().unwrap());
    }
    let answer = send(&app(&Fixture::default()), request).await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.content_type(), "application/json");
}

#[tokio::test]
async fn a_client_that_reads_events_only_gets_an_event() {
    let mut request = request(V2025_06_18, legacy_call("echo"));
    request
        .headers_mut()
        .insert("accept", "text/event-stream".parse().unwrap());
    let answer = send(&app(&Fixture::default()), request).await;
    assert_eq!(answer.events().len(), 1);
}

#[rstest]
#[case::truncated(r#"{"jsonrpc":"2.0","#, -32700)]
#[case::not_json("hello", -32700)]
#[case::empty("", -32700)]
#[case::trailing(r#"{"jsonrpc":"2.0","id":1,"method":"ping"} x"#, -32700)]
#[case::number("42", -32600)]
#[case::empty_object("{}", -32600)]
#[case::old_jsonrpc(r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600)]
#[case::null_id(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600)]
#[case::float_id(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600)]
#[case::object_id(r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600)]
#[case::huge_id(r#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"ping"}"#, -32600)]
#[case::method_number(r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600)]
#[case::both(r#"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, -32600)]
#[case::array_params(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32600)]
#[tokio::test]
async fn mcp_t28_malformed_bodies_are_400(#[case] body: &'static str, #[case] code: i64) {
    let answer = post(&app(&Fixture::default()), V2025_06_18, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), code);
    assert!(answer.json().get("id").is_none_or(|id| !id.is_null()));
}

#[rstest]
#[case::method(
    r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"echo"}}"#
)]
#[case::escaped(r#"{"jsonrpc":"2.0","id":1,"method":"ping","m\u0065thod":"tools/call","params":{"name":"echo"}}"#)]
#[case::params(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{},"params":{"name":"echo"}}"#
)]
#[case::id(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":{"name":"echo"}}"#)]
#[case::case_variant(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","Method":"ping","params":{"name":"echo"}}"#
)]
#[case::name(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","name":"echo"}}"#
)]
#[case::escaped_name(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","n\u0061me":"echo"}}"#)]
#[case::arguments(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{},"arguments":{}}}"#)]
#[case::meta(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{},"_meta":{}}}"#)]
#[case::ping_meta(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{},"_meta":{}}}"#)]
#[case::uri(
    r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"a:a","uri":"b:b"}}"#
)]
#[case::unknown_method(r#"{"jsonrpc":"2.0","id":1,"method":"x/y","params":{"a":1,"a":2}}"#)]
#[tokio::test]
async fn t34_repeated_members_are_refused(#[case] body: &'static str) {
    let fixture = Fixture::default();
    let answer = post(&app(&fixture), V2025_06_18, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), -32600);
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn t34_a_member_in_other_letters_is_not_the_member() {
    let body =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"wait","name":"echo"}}"#;
    let answer = post(&app(&Fixture::default()), V2025_06_18, body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.json()["result"].is_object());
}

#[tokio::test]
async fn t29_a_large_body_is_413_announced_or_not() {
    let fixture = Fixture::default();
    let app = app_limited(&fixture, |limits| limits.max_body_bytes = 100);
    let body = format!("{}{}", legacy_call("echo"), " ".repeat(100));

    let announced = post(&app, V2025_06_18, body.clone()).await;
    let chunks = body
        .into_bytes()
        .into_iter()
        .map(|byte| Ok::<_, std::io::Error>(vec![byte]));
    let streamed = Body::from_stream(futures_util::stream::iter(chunks));
    let unannounced = post(&app, V2025_06_18, streamed).await;

    for answer in [announced, unannounced] {
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.code(), -32600);
    }
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn t29_a_body_in_pieces_of_a_byte_is_one_message() {
    let body = legacy_call("echo").into_bytes();
    let pieces = body.into_iter().map(|byte| Ok::<_, Infallible>(vec![byte]));
    let pieces = Body::from_stream(futures_util::stream::iter(pieces));
    let answer = post(&app(&Fixture::default()), V2025_06_18, pieces).await;
    assert_eq!(answer.json()["result"]["content"][0]["text"], r#"{"a":1}"#);
}

#[tokio::test(start_paused = true)]
async fn t29_a_body_that_never_ends_is_408() {
    let body = Body::from_stream(futures_util::stream::pending::<
        Result<Vec<u8>, std::io::Error>,
    >());
    let answer = post(&app(&Fixture::default()), V2025_06_18, body).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
}

#[rstest]
#[case::arguments(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":"#,
    "}}}"
)]
#[case::params(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"#, "}")]
#[case::unknown(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","x":"#, "}")]
#[tokio::test]
async fn t29_deep_json_is_refused_without_recursion(#[case] head: &str, #[case] tail: &str) {
    let deep = 100_000;
    let body = format!("{head}{}{}{tail}", "[".repeat(deep), "]".repeat(deep));
    let answer = post(&app(&Fixture::default()), V2025_06_18, body).await;
    assert!(answer.json().get("error").is_some());
}

#[tokio::test]
async fn errors_do_not_carry_markup_of_the_input() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"<script>\n","params":{}}"#;
    let answer = post(&app(&Fixture::default()), V2025_06_18, body).await;
    assert_eq!(answer.code(), -32601);
    assert_eq!(answer.content_type(), "application/json");
    assert!(!answer.text.contains('\n'));
}
