//! Without sessions.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Body};
use http::{Response, StatusCode, request::Parts};
use portcullis_transport::{
    Call, Handler, MixedRevisions, ParamHeaders, Policy, Stock, StreamableHttp,
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock},
    service::RequestContext,
};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{fixture::*, policy::DenyTool};

#[tokio::test]
async fn mcp_t11_a_mixture_is_refused_unless_the_body_counts() {
    for ((headers, body), code) in mixtures().into_iter().zip([-32020, -32602]) {
        let fixture = Fixture::default();
        let strict = post(&app(&fixture), &headers, body.clone()).await;
        assert_eq!(
            (strict.status, strict.code()),
            (StatusCode::BAD_REQUEST, code)
        );
        assert_eq!(fixture.called(), 0);

        let served = post(&tolerant(&fixture), &headers, body).await;
        assert_eq!(served.status, StatusCode::OK, "{served:?}");
        assert_eq!(fixture.called(), 1);
    }
}

/// The answer is that to the same body under a header that agrees with it.
#[rstest]
#[tokio::test]
async fn a_body_that_names_a_revision_is_answered_by_it(
    #[values(None, Some("2025-03-26"), Some("2025-11-25"), Some("2099-01-01"))] header: Option<
        &'static str,
    >,
    #[values("echo", "count", "unknown")] tool: &str,
) {
    let app = tolerant(&Fixture::default());
    let headers: Vec<_> = header
        .map(|it| ("mcp-protocol-version", it))
        .into_iter()
        .collect();
    let mixed = post(&app, &headers, modern_call(tool)).await;
    let agreeing = call_modern(&app, tool).await;
    assert_eq!(
        (mixed.status, &mixed.text),
        (agreeing.status, &agreeing.text)
    );
    assert_eq!(mixed.headers, agreeing.headers);
}

#[rstest]
#[case::call(legacy_call("echo"))]
#[case::error(legacy_call("unknown"))]
#[case::stream(legacy_call("count"))]
#[case::removed_since(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned())]
#[case::unknown_method(r#"{"jsonrpc":"2.0","id":1,"method":"no/such/method"}"#.to_owned())]
#[case::misfit(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#.to_owned())]
#[case::discovery(r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#.to_owned())]
#[case::notification(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.to_owned())]
#[case::answer(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned())]
#[case::batch(format!("[{}]", legacy_call("echo")))]
#[tokio::test]
async fn a_body_without_metadata_is_answered_by_2025_11_25(#[case] body: String) {
    let app = tolerant(&Fixture::default());
    let mixed = post(
        &app,
        &[("mcp-protocol-version", "2026-07-28")],
        body.clone(),
    )
    .await;
    let agreeing = post(&app, V2025_11_25, body).await;
    assert_eq!(
        (mixed.status, &mixed.text),
        (agreeing.status, &agreeing.text)
    );
    assert_eq!(mixed.headers, agreeing.headers);
}

/// What policy, handler and the handler's view of the header take for the revision of each request.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<String>>>);

impl Policy for Witness {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        self.0.lock().unwrap().push(call.version.to_string());
        Ok(())
    }
}

impl Handler for Witness {}

impl ServerHandler for Witness {
    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let mut seen = self.0.lock().unwrap();
        seen.push(context.protocol_version().unwrap().to_string());
        let parts = context.extensions.get::<Parts>().unwrap();
        let header = &parts.headers["mcp-protocol-version"];
        seen.push(header.to_str().unwrap().to_owned());
        Ok(CallToolResult::success(vec![ContentBlock::text("seen")]).into())
    }
}

#[tokio::test]
async fn t34_policy_and_handler_read_one_revision_from_a_mixture() {
    for ((headers, body), revision) in mixtures().into_iter().zip(["2026-07-28", "2025-11-25"]) {
        let witness = Witness::default();
        let mcp = StreamableHttp::new(witness.clone())
            .policy(witness.clone())
            .mixed_revisions(MixedRevisions::FollowBody);
        let app = Router::new().route_service("/mcp", mcp.into_service());
        let answer = post(&app, &headers, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let is_modern = answer.json()["result"].get("resultType").is_some();
        assert_eq!(is_modern, revision == "2026-07-28");
        assert_eq!(*witness.0.lock().unwrap(), [revision; 3]);
    }
}

#[tokio::test]
async fn t34_a_mixture_passes_no_policy_that_refuses_its_tool() {
    for (headers, body) in mixtures() {
        let fixture = Fixture::default();
        let mcp = StreamableHttp::new(fixture.clone())
            .policy(DenyTool("echo"))
            .mixed_revisions(MixedRevisions::FollowBody);
        let app = Router::new().route_service("/mcp", mcp.into_service());
        let answer = post(&app, &headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(fixture.called(), 0);
    }
}

/// A gateway may have believed them. Those that agree may be there.
#[rstest]
#[case::method(&[("mcp-method", "tools/list")])]
#[case::name(&[("mcp-method", "tools/call"), ("mcp-name", "wait")])]
#[case::name_alone(&[("mcp-name", "wait")])]
#[case::two_names(&[("mcp-name", "echo"), ("mcp-name", "echo")])]
#[tokio::test]
async fn t34_routing_headers_of_a_mixture_must_not_contradict_its_body(
    #[case] routing: &[(&str, &str)],
) {
    for (mut headers, body) in mixtures() {
        let fixture = Fixture::default();
        let app = tolerant(&fixture);
        let mut agreeing = headers.clone();
        agreeing.extend([("mcp-method", "tools/call"), ("mcp-name", "echo")]);
        headers.extend(routing);
        let refused = post(&app, &headers, body.clone()).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::BAD_REQUEST, -32020)
        );
        assert_eq!(fixture.called(), 0);
        let served = post(&app, &agreeing, body).await;
        assert_eq!(served.status, StatusCode::OK, "{served:?}");
    }
}

