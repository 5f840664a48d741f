//! An MCP session with the weather server on a pair of streams, as `weather-stdio` has it.

use portcullis::McpServer;
use portcullis::auth::{Issuer, Principal, PrincipalKind, ScopeSet, Subject};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};
use weather::Weather;
use weather::nws::Nws;

pub(crate) struct Session {
    send: WriteHalf<DuplexStream>,
    receive: Lines<BufReader<ReadHalf<DuplexStream>>>,
    last_id: u64,
    pub(crate) initialized: Value,
}

impl Session {
    /// Begins a session of revision 2025-11-25 for a caller with `scopes`.
    pub(crate) async fn start(nws: Nws, scopes: &[&str]) -> Self {
        let (ours, theirs) = tokio::io::duplex(256 * 1024);
        let caller = Principal::new(
            Issuer::new("https://localhost").unwrap(),
            Subject::new("tester").unwrap(),
            PrincipalKind::User,
        )
        .with_scopes(ScopeSet::new(scopes.iter().copied()).unwrap());
        let (read, write) = tokio::io::split(theirs);
        let server = McpServer::new("http://localhost/mcp", Weather::new(nws));
        tokio::spawn(async move { server.serve_streams(read, write, caller).await });

        let (read, send) = tokio::io::split(ours);
        let receive = BufReader::new(read).lines();
        let mut session = Self {
            send,
            receive,
            last_id: 0,
            initialized: Value::Null,
        };
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        session.initialized = session.request("initialize", hello).await["result"].clone();
        session
            .write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await;
        session
    }

    /// The whole answer to a request.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let request =
            json!({ "jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params });
        self.write(&request).await;
        loop {
            let line = self.receive.next_line().await.unwrap().unwrap();
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == self.last_id {
                return message;
            }
        }
    }

    /// The result of a tool call.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let call = json!({ "name": tool, "arguments": arguments });
        self.request("tools/call", call).await["result"].clone()
    }

    async fn write(&mut self, message: &Value) {
        self.send
            .write_all(format!("{message}\n").as_bytes())
            .await
            .unwrap();
    }
}
