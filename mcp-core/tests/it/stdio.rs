//! The same server on a pair of streams, with a caller that the program names.

use portcullis::{
    McpServerBuilder, StdioError,
    auth::{Issuer, Principal, PrincipalKind, ScopeSet, Subject},
    prelude::*,
    rmcp::{
        ServerHandler,
        model::{PromptMessage, Role},
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf},
    task::JoinHandle,
};

use crate::sessions::initialize;

struct Desk;

#[mcp_server]
impl Desk {
    #[tool(scopes("desk/read"))]
    async fn whoami(&self, Caller(who): Caller) -> String {
        who.subject().to_string()
    }

    #[tool(scopes("desk/read", "desk/write"))]
    async fn write(&self) -> String {
        "written".into()
    }

    #[prompt(scopes("desk/secret"))]
    async fn diary(&self) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, "Dear diary")]
    }
}

/// A client at the other end of the streams, which has begun its session.
pub(crate) struct Client {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    write: WriteHalf<DuplexStream>,
    serving: JoinHandle<Result<(), StdioError>>,
}

impl Client {
    pub(crate) async fn start<H: ServerHandler, A: Send + 'static>(
        server: McpServerBuilder<H, A>,
        scopes: &[&str],
        capabilities: Value,
    ) -> Self {
        let me = Principal::new(
            Issuer::new("https://localhost").unwrap(),
            Subject::new("me").unwrap(),
            PrincipalKind::User,
        );
        let me = me.with_scopes(ScopeSet::new(scopes.iter().copied()).unwrap());
        let (client, end) = tokio::io::duplex(64 * 1024);
        let (read, write) = tokio::io::split(end);
        let serving = tokio::spawn(server.serve_streams(read, write, me));
        let (read, write) = tokio::io::split(client);
        let mut client = Self {
            lines: BufReader::new(read).lines(),
            write,
            serving,
        };
        client.say(&initialize("2025-06-18", capabilities)).await;
        client.hear().await;
        client
            .say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        client
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.write.write_all(line.as_bytes()).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    pub(crate) async fn end(self) {
        drop((self.write, self.lines));
        self.serving.await.unwrap().unwrap();
    }
}

pub(crate) async fn call(tool: &str) -> Value {
    ask("tools/call", json!({"name": tool, "arguments": {}})).await
}

async fn ask(method: &str, params: Value) -> Value {
    let desk = McpServer::new("http://localhost/mcp", Desk);
    let mut client = Client::start(desk, &["desk/read"], json!({})).await;
    client
        .say(&json!({"jsonrpc": "2.0", "id": 2, "method": method, "params": params}))
        .await;
    let answer = client.hear().await;
    client.end().await;
    answer
}

#[tokio::test]
async fn the_local_principal_is_the_caller() {
    assert_eq!(call("whoami").await["result"]["content"][0]["text"], "me");
}

#[tokio::test]
async fn the_tool_asks_for_scopes_itself() {
    let error = &call("write").await["error"];
    assert_eq!(error["code"], -32600);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("desk/read desk/write"), "{message}");
}

#[tokio::test]
async fn an_unknown_tool_stays_an_unknown_tool() {
    assert_eq!(call("nonsense").await["error"]["code"], -32602);
}

#[tokio::test]
async fn t13_whatever_names_a_prompt_asks_for_its_scopes() {
    let reference = json!({"type": "ref/prompt", "name": "diary"});
    let completion = json!({"ref": reference, "argument": {"name": "a", "value": ""}});
    for (method, params) in [
        ("prompts/get", json!({"name": "diary"})),
        ("completion/complete", completion),
    ] {
        let error = &ask(method, params).await["error"];
        assert_eq!(error["code"], -32600);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("desk/secret"), "{message}");
    }
}
