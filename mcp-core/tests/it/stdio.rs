//! The same server on a pair of streams, with a caller that the program names.

use portcullis::{
    auth::{Issuer, Principal, PrincipalKind, ScopeSet, Subject},
    prelude::*,
    rmcp::model::{PromptMessage, Role},
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

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

pub(crate) async fn call(tool: &str) -> Value {
    ask("tools/call", json!({"name": tool, "arguments": {}})).await
}

async fn ask(method: &str, params: Value) -> Value {
    let me = Principal::new(
        Issuer::new("https://localhost").unwrap(),
        Subject::new("me").unwrap(),
        PrincipalKind::User,
    );
    let me = me.with_scopes(ScopeSet::new(["desk/read"]).unwrap());
    let (client, server) = tokio::io::duplex(64 * 1024);
    let (read, write) = tokio::io::split(server);
    let serving = tokio::spawn(async move {
        McpServer::new("http://localhost/mcp", Desk)
            .serve_streams(read, write, me)
            .await
    });

    let (read, mut write) = tokio::io::split(client);
    let mut lines = BufReader::new(read).lines();
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"}}});
    write
        .write_all(format!("{hello}\n").as_bytes())
        .await
        .unwrap();
    lines.next_line().await.unwrap().unwrap();
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": method, "params": params});
    write
        .write_all(format!("{ready}\n{call}\n").as_bytes())
        .await
        .unwrap();
    let answer = lines.next_line().await.unwrap().unwrap();
    drop((write, lines));
    serving.await.unwrap().unwrap();
    serde_json::from_str(&answer).unwrap()
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
