//! A server that is told to stop while it works, as at a rolling restart.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use portcullis::auth::{MockAppClient, MockCognito, MockUser};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};

use crate::mock_nws::{MockNws, geo_json, held};
use crate::programs::{HTTP, free_port, terminate, wait_until_healthy};

const CLIENT: &str = "app";
const USER: &str = "ann@example.com";

async fn user_pool() -> MockCognito {
    let client = MockAppClient::new(CLIENT).callback("http://localhost/callback");
    MockCognito::builder()
        .aws_issuer()
        .user(MockUser::new(USER, "Passw0rd!"))
        .resource_server("mcp-server", ["read"])
        .client(client.scopes(["openid", "mcp-server/read"]))
        .start()
        .await
        .unwrap()
}

/// A server that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(pool: &MockCognito, nws: &MockNws, port: &str) -> Running {
    let server = Command::new(HTTP)
        .env_clear()
        .envs([
            ("PORT", port),
            ("PUBLIC_URL", &format!("http://localhost:{port}")),
            ("COGNITO_USER_POOL_ID", pool.pool_id()),
            ("COGNITO_CLIENT_ID", CLIENT),
            ("COGNITO_ENDPOINT", pool.origin()),
            ("NWS_BASE_URL", nws.base.as_str()),
            // More than the test takes on the slowest machine: the call ends the drain, not the clock.
            ("SHUTDOWN_GRACE", "300"),
        ])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Running(server);
    wait_until_healthy(HTTP, port, &mut server.0);
    server
}

async fn alerts(port: &str, token: String) -> Value {
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "get_alerts", "arguments": { "state": "CA" } },
    });
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("http://localhost:{port}/weather-nodejs/mcp"))
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .json(&call);
    request.send().await.unwrap().json().await.unwrap()
}

/// Until nothing listens any more.
async fn refuses_connections(port: &str) {
    let address = format!("127.0.0.1:{port}");
    let refused = async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), refused)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_under_way_at_sigterm_is_answered() {
    let arrived = Arc::new(Notify::new());
    let (release, released) = watch::channel(false);
    let asked = arrived.clone();
    let nws = MockNws::start(move |_, _, _| {
        asked.notify_one();
        held(geo_json(r#"{"features":[]}"#.to_owned()), &released)
    })
    .await;
    let pool = user_pool().await;
    let token = pool.access_token(CLIENT, USER).issue().unwrap();
    let port = free_port();
    let mut server = tokio::task::block_in_place(|| start(&pool, &nws, &port));

    let asking = port.clone();
    let call = tokio::spawn(async move { alerts(&asking, token).await });
    arrived.notified().await;
    terminate(&server.0);
    refuses_connections(&port).await;
    assert!(
        server.0.try_wait().unwrap().is_none(),
        "it ended before its call"
    );

    release.send(true).unwrap();
    let answer = call.await.unwrap();
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let status = tokio::task::block_in_place(|| server.0.wait()).unwrap();
    assert_eq!(status.code(), Some(0));
}
