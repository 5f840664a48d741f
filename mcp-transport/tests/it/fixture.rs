//! A server whose tools do what a test needs, and a client that shows the raw answer.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use portcullis_transport::{Call, Handler, Limits, OwnerKey, PeerUse, Policy, StreamableHttp};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
        ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ServerCapabilities,
        ServerConfig,
    },
    service::{NotificationContext, RequestContext},
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt;

/// Tools: `echo` answers its arguments, `count` reports progress three times, `ask` asks the client
/// for its roots, `panic` panics, `wait` waits until it is told to go on.
#[derive(Clone, Default)]
pub(crate) struct Fixture {
    pub(crate) calls: Arc<AtomicUsize>,
    pub(crate) finished: Arc<Notify>,
    pub(crate) cancelled: Arc<Notify>,
    pub(crate) started: Arc<Notify>,
    pub(crate) go: Arc<Notify>,
    pub(crate) initialized: Arc<Notify>,
}

impl Fixture {
    pub(crate) fn called(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Handler for Fixture {
    fn peer_use(&self, call: &Call<'_>) -> PeerUse {
        match call.subject.name() {
            Some("count" | "ask") => PeerUse::Fresh,
            _ => PeerUse::None,
        }
    }
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("fixture", "1.0.0"))
    }

    /// Greets the client with an event that belongs to no call.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let _ = context.peer.notify_tool_list_changed().await;
        self.initialized.notify_one();
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::default())
    }

    async fn call_tool(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let text = match params.name.as_ref() {
            "echo" => json!(params.arguments).to_string(),
            "count" => count(&context).await?,
            "ask" => ask(&context).await,
            "panic" => panic!("the secret reason"),
            "wait" => self.wait(context).await,
            _ => return Err(ErrorData::invalid_params("unknown tool", None)),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
    }
}

async fn count(context: &RequestContext<RoleServer>) -> Result<String, ErrorData> {
    let token = context
        .meta
        .get_progress_token()
        .ok_or_else(|| ErrorData::invalid_params("no progress token", None))?;
    for step in 1..=3 {
        let progress = ProgressNotificationParam::new(token.clone(), f64::from(step));
        context
            .peer
            .notify_progress(progress)
            .await
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    }
    Ok("counted".to_owned())
}

#[expect(deprecated, reason = "older clients still have roots")]
async fn ask(context: &RequestContext<RoleServer>) -> String {
    match context.peer.list_roots().await {
        Ok(_) => "answered".to_owned(),
        Err(error) => error.to_string(),
    }
}

impl Fixture {
    async fn wait(&self, context: RequestContext<RoleServer>) -> String {
        let cancelled = self.cancelled.clone();
        let token = context.ct.clone();
        tokio::spawn(async move {
            token.cancelled().await;
            cancelled.notify_one();
        });
        self.started.notify_one();
        self.go.notified().await;
        self.finished.notify_one();
        "waited".to_owned()
    }
}

pub(crate) fn app(fixture: &Fixture) -> Router {
    Router::new().route_service("/mcp", StreamableHttp::new(fixture.clone()).into_service())
}

pub(crate) fn app_with(fixture: &Fixture, policy: impl Policy) -> Router {
    let mcp = StreamableHttp::new(fixture.clone()).policy(policy);
    Router::new().route_service("/mcp", mcp.into_service())
}

pub(crate) fn app_limited(fixture: &Fixture, change: impl FnOnce(&mut Limits)) -> Router {
    let mut limits = Limits::default();
    change(&mut limits);
    let mcp = StreamableHttp::new(fixture.clone()).limits(limits);
    Router::new().route_service("/mcp", mcp.into_service())
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn code(&self) -> i64 {
        self.json()["error"]["code"].as_i64().unwrap()
    }

    pub(crate) fn content_type(&self) -> &str {
        self.headers["content-type"].to_str().unwrap()
    }

    /// The JSON of each server-sent event.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(self.content_type(), "text/event-stream");
        self.text
            .split("\n\n")
            .filter_map(|event| event.split_once("data: "))
            .map(|(_, data)| serde_json::from_str(data).unwrap())
            .collect()
    }
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(crate) fn request(headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// Sends raw bytes with these headers and the usual `Content-Type` and `Accept`.
pub(crate) async fn post(app: &Router, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    send(app, request(headers, body)).await
}

pub(crate) const V2025_03_26: &[(&str, &str)] = &[];
pub(crate) const V2025_06_18: &[(&str, &str)] = &[("mcp-protocol-version", "2025-06-18")];
pub(crate) const V2025_11_25: &[(&str, &str)] = &[("mcp-protocol-version", "2025-11-25")];
pub(crate) const LEGACY: [&[(&str, &str)]; 3] = [V2025_03_26, V2025_06_18, V2025_11_25];

pub(crate) fn legacy_call(tool: &str) -> String {
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": {"a": 1}, "_meta": {"progressToken": "p"}},
    })
    .to_string()
}

/// The metadata that 2026-07-28 requires of every request.
pub(crate) fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": "p",
    })
}

pub(crate) fn modern_body(method: &str, mut params: Value) -> String {
    params["_meta"] = modern_meta();
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
}

pub(crate) fn modern_call(tool: &str) -> String {
    modern_body("tools/call", json!({"name": tool, "arguments": {"a": 1}}))
}

/// The headers of 2026-07-28 for a method, and for what it names.
pub(crate) fn modern<'a>(method: &'a str, name: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let mut headers = vec![
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", method),
    ];
    headers.extend(name.map(|name| ("mcp-name", name)));
    headers
}

pub(crate) async fn call_modern(app: &Router, tool: &str) -> Answer {
    post(app, &modern("tools/call", Some(tool)), modern_call(tool)).await
}

/// A caller is a name in the request's extensions, as an authentication layer would put it there.
pub(crate) fn named(extensions: &http::Extensions) -> Option<OwnerKey> {
    let name = extensions.get::<&'static str>()?;
    let mut key = [0; 32];
    key[..name.len()].copy_from_slice(name.as_bytes());
    Some(OwnerKey::new(key))
}

/// A server whose list of tools may change, as far as clients know.
pub(crate) struct Listener;

impl rmcp::ServerHandler for Listener {
    fn get_info(&self) -> rmcp::model::ServerConfig {
        let capabilities = rmcp::model::ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed();
        rmcp::model::ServerConfig::new(capabilities.build())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &rmcp::model::SubscriptionFilter,
    ) -> Option<rmcp::model::SubscriptionFilter> {
        Some(requested.clone())
    }
}

pub(crate) fn listen_body() -> String {
    modern_body(
        "subscriptions/listen",
        json!({"notifications": {"toolsListChanged": true}}),
    )
}
