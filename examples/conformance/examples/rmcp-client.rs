//! rmcp's own client against the servers that `.ci/interop clients` has started: connect, list and
//! call at the demo server with a token; progress and cancellation at the fixture.
//!
//! `$INTEROP_READY` and `$INTEROP_FIXTURE` name files with the ready lines of the two.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt, RoleClient,
    model::{
        CallToolRequest, CallToolRequestParams, ClientRequest, ProgressNotificationParam,
        ProtocolVersion,
    },
    service::{NotificationContext, PeerRequestOptions, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use tokio::time::sleep;

type Failure = Box<dyn Error>;
type Client = RunningService<RoleClient, Listener>;

/// Notes what it hears of progress.
#[derive(Debug, Clone, Default)]
struct Listener {
    progress: Arc<Mutex<Vec<f64>>>,
}

impl Listener {
    fn heard(&self) -> Vec<f64> {
        let heard = self.progress.lock();
        heard.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientHandler for Listener {
    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let mut heard = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(params.progress);
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let modern = vec![ProtocolVersion::V_2026_07_28];
    let auto = ClientLifecycleMode::Auto {
        preferred_versions: modern.clone(),
        legacy_version: None,
    };
    let discover = ClientLifecycleMode::Discover {
        preferred_versions: modern,
    };
    run("auto", auto).await?;
    run("discover", discover).await?;
    run("initialize", ClientLifecycleMode::Initialize).await
}

async fn run(name: &str, mode: ClientLifecycleMode) -> Result<(), Failure> {
    let demo = ready("INTEROP_READY")?;
    let client = connect(&demo["mcp"][0], demo["bearer"].as_str(), mode.clone()).await?;
    let tools = client.list_all_tools().await?.len();
    check(tools == 2, format!("{tools} tools"))?;
    let place = json!({ "latitude": 37.7749, "longitude": -122.4194 });
    call(&client, "get_alerts", json!({ "state": "CA" })).await?;
    call(&client, "get_forecast", place).await?;
    client.cancel().await?;

    let fixture = ready("INTEROP_FIXTURE")?;
    let client = connect(&fixture["mcp"], None, mode).await?;
    call(&client, "test_tool_with_progress", json!({})).await?;
    let heard = client.service().heard();
    check(heard == [0.0, 50.0, 100.0], format!("heard {heard:?}"))?;
    cancel(&client).await?;
    client.cancel().await?;
    writeln!(
        io::stdout(),
        "rmcp-{name}-http ok tools={tools} calls=2 progress={} cancelled=1",
        heard.len()
    )?;
    Ok(())
}

/// The ready line of a server.
fn ready(variable: &str) -> Result<Value, Failure> {
    let path = env::var(variable).map_err(|_| format!("{variable} is not set"))?;
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

async fn connect(
    url: &Value,
    bearer: Option<&str>,
    mode: ClientLifecycleMode,
) -> Result<Client, Failure> {
    let url = url.as_str().ok_or("the ready line has no URL")?;
    let mut config = StreamableHttpClientTransportConfig::with_uri(url);
    if let Some(bearer) = bearer {
        config = config.auth_header(bearer);
    }
    let transport = StreamableHttpClientTransport::from_config(config);
    let client = Listener::default().serve_with_lifecycle(transport, mode);
    Ok(client.await?)
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> Result<String, Failure> {
    let result = client.call_tool(params(tool, arguments)).await?;
    check(
        result.is_error != Some(true),
        format!("{tool} failed: {result:?}"),
    )?;
    let text = result.content.first().and_then(|it| it.as_text());
    Ok(text.ok_or(format!("{tool} has no text"))?.text.clone())
}

fn params(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let params = CallToolRequestParams::new(tool);
    match arguments {
        Value::Object(arguments) => params.with_arguments(arguments),
        _ => params,
    }
}

/// The client gives a call up: the server notices, and goes on answering.
async fn cancel(client: &Client) -> Result<(), Failure> {
    let request = CallToolRequest::new(params("test_wait", json!({})));
    let handle = client.send_cancellable_request(
        ClientRequest::CallToolRequest(request),
        PeerRequestOptions::no_options(),
    );
    let handle = handle.await?;
    until_waiting(client, "1").await?;
    handle
        .cancel(Some("the user has changed their mind".into()))
        .await?;
    until_waiting(client, "0").await
}

async fn until_waiting(client: &Client, expected: &str) -> Result<(), Failure> {
    for _ in 0..100 {
        if call(client, "test_waiting", json!({})).await? == expected {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(format!("there are never {expected} calls waiting").into())
}

fn check(holds: bool, message: String) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(message.into()) }
}
