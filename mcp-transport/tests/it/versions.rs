//! One endpoint, every revision.

use axum::Router;
use http::StatusCode;
use portcullis_transport::{Stock, StreamableHttp};
use rstest::rstest;
use serde_json::{Value, json};

use crate::fixture::*;

fn initialize(version: &str) -> String {
    json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {
            "protocolVersion": version, "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    })
    .to_string()
}

#[rstest]
#[case("2025-03-26", "2025-03-26")]
#[case("2025-06-18", "2025-06-18")]
#[case("2025-11-25", "2025-11-25")]
#[case("2026-07-28", "2025-11-25")]
#[case("1999-01-01", "2025-11-25")]
#[tokio::test]
async fn mcp_t43_initialize_negotiates(#[case] asked: &str, #[case] given: &str) {
    let answer = post(&app(&Fixture::default()), &[], initialize(asked)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["result"]["protocolVersion"], given);
    assert_eq!(answer.json()["result"]["serverInfo"]["name"], "fixture");
    assert!(!answer.headers.contains_key("mcp-session-id"));
}

#[rstest]
#[tokio::test]
async fn legacy_calls_answer_json_without_modern_members(
    #[values(V2025_03_26, V2025_06_18, V2025_11_25)] headers: &[(&str, &str)],
) {
    let answer = post(&app(&Fixture::default()), headers, legacy_call("echo")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.content_type(), "application/json");
    let result = &answer.json()["result"];
    assert_eq!(result["content"][0]["text"], r#"{"a":1}"#);
    assert_eq!(result.get("resultType"), None);
    assert_eq!(result.get("_meta"), None);
}

#[tokio::test]
async fn mcp_t25_modern_results_have_a_result_type() {
    let answer = call_modern(&app(&Fixture::default()), "echo").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["result"]["resultType"], "complete");
}

#[rstest]
#[case("tools/call", json!({"name": "echo", "arguments": {"a": 1}}))]
#[case("tools/list", json!({}))]
#[case("server/discover", json!({}))]
#[tokio::test]
async fn mcp_t24_modern_results_name_the_server(#[case] method: &str, #[case] params: Value) {
    let name = params["name"].as_str().map(str::to_owned);
    let body = modern_body(method, params);
    let headers = modern(method, name.as_deref());
    let answer = post(&app(&Fixture::default()), &headers, body).await.json();
    let server = &answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(server["name"], "fixture", "{answer}");
}

#[tokio::test]
async fn mcp_t26_modern_lists_carry_private_cache_hints() {
    let body = modern_body("tools/list", json!({}));
    let answer = post(&app(&Fixture::default()), &modern("tools/list", None), body).await;
    assert_eq!(answer.json()["result"]["ttlMs"], 0);
    assert_eq!(answer.json()["result"]["cacheScope"], "private");
}

#[tokio::test]
async fn mcp_t23_discover_names_versions_and_capabilities() {
    let body = modern_body("server/discover", json!({}));
    let headers = modern("server/discover", None);
    let answer = post(&app(&Fixture::default()), &headers, body).await;
    assert_eq!(answer.status, StatusCode::OK);
    let result = &answer.json()["result"];
    let versions = result["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&Value::from("2026-07-28")));
    assert!(result["capabilities"]["tools"].is_object());
}

#[tokio::test]
async fn mcp_t11_header_and_meta_must_agree() {
    let app = app(&Fixture::default());
    for version in [None, Some("2025-11-25"), Some("2099-01-01")] {
        let mut headers = vec![("mcp-method", "tools/call"), ("mcp-name", "echo")];
        headers.extend(version.map(|version| ("mcp-protocol-version", version)));
        let answer = post(&app, &headers, modern_call("echo")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.code(), -32020);
        assert_eq!(answer.json()["id"], 1);
    }
}

#[tokio::test]
async fn mcp_t11_two_version_headers_are_refused() {
    let mut headers = modern("tools/call", Some("echo"));
    headers.push(("mcp-protocol-version", "2026-07-28"));
    let answer = post(&app(&Fixture::default()), &headers, modern_call("echo")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), -32020);
}

#[tokio::test]
async fn mcp_t12_unknown_versions_are_named_with_the_known_ones() {
    let body = modern_call("echo").replace("2026-07-28", "2099-01-01");
    let mut headers = modern("tools/call", Some("echo"));
    headers[0].1 = "2099-01-01";
    let answer = post(&app(&Fixture::default()), &headers, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), -32022);
    let data = &answer.json()["error"]["data"];
    assert_eq!(data["requested"], "2099-01-01");
    assert!(data["supported"].as_array().unwrap().len() >= 4);
}

#[tokio::test]
async fn mcp_t47_an_unknown_legacy_header_is_400() {
    let headers = [("mcp-protocol-version", "2025-01-01")];
    let answer = post(&app(&Fixture::default()), &headers, legacy_call("echo")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), -32022);
}

#[rstest]
#[case::nothing(json!({}))]
#[case::no_capabilities(json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28"}))]
#[case::bad_capabilities(json!({
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": 7,
}))]
#[case::bad_version(json!({
    "io.modelcontextprotocol/protocolVersion": 7,
    "io.modelcontextprotocol/clientCapabilities": {},
}))]
#[tokio::test]
async fn mcp_t20_incomplete_meta_is_400(#[case] meta: Value) {
    let fixture = Fixture::default();
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "_meta": meta},
    });
    let headers = modern("tools/call", Some("echo"));
    let answer = post(&app(&fixture), &headers, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), -32602);
    assert_eq!(fixture.called(), 0);
}

