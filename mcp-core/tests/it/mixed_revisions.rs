//! Header of one revision, body of another: who may call what does not depend on it.

use axum::{
    Router,
    http::{Request, StatusCode, header},
};
use portcullis::{
    BuildError,
    auth::Bearer,
    prelude::*,
    transport::{MixedRevisions, Sessions},
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Answer, Desk, MCP, ORIGIN, Plain, send};

const READER: &str = "alice.desk_read";
const WRITER: &str = "alice.desk_read.desk_write";

fn app(mixed: MixedRevisions, has_sessions: bool) -> Router {
    let server = McpServer::new(MCP, Desk)
        .auth(Bearer(Plain))
        .mixed_revisions(mixed);
    let server = match has_sessions {
        true => server.sessions(Sessions::in_memory()),
        false => server,
    };
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

/// A call of `write`, which needs both scopes.
struct Mixture {
    header: &'static str,
    body: Value,
}

fn mixtures() -> [Mixture; 2] {
    let call = json!({"name": "write", "arguments": {"text": "hi"}});
    let mut modern = call.clone();
    modern["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body =
        |params| json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    [
        Mixture {
            header: "2025-11-25",
            body: body(modern),
        },
        Mixture {
            header: "2026-07-28",
            body: body(call),
        },
    ]
}

/// There, the header of a request means nothing.
#[test]
fn legacy_sse_has_no_mixed_revisions() {
    let server = McpServer::new("https://mcp.example.com/desk/sse", Desk)
        .auth(Bearer(Plain))
        .legacy_sse()
        .mixed_revisions(MixedRevisions::FollowBody);
    let error = server.build().unwrap_err();
    assert!(
        matches!(error, BuildError::SseWithMixedRevisions),
        "{error}"
    );
}

async fn post(app: &Router, token: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request = Request::post("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(body.to_string().into()).unwrap()).await
}

/// The headers of a request of alice's session, if the app has sessions.
async fn session(app: &Router, has_sessions: bool) -> Vec<(&'static str, String)> {
    if !has_sessions {
        return Vec::new();
    }
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }});
    let opened = post(app, READER, &[], &initialize).await;
    let id = opened.headers["mcp-session-id"].to_str().unwrap();
    vec![("mcp-session-id", id.to_owned())]
}

#[rstest]
#[tokio::test]
async fn t12_a_mixture_reaches_no_tool_without_its_scopes(
    #[values(false, true)] has_sessions: bool,
) {
    for Mixture { header, body } in mixtures() {
        let app = app(MixedRevisions::FollowBody, has_sessions);
        let session = session(&app, has_sessions).await;
        let mut headers: Vec<_> = session.iter().map(|(name, id)| (*name, &**id)).collect();
        headers.push(("mcp-protocol-version", header));

        let refused = post(&app, READER, &headers, &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        assert!(
            refused
                .challenge()
                .contains(r#"error="insufficient_scope""#)
        );
        assert!(
            refused
                .challenge()
                .contains(r#"scope="desk/read desk/write""#)
        );

        let served = post(&app, WRITER, &headers, &body).await;
        assert_eq!(served.status, StatusCode::OK, "{}", served.text);
        assert!(served.text.contains(r#"{"bytes":2}"#), "{}", served.text);
    }
}

/// What a gateway let pass as `whoami` is not `write`, whoever calls.
#[rstest]
#[tokio::test]
async fn t34_a_mixture_is_not_what_its_name_says(#[values(false, true)] has_sessions: bool) {
    for Mixture { header, body } in mixtures() {
        for routing in [("mcp-name", "whoami"), ("mcp-method", "tools/list")] {
            let app = app(MixedRevisions::FollowBody, has_sessions);
            let session = session(&app, has_sessions).await;
            let mut headers: Vec<_> = session.iter().map(|(name, id)| (*name, &**id)).collect();
            headers.extend([("mcp-protocol-version", header), routing]);
            let refused = post(&app, WRITER, &headers, &body).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert_eq!(refused.json()["error"]["code"], -32020);
        }
    }
}

#[rstest]
#[tokio::test]
async fn mcp_t11_a_server_refuses_mixtures_by_default(#[values(false, true)] has_sessions: bool) {
    for (Mixture { header, body }, code) in mixtures().into_iter().zip([-32020, -32602]) {
        let app = app(MixedRevisions::default(), has_sessions);
        let session = session(&app, has_sessions).await;
        let mut headers: Vec<_> = session.iter().map(|(name, id)| (*name, &**id)).collect();
        headers.push(("mcp-protocol-version", header));
        let refused = post(&app, WRITER, &headers, &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
        assert_eq!(refused.json()["error"]["code"], code);
    }
}