/// `echo`, whose argument `a` is repeated in `Mcp-Param-A`.
#[derive(Clone)]
struct Annotated(Fixture);

impl ServerHandler for Annotated {
    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0.call_tool(params, context).await
    }

    fn get_tool(&self, name: &str) -> Option<rmcp::model::Tool> {
        let schema = json!({"type": "object", "properties": {
            "a": {"type": "integer", "x-mcp-header": "A"},
        }});
        let schema = schema.as_object().unwrap().clone();
        assert!(!ParamHeaders::of(&schema).is_empty());
        Some(rmcp::model::Tool::new(name.to_owned(), "", schema))
    }
}

#[rstest]
#[case::missing(&[], StatusCode::OK)]
#[case::agreeing(&[("mcp-param-a", "1")], StatusCode::OK)]
#[case::contradicting(&[("mcp-param-a", "2")], StatusCode::BAD_REQUEST)]
#[tokio::test]
async fn t34_a_mixture_need_not_repeat_arguments_but_not_wrongly(
    #[case] params: &[(&str, &str)],
    #[case] status: StatusCode,
) {
    let mcp = StreamableHttp::new(Stock(Annotated(Fixture::default())))
        .mixed_revisions(MixedRevisions::FollowBody);
    let app = Router::new().route_service("/mcp", mcp.into_service());
    let mut headers = V2025_11_25.to_vec();
    headers.extend(params);
    let answer = post(&app, &headers, modern_call("echo")).await;
    assert_eq!(answer.status, status, "{answer:?}");
    if status == StatusCode::BAD_REQUEST {
        assert_eq!(answer.code(), -32020);
    }
}

/// A request that agrees with itself is judged as ever.
#[tokio::test]
async fn mcp_t15_without_a_mixture_the_routing_headers_are_required() {
    let headers = [("mcp-protocol-version", "2026-07-28")];
    let answer = post(
        &tolerant(&Fixture::default()),
        &headers,
        modern_call("echo"),
    )
    .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32020)
    );
}

fn meta(entries: &[(&str, Value)]) -> Value {
    let named = entries.iter().map(|(name, value)| {
        let name = format!("io.modelcontextprotocol/{name}");
        (name, value.clone())
    });
    Value::Object(named.collect())
}

/// The body counts where it says something; what it says must be whole.
#[rstest]
#[case::two_headers(&[V2025_11_25[0], V2025_11_25[0]], modern_call("echo"), -32020)]
#[case::unknown_revision(V2025_11_25, modern_call("echo").replace("2026-07-28", "2099-01-01"), -32022)]
#[case::unknown_header(&[("mcp-protocol-version", "2099-01-01")], legacy_call("echo"), -32022)]
#[case::no_text(V2025_11_25, ping(meta(&[("protocolVersion", json!(7))])), -32602)]
#[case::no_capabilities(V2025_11_25, ping(meta(&[("protocolVersion", json!("2025-06-18"))])), -32602)]
#[case::no_revision(
    &[("mcp-protocol-version", "2026-07-28")],
    legacy_call("echo").replace("progressToken", "io.modelcontextprotocol/clientCapabilities"),
    -32602
)]
#[case::repeated(
    V2025_11_25,
    modern_call("echo").replace(r#""_meta":{"#, r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25","#),
    -32600
)]
#[case::removed_method(V2025_11_25, modern_body("ping", json!({})), -32601)]
#[case::handshake_of_a_new_client(V2025_11_25, modern_body("initialize", json!({})), -32601)]
#[case::hidden_in_a_batch(V2025_03_26, format!("[{}]", modern_call("echo")), -32020)]
#[tokio::test]
async fn what_is_no_mere_mixture_is_refused_also_where_the_body_counts(
    #[case] headers: &[(&str, &str)],
    #[case] body: String,
    #[case] code: i64,
) {
    let fixture = Fixture::default();
    let answer = post(&tolerant(&fixture), headers, body).await;
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert_eq!(answer.code(), code, "{answer:?}");
    assert_eq!(fixture.called(), 0);
}