/// Whoever is in front of us may have read the other one.
#[rstest]
#[case::usual("tools/call", Some("echo"), r#""name":"echo","#)]
#[case::other("tools/list", None, "")]
#[tokio::test]
async fn t34_a_repeated_member_of_meta_is_refused(
    #[case] method: &str,
    #[case] name: Option<&str>,
    #[case] params: &str,
) {
    let ask = async |meta: &str| {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}"_meta":{{{meta}}}}}}}"#
        );
        post(&app(&Fixture::default()), &modern(method, name), body).await
    };
    const VERSION: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
    const CAPABILITIES: &str = r#""io.modelcontextprotocol/clientCapabilities":{}"#;
    let once = ask(&format!("{VERSION},{CAPABILITIES}")).await;
    assert_eq!(once.status, StatusCode::OK, "{once:?}");
    for repeated in [
        r#""io.modelcontextprotocol/protocolVersion":"2025-11-25""#,
        r#""io.modelcontextprotocol\/protocolVersion":"2025-11-25""#,
        r#""io.modelcontextprotocol/clientCapabilities":{"sampling":{}}"#,
    ] {
        let twice = ask(&format!("{repeated},{VERSION},{CAPABILITIES}")).await;
        assert_eq!(
            (twice.status, twice.code()),
            (StatusCode::BAD_REQUEST, -32600),
            "{repeated}"
        );
        assert_eq!(twice.json()["id"], 1);
    }
}

#[rstest]
#[case(json!("info"), StatusCode::OK)]
#[case(json!("loud"), StatusCode::BAD_REQUEST)]
#[case(json!(1), StatusCode::BAD_REQUEST)]
#[tokio::test]
async fn mcp_t30_an_unknown_log_level_is_refused(#[case] level: Value, #[case] status: StatusCode) {
    let mut meta = modern_meta();
    meta["io.modelcontextprotocol/logLevel"] = level;
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "_meta": meta},
    });
    let headers = modern("tools/call", Some("echo"));
    let answer = post(&app(&Fixture::default()), &headers, body.to_string()).await;
    assert_eq!(answer.status, status);
    if status == StatusCode::BAD_REQUEST {
        assert_eq!(answer.code(), -32602);
    }
}

#[rstest]
#[case("initialize")]
#[case("ping")]
#[case("logging/setLevel")]
#[case("resources/subscribe")]
#[case("resources/unsubscribe")]
#[case("no/such/method")]
#[tokio::test]
async fn mcp_t13_unknown_and_removed_methods_are_404(#[case] method: &str) {
    let body = modern_body(method, json!({"level": "info", "uri": "test:x"}));
    let name = method.starts_with("resources/").then_some("test:x");
    // Who follows 2026-07-28 does not know which params these methods had.
    let bare = modern_body(method, json!({}));
    for (name, body) in [(name, body), (None, bare)] {
        let answer = post(&app(&Fixture::default()), &modern(method, name), body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{answer:?}");
        assert_eq!(answer.code(), -32601);
        assert_eq!(answer.json()["id"], 1);
    }
}

/// The status of the answer says it, and an event stream has none but 200.
#[rstest]
#[tokio::test]
async fn mcp_t13_clients_that_read_events_only_get_the_status_too(
    #[values("ping", "no/such/method")] method: &str,
    #[values(true, false)] speaks: bool,
) {
    let fixture = Fixture::default();
    let app = if speaks {
        let mcp = StreamableHttp::new(Stock(fixture)).into_service();
        Router::new().route_service("/mcp", mcp)
    } else {
        app(&fixture)
    };
    let mut request = request(&modern(method, None), modern_body(method, json!({})));
    let events = "text/event-stream".parse().unwrap();
    request.headers_mut().insert("accept", events);
    let answer = send(&app, request).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::NOT_FOUND, -32601)
    );
}

#[tokio::test]
async fn legacy_errors_of_a_request_stay_in_a_200() {
    for headers in LEGACY {
        let app = app(&Fixture::default());
        let unknown = r#"{"jsonrpc":"2.0","id":1,"method":"no/such/method"}"#;
        let answer = post(&app, headers, unknown).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::OK, -32601));

        let no_name = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#;
        let answer = post(&app, headers, no_name).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::OK, -32602));
    }
}

/// What clients that speak both eras send first; over an older server they expect a refusal.
#[tokio::test]
async fn mcp_t36_discover_without_metadata_is_400() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#;
    let answer = post(&app(&Fixture::default()), &[], body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn mcp_t51_ping_is_answered() {
    let body = r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#;
    let answer = post(&app(&Fixture::default()), V2025_11_25, body).await;
    assert_eq!(
        answer.json(),
        json!({"jsonrpc": "2.0", "id": "a", "result": {}})
    );
}

#[tokio::test]
async fn mcp_t05_notification_is_202() {
    let app = app(&Fixture::default());
    let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    for headers in LEGACY {
        let answer = post(&app, headers, body).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::ACCEPTED, "")
        );
    }
    let headers = modern("notifications/initialized", None);
    assert_eq!(
        post(&app, &headers, body).await.status,
        StatusCode::ACCEPTED
    );
}

#[tokio::test]
async fn mcp_t42_a_response_is_202_where_servers_could_have_asked() {
    let app = app(&Fixture::default());
    let body = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    for headers in LEGACY {
        assert_eq!(post(&app, headers, body).await.status, StatusCode::ACCEPTED);
    }
    let modern = [("mcp-protocol-version", "2026-07-28")];
    let answer = post(&app, &modern, body).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
}

#[tokio::test]
async fn mcp_t35_session_ids_are_ignored() {
    let mut headers = V2025_11_25.to_vec();
    headers.push(("mcp-session-id", "someone-elses"));
    let answer = post(&app(&Fixture::default()), &headers, legacy_call("echo")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.headers.contains_key("mcp-session-id"));
}
