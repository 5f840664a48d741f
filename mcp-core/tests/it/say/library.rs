use axum::Router;
use portcullis::{auth::Bearer, prelude::*};
use serde_json::{Value, json};

use crate::support::{MCP, ORIGIN, Plain, rpc};

#[path = "../../../../examples/talking/src/bin/library.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod example;

fn app() -> Router {
    let server = McpServer::new(MCP, example::Library)
        .resource_scopes("book://{title}", ["library/read"])
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

async fn ask(method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    rpc(&app(), Some("alice.library_read"), message)
        .await
        .json()
}

#[tokio::test]
async fn a_prompt_knows_its_caller_and_arguments() {
    let listed = ask("prompts/list", json!({})).await;
    assert_eq!(listed["result"]["prompts"][0]["name"], "summary");
    let params = json!({"name": "summary", "arguments": {"title": "Emma"}});
    let prompt = ask("prompts/get", params).await;
    let text = &prompt["result"]["messages"][0]["content"]["text"];
    assert_eq!(text, "Sum up Emma for alice.");
}

#[tokio::test]
async fn a_resource_is_read_by_a_template() {
    let listed = ask("resources/templates/list", json!({})).await;
    let template = &listed["result"]["resourceTemplates"][0]["uriTemplate"];
    assert_eq!(template, "book://{title}");
    let read = ask("resources/read", json!({"uri": "book://Emma"})).await;
    assert_eq!(read["result"]["contents"][0]["text"], "Emma, page one");
    let unknown = ask("resources/read", json!({"uri": "film://Emma"})).await;
    assert_eq!(unknown["error"]["code"], -32002);
}
